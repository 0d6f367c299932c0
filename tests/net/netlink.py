#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Hostile netlink: whatever is wrong with a request, it is answered by an error
that says what and where, and nothing has changed.

The requests come from the spec: each command with each of its attributes cut,
stretched, doubled, left out, out of range or of a type that it does not take,
at the top and in nests. Then requests that are mutated at random (--fuzz N,
--seed N), which only have to be answered.

Run it in a guest: netlink.sh does.
"""

import argparse
import errno
import os
import random
import socket
import struct
import sys
import time

import yaml

SPEC = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                    "../../Documentation/netlink/specs/vs.yaml")

NLMSG_ERROR, NLMSG_DONE, GENL_ID_CTRL = 2, 3, 16
REQUEST, ACK, DUMP = 1, 4, 0x300
CAPPED, ACK_TLVS = 0x100, 0x200
NETLINK_GENERIC, SOL_NETLINK, EXT_ACK = 16, 270, 11
MSG, OFFS, MISS_TYPE, MISS_NEST = 1, 2, 5, 6
NESTED, TYPE_MASK = 0x8000, 0x3fff
SIZES = {"u8": 1, "u16": 2, "u32": 4, "u64": 8}


# Kernels before 6.4 have no extended ack for what refuses to start a dump, only
# for attributes that do not pass their policy.
MUTE_DUMPS = tuple(map(int, os.uname().release.split(".")[:2])) < (6, 4)


class Spec:
    """Attributes and commands by name, with their numbers."""

    def __init__(self):
        with open(SPEC, encoding="utf-8") as file:
            spec = yaml.safe_load(file)
        self.enums = {d["name"]: len(d["entries"])
                      for d in spec["definitions"] if d["type"] == "enum"}
        self.sets = {}
        for group in spec["attribute-sets"]:
            attrs = {}
            for number, attr in enumerate(group["attributes"], 1):
                attrs[attr["name"]] = dict(attr, number=number)
            self.sets[group["name"]] = attrs
        self.commands = {}
        for number, op in enumerate(spec["operations"]["list"], 1):
            self.commands[op["name"]] = dict(op, number=number)


class Answer:
    """What came back: error (0 is none), extended ack, payloads."""

    def __init__(self, dump):
        self.dump = dump
        self.error = 0
        self.text = ""
        self.at = None
        self.missing = None
        self.missing_in = None
        self.payloads = []

    def __str__(self):
        return "%s, text %r, at %s, missing %s in %s" % (
            errno.errorcode.get(self.error, self.error), self.text, self.at,
            self.missing, self.missing_in)


class Link:
    """A generic netlink socket."""

    def __init__(self):
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW,
                                  NETLINK_GENERIC)
        self.sock.setsockopt(SOL_NETLINK, EXT_ACK, 1)
        self.sock.bind((0, 0))
        self.sock.settimeout(20)
        self.seq = 1000
        answer = self.ask(GENL_ID_CTRL, genl(3, pack(2, b"vs\0"), 1))
        if answer.error:
            sys.exit("netlink.py: vs is not loaded")
        self.family = struct.unpack(
            "H", dict(split(answer.payloads[0][4:]))[1])[0]

    def ask(self, family, payload, flags=ACK, length=None):
        """Sends a request, which may lie about its length."""
        self.seq += 1
        if length is None:
            length = 16 + len(payload)
        self.sock.send(struct.pack("IHHII", length, family, REQUEST | flags,
                                   self.seq, 0) + payload)
        answer = Answer(flags & DUMP == DUMP)
        while True:
            data = self.sock.recv(1 << 22)
            while data:
                size, kind, got, seq, _ = struct.unpack_from("IHHII", data)
                if seq == self.seq and take(answer, kind, got, data[16:size]):
                    return answer
                data = data[(size + 3) & ~3:]


def take(answer, kind, flags, body):
    """Takes in one message; True if it was the last one."""
    if kind not in (NLMSG_ERROR, NLMSG_DONE):
        answer.payloads.append(body)
        return False
    if len(body) >= 4:
        answer.error = -struct.unpack_from("i", body)[0]
    skip = 4
    if kind == NLMSG_ERROR:
        skip = 20
        if not flags & CAPPED:
            skip += (struct.unpack_from("I", body, 4)[0] - 16 + 3) & ~3
    if flags & ACK_TLVS:
        extra = dict(split(body[skip:]))
        answer.text = extra.get(MSG, b"").rstrip(b"\0").decode()
        for name, key in (("at", OFFS), ("missing", MISS_TYPE),
                          ("missing_in", MISS_NEST)):
            if key in extra:
                setattr(answer, name, struct.unpack("I", extra[key])[0])
    return True


def pack(number, value):
    attr = struct.pack("HH", 4 + len(value), number) + value
    return attr + bytes(-len(attr) % 4)


def split(data):
    while len(data) >= 4:
        size, number = struct.unpack_from("HH", data)
        if size < 4:
            return
        yield number & TYPE_MASK, data[4:size]
        data = data[(size + 3) & ~3:]


def genl(command, attrs=b"", version=1):
    return struct.pack("BBH", command, version, 0) + attrs


def ip(text):
    family = socket.AF_INET6 if ":" in text else socket.AF_INET
    return socket.inet_pton(family, text)


def port(number):
    return struct.pack(">H", number)


# A service and server that are there, and such as are not.
OLD = [("protocol", b"\6"), ("address", ip("203.0.113.10")), ("port", port(80))]
NEW = [("protocol", b"\x11"), ("address", ip("2001:db8::10")),
       ("port", port(53))]
WORDS = [("scheduler", b"mh\0"), ("hash", b"\1"),
         ("table-size", struct.pack("I", 1000)), ("path", b"\1"),
         ("sloppy", b"\1"), ("source-pool", ip("fd00::2") + ip("fd00::9")),
         ("timeout-opening", struct.pack("H", 1)),
         ("timeout-established", struct.pack("H", 65535)),
         ("echo", b"\1"), ("helper", b"\0")]
# What not every protocol has.
UDP_WORDS = [("established-by", b"\1"), ("udp-reselect", b"\2"),
             ("one-packet", b"\1")]
TCP_WORDS = [("mss-clamp", b"\1"), ("timeout-closing", struct.pack("H", 2)),
             ("timeout-closed", struct.pack("H", 3))]
SERVER = [("address", ip("10.0.0.11")), ("port", port(8080))]
FURTHER = [("method", b"\0"), ("weight", struct.pack("H", 9)), ("state", b"\1")]
OTHER = [("address", ip("10.0.0.12")), ("port", port(8080))]

TUNNELLED = [("address", ip("10.0.0.13"))]
TUNNEL = [("method", b"\2"), ("tunnel-type", b"\2"),
          ("tunnel-port", port(6081)), ("tunnel-checksum", b"\1"),
          ("tunnel-source", ip("10.0.0.9"))]

# Right requests of each command: attributes in order, nests as lists.
REQUESTS = [
    ("service-new", NEW + WORDS + UDP_WORDS),
    ("service-set", OLD + [
        (name, ip("10.0.0.2") + ip("10.0.0.9") if name == "source-pool"
         else value) for name, value in WORDS] + TCP_WORDS),
    ("service-del", OLD),
    ("service-get", OLD),
    ("server-new", OLD + [("server", OTHER + FURTHER)]),
    ("server-set", OLD + [("server", SERVER + FURTHER)]),
    ("server-new", OLD + [
        ("server", [("address", ip("10.0.0.14"))] + TUNNEL)]),
    ("server-set", OLD + [("server", TUNNELLED + TUNNEL)]),
    ("server-del", OLD + [("server", SERVER)]),
    ("flush", []),
    ("conn-get", [
        ("protocol", b"\6"),
        ("client-address", ip("10.1.0.2")), ("client-port", port(1234)),
        ("service-address", ip("203.0.113.10")), ("service-port", port(80)),
        ("server-address", ip("10.0.0.11")), ("server-port", port(8080)),
        ("state", b"\3")]),
    ("stats-get", []),
    ("settings-get", []),
    ("settings-set", [("conns-max", struct.pack("I", 77777))]),
]

# Attributes that a request may not be without.
NEEDED = {"service": {"protocol", "address", "port", "server"},
          "server": {"address"}, "conn": set(), "settings": set()}

BAD_ADDRESSES = [ip(a) for a in ("0.0.0.0", "127.0.0.1", "224.0.0.1",
                                 "255.255.255.255", "::", "::1", "ff02::1",
                                 "fe80::1", "::ffff:10.0.0.1")]

BAD_POOLS = [("10.0.0.2", "10.0.0.1"), ("10.0.0.0", "10.1.0.0"),
             ("10.0.0.1", "9.0.0.1"), ("0.0.0.0", "0.0.0.9"),
             ("126.255.255.255", "127.0.0.0"), ("224.0.0.1", "224.0.0.1"),
             ("255.255.255.254", "255.255.255.255"),
             ("fd00::2", "fd00::1"), ("fd00::", "fd00::1:0"),
             ("fd00::1", "fd00:0:0:1::1"), ("fd00:0:0:1::", "fd00::ffff"),
             ("::", "::9"), ("::1", "::1"), ("ff02::1", "ff02::2"),
             ("fe80::1", "fe80::2"), ("::ffff:10.0.0.1", "::ffff:10.0.0.2")]

# Values that are refused, of attributes that are no enum. One that takes all
# values its type has is listed too: so nobody forgets a new one.
BAD_VALUES = {
    "protocol": [bytes([n]) for n in (0, 1, 2, 33, 58, 255)],
    "address": None,
    "port": [port(0)],
    "scheduler": [b"\0", b"RR\0", b"rr \0", b"m\0", b"mhh\0", b"\xff\0"],
    "table-size": [struct.pack("I", n)
                   for n in (0, 1, 250, 1048584, 1 << 31, 0xffffffff)],
    "sloppy": [b"\2", b"\xff"],
    "source-pool": [ip(a) + ip(b) for a, b in BAD_POOLS],
    "timeout-opening": [], "timeout-established": [],
    "timeout-closing": [], "timeout-closed": [],
    "one-packet": [b"\2", b"\xff"], "mss-clamp": [b"\2", b"\xff"],
    "echo": [b"\2", b"\xff"],
    "tunnel-port": [port(0)], "tunnel-checksum": [b"\2", b"\xff"],
    "tunnel-source": None,
    "weight": [],
    "conns-max": [struct.pack("I", n) for n in (0, 1 << 31, 0xffffffff)],
    "client-address": None, "client-port": [port(0)],
    "service-address": None, "service-port": [port(0)],
    "server-address": None, "server-port": [port(0)],
}


class Test:
    """Runs cases and counts."""

    def __init__(self, verbose):
        self.spec = Spec()
        self.link = Link()
        self.verbose = verbose
        self.cases = 0
        self.failed = 0
        self.before = None

    def command(self, name):
        return self.spec.commands[name]["number"]

    def number(self, group, name):
        return self.spec.sets[group][name]["number"]

    def send(self, name, attrs=b"", flags=ACK):
        return self.link.ask(self.link.family,
                             genl(self.command(name), attrs), flags)

    def build(self, group, attrs):
        """Packs attributes; a value that is a list is a nest."""
        data = b""
        for name, value in attrs:
            data += self.pack(group, name, value)
        return data

    def pack(self, group, name, value):
        attr = self.spec.sets[group][name]
        if isinstance(value, list):
            return pack(attr["number"] | NESTED,
                        self.build(attr["nested-attributes"], value))
        return pack(attr["number"], value)

    def state(self):
        """All that can be configured, as it is sent."""
        return [self.send(name, flags=flags).payloads
                for name, flags in (("service-get", DUMP),
                                    ("settings-get", ACK))]

    def setup(self):
        for name, attrs in (
                ("flush", []),
                ("service-new", OLD + [("scheduler", b"rr\0")]),
                ("server-new", OLD + [("server", SERVER)]),
                ("server-new", OLD + [("server", TUNNELLED + TUNNEL)])):
            answer = self.send(name, self.build("service", attrs))
            if answer.error:
                sys.exit("netlink.py: %s: %s" % (name, answer))
        self.before = self.state()

    def fail(self, what, answer, why):
        self.failed += 1
        print("  FAILED: %s: %s; answer: %s" % (what, why, answer))

    def refused(self, what, answer, at=None, missing=None, text=True):
        """An answer must be an error that blames offset at, or says which
        attribute is missing, as (number, offset of the nest or None)."""
        self.cases += 1
        if answer.dump and MUTE_DUMPS and not answer.text:
            at, missing, text = None, None, False
        if self.verbose:
            print("  %s: %s" % (what, answer))
        if not answer.error:
            self.fail(what, answer, "no error")
        elif text and not answer.text and answer.missing is None:
            self.fail(what, answer, "no text")
        elif at is not None and answer.at != at:
            self.fail(what, answer, "expected at %d" % at)
        elif missing and missing != (answer.missing, answer.missing_in):
            self.fail(what, answer, "expected missing %s in %s" % missing)
        if self.state() != self.before:
            self.fail(what, answer, "the configuration changed")
            self.setup()


def lengths(attr, value):
    """Values of lengths that an attribute can't have."""
    kind = attr["type"]
    if attr["name"] == "source-pool":
        # None at all is right.
        return [(value * 9)[:n] for n in (1, 4, 7, 8, 9, 15, 16, 31, 32, 33, 64)
                if n != len(value)]
    if kind in SIZES:
        size = SIZES[kind]
        return [(value * 16)[:n]
                for n in (0, 1, 2, 3, 4, 5, 7, 8, 9, 16) if n != size]
    if kind == "binary":
        return [(value * 9)[:n] for n in (0, 1, 2, 3, 5, 6, 8, 12, 15, 17, 32)]
    if kind == "string":
        return [b"", b"rr", b"x" * 16 + b"\0", b"rr" + b"x" * 50000 + b"\0"]
    if kind == "nest":
        return [b"\1", b"\1\2\3", b"\3\0\1\0", b"\0\0\0\0", b"\xff\xff\1\0",
                b"\x08\0\1\0\1\2\3"]
    raise ValueError(kind)


