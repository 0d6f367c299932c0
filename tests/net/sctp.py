# SPDX-License-Identifier: GPL-2.0-only
"""SCTP and IPsec packets as text; wire.py says what the layers are."""

import struct
import zlib

CHUNKS = ("DATA", "INIT", "INIT-ACK", "SACK", "HEARTBEAT", "HEARTBEAT-ACK",
          "ABORT", "SHUTDOWN", "SHUTDOWN-ACK", "ERROR", "COOKIE-ECHO",
          "COOKIE-ACK", "ECNE", "CWR", "SHUTDOWN-COMPLETE", "AUTH")
# Bytes of a chunk that an honest sender fills, after its first four.
BODIES = {"DATA": 12, "INIT": 16, "INIT-ACK": 16, "SACK": 12, "SHUTDOWN": 4,
          "COOKIE-ECHO": 32}
IPSEC = {50: "esp", 51: "ah"}


def table():
    entries = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82f63b78 if value & 1 else 0)
        entries.append(value)
    return entries


TABLE = table()


def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 0xff]
    return crc ^ 0xffffffff


def checksum(packet):
    """The field of a packet's checksum as it is to be."""
    return struct.pack("<I", crc32c(packet[:8] + bytes(4) + packet[12:]))


def build(number, f, rest):
    """rest is what the last chunk carries besides."""
    names = f.get("chunks", "DATA").split(",")
    vtag = number(f, "vtag", 0 if names == ["INIT"] else 7)
    body = struct.pack("!HHII", number(f, "sport", 0), number(f, "dport", 0),
                       vtag, 0)
    for i, name in enumerate(names):
        chunk = bytes(range(1, BODIES.get(name, 0) + 1))
        if i == len(names) - 1:
            chunk += rest
        size = 4 + len(chunk)
        body += struct.pack("!BBH", CHUNKS.index(name), 0, size) + chunk
        body += bytes(-size % 4)
    check = checksum(body)
    if "csum" in f:
        check = struct.pack("<I", number(f, "csum", 0))
    return body[:8] + check + body[12:]


def chunk_names(l4):
    names = []
    at = 12
    while at + 4 <= len(l4):
        kind, size = struct.unpack("!BxH", l4[at:at + 4])
        names.append(CHUNKS[kind] if kind < len(CHUNKS) else str(kind))
        if size < 4:
            break
        at += size + -size % 4
    return ",".join(names)


def parse(l4, checkable, partial):
    sport, dport, vtag = struct.unpack("!HHI", l4[:8])
    words = ["sctp", "sport=%d" % sport, "dport=%d" % dport, "vtag=%d" % vtag,
             "chunks=" + chunk_names(l4), "data=%d" % (len(l4) - 12)]
    if checkable:
        # What is left to a device has nothing in the field.
        good = bytes(4) if partial else checksum(l4)
        words.append("csum=" + ("ok" if l4[8:12] == good else "BAD"))
    return words


def build_esp(number, f, rest):
    return struct.pack("!II", number(f, "spi", 1), number(f, "seq", 1)) + rest


def parse_ipsec(proto, l4):
    """All of its bytes count, though they mean nothing here."""
    return [IPSEC[proto], "data=%d" % len(l4), "bytes=%08x" % zlib.crc32(l4)]
