# SPDX-License-Identifier: GPL-2.0-only
"""Namespaces, the generator, and what the bench runs beside it."""

import ctypes
import os
import re
import select
import socket
import subprocess
import time

import frames

CLONE_NEWNET = 0x40000000
MS_BIND = 4096
MNT_DETACH = 2
SO_RCVBUFFORCE = 33

VIP = {4: "203.0.113.10", 6: "2001:db8::10"}
VPORT, PORT = 53, 5353
SERVERS = {4: ["10.2.0.%d" % n for n in range(11, 15)],
           6: ["2001:db8:2::%d" % n for n in range(11, 15)]}
# What servers see as clients: the director's own addresses.
SOURCE = {4: "10.2.0.1", 6: "2001:db8:2::1"}
CLIENTS = {4: "10.16.0.1", 6: "2001:db8:16::1"}
# The director's devices, and who stands behind them: nobody has these
# addresses, so what arrives there is dropped as some other host's.
MAC = {"c": frames.mac("02:00:00:00:00:01"),
       "s": frames.mac("02:00:00:00:00:02")}
PEER_MAC = "02:00:00:00:ff:%02x"

_libc = ctypes.CDLL(None, use_errno=True)


class Failed(Exception):
    pass


def _call(name, *args):
    if getattr(_libc, name)(*args):
        raise OSError(ctypes.get_errno(), name)


def sh(*argv, stdin="", check=True):
    # No close_fds: so that it is a vfork, which is much cheaper in UML.
    done = subprocess.run(argv, input=stdin, text=True, close_fds=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if check and done.returncode:
        raise Failed("%s: %s" % (" ".join(argv), done.stdout.strip()))
    return done.stdout


def put(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def get(path):
    with open(path, encoding="ascii") as file:
        return file.read()


class Namespace:
    """A network namespace; inside "with" this process is in it."""

    home = None

    def __init__(self, name):
        if Namespace.home is None:
            Namespace.home = os.open("/proc/self/ns/net", os.O_RDONLY)
        self.path = "/run/netns/" + name
        os.makedirs("/run/netns", exist_ok=True)
        _call("unshare", CLONE_NEWNET)
        try:
            self.fd = os.open("/proc/self/ns/net", os.O_RDONLY)
            put(self.path, "")
            _call("mount", b"/proc/self/ns/net", self.path.encode(), None,
                  MS_BIND, None)
        finally:
            _call("setns", Namespace.home, CLONE_NEWNET)

    def __enter__(self):
        _call("setns", self.fd, CLONE_NEWNET)
        return self

    def __exit__(self, *_):
        _call("setns", Namespace.home, CLONE_NEWNET)

    def end(self):
        _call("umount2", self.path.encode(), MNT_DETACH)
        os.unlink(self.path)
        os.close(self.fd)


def _ending():
    for pid in os.listdir("/proc"):
        try:
            if pid.isdigit() and "+netns" in get("/proc/%s/comm" % pid):
                return True
        except FileNotFoundError:
            pass
    return False


def settle():
    """Waits until no namespace is being taken down any more: that is work of
    the CPU that is measured. It is queued when the last reference goes."""
    quiet = 0
    while quiet < 3:
        time.sleep(0.02)
        quiet = 0 if _ending() else quiet + 1


class Director:
    """A router between clients and servers, and a sink that is both."""

    def __init__(self, name):
        self.name = name
        self.sink = Namespace(name + "-sink")
        self.net = Namespace(name)
        with self.sink:
            put("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1")
        with self.net:
            for key, value in (("ipv4/ip_forward", "1"),
                               ("ipv4/conf/all/rp_filter", "0"),
                               ("ipv4/conf/default/rp_filter", "0"),
                               ("ipv4/conf/all/send_redirects", "0"),
                               ("ipv4/conf/default/send_redirects", "0"),
                               ("ipv6/conf/all/forwarding", "1"),
                               ("ipv6/conf/default/accept_dad", "0"),
                               ("ipv6/conf/default/addr_gen_mode", "1")):
                put("/proc/sys/net/" + key, value)
            sh("ip", "-batch", "-", stdin="\n".join(self._config()) + "\n")

    def _config(self):
        sink = self.name + "-sink"
        yield "link set lo up"
        for dev, last in (("c", 1), ("s", 2)):
            yield ("link add %s address 02:00:00:00:00:%02x type veth peer "
                   "name %s netns %s" % (dev, last, dev, sink))
            yield "link set %s up" % dev
        for family in (4, 6):
            net = "10.%d.0." if family == 4 else "2001:db8:%d::"
            length = 24 if family == 4 else 64
            yield "addr add %s dev lo" % VIP[family]
            for dev, number in (("c", 1), ("s", 2)):
                yield "addr add %s1/%d dev %s" % (net % number, length, dev)
            gate = net % 1 + "2"
            yield "neigh add %s lladdr %s dev c nud permanent" % (
                gate, PEER_MAC % 1)
            yield "route add %s via %s dev c" % (
                "10.16.0.0/12" if family == 4 else "2001:db8:16::/48", gate)
            for i, server in enumerate(SERVERS[family]):
                yield "neigh add %s lladdr %s dev s nud permanent" % (
                    server, PEER_MAC % (0x11 + i))

    def start(self):
        """The sink's devices; last, so that it sees no setting up."""
        with self.sink:
            sh("ip", "-batch", "-", stdin="link set c up\nlink set s up\n")

    def received(self, dev):
        """Packets that arrived in the sink."""
        with self.sink:
            line = re.search(r"^\s*%s:\s*\d+\s+(\d+)" % dev,
                             get("/proc/net/dev"), re.M)
        return int(line.group(1))

    def end(self):
        self.net.end()
        self.sink.end()


class Generator:
    """What tests/bench/generator.c offers."""

    root = "/sys/kernel/debug/vs_bench/"

    def __init__(self, module):
        sh("insmod", module)

    def load(self, packed):
        with open(self.root + "frames", "wb", buffering=0) as file:
            if file.write(packed) != len(packed):
                raise Failed("the generator did not take the frames")

    def play(self, director, dev, packed, cycles=1):
        """Nanoseconds for each packet."""
        self.load(packed)
        return self.again(director, dev, cycles)

    def again(self, director, dev, cycles):
        with director.net:
            put(self.root + "run", "%s %d" % (dev, cycles))
        packets, nanoseconds = map(int, get(self.root + "run").split())
        return nanoseconds / packets

    def watch(self, director, dev, packed, out, nr):
        """Plays frames and returns the flows of what arrives behind OUT."""
        with director.sink:
            seen = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                                 socket.htons(3))
            seen.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
            seen.bind((out, 3))
        with seen:
            self.play(director, dev, packed)
            flows = []
            while select.select([seen], [], [], 0 if flows else 1)[0]:
                flow = frames.parse(seen.recv(2048))
                if flow:
                    flows.append(flow)
        if len(flows) != nr:
            raise Failed("%s: %d of %d packets went from %s to %s" %
                         (director.name, len(flows), nr, dev, out))
        return flows