def bad_values(spec, group, attr, adds):
    """Values of the right length that are refused."""
    name = attr["name"]
    if "enum" in attr:
        count = spec.enums[attr["enum"]]
        return [bytes([n]) for n in (count, 100, 255)]
    values = BAD_VALUES[name]
    if values is None:
        return BAD_ADDRESSES if adds and group != "conn" else []
    return values


class Cases:
    """All cases of one command's request: generators of what is wrong, the
    attributes' bytes, and what refused() shall expect."""

    def __init__(self, test, command):
        self.test = test
        self.spec = test.spec
        self.command = command
        self.adds = command in ("service-new", "server-new")

    def of_group(self, group, attrs, base, wrap):
        """wrap(bytes) makes the whole request of the group's attributes,
        which start at the message's offset base."""
        built = [self.test.pack(group, name, value) for name, value in attrs]
        taken = {name for name, _ in attrs}
        nest_at = base - 4 if group == "server" else None

        for i, (name, value) in enumerate(attrs):
            attr = self.spec.sets[group][name]
            here = base + sum(len(b) for b in built[:i])

            def with_(data, what, i=i, name=name, here=here, **expect):
                expect.setdefault("at", here)
                return ("%s %s" % (name, what),
                        wrap(b"".join(built[:i] + [data] + built[i + 1:])),
                        expect)

            yield from self.of_attr(attr, group, value, built[i], with_)
            end = base + sum(len(b) for b in built)
            yield (name + " twice", wrap(b"".join(built) + built[i]),
                   {"at": end})
            if name in NEEDED[group]:
                rest = b"".join(built[:i] + built[i + 1:])
                yield (name + " missing", wrap(rest),
                       {"missing": (attr["number"], nest_at)})
            if isinstance(value, list):
                yield from self.of_nest(group, attr, value, built, i, wrap,
                                        here)

        yield from self.of_end(group, taken, b"".join(built), base, wrap)

    def of_attr(self, attr, group, value, built, with_):
        """An attribute alone: lengths, values, flags."""
        number = attr["number"]
        kind = attr["type"]
        nest = NESTED if kind == "nest" else 0
        for bad in lengths(attr, value):
            # What is wrong in a nest is told of what is in it.
            expect = {"at": None} if nest else {}
            yield with_(pack(number | nest, bad),
                        "of %d bytes" % len(bad), **expect)
        if kind == "nest":
            yield with_(pack(number, built[4:]), "without the flag of a nest")
            return
        yield with_(pack(number | NESTED, value), "as a nest")
        for bad in bad_values(self.spec, group, attr, self.adds):
            yield with_(pack(number, bad), "= %s" % bad.hex())

    def of_nest(self, group, attr, value, built, i, wrap, here):
        def wrap_nest(data):
            nest = pack(attr["number"] | NESTED, data)
            return wrap(b"".join(built[:i] + [nest] + built[i + 1:]))

        inner = attr["nested-attributes"]
        for what, data, expect in self.of_group(inner, value, here + 4,
                                                wrap_nest):
            yield "%s: %s" % (attr["name"], what), data, expect

    def of_end(self, group, taken, data, base, wrap):
        """What may not stand after the attributes."""
        attrs = self.spec.sets[group]
        end = base + len(data)
        unknown = {"unknown %d" % n: n
                   for n in (0, len(attrs) + 1, 100, 1000, TYPE_MASK)}
        for name, attr in attrs.items():
            if name not in taken and not self.takes(group, name):
                unknown[name + ", not of this command"] = attr["number"]
        for what, number in unknown.items():
            for value in (b"", b"\1\0\0\0", b"x" * 100):
                if number and what.startswith("pad"):
                    continue
                yield ("%s of %d bytes" % (what, len(value)),
                       wrap(data + pack(number, value)), {"at": end})
        for size in (0, 3, 5, 400, 65535):
            bad = struct.pack("HH", size, 1)
            yield ("attribute that says it has %d bytes" % size,
                   wrap(data + bad), {})
        for extra in (b"\1", b"\0\0", b"\4\0\1"):
            if group != "server":
                yield ("%d bytes at the end" % len(extra), wrap(data + extra),
                       {})

    def takes(self, group, name):
        """Whether the command takes an attribute that was not given."""
        if group == "server":
            return name in dict(SERVER + FURTHER + TUNNEL)
        op = self.spec.commands[self.command]
        for mode in ("do", "dump"):
            request = op.get(mode, {}).get("request", {})
            if name in request.get("attributes", []):
                return True
        return False


