# SPDX-License-Identifier: GPL-2.0-only
"""The frames that the bench sends, and what it understands of those it sees."""

import ipaddress
import struct

TCP, UDP = 6, 17
IPIP, IPV6 = 4, 41
SYN, ACK, PUSH = 0x02, 0x10, 0x08
# Least length of a frame, without its checksum.
FRAME_LEN = 60


def folded(data, start=0):
    """The one's complement sum that IP, TCP and UDP use."""
    if len(data) & 1:
        data += b"\0"
    total = start + sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


class Flow:
    """Addresses, ports and protocol of packets in one direction; of a frame
    that was seen also to which MAC it went, and through a tunnel to whom."""

    __slots__ = ("protocol", "src", "sport", "dst", "dport", "mac", "outer")

    def __init__(self, protocol, src, sport, dst, dport):
        self.protocol = protocol
        self.src, self.sport = src, sport
        self.dst, self.dport = dst, dport
        self.mac = self.outer = None

    def turned(self):
        return Flow(self.protocol, self.dst, self.dport, self.src, self.sport)

    def key(self):
        return (self.protocol, self.src, self.sport, self.dst, self.dport)


def _transport(flow, pseudo, room, flags, seq, ack):
    ports = struct.pack("!HH", flow.sport, flow.dport)
    if flow.protocol == UDP:
        payload = bytes(max(0, room - 8))
        size = struct.pack("!H", 8 + len(payload))
        check = 0xffff - folded(ports + size + payload,
                                pseudo + 8 + len(payload))
        return ports + size + struct.pack("!H", check or 0xffff) + payload
    payload = bytes(max(0, room - 20)) if flags & PUSH else b""
    head = ports + struct.pack("!IIBBH", seq, ack, 5 << 4, flags, 65535)
    check = 0xffff - folded(head + payload, pseudo + 20 + len(payload))
    return head + struct.pack("!HH", check, 0) + payload


def build(flow, to, of, flags=0, seq=0, ack=0):
    """A frame of FRAME_LEN bytes, or the least that its headers need."""
    v6 = len(flow.src) == 16
    head = 54 if v6 else 34
    pseudo = folded(flow.src + flow.dst, flow.protocol)
    data = _transport(flow, pseudo, FRAME_LEN - head, flags, seq, ack)
    if v6:
        ip = struct.pack("!IHBB", 6 << 28, len(data), flow.protocol, 64)
        kind = b"\x86\xdd"
    else:
        ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(data), 0, 0x4000, 64,
                         flow.protocol, 0)
        check = 0xffff - folded(ip + flow.src + flow.dst)
        ip = ip[:10] + struct.pack("!H", check)
        kind = b"\x08\0"
    frame = to + of + kind + ip + flow.src + flow.dst + data
    return frame.ljust(FRAME_LEN, b"\0")


def _ip(frame, at, v6):
    """An IP header without options: protocol, source, destination, where its
    payload begins and where that ends; ValueError if its checksum is wrong."""
    if v6:
        end = at + 40 + struct.unpack("!H", frame[at + 4:at + 6])[0]
        return (frame[at + 6], frame[at + 8:at + 24], frame[at + 24:at + 40],
                at + 40, end)
    if folded(frame[at:at + 20]) != 0xffff:
        raise ValueError("IP checksum")
    return (frame[at + 9], frame[at + 12:at + 16], frame[at + 16:at + 20],
            at + 20, at + struct.unpack("!H", frame[at + 2:at + 4])[0])


def parse(frame):
    """The flow of a frame, None if it is not TCP or UDP; ValueError if one of
    its checksums is wrong."""
    v6 = frame[12:14] == b"\x86\xdd"
    if not v6 and frame[12:15] != b"\x08\0\x45":
        return None
    outer = None
    protocol, src, dst, at, end = _ip(frame, 14, v6)
    if protocol in (IPIP, IPV6):
        outer = dst
        protocol, src, dst, at, end = _ip(frame, at, protocol == IPV6)
    if protocol not in (TCP, UDP):
        return None
    data = frame[at:end]
    if folded(data, folded(src + dst, protocol + len(data))) != 0xffff:
        raise ValueError("TCP or UDP checksum")
    flow = Flow(protocol, src, *struct.unpack("!H", data[:2]),
                dst, *struct.unpack("!H", data[2:4]))
    flow.mac, flow.outer = frame[:6], outer
    return flow


def pack(frames):
    """Frames as the generator takes them."""
    return b"".join(struct.pack("=H", len(f)) + f for f in frames)


def address(text):
    return ipaddress.ip_address(text).packed


def clients(base, nr, protocol, server):
    """NR flows of different clients; SERVER(i) is where the i-th one goes."""
    first = int(ipaddress.ip_address(base))
    width = 4 if "." in base else 16
    for i in range(nr):
        dst, dport = server(i)
        # No two alike: the addresses' period and the ports' share no factor.
        yield Flow(protocol, (first + i % 4093).to_bytes(width, "big"),
                   1024 + i * 7919 % 60000, dst, dport)
