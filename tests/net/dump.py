#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Dumps of much: complete, once each, and honest about what changed meanwhile.

dump.py services        a service of thousands of servers, many services
dump.py conns N         a dump shows N UDP flows, and filters choose of them

dump.sh runs it.
"""

import collections
import errno
import socket
import struct
import sys

import netlink

SERVERS = 3000
# As many as one reply is sure to hold.
ONE_REPLY = 700
SERVICES = 400
MULTI, INTR = 2, 0x10


class Dump:
    """A dump that can be stopped after any message."""

    def __init__(self, test, name, attrs=b""):
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW,
                                  netlink.NETLINK_GENERIC)
        self.sock.settimeout(60)
        self.interrupted = False
        self.error = None
        payload = netlink.genl(test.command(name), attrs)
        self.sock.send(struct.pack("IHHII", 16 + len(payload),
                                   test.link.family,
                                   netlink.REQUEST | netlink.DUMP, 1, 0) +
                       payload)

    def read(self):
        """The attributes of each message of the next datagram; None at the
        end, or at an error, which is kept."""
        data = self.sock.recv(1 << 20)
        bodies = []
        while data:
            size, kind, flags = struct.unpack_from("IHH", data)
            self.interrupted |= bool(flags & INTR)
            if kind in (netlink.NLMSG_DONE, netlink.NLMSG_ERROR):
                self.error = -struct.unpack_from("i", data, 16)[0]
            else:
                bodies.append(data[20:size])
            data = data[(size + 3) & ~3:]
        return bodies

    def rest(self):
        bodies = []
        while self.error is None:
            bodies += self.read()
        return bodies


class Check:
    """Counts what is as it should be, and says what is not."""

    def __init__(self):
        self.test = netlink.Test(False)
        self.failed = 0

    def same(self, what, expected, seen):
        if expected != seen:
            self.failed += 1
            print("  FAILED: %s: expected %.200s, seen %.200s" %
                  (what, expected, seen))

    def do(self, name, group, attrs):
        answer = self.test.send(name, self.test.build(group, attrs))
        self.same(name, 0, answer.error)
        return answer

    def dump(self, name, attrs=b""):
        dump = Dump(self.test, name, attrs)
        bodies = dump.rest()
        self.same("%s's end" % name, 0, dump.error)
        self.same("%s interrupted" % name, False, dump.interrupted)
        return bodies

    def number(self, group, name):
        return self.test.number(group, name)

    def values(self, group, name, body):
        number = self.number(group, name)
        return [v for n, v in netlink.split(body) if n == number]


def service(number):
    return [("protocol", b"\6"),
            ("address", struct.pack(">I", 0xcb007100 + 1 + number % 200)),
            ("port", netlink.port(1 + number // 200))]


def server(number):
    return [("address", struct.pack(">I", 0x0a000001 + number)),
            ("port", netlink.port(8080))]


def servers_of(check, body):
    return [check.values("server", "address", nest)[0]
            for nest in check.values("service", "server", body)]


def of_services(check):
    wanted = [dict(server(n))["address"] for n in range(SERVERS)]
    big = SERVICES // 2
    check.do("flush", "service", [])
    for n in range(SERVICES):
        check.do("service-new", "service", service(n))
    key = check.test.build("service", service(big))
    for n in range(SERVERS):
        check.do("server-new", "service",
                 service(big) + [("server", server(n))])
        if n == ONE_REPLY - 1:
            answer = check.do("service-get", "service", service(big))
            check.same("messages of one reply", 1, len(answer.payloads))
            check.same("servers of one reply", wanted[:ONE_REPLY],
                       servers_of(check, answer.payloads[0][4:]))

    answer = check.test.send("service-get", key)
    check.same("one reply with all that", errno.EMSGSIZE, answer.error)

    for what, attrs, services in (("all", b"", SERVICES), ("one", key, 1)):
        seen, heads, more = collections.defaultdict(list), [], 0
        for body in check.dump("service-get", attrs):
            name = check.values("service", "address", body)[0] + \
                check.values("service", "port", body)[0]
            if check.values("service", "more", body):
                more += 1
                check.same("what goes on", heads[-1], name)
                check.same("of a service that goes on", [],
                           check.values("service", "stats", body))
            else:
                heads.append(name)
            seen[name] += servers_of(check, body)
        check.same("services of " + what, services, len(heads))
        check.same("services of %s, once each" % what, services, len(seen))
        check.same("servers of " + what, wanted,
                   seen[b"".join(v for _, v in service(big)[1:])])
        check.same("messages that go on", True, more > 5)

    dump = Dump(check.test, "service-get",
                check.test.build("service", service(SERVICES)))
    dump.read()
    check.same("a dump of no service", errno.ENOENT, dump.error)
    dump = Dump(check.test, "service-get", key[:8])
    dump.read()
    check.same("a dump of half a service", errno.EINVAL, dump.error)

    for change in ("server-del", "server-new"):
        dump = Dump(check.test, "service-get")
        dump.read()
        check.do(change, "service", service(3 if change == "server-new" else big) +
                 [("server", server(0))])
        dump.rest()
        check.same("a dump told of %s" % change, True, dump.interrupted)


def of_conns(check, count):
    conns = collections.Counter()
    servers = collections.Counter()
    for body in check.dump("conn-get"):
        attrs = dict(netlink.split(body))
        conns[attrs[check.number("conn", "client-address")] +
              attrs[check.number("conn", "client-port")]] += 1
        servers[attrs[check.number("conn", "server-address")]] += 1
        idle, left = (struct.unpack("Q", attrs[check.number("conn", name)])[0]
                      for name in ("idle", "expires"))
        if not (idle < 600000 and 0 < left < 1000000):
            check.same("times of a conn", "sane", (idle, left))
    check.same("conns", count, len(conns))
    check.same("conns, once each", count, sum(conns.values()))

    def chosen(**attrs):
        return len(check.dump("conn-get", check.test.build(
            "conn", [(k.replace("_", "-"), v) for k, v in attrs.items()])))

    one = min(conns)
    a_server = min(servers)
    check.same("of a client", 1, chosen(client_address=one[:4],
                                        client_port=one[4:]))
    check.same("of a server", servers[a_server],
               chosen(server_address=a_server))
    check.same("of UDP", count, chosen(protocol=b"\x11"))
    check.same("of TCP", 0, chosen(protocol=b"\6"))
    check.same("of a service", count, chosen(
        service_address=netlink.ip("203.0.113.10"),
        service_port=netlink.port(53)))
    check.same("of another", 0, chosen(service_port=netlink.port(54)))
    check.same("of IPv6", 0, chosen(server_address=netlink.ip("::")))
    states = [chosen(state=bytes([n])) for n in range(8)]
    check.same("of all states", count, sum(states))

    # Two at once, and one that is given up.
    first, second = (Dump(check.test, "conn-get") for _ in range(2))
    Dump(check.test, "conn-get").read()
    check.same("two dumps", [count, count],
               [len(first.rest()), len(second.rest())])


def main():
    check = Check()
    if sys.argv[1] == "services":
        of_services(check)
    else:
        of_conns(check, int(sys.argv[2]))
    sys.exit(check.failed > 0)


if __name__ == "__main__":
    main()