def hostile(test):
    """Every command, every attribute."""
    for command, attrs in REQUESTS:
        op = test.spec.commands[command]
        modes = [(mode, flags) for mode, flags in (("do", ACK), ("dump", DUMP))
                 if mode in op]
        for mode, flags in modes:
            if mode == "dump" and "request" not in op[mode]:
                continue
            cases = Cases(test, command).of_group(op["attribute-set"], attrs,
                                                  20, lambda data: data)
            for what, data, expect in cases:
                if mode == "dump" and what.endswith(" missing"):
                    continue
                answer = test.send(command, data, flags)
                test.refused("%s %s: %s" % (command, mode, what), answer,
                             **expect)
        for mode, flags in (("do", ACK), ("dump", DUMP)):
            if mode not in op:
                data = test.build(op["attribute-set"], attrs)
                test.refused("%s as a %s" % (command, mode),
                             test.send(command, data, flags), text=False)


def contradictions(test):
    """What is right by itself but not together or not now."""
    def case(what, command, attrs, at=None):
        data = test.build("service", attrs)
        where = None
        if at is not None:
            where = 20 + len(test.build("service", attrs[:at]))
        test.refused(what, test.send(command, data), at=where)

    def server(*attrs):
        return [("server", list(attrs))]

    rr = ("scheduler", b"rr\0")
    case("service exists", "service-new", OLD, 1)
    case("no such service", "service-set", NEW, 1)
    case("no such service", "service-del", NEW, 1)
    case("no such service", "service-get", NEW, 1)
    case("rr with hash", "service-new", NEW + [rr, ("hash", b"\0")], 4)
    case("rr with table-size", "service-new",
         NEW + [rr, ("table-size", struct.pack("I", 1000))], 4)
    case("sh with table-size", "service-new",
         NEW + [("scheduler", b"sh\0"),
                ("table-size", struct.pack("I", 1000))], 4)
    case("hash for the scheduler that is", "service-set",
         OLD + [("path", b"\1"), ("hash", b"\0")], 4)
    case("server of no service", "server-new", NEW + server(*OTHER), 1)
    for command, attrs in (("server-new", SERVER), ("server-set", OTHER),
                           ("server-del", OTHER)):
        data = test.build("service", OLD + server(*attrs))
        # The server's address is the first thing in the nest.
        test.refused("%s of a server that is there or not" % command,
                     test.send(command, data),
                     at=20 + len(test.build("service", OLD)) + 4)
    other = ("address", ip("2001:db8::11"))
    data = test.build("service", OLD + server(other))
    test.refused("server of another family", test.send("server-new", data),
                 at=20 + len(test.build("service", OLD)) + 4)
    data = test.build("conn", [("client-address", ip("10.1.0.2")),
                               ("service-address", ip("2001:db8::11"))])
    test.refused("filter of two families", test.send("conn-get", data, DUMP),
                 at=28)


