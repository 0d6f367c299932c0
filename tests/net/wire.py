# SPDX-License-Identifier: GPL-2.0-only
"""Packets as text, for scenarios that need an exact one.

A packet is a row of layers, each a name and its fields:

    ip src=10.1.0.2 dst=203.0.113.10 ttl=64 tcp sport=1000 dport=80 flags=S
    ip6 src=2001:db8:1::2 dst=2001:db8::10 hbh udp sport=9 dport=53 data=20

Layers: ip ip6 hbh dopt rh frag ah esp tcp udp sctp icmp raw cut. What is not
said is what an honest sender would put there: lengths, checksums, next
headers.

    ip    src dst ttl id tos df mf off ihl len ver proto csum opts
    ip6   src dst hlim tc flow len next ver
    hbh   next len data          dopt  the same
    rh    type left next len addr
    frag  off mf id next
    tcp   sport dport seq ack flags win doff csum opts
    udp   sport dport len csum
    sctp  sport dport vtag csum chunks (names with commas; the last has data)
    esp   spi seq; as received, esp and ah have bytes, a sum of all they are
    icmp  type code csum rest (hex; ICMPv6 under ip6)
    data=N is N bytes that differ from place to place, data=x41ff is hex
    quote=N in icmp: carries the next layers as the packet in error, N bytes
    cut   n: the packet ends n bytes early

The text of a packet that was received has, in a tunnel, the words of the inner
packet after the tunnel's: ipip, gre (seen with csum=) or gue, then in.ip
in.src=10.1.0.2 and so on. A tunnel's own header has df=, or flow=yes (or no), as
well. mss= is that of a SYN that has one.
"""

import ipaddress
import struct

import sctp

TCP_FLAGS = "FSRPAUEC"
PROTO = {"icmp": 1, "tcp": 6, "udp": 17, "sctp": 132, "esp": 50, "raw": 253, "frag": 44, "hbh": 0,
         "dopt": 60, "rh": 43, "ah": 51, "none": 59, "ip": 4, "ip6": 41}
GRE_PROTOS = {0x0800: "ip", 0x86dd: "ip6"}
GRE_CSUM = 0x8000
GUE_PORT = 6080
LAYERS = ("ip", "ip6", "hbh", "dopt", "rh", "frag", "ah", "esp", "tcp",
          "udp", "sctp", "icmp", "raw", "cut")


def sum16(data):
    """The Internet checksum's sum of data, folded, not complemented."""
    if len(data) & 1:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total


def pattern(size):
    """size bytes, no two neighbours alike, no short period."""
    return bytes((i * 7 + (i >> 8) * 13 + 1) & 0xff for i in range(size))


def data_of(text):
    if text.startswith("x"):
        return bytes.fromhex(text[1:])
    return pattern(int(text))


def split_layers(text):
    layers = []
    for word in text.split():
        name, eq, value = word.partition("=")
        if not eq:
            if name not in LAYERS:
                raise ValueError("no layer is called " + name)
            layers.append((name, {}))
        else:
            layers[-1][1][name] = value
    return layers


def number(fields, name, default):
    value = fields.get(name)
    return default if value is None else int(value, 0)


def pseudo(ip, proto, size):
    if ip is None:
        return b""
    src, dst, family = ip
    if family == 4:
        return src + dst + struct.pack("!BBH", 0, proto, size & 0xffff)
    return src + dst + struct.pack("!IHBB", size, 0, 0, proto)


def closed(total):
    return 0xffff - total


