# SPDX-License-Identifier: GPL-2.0-only
"""Clients: ask, and judge every answer.

An answer counts only if its bytes are those that were sent with the request,
and if the server saw the client's own address and port, or an address that the
client was told it would see. Everything else is wrong=N, everything that did
not come is failed=N.
"""

import collections
import errno
import hashlib
import ipaddress
import socket
import struct
import threading
import time

import netns
import server

IPV6_FREEBIND = 78
SCTP_NODELAY = 3
IP_FREEBIND = 15
# Clients that clients=N asks for, one after the other; routed to c0.
MANY = {socket.AF_INET: "198.18.%d.%d", socket.AF_INET6: "2001:db8:18::%d:%d"}

GET_OPTIONS = {
    "count": 1,        # conns
    "clients": 0,      # many clients: the next of them for each conn
    "src": "",         # source address
    "sport": 0,        # source port
    "size": 16,        # bytes of the request's word
    "timeout": 5.0,    # seconds for each
    "close": "client", # who closes first; or reset
    "pause": 0.0,      # seconds between two
    "save": "",        # a name under which compare finds it
    "asks": 1,         # requests on each conn
    "sees": "",        # FIRST-LAST, of which the server sees one as the client
    "patience": 3,     # gives up after so many failures in a row
}

SAVED = {}
HELD = {}
LOADS = {}
# Flows of UDP that there were, each as its namespace and both its ends.
FLOWS = set()
FRESH_TRIES = 50


class Tally:
    """What a row of requests came to."""

    def __init__(self):
        self.answered = self.failed = self.wrong = self.slowest = 0
        self.in_a_row = 0
        self.why = collections.Counter()
        self.servers = collections.Counter()
        self.order = []
        self.changed = threading.Condition()

    def good(self, name, took):
        with self.changed:
            self.answered += 1
            self.in_a_row = 0
            self.servers[name] += 1
            self.order.append(name)
            self.slowest = max(self.slowest, int(took * 1000))
            self.changed.notify_all()

    def bad(self, error):
        with self.changed:
            if isinstance(error, ValueError):
                self.wrong += 1
            else:
                self.failed += 1
            self.in_a_row += 1
            name = type(error).__name__.removesuffix("Error")
            if name == "OS":
                name = str(error.errno)
            self.why[name.lower()] += 1
            self.order.append("-")
            self.changed.notify_all()

    def words(self):
        with self.changed:
            why = "".join(" %s=%d" % item for item in sorted(self.why.items()))
            return "answered=%d failed=%d wrong=%d slowest=%d%s | %s" % (
                self.answered, self.failed, self.wrong, self.slowest, why,
                " ".join("%s=%d" % item
                         for item in sorted(self.servers.items())))