def headers(test):
    """Messages that are wrong before their attributes."""
    link = test.link
    for number in (0, len(test.spec.commands) + 1, 100, 255):
        for flags in (ACK, DUMP):
            test.refused("command %d" % number,
                         link.ask(link.family, genl(number), flags),
                         text=False)
    test.refused("no header of generic netlink",
                 link.ask(link.family, b""), text=False)
    for size in (1, 2, 3):
        test.refused("%d bytes of a header" % size,
                     link.ask(link.family, b"\1\1\0"[:size]), text=False)


def fuzz(test, count, seed):
    """Mutated requests: each is answered, and the module lives on."""
    rand = random.Random(seed)
    valid = []
    for command, attrs in REQUESTS:
        op = test.spec.commands[command]
        data = test.build(op["attribute-set"], attrs)
        valid.append((test.command(command), data,
                      DUMP if "do" not in op else ACK))
        if "dump" in op:
            valid.append((test.command(command), data, DUMP))
    for i in range(count):
        command, data, flags = rand.choice(valid)
        data = bytearray(data)
        for _ in range(rand.choice((0, 1, 1, 1, 2, 3, 8))):
            mutate(rand, data)
        if rand.random() < 0.02:
            command = rand.randrange(256)
        test.link.ask(test.link.family, genl(command, bytes(data)), flags)
        if i % 500 == 499:
            test.state()
    print("  %d mutated requests answered, seed %d" % (count, seed))


