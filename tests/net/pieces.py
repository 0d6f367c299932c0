# SPDX-License-Identifier: GPL-2.0-only
"""Packets in fragments: taken apart to be sent, put together when they came."""

import struct

import wire


def header_of(data):
    """Bytes of a packet that each of its fragments has."""
    return (data[0] & 15) * 4 if data[0] >> 4 == 4 else 40


def split(data, size, ident):
    """The fragments of a packet, size bytes each, the last one less."""
    start = header_of(data)
    parts = [data[at:at + size] for at in range(start, len(data), size)]
    return [fragment(data, part, i * size, i + 1 < len(parts), ident)
            for i, part in enumerate(parts)]


def fragment(data, part, off, more, ident):
    if data[0] >> 4 == 4:
        head = bytearray(data[:header_of(data)])
        struct.pack_into("!HHH", head, 2, len(head) + len(part), ident,
                         off // 8 | more << 13)
        wire.right_checksum(head)
        return bytes(head) + part
    head = data[:4] + struct.pack("!HB", len(part) + 8, 44) + data[7:40]
    return head + struct.pack("!BBHI", data[6], 0, off | more, ident) + part


def place(data):
    """Which packet a fragment is of, where it is, and whether more follow."""
    if data[0] >> 4 == 4:
        ident, off = struct.unpack("!HH", data[4:8])
        key = (data[12:20], ident)
        return key, (off & 0x1fff) * 8, off >> 13 & 1, data[header_of(data):]
    if data[6] != 44:
        return None, 0, 0, data[40:]
    off, ident = struct.unpack("!HI", data[42:48])
    return (data[8:40], ident), off & ~7, off & 1, data[48:]


def trim(data):
    """Without what the link layer added to a short one."""
    if data[0] >> 4 == 4:
        return data[:struct.unpack("!H", data[2:4])[0]]
    return data[:40 + struct.unpack("!H", data[4:6])[0]]


def join(packets):
    """(whole packet, how many fragments, most bytes of one) of each."""
    found = {}
    for data in map(trim, packets):
        key, off, more, part = place(data)
        if key is not None and (off or more):
            found.setdefault(key, []).append((off, more, part, data))
    wholes = []
    for parts in found.values():
        parts.sort()
        body = b""
        for off, _, part, _ in parts:
            if off != len(body):
                break
            body += part
        if off + len(part) != len(body) or parts[-1][1]:
            continue
        head = bytearray(parts[0][3][:header_of(parts[0][3])])
        if head[0] >> 4 == 4:
            struct.pack_into("!H2xH", head, 2, len(head) + len(body), 0)
            wire.right_checksum(head)
        else:
            struct.pack_into("!HB", head, 4, len(body), parts[0][3][40])
        wholes.append((bytes(head) + body, len(parts),
                       max(len(p[3]) for p in parts)))
    return wholes
