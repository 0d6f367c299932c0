# SPDX-License-Identifier: GPL-2.0-only
"""Servers: one thread answers for all namespaces.

TCP, a line each:     who WORD       NAME PEER PORT ADDR PORT WORD
                      bye            the server closes first
                      put N          takes N bytes, answers their SHA-256
                      get N          sends N bytes
UDP, a datagram each: who WORD...    as above
SCTP, if asked for:   as TCP, but put and get
"""

import hashlib
import selectors
import socket
import struct
import threading

import netns

CHUNK = 1 << 16
IP_PKTINFO = 8
SELECTOR = selectors.DefaultSelector()
LOCK = threading.RLock()
# (ns, port) -> sockets
SERVED = {}
# conn -> what it has of a line so far
PIECES = {}
TCP = socket.SOCK_STREAM, socket.IPPROTO_TCP
UDP = socket.SOCK_DGRAM, socket.IPPROTO_UDP
SCTP = socket.SOCK_STREAM, socket.IPPROTO_SCTP
SCTP_NODELAY = 3
STARTED = False


def add(ns, port, name, sctp=False):
    global STARTED
    sockets = []
    with LOCK:
        for family in socket.AF_INET, socket.AF_INET6:
            for kind, proto in (TCP, UDP, SCTP) if sctp else (TCP, UDP):
                sock = netns.make(ns, family, kind, proto)
                if family == socket.AF_INET6:
                    sock.setsockopt(socket.IPPROTO_IPV6,
                                    socket.IPV6_V6ONLY, 1)
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                sock.bind(("", port))
                sock.setblocking(False)
                if kind == socket.SOCK_STREAM:
                    sock.listen(1024)
                    handler = accept
                else:
                    if family == socket.AF_INET:
                        sock.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
                    else:
                        sock.setsockopt(socket.IPPROTO_IPV6,
                                        socket.IPV6_RECVPKTINFO, 1)
                    handler = datagram
                SELECTOR.register(sock, selectors.EVENT_READ,
                                  (handler, name, (ns, port)))
                sockets.append(sock)
        SERVED[ns, port] = sockets
        if not STARTED:
            STARTED = True
            threading.Thread(target=loop, daemon=True).start()


def remove(ns, port):
    with LOCK:
        for sock in SERVED.pop((ns, port)):
            close(sock)


def close(sock):
    try:
        SELECTOR.unregister(sock)
    except (KeyError, ValueError):
        pass
    PIECES.pop(sock, None)
    sock.close()


def loop():
    while True:
        # Sockets that were added meanwhile are polled the next time round.
        for key, _ in SELECTOR.select(0.05):
            with LOCK:
                if key.fileobj.fileno() < 0:
                    continue
                handler, name, served = key.data
                try:
                    handler(key.fileobj, name, served)
                except BlockingIOError:
                    pass
                except OSError:
                    if handler is talk:
                        close(key.fileobj)


def accept(sock, name, served):
    conn, _ = sock.accept()
    if conn.proto == socket.IPPROTO_SCTP:
        conn.setsockopt(socket.IPPROTO_SCTP, SCTP_NODELAY, 1)
    else:
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    conn.setblocking(False)
    SERVED[served].append(conn)
    SELECTOR.register(conn, selectors.EVENT_READ, (talk, name, served))


def identity(name, peer, own, word):
    return ("%s %s %d %s %d %s\n" % (name, peer[0], peer[1], own[0], own[1],
                                     word)).encode()


def talk(conn, name, served):
    data = conn.recv(CHUNK)
    if not data:
        gone(conn, served)
        return
    # One request at a time, but it may come in pieces.
    data = PIECES.pop(conn, b"") + data
    if not data.endswith(b"\n"):
        PIECES[conn] = data
        return
    verb, _, word = data.decode("ascii", "replace").strip().partition(" ")
    if verb == "who":
        conn.sendall(identity(name, conn.getpeername(), conn.getsockname(),
                              word))
    elif verb == "bye":
        gone(conn, served)
    elif verb in ("put", "get"):
        SELECTOR.unregister(conn)
        threading.Thread(target=bulk, args=(conn, name, verb, int(word)),
                         daemon=True).start()


def gone(conn, served):
    close(conn)
    if served in SERVED and conn in SERVED[served]:
        SERVED[served].remove(conn)


def blocks(size):
    """size bytes, each block another."""
    seed = hashlib.sha256(b"vs").digest() * (CHUNK // 32)
    at = 0
    while at < size:
        block = at.to_bytes(8, "big") + seed[at // CHUNK % 32 + 8:]
        yield block[:min(len(block), size - at)]
        at += len(block)


def receive(conn, size):
    """SHA-256 of the next size bytes."""
    digest = hashlib.sha256()
    buffer = bytearray(CHUNK)
    while size:
        n = conn.recv_into(buffer, min(size, CHUNK))
        if not n:
            raise ConnectionError("%d bytes are missing" % size)
        digest.update(memoryview(buffer)[:n])
        size -= n
    return digest.hexdigest()


def bulk(conn, name, verb, size):
    conn.setblocking(True)
    conn.settimeout(60)
    try:
        with conn:
            if verb == "put":
                conn.sendall(b"ready\n")
                conn.sendall(("%s %s\n" % (name, receive(conn, size))).encode())
            else:
                for block in blocks(size):
                    conn.sendall(block)
                conn.sendall((name + "\n").encode())
            conn.shutdown(socket.SHUT_WR)
            conn.recv(1)
    except OSError:
        pass


def datagram(sock, name, _served):
    data, control, _, peer = sock.recvmsg(CHUNK, 256)
    verb, _, word = data.decode("ascii", "replace").partition(" ")
    if verb != "who":
        return
    # The answer comes from the address that was asked, not just any of ours.
    level, kind, info = control[0]
    if sock.family == socket.AF_INET:
        _, own, _ = struct.unpack("=I4s4s", info)
        info = struct.pack("=I4s4s", 0, own, b"\0\0\0\0")
    else:
        own = info[:16]
        info = own + struct.pack("=I", 0)
    own = socket.inet_ntop(sock.family, own), sock.getsockname()[1]
    sock.sendmsg([identity(name, peer, own, word)], [(level, kind, info)], 0,
                 peer)
