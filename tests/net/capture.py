# SPDX-License-Identifier: GPL-2.0-only
"""Packets as a device has them: keeps what it receives, sends what is asked.

A packet socket keeps packets in its buffer until somebody asks, so a capture
costs no thread. Each comes with a virtio header that says whether its
checksum is yet to be done and how many segments it stands for.
"""

import errno
import random
import select
import socket
import struct
import time

import netns
import pieces
import wire

SOL_PACKET = 263
# Ahead of the frame: 10 bytes, then 14 of Ethernet.
PACKET_VNET_HDR = 15
PACKET_OUTGOING = 4
ETH_P_ALL = 3
SO_RCVBUFFORCE = 33
NEEDS_CSUM = 1
# All devices of the director have this address.
DIRECTOR = "02:00:00:00:00:d0"

CAPTURES = {}
SENDERS = {}


class Capture:
    """One device's packets since the capture began."""

    def __init__(self, ns, dev, direction):
        self.ns = ns
        self.direction = direction
        self.packets = []
        self.sock = netns.make(ns, socket.AF_PACKET, socket.SOCK_RAW, 0)
        self.sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 256 << 20)
        self.sock.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
        self.sock.bind((dev, ETH_P_ALL))
        self.sock.setblocking(False)

    def drain(self):
        while True:
            try:
                data, addr = self.sock.recvfrom(1 << 17)
            except BlockingIOError:
                return
            except OSError as error:
                # A super-packet of SCTP, of which virtio knows nothing.
                if error.errno == errno.EINVAL:
                    continue
                raise
            if addr[1] not in (0x0800, 0x86dd):
                continue
            sent = addr[2] == PACKET_OUTGOING
            if self.direction != "both" and sent != (self.direction == "out"):
                continue
            flags, _, hdr_len, gso_size, start, at = \
                struct.unpack("=BBHHHH", data[:10])
            link, data = data[10:22], data[24:]
            partial = bool(flags & NEEDS_CSUM)
            if partial and not gso_size and wire.is_tunnel(data):
                # The tunnel's checksum, if any, foresees the inner one.
                data, partial = wire.completed(data, start - 14, at), False
            text = wire.parse(data, partial)
            segments = 1
            if gso_size:
                segments = -(-(len(data) - hdr_len_of(text, data)) // gso_size)
            self.packets.append((text, set(text.split()) | silent(link, data),
                                 segments, len(data), data))

    def matching(self, words):
        want = set(words)
        return [p for p in self.packets if want <= p[1]]


def silent(link, data):
    """Words that a packet can be asked for, though its text has them not."""
    words = {"to=" + link[:6].hex(":"), "from=" + link[6:].hex(":")}
    if data and data[0] >> 4 == 4:
        words.add("df=%d" % (data[6] >> 6 & 1))
    return words | tcp_words(data)


def tcp_words(data):
    """Of TCP: its options, and its text if that is a line or two."""
    if len(data) < 40:
        return set()
    v6 = data[0] >> 4 == 6
    l4 = 40 if v6 else (data[0] & 15) * 4
    if data[6 if v6 else 9] != 6 or len(data) < l4 + 20:
        return set()
    end = l4 + (data[l4 + 12] >> 4) * 4
    words = {"opts=" + data[l4 + 20:end].hex()}
    if 0 < len(data) - end <= 300:
        text = data[end:].decode("ascii", "replace")
        words.add("text=" + "_".join(text.split()))
    return words


def hdr_len_of(text, data):
    """Bytes of a packet before its payload."""
    for word in text.split():
        if word.startswith("data="):
            return len(data) - int(word[5:])
    return 0


def start(tag, ns, dev, direction):
    if tag in CAPTURES:
        stop(tag)
    CAPTURES[tag] = Capture(ns, dev, direction)


def stop(tag):
    CAPTURES.pop(tag).sock.close()


def forget(tag):
    CAPTURES[tag].drain()
    CAPTURES[tag].packets.clear()


def saw(tag, words, least, timeout):
    this = CAPTURES[tag]
    until = time.monotonic() + timeout
    while True:
        this.drain()
        found = this.matching(words)
        left = until - time.monotonic()
        if len(found) >= least or left <= 0:
            return "count=%d | %s" % (len(found), found[-1][0] if found else "")
        select.select([this.sock], [], [], left)


def counted(tag, words):
    this = CAPTURES[tag]
    this.drain()
    found = this.matching(words)
    return "packets=%d bytes=%d" % (sum(p[2] for p in found),
                                    sum(p[3] for p in found))


def quoted(tag, words):
    this = CAPTURES[tag]
    this.drain()
    whole = "whole=1" in words
    words = [word for word in words if word != "whole=1"]
    data = this.matching(words)[-1][4]
    text = wire.parse(data[48 if data[0] >> 4 == 6 else 28:])
    if whole:
        return text
    # It may end before the sequence numbers or data do.
    return " ".join(text.split()[:7])


def texts(tag, words):
    this = CAPTURES[tag]
    this.drain()
    return [p[0] for p in this.matching(words)]


def sender(ns):
    # To close a packet socket takes a grace period: each is kept.
    if ns not in SENDERS:
        SENDERS[ns] = netns.make(ns, socket.AF_PACKET, socket.SOCK_DGRAM, 0)
    return SENDERS[ns]


def link_address(dev, mac, text):
    proto = 0x86dd if text.split()[0] == "ip6" else 0x0800
    return dev, proto, 0, 0, bytes.fromhex((mac or DIRECTOR).replace(":", ""))


def send(ns, dev, mac, count, text):
    data = wire.build(text)
    for _ in range(count):
        sender(ns).sendto(data, link_address(dev, mac, text))


def send_ports(ns, first, last, text):
    """An IPv4 packet from each source port; its checksum must not mind."""
    data = bytearray(wire.build(text))
    to = link_address("eth0", "", text)
    sock = sender(ns)
    for port in range(first, last + 1):
        data[20:22] = struct.pack("!H", port)
        sock.sendto(data, to)


def send_split(ns, size, ident, order, text):
    parts = pieces.split(wire.build(text), size, ident)
    for i in order or range(len(parts)):
        sender(ns).sendto(parts[i], link_address("eth0", "", text))


def joined(tag, least, timeout):
    """Packets of which all fragments came: as text, and how many there were."""
    this = CAPTURES[tag]
    until = time.monotonic() + timeout
    while True:
        this.drain()
        wholes = pieces.join([p[4] for p in this.packets])
        left = until - time.monotonic()
        if len(wholes) >= least or left <= 0:
            break
        select.select([this.sock], [], [], left)
    if not wholes:
        return "count=0 |"
    data, count, most = wholes[-1]
    text = wire.parse(data)
    size = hdr_len_of(text, data)
    same = data[size:] == wire.pattern(len(data) - size)
    return "count=%d | %s pieces=%d most=%d same=%d" % (len(wholes), text,
                                                        count, most, same)


def send_mutants(ns, dev, count, seed, text):
    dice = random.Random("%d %s" % (seed, text))
    honest = wire.build(text)
    to = link_address(dev, "", text)
    for _ in range(count):
        data = bytearray(honest)
        for _ in range(dice.randint(1, 3)):
            data[dice.randrange(min(len(data), 80))] = \
                dice.choice((0, 1, 5, 0x7f, 0x80, 0xff, dice.randrange(256)))
        if dice.random() < 0.3:
            del data[dice.randrange(len(data)):]
        if data and data[0] >> 4 == 4 and dice.random() < 0.7:
            wire.right_checksum(data)
        if data:
            sender(ns).sendto(data, to)


def leave(ns):
    """Keeps nothing of a namespace open that would keep it."""
    if ns in SENDERS:
        SENDERS.pop(ns).close()
    for tag in [tag for tag, this in CAPTURES.items() if this.ns == ns]:
        stop(tag)