def build_tcp(f, rest, ip):
    flags = 0
    for flag in f.get("flags", "A"):
        flags |= 1 << TCP_FLAGS.index(flag)
    opts = bytes.fromhex(f.get("opts", ""))
    opts += b"\0" * (-len(opts) % 4)
    doff = number(f, "doff", 5 + len(opts) // 4)
    header = struct.pack("!HHIIBBHHH", number(f, "sport", 0),
                         number(f, "dport", 0), number(f, "seq", 1),
                         number(f, "ack", 0), doff << 4, flags,
                         number(f, "win", 65535), 0, 0) + opts
    body = header + rest
    check = closed(sum16(pseudo(ip, 6, len(body)) + body))
    check = number(f, "csum", check)
    return body[:16] + struct.pack("!H", check) + body[18:]


def build_udp(f, rest, ip):
    size = 8 + len(rest)
    body = struct.pack("!HHHH", number(f, "sport", 0), number(f, "dport", 0),
                       number(f, "len", size), 0) + rest
    check = closed(sum16(pseudo(ip, 17, size) + body)) or 0xffff
    check = number(f, "csum", check)
    return body[:6] + struct.pack("!H", check) + body[8:]


def build_icmp(f, rest, ip):
    v6 = ip is not None and ip[2] == 6
    body = struct.pack("!BBH", number(f, "type", 128 if v6 else 8),
                       number(f, "code", 0), 0)
    body += bytes.fromhex(f.get("rest", "00010001")) + rest
    check = closed(sum16((pseudo(ip, 58, len(body)) if v6 else b"") + body))
    check = number(f, "csum", check)
    return body[:2] + struct.pack("!H", check) + body[4:]


def build_ip(f, rest, proto):
    opts = bytes.fromhex(f.get("opts", ""))
    opts += b"\0" * (-len(opts) % 4)
    off = number(f, "off", 0) // 8 | number(f, "mf", 0) << 13
    off |= number(f, "df", 0 if off else 1) << 14
    ihl = number(f, "ihl", 5 + len(opts) // 4)
    header = struct.pack("!BBHHHBBH", number(f, "ver", 4) << 4 | ihl,
                         number(f, "tos", 0),
                         number(f, "len", 20 + len(opts) + len(rest)),
                         number(f, "id", 1), off, number(f, "ttl", 64),
                         number(f, "proto", proto), 0)
    header += ipaddress.IPv4Address(f["src"]).packed
    header += ipaddress.IPv4Address(f["dst"]).packed + opts
    check = number(f, "csum", closed(sum16(header)))
    return header[:10] + struct.pack("!H", check) + header[12:] + rest


def build_ip6(f, rest, proto):
    first = number(f, "ver", 6) << 28 | number(f, "tc", 0) << 20
    return struct.pack("!IHBB", first | number(f, "flow", 0),
                       number(f, "len", len(rest)), number(f, "next", proto),
                       number(f, "hlim", 64)) + \
        ipaddress.IPv6Address(f["src"]).packed + \
        ipaddress.IPv6Address(f["dst"]).packed + rest


def build_ext(name, f, rest, proto):
    proto = number(f, "next", proto)
    if name == "frag":
        off = number(f, "off", 0) & ~7 | number(f, "mf", 0)
        return struct.pack("!BBHI", proto, 0, off, number(f, "id", 1)) + rest
    if name == "rh":
        addr = ipaddress.IPv6Address(f.get("addr", "2001:db8::1")).packed
        return struct.pack("!BBBBI", proto, number(f, "len", 2),
                           number(f, "type", 2), number(f, "left", 0), 0) + \
            addr + rest
    body = data_of(f["data"]) if "data" in f else b"\x01\x04\0\0\0\0"
    return struct.pack("!BB", proto,
                       number(f, "len", (len(body) + 2) // 8 - 1)) + body + rest


def build(text):
    """The packet that text describes, from its network header on."""
    return build_layers(split_layers(text))


def build_layers(layers):
    cut = 0
    if layers[-1][0] == "cut":
        cut = number(layers.pop()[1], "n", 1)

    # What the innermost checksums need: the addresses above them.
    rest = data_of(layers[-1][1].get("data", "0")) \
        if layers[-1][0] not in ("hbh", "dopt") else b""
    for i, (name, fields) in enumerate(layers):
        if name == "icmp" and i + 1 < len(layers):
            quoted = build_layers(layers[i + 1:])
            size = number(fields, "quote", len(quoted))
            rest, layers = quoted[:size], layers[:i + 1]
            break
    proto = 59
    ip = None
    for name, fields in layers:
        if name in ("ip", "ip6"):
            ip = (ipaddress.ip_address(fields["src"]).packed,
                  ipaddress.ip_address(fields["dst"]).packed,
                  4 if name == "ip" else 6)
    for name, f in reversed(layers):
        if name == "tcp":
            rest = build_tcp(f, rest, ip)
        elif name == "udp":
            rest = build_udp(f, rest, ip)
        elif name == "sctp":
            rest = sctp.build(number, f, rest)
        elif name == "esp":
            rest = sctp.build_esp(number, f, rest)
        elif name == "icmp":
            rest = build_icmp(f, rest, ip)
        elif name == "ip":
            rest = build_ip(f, rest, proto)
        elif name == "ip6":
            rest = build_ip6(f, rest, proto)
        elif name in ("hbh", "dopt", "rh", "frag", "ah"):
            rest = build_ext(name, f, rest, proto)
        proto = PROTO[name]
        if name == "icmp" and ip is not None and ip[2] == 6:
            proto = 58
    return rest[:len(rest) - cut] if cut else rest


def right_checksum(data):
    """Makes an IPv4 header's checksum right, whatever else is wrong."""
    size = min((data[0] & 15) * 4, len(data))
    if size >= 20:
        data[10:12] = b"\0\0"
        data[10:12] = struct.pack("!H", closed(sum16(bytes(data[:size]))))


def check_l4(ip, proto, l4, at, partial):
    """Says what a received packet's checksum is: ok, none or BAD."""
    if proto == 17 and l4[at:at + 2] == b"\0\0":
        return "none"
    head = b"" if proto == 1 else pseudo(ip, proto, len(l4))
    if partial:
        # To be completed by hardware: now the pseudo header's sum.
        return "ok" if l4[at:at + 2] == struct.pack("!H", sum16(head)) \
            else "BAD"
    return "ok" if sum16(head + l4) == 0xffff else "BAD"


def parse(data, partial=False):
    """The text of a packet; partial: its transport checksum is not done."""
    try:
        return parse_ip(data, partial)
    except (struct.error, IndexError):
        return "raw short data=x" + data.hex()


def parse_ip(data, partial):
    if data[0] >> 4 == 4:
        ihl = (data[0] & 15) * 4
        tos, size, ident, off, ttl, proto = \
            struct.unpack("!xBHHHBB", data[:10])
        src, dst = data[12:16], data[16:20]
        words = ["ip", "src=%s" % ipaddress.IPv4Address(src),
                 "dst=%s" % ipaddress.IPv4Address(dst), "ttl=%d" % ttl]
        if tos:
            words.append("tos=%d" % tos)
        if is_tunnel(data):
            words.append("df=%d" % (off >> 14 & 1))
        if off & 0x2000 or off & 0x1fff:
            words += ["id=%d" % ident, "off=%d" % ((off & 0x1fff) * 8),
                      "mf=%d" % (off >> 13 & 1)]
        if ihl > 20:
            words.append("opts=%s" % data[20:ihl].hex())
        if sum16(data[:ihl]) != 0xffff:
            words.append("ipcsum=BAD")
        whole, l4 = not off & 0x1fff, data[ihl:size]
        ip = (src, dst, 4)
        checkable = not off & 0x3fff
    else:
        size, proto, hlim = struct.unpack("!HBB", data[4:8])
        src, dst = data[8:24], data[24:40]
        words = ["ip6", "src=%s" % ipaddress.IPv6Address(src),
                 "dst=%s" % ipaddress.IPv6Address(dst), "hlim=%d" % hlim]
        first, = struct.unpack("!I", data[:4])
        if first >> 20 & 0xff:
            words.append("tc=%d" % (first >> 20 & 0xff))
        if is_tunnel(data):
            words.append("flow=" + ("yes" if first & 0xfffff else "no"))
        l4, whole, checkable = data[40:40 + size], True, True
        ip = (src, dst, 6)
        while proto in (0, 43, 44, 60):
            words.append({0: "hbh", 43: "rh", 44: "frag", 60: "dopt"}[proto])
            if proto == 44:
                off, = struct.unpack("!H", l4[2:4])
                words += ["off=%d" % (off & ~7), "mf=%d" % (off & 1)]
                whole, checkable = not off & ~7, False
                proto, l4 = l4[0], l4[8:]
                if not whole:
                    break
            else:
                proto, l4 = l4[0], l4[(l4[1] + 1) * 8:]
    return " ".join(words + parse_l4(ip, proto, l4, whole, checkable, partial))


def is_tunnel(data):
    """Whether there is a packet in the packet."""
    if data[0] >> 4 == 4:
        proto, l4 = data[9], (data[0] & 15) * 4
    else:
        proto, l4 = data[6], 40
    return proto in (4, 41, 47) or \
        proto == 17 and data[l4 + 2:l4 + 4] == struct.pack("!H", GUE_PORT)


def completed(data, start, at):
    """A packet with the checksum done that was left to the device."""
    data = bytearray(data)
    check = closed(sum16(bytes(data[start:]))) or 0xffff
    data[start + at:start + at + 2] = struct.pack("!H", check)
    return bytes(data)


def parse_inner(data, partial):
    return ["in." + word for word in parse(data, partial).split()]


def parse_gre(gre, partial):
    flags, kind = struct.unpack("!HH", gre[:4])
    words = ["gre"]
    if flags & ~GRE_CSUM or kind not in GRE_PROTOS:
        return words + ["flags=0x%04x" % flags, "kind=0x%04x" % kind]
    if flags & GRE_CSUM:
        good = "later" if partial else "ok" if sum16(gre) == 0xffff else "BAD"
        words.append("csum=" + good)
    return words + parse_inner(gre[8 if flags & GRE_CSUM else 4:], partial)


def parse_gue(gue, partial):
    """Variant 0 without options: a word, then the packet that it names."""
    if gue[0] or gue[1] not in (4, 41) or gue[2:4] != b"\0\0":
        return ["gue", "data=x" + gue[:8].hex()]
    return ["gue"] + parse_inner(gue[4:], partial)


def parse_l4(ip, proto, l4, whole, checkable, partial):
    if whole and checkable and proto in (4, 41):
        return ["ipip"] + parse_inner(l4, partial)
    if whole and checkable and proto == 47:
        return parse_gre(l4, partial)
    if whole and proto == 132:
        return sctp.parse(l4, checkable, partial)
    if whole and checkable and proto in sctp.IPSEC:
        return sctp.parse_ipsec(proto, l4)
    if not whole or proto not in (1, 6, 17, 58):
        return ["raw", "proto=%d" % proto, "data=%d" % len(l4)]
    if proto == 6:
        sport, dport, seq, ack, doff, bits = struct.unpack("!HHIIBB", l4[:14])
        flags = "".join(c for i, c in enumerate(TCP_FLAGS) if bits >> i & 1)
        words = ["tcp", "sport=%d" % sport, "dport=%d" % dport,
                 "flags=%s" % flags, "seq=%d" % seq, "ack=%d" % ack,
                 "data=%d" % (len(l4) - (doff >> 4) * 4)]
        # Where everybody has it.
        if bits & 2 and doff > 5 << 4 and l4[20:22] == b"\x02\x04":
            words.append("mss=%d" % struct.unpack("!H", l4[22:24]))
        at = 16
    elif proto == 17:
        sport, dport = struct.unpack("!HH", l4[:4])
        words = ["udp", "sport=%d" % sport, "dport=%d" % dport,
                 "data=%d" % (len(l4) - 8)]
        at = 6
    else:
        words = ["icmp", "type=%d" % l4[0], "code=%d" % l4[1],
                 "data=%d" % (len(l4) - 8)]
        at, partial = 2, False
    if checkable:
        if proto == 17 and dport == GUE_PORT and len(l4) > 12:
            good = "later" if partial and l4[at:at + 2] != b"\0\0" else \
                check_l4(ip, proto, l4, at, False)
            return words + ["csum=" + good] + parse_gue(l4[8:], partial)
        words.append("csum=" + check_l4(ip, proto, l4, at, partial))
    return words