def mutate(rand, data):
    how = rand.randrange(6)
    at = rand.randrange(len(data)) if data else 0
    if how == 0 and data:
        data[at] = rand.randrange(256)
    elif how == 1 and data:
        data[at] ^= 1 << rand.randrange(8)
    elif how == 2 and data:
        del data[at:at + rand.choice((1, 2, 4, 8))]
    elif how == 3:
        data[at:at] = bytes(rand.randrange(256)
                            for _ in range(rand.choice((1, 2, 4, 8, 64))))
    elif how == 4 and data:
        at &= ~3
        data += data[at:at + 4 * rand.randrange(1, 6)]
    elif len(data) >= 4:
        at = min(at, len(data) - 4) & ~3
        struct.pack_into("H", data, at, rand.choice((0, 3, 4, 5, 8, 0xffff)))


def change(test, count):
    """Takes the first of count services away and adds it at the end, again and
    again. Whoever reads at idle priority is interrupted by each; in pauses,
    even a slow reader comes to an end."""
    number = 0
    while True:
        until = time.monotonic() + 0.4
        while time.monotonic() < until:
            number = number % count + 1
            data = test.build("service", [("protocol", b"\6"),
                                          ("address", ip("203.0.113.1")),
                                          ("port", port(number))])
            for name in ("service-del", "service-new"):
                test.send(name, data)
            time.sleep(0.0003)
        time.sleep(0.2)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--fuzz", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--change", metavar="N", type=int,
                        help="remove and add N services, until killed")
    parser.add_argument("-v", action="store_true")
    args = parser.parse_args()

    test = Test(args.v)
    if args.change:
        change(test, args.change)
    test.setup()
    hostile(test)
    contradictions(test)
    headers(test)
    fuzz(test, args.fuzz, args.seed)
    test.setup()
    print("netlink.py: %d requests, %d failed" % (test.cases, test.failed))
    sys.exit(test.failed > 0)


if __name__ == "__main__":
    main()
