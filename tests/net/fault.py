#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Netlink commands while memory is short: each changes all or nothing.

Of each command the first allocation fails, then the second, and so on until it
makes fewer than that. Whenever it says that it failed, all is as it was before
it, and whenever it says that it did not, as it is after it. (If the answer
itself got lost, it is one of the two.)

The kernel needs fault injection: fault.sh runs it on the one that has it.
"""

import argparse
import contextlib
import ctypes
import errno
import os
import struct
import sys

import netlink
import netns
from netlink import ACK, DUMP, OLD, SERVER, ip, port

SHORT = (errno.ENOMEM, errno.ENOBUFS)
FAILSLAB = "/sys/kernel/debug/failslab/"
PAGES = "/sys/kernel/debug/fail_page_alloc/"

# A service that is there, with servers; another, as large as it may be.
SECOND = [("protocol", b"\x11"), ("address", ip("2001:db8::10")),
          ("port", port(53))]
POOL = ("source-pool", ip("10.0.0.2") + ip("10.0.0.9"))
THERE = [
    ("service-new", OLD + [("scheduler", b"wrr\0"), POOL]),
    ("server-new", OLD + [("server", SERVER)]),
    ("server-new", OLD + [("server", [("address", ip("10.0.0.12"))])]),
    ("service-new", SECOND + [("scheduler", b"mh\0")]),
    ("server-new", SECOND + [("server", [("address", ip("fd00::11"))])]),
]


def server(addr, *words):
    return [("server", [("address", ip(addr))] + list(words))]


def u16(number):
    return struct.pack("H", number)


NEW = [("protocol", b"\6"), ("address", ip("203.0.113.11")), ("port", port(80))]
CHANGES = [
    ("service-new", NEW),
    ("service-new", NEW + [("scheduler", b"mh\0"), ("path", b"\1")]),
    ("service-set", OLD + [("path", b"\1"), ("timeout-opening", u16(5))]),
    ("service-set", OLD + [("scheduler", b"mh\0"), ("echo", b"\1")]),
    ("service-set", OLD + [("scheduler", b"sh\0"), ("mss-clamp", b"\1")]),
    ("service-set", OLD + [("scheduler", b"lc\0"), ("helper", b"\1")]),
    ("service-set", OLD + [("source-pool", ip("10.0.0.3") + ip("10.0.0.4"))]),
    ("service-set", OLD + [("source-pool", b"")]),
    ("service-set", SECOND + [("one-packet", b"\1"),
                              ("established-by", b"\1"),
                              ("table-size", struct.pack("I", 100000))]),
    ("service-del", OLD),
    ("server-new", OLD + server("10.0.0.13", ("weight", u16(7)))),
    ("server-new", OLD + server("10.0.0.13", ("method", b"\1"))),
    ("server-new", OLD + server("fd00::13", ("method", b"\2"),
                                ("tunnel-type", b"\2"))),
    ("server-new", OLD + server("10.0.0.13", ("method", b"\3"))),
    ("server-new", OLD + server("127.0.0.1", ("method", b"\4"))),
    ("server-new", SECOND + server("fd00::12")),
    ("server-set", OLD + server("10.0.0.12", ("weight", u16(0)),
                                ("state", b"\1"))),
    ("server-set", SECOND + server("fd00::11", ("weight", u16(9)))),
    ("server-del", OLD + server("10.0.0.12")),
    ("server-del", SECOND + server("fd00::11")),
    ("settings-set", [("conns-max", struct.pack("I", 4711))]),
    ("flush", []),
]
QUESTIONS = [("service-get", OLD, ACK), ("service-get", [], DUMP),
             ("service-get", SECOND, DUMP), ("conn-get", [], DUMP),
             ("stats-get", [], ACK), ("settings-get", [], ACK)]


class Nth:
    """Makes the nth allocation of this process fail, once."""

    def __init__(self):
        self.file = os.open("/proc/self/fail-nth", os.O_RDWR)
        self.failed = False

    @contextlib.contextmanager
    def failing(self, nth):
        os.pwrite(self.file, b"%d" % nth, 0)
        try:
            yield
        finally:
            left = int(os.pread(self.file, 16, 0))
            os.pwrite(self.file, b"0", 0)
            self.failed = not left


def prepare():
    """Allocations that may wait can fail too, of any size; without a word."""
    for name, value in ((FAILSLAB + "ignore-gfp-wait", "N"),
                        (FAILSLAB + "verbose", "0"),
                        (PAGES + "ignore-gfp-wait", "N"),
                        (PAGES + "ignore-gfp-highmem", "N"),
                        (PAGES + "min-order", "0"),
                        (PAGES + "verbose", "0")):
        with open(name, "w", encoding="ascii") as file:
            file.write(value)


class Walk:
    """Walks through the allocations of commands."""

    def __init__(self, verbose):
        self.verbose = verbose
        self.nth = Nth()
        self.test = netlink.Test(False)
        self.failed = 0
        self.faults = 0

    def fail(self, what, why):
        self.failed += 1
        print("  FAILED: %s: %s" % (what, why))

    def state(self):
        """All there is, and how many of it are counted."""
        return [self.test.send(name, flags=flags).payloads
                for name, flags in (("service-get", DUMP), ("stats-get", ACK),
                                    ("settings-get", ACK))]

    def build(self, command, attrs):
        group = self.test.spec.commands[command]["attribute-set"]
        return self.test.build(group, attrs)

    def setup(self):
        for command, attrs in [("flush", [])] + THERE + [
                ("settings-set", [("conns-max", struct.pack("I", 1000))])]:
            answer = self.test.send(command, self.build(command, attrs))
            if answer.error:
                sys.exit("fault.py: %s: %s" % (command, answer))

    def ask(self, nth, command, data, flags):
        """The answer to a request whose nth allocation fails; None if there
        is none."""
        with self.nth.failing(nth):
            try:
                answer = self.test.send(command, data, flags)
            except OSError as error:
                if error.errno not in SHORT:
                    raise
                answer = None
        self.faults += self.nth.failed
        return answer

    def change(self, command, attrs):
        data = self.build(command, attrs)
        self.setup()
        before = self.state()
        answer = self.test.send(command, data)
        if answer.error:
            self.fail(command, answer)
            return
        after = self.state()
        if before == after:
            self.fail(command, "it changes nothing")

        nth, refused = 0, 0
        self.nth.failed = True
        self.setup()
        while self.nth.failed:
            nth += 1
            what = "%s %s, allocation %d" % (command, attrs, nth)
            answer = self.ask(nth, command, data, ACK)
            state = self.state()
            if answer and answer.error:
                refused += 1
                if answer.error not in SHORT:
                    self.fail(what, answer)
            if answer is None and state not in (before, after):
                self.fail(what, "without an answer, half of it is done")
            elif answer and answer.error and state != before:
                self.fail(what, "refused, but something changed")
            elif answer and not answer.error and state != after:
                self.fail(what, "done, but not all of it")
            if state != before:
                self.setup()
        if answer is None or answer.error:
            self.fail(what, "nothing failed, but it did")
        if self.verbose:
            print("  %s %s: %d allocations, refused %d times" %
                  (command, attrs, nth - 1, refused))

    def question(self, command, attrs, flags):
        data = self.build(command, attrs)
        whole = self.test.send(command, data, flags).payloads
        nth = 0
        self.nth.failed = True
        while self.nth.failed:
            nth += 1
            what = "%s %s, allocation %d" % (command, attrs, nth)
            answer = self.ask(nth, command, data, flags)
            if answer and answer.error not in (0,) + SHORT:
                self.fail(what, answer)
            if answer and not answer.error and answer.payloads != whole:
                self.fail(what, "not the whole answer, and no error")
        if self.verbose:
            print("  %s: %d allocations" % (command, nth - 1))

    def first(self):
        """The first service of a namespace brings table and hooks along."""
        data = self.build("service-new", NEW + [("path", b"\1")])
        nth = 0
        self.nth.failed = True
        while self.nth.failed:
            nth += 1
            if netns.LIBC.unshare(netns.CLONE_NEWNET):
                sys.exit("fault.py: unshare: %d" % ctypes.get_errno())
            self.test.link = netlink.Link()
            before = self.state()
            answer = self.ask(nth, "service-new", data, ACK)
            what = "first service, allocation %d" % nth
            if answer and answer.error:
                if answer.error not in SHORT:
                    self.fail(what, answer)
                if self.state() != before:
                    self.fail(what, "refused, but something changed")
                # What was made for it and stays is good for the next.
                answer = self.test.send("service-new", data)
                if answer.error:
                    self.fail(what, "a second try: %s" % answer)
        netns.setns(netns.HOME)
        self.test.link = netlink.Link()
        if self.verbose:
            print("  first service: %d allocations" % (nth - 1))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-v", action="store_true")
    args = parser.parse_args()

    prepare()
    walk = Walk(args.v)
    for command, attrs in CHANGES:
        walk.change(command, attrs)
    walk.setup()
    for command, attrs, flags in QUESTIONS:
        walk.question(command, attrs, flags)
    walk.first()
    walk.test.send("flush")
    print("fault.py: %d allocations failed, %d wrong" %
          (walk.faults, walk.failed))
    sys.exit(walk.failed > 0 or not walk.faults)


if __name__ == "__main__":
    main()