def word_of(number, size):
    text = hashlib.sha256(b"%d" % number).hexdigest()
    return (text * (size // len(text) + 1))[:size]


def open_conn(ns, proto, addr, port, o, number):
    """A conn; of UDP one whose port no earlier flow had, if that is not said:
    to the balancer it would be the same flow, and no new choice."""
    refused = []
    try:
        while True:
            sock = open_any(ns, proto, addr, port, o, number)
            flow = ns, sock.getsockname()[:2], addr, port
            if proto != "udp" or o["sport"] or flow not in FLOWS or \
                    len(refused) == FRESH_TRIES:
                if proto == "udp":
                    FLOWS.add(flow)
                return sock
            # Open until another was found, or it would be found again.
            refused.append(sock)
    finally:
        for sock in refused:
            sock.close()


def open_any(ns, proto, addr, port, o, number):
    family = netns.family(addr)
    kind = socket.SOCK_DGRAM if proto == "udp" else socket.SOCK_STREAM
    number_of = {"tcp": 0, "udp": 0, "sctp": socket.IPPROTO_SCTP}
    sock = netns.make(ns, family, kind, number_of[proto])
    try:
        src = o["src"]
        # One address, or it would have many and show none.
        if proto == "sctp" and not src and not o["clients"]:
            src = source_to(ns, family, addr)
        if o["clients"]:
            i = number % o["clients"] + 1
            src = MANY[family] % (i >> 8, i & 255) \
                if family == socket.AF_INET else MANY[family] % (i >> 8, i)
        if src or o["sport"]:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET:
                sock.setsockopt(socket.IPPROTO_IP, IP_FREEBIND, 1)
            else:
                sock.setsockopt(socket.IPPROTO_IPV6, IPV6_FREEBIND, 1)
            sock.bind((src, o["sport"]))
        sock.settimeout(o["timeout"])
        connect(sock, (addr, port), o)
        if proto == "tcp":
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        elif proto == "sctp":
            sock.setsockopt(socket.IPPROTO_SCTP, SCTP_NODELAY, 1)
        return sock
    except OSError:
        sock.close()
        raise


def source_to(ns, family, addr):
    """The address that the namespace's packets to addr have."""
    with netns.make(ns, family, socket.SOCK_DGRAM) as sock:
        sock.connect((addr, 9))
        return sock.getsockname()[0]


def connect(sock, to, o):
    """Waits for the last conn of the same port to be closed at both ends."""
    until = time.monotonic() + o["timeout"]
    while True:
        try:
            sock.connect(to)
            return
        except OSError as error:
            if not o["sport"] or error.errno != errno.EADDRNOTAVAIL or \
                    time.monotonic() > until:
                raise
            time.sleep(0.002)


def receive_line(sock):
    if sock.type == socket.SOCK_DGRAM:
        return sock.recv(server.CHUNK)
    line = b""
    while not line.endswith(b"\n"):
        more = sock.recv(server.CHUNK)
        if not more:
            raise ConnectionError("closed")
        line += more
    return line


def is_client(words, own, sees):
    """Whether a server that answered with these words saw the client."""
    if not sees:
        return words[1] == own[0] and int(words[2]) == own[1]
    first, last = map(ipaddress.ip_address, sees.split("-"))
    return first <= ipaddress.ip_address(words[1]) <= last


def ask(sock, number, size, sees=""):
    """One request; which server answered it."""
    word = word_of(number, size)
    end = "\n" if sock.type == socket.SOCK_STREAM else ""
    sock.sendall(("who %s%s" % (word, end)).encode())
    while True:
        words = receive_line(sock).decode("ascii", "replace").split()
        own = sock.getsockname()
        if len(words) == 6 and words[5] != word and \
                sock.type == socket.SOCK_DGRAM:
            # Late, of an earlier request whose time was up.
            continue
        if len(words) != 6 or words[5] != word:
            raise ValueError("other bytes came back")
        if not is_client(words, own, sees):
            raise ValueError("the server saw %s %s" % (words[1], words[2]))
        return words[0]


def end(sock, how):
    try:
        if how == "reset":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                            struct.pack("ii", 1, 0))
        elif how == "server" and sock.type == socket.SOCK_STREAM:
            sock.sendall(b"bye\n")
            sock.recv(1)
    except OSError:
        pass
    sock.close()


def one(ns, proto, addr, port, o, number, tally):
    start = time.monotonic()
    try:
        sock = open_conn(ns, proto, addr, port, o, number)
        try:
            for i in range(o["asks"]):
                name = ask(sock, number + i, o["size"], o["sees"])
        finally:
            end(sock, o["close"])
        tally.good(name, time.monotonic() - start)
    except (OSError, ValueError) as error:
        tally.bad(error)


def get(ns, proto, addr, port, o):
    tally = Tally()
    for number in range(o["count"]):
        one(ns, proto, addr, port, o, number, tally)
        if tally.in_a_row >= o["patience"]:
            break
        if o["pause"]:
            time.sleep(o["pause"])
    if o["save"]:
        SAVED[o["save"]] = tally.order
    return tally.words()


def compare(before, after):
    pairs = list(zip(SAVED[before], SAVED[after]))
    moves = collections.Counter("%s>%s" % p for p in pairs if p[0] != p[1])
    return "same=%d moved=%d | %s" % (
        sum(a == b for a, b in pairs), sum(moves.values()),
        " ".join("%s=%d" % item for item in sorted(moves.items())))


def hold(tag, ns, proto, addr, port, o):
    tally = Tally()
    held = HELD.setdefault(tag, [])
    for number in range(o["count"]):
        start = time.monotonic()
        try:
            sock = open_conn(ns, proto, addr, port, o, number)
            held.append((sock, o["sees"]))
            name = ask(sock, number, o["size"], o["sees"])
            tally.good(name, time.monotonic() - start)
        except (OSError, ValueError) as error:
            tally.bad(error)
            if tally.in_a_row >= o["patience"]:
                break
    return tally.words()


def use(tag, o):
    tally = Tally()
    for number, (sock, sees) in enumerate(HELD[tag]):
        start = time.monotonic()
        sock.settimeout(o["timeout"])
        try:
            name = ask(sock, number + 7, 16, sees)
            tally.good(name, time.monotonic() - start)
        except (OSError, ValueError) as error:
            tally.bad(error)
    return tally.words()


def drop(tag, how):
    for sock, _ in HELD.pop(tag):
        end(sock, how)
    return "ok"


class Load(threading.Thread):
    """Asks without a pause until it is told to end."""

    def __init__(self, ns, proto, addr, port, o):
        super().__init__(daemon=True)
        self.what = ns, proto, addr, port, o
        self.tally = Tally()
        self.ending = threading.Event()

    def run(self):
        number = 0
        while not self.ending.is_set():
            one(*self.what, number, self.tally)
            number += 1
            if self.what[4]["pause"]:
                time.sleep(self.what[4]["pause"])


def load(tag, ns, proto, addr, port, o):
    LOADS[tag] = Load(ns, proto, addr, port, o)
    LOADS[tag].start()
    return "ok"


def load_count(tag, more, timeout):
    tally = LOADS[tag].tally
    until = time.monotonic() + timeout
    with tally.changed:
        want = tally.answered + more
        while tally.answered < want and time.monotonic() < until:
            tally.changed.wait(until - time.monotonic())
    return tally.words()


def unload(tag):
    this = LOADS.pop(tag)
    this.ending.set()
    this.join()
    return this.tally.words()


def transfer(ns, addr, port, o):
    start = time.monotonic()
    size = o["bytes"]
    seen = name = None
    expected = hashlib.sha256()
    try:
        sock = open_conn(ns, "tcp", addr, port,
                         dict(GET_OPTIONS, timeout=o["timeout"]), 0)
        with sock:
            sock.sendall(b"%s %d\n" % (o["dir"].encode(), size))
            if o["dir"] == "put":
                if receive_line(sock) != b"ready\n":
                    raise ValueError("not ready")
                for block in server.blocks(size):
                    expected.update(block)
                    sock.sendall(block)
                name, seen = receive_line(sock).decode().split()
            else:
                seen = server.receive(sock, size)
                name = receive_line(sock).decode().strip()
                for block in server.blocks(size):
                    expected.update(block)
    except (OSError, ValueError) as error:
        name = type(error).__name__
    return "same=%d ms=%d server=%s" % (seen == expected.hexdigest(),
                                        (time.monotonic() - start) * 1000,
                                        name)
