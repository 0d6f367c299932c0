# SPDX-License-Identifier: GPL-2.0-only
"""Network namespaces by name; "d" is the one that the agent started in."""

import contextlib
import ctypes
import os
import socket

CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)
HOME = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)


def setns(fd):
    if LIBC.setns(fd, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def enter(ns):
    """For good; in a child that is about to run a program."""
    if ns == "d":
        setns(HOME)
        return
    fd = os.open("/run/netns/" + ns, os.O_RDONLY | os.O_CLOEXEC)
    try:
        setns(fd)
    finally:
        os.close(fd)


@contextlib.contextmanager
def visit(ns):
    """This thread is in the namespace inside of the block."""
    if ns == "d":
        yield
        return
    # Only this thread moves.
    enter(ns)
    try:
        yield
    finally:
        setns(HOME)


def make(ns, *args):
    """A socket of a namespace."""
    with visit(ns):
        return socket.socket(*args)


def family(addr):
    return socket.AF_INET6 if ":" in addr else socket.AF_INET
