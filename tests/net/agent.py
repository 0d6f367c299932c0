#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The clients and servers of all namespaces of a scenario, in one process.

lib.sh writes a command a line and reads one line of answer, so that a
scenario needs few processes. A socket stays in the namespace in which it was
made: the agent only visits a namespace to make one. No namespace is kept
open, so that it can be deleted at any time.

What a command answers: "error ..." or the words its docstring names.
"""

import ctypes
import fcntl
import os
import socket
import struct
import subprocess
import sys
import traceback

import capture
import client
import netns
import server

AGENT_COMMANDS = {}


def command(function):
    AGENT_COMMANDS[function.__name__.rstrip("_")] = function
    return function


def options(words, **defaults):
    """key=value words over defaults, whose types they take."""
    for word in words:
        key, eq, value = word.partition("=")
        if not eq or key not in defaults:
            raise ValueError("no option is called " + word)
        kind = type(defaults[key])
        defaults[key] = kind(float(value)) if kind is int else kind(value)
    return defaults


@command
def serve(names, ports, *words):
    """NS,... PORT,... [as=NAME] [sctp=1]: answers TCP and UDP, both families."""
    o = options(words, **{"as": "", "sctp": 0})
    name = o["as"]
    for ns in names.split(","):
        for port in ports.split(","):
            server.add(ns, int(port), name or ns, bool(o["sctp"]))
    return "ok"


@command
def unserve(names, ports):
    """NS,... PORT,...: answers no more, ends what it has."""
    for ns in names.split(","):
        for port in ports.split(","):
            server.remove(ns, int(port))
    return "ok"


@command
def get(ns, proto, addr, port, *words):
    """Asks count times, a conn each: answered= failed= ... | SERVER=N ..."""
    o = options(words, **client.GET_OPTIONS)
    return client.get(ns, proto, addr, int(port), o)


@command
def compare(before, after):
    """Two saved gets, client by client: same= moved= | FROM>TO=N ..."""
    return client.compare(before, after)


@command
def hold(tag, ns, proto, addr, port, *words):
    """Opens count conns and keeps them; answers as get does."""
    o = options(words, **client.GET_OPTIONS)
    return client.hold(tag, ns, proto, addr, int(port), o)


@command
def use(tag, *words):
    """One request on each held conn; answers as get does."""
    return client.use(tag, options(words, timeout=5.0))


@command
def drop(tag, *words):
    """Closes held conns: how=close, or how=reset by a RST."""
    return client.drop(tag, options(words, how="close")["how"])


@command
def load(tag, ns, proto, addr, port, *words):
    """Starts asking without a pause, in the background."""
    o = options(words, **client.GET_OPTIONS)
    return client.load(tag, ns, proto, addr, int(port), o)


@command
def count(tag, *words):
    """What a load has come to; waits until more answers more came."""
    o = options(words, more=0, timeout=30.0)
    return client.load_count(tag, o["more"], o["timeout"])


@command
def unload(tag):
    """Ends a load when its current request is done; answers as get does."""
    return client.unload(tag)


@command
def transfer(ns, addr, port, *words):
    """bytes=N dir=put|get by TCP, compared by SHA-256: same=1 ms= server="""
    o = options(words, bytes=1000000, dir="put", timeout=20.0)
    return client.transfer(ns, addr, int(port), o)


@command
def sysctl(ns, *words):
    """KEY=VALUE...: as sysctl -w in the namespace; / or . between words."""
    with netns.visit(ns):
        for word in words:
            key, _, value = word.partition("=")
            path = "/proc/sys/" + (key if "/" in key else key.replace(".", "/"))
            with open(path, "w", encoding="ascii") as file:
                file.write(value)
    return "ok"


@command
def capture_(tag, ns, *words):
    """Starts keeping what dev= of a namespace sees (dir=in, out or both)."""
    o = options(words, dev="eth0", dir="in")
    capture.start(tag, ns, o["dev"], o["dir"])
    return "ok"


@command
def uncapture(tag):
    """Ends a capture."""
    capture.stop(tag)
    return "ok"


@command
def saw(tag, *words):
    """Waits for n=1 packets with all of the given words: count= | the last

    Besides the words of its text a packet has to=MAC from=MAC and df=, one of
    TCP opts= in hex, and text= with _ for blanks and ends of lines.
    """
    keys = ("n=", "timeout=")
    o = options([w for w in words if w.startswith(keys)], n=1, timeout=5.0)
    want = [w for w in words if not w.startswith(keys)]
    return capture.saw(tag, want, o["n"], o["timeout"])


@command
def quoted(tag, *words):
    """What the last ICMP error with these words quotes: ports, whole=1 more."""
    return capture.quoted(tag, words)


@command
def counted(tag, *words):
    """Packets with all words so far: packets= bytes= (segments, L3 bytes)."""
    return capture.counted(tag, words)


@command
def seen(tag, *words):
    """All packets with the given words so far, to standard error."""
    for text in capture.texts(tag, words):
        print("  %s: %s" % (tag, text), file=sys.stderr, flush=True)
    return "ok"


@command
def keep(tag, path):
    """Writes all packets so far to a file, a line each, and forgets them."""
    with open(path, "w", encoding="ascii") as file:
        for text in capture.texts(tag, []):
            print(text, file=file)
    capture.forget(tag)
    return "ok"


@command
def forget(tag):
    """Throws away what a capture has."""
    capture.forget(tag)
    return "ok"


@command
def send(ns, *words):
    """[dev=] [to=MAC] [n=N] PACKET: sends what wire.py makes of the words."""
    keys = ("dev=", "to=", "n=")
    own = [w for w in words[:3] if w.startswith(keys)]
    o = options(own, dev="eth0", to="", n=1)
    capture.send(ns, o["dev"], o["to"], o["n"], " ".join(words[len(own):]))
    return "ok"


@command
def ports(ns, *words):
    """first= last= PACKET: sends one from each source port (UDP, csum=0)."""
    o = options(words[:2], first=1, last=1)
    capture.send_ports(ns, o["first"], o["last"], " ".join(words[2:]))
    return "ok"


@command
def split(ns, *words):
    """size= id= order=N,... PACKET: sends its fragments, from 0, in this order."""
    o = options(words[:3], size=16, id=1, order="")
    order = [int(n) for n in o["order"].split(",") if n]
    capture.send_split(ns, o["size"], o["id"], order, " ".join(words[3:]))
    return "ok"


@command
def joined(tag, *words):
    """Waits for n=1 packets in fragments: count= | the last pieces= most= same="""
    o = options(words, n=1, timeout=5.0)
    return capture.joined(tag, o["n"], o["timeout"])


@command
def mutants(ns, *words):
    """n= seed= PACKET: sends n of them, on each some bytes or bits wrong."""
    o = options(words[:2], n=1, seed=0)
    capture.send_mutants(ns, "eth0", o["n"], o["seed"], " ".join(words[2:]))
    return "ok"


@command
def leave(ns):
    """Closes what sent or captured there: the namespace is to be deleted."""
    capture.leave(ns)
    return "ok"


SIOCETHTOOL = 0x8946
OFFLOADS = {"rx": 0x15, "tx": 0x17, "tso": 0x1f, "gso": 0x24, "gro": 0x2c}


@command
def offload(ns, dev, *words):
    """tx=off tso=on ...: as ethtool -K."""
    with netns.visit(ns), socket.socket() as sock:
        for word in words:
            key, _, value = word.partition("=")
            value = struct.pack("II", OFFLOADS[key], value == "on")
            buffer = ctypes.create_string_buffer(value, len(value))
            fcntl.ioctl(sock, SIOCETHTOOL,
                        struct.pack("16sP16x", dev.encode(),
                                    ctypes.addressof(buffer)))
    return "ok"


@command
def run(ns, *words):
    """Runs a program in a namespace: status=N | the end of its output."""
    done = subprocess.run(words, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          preexec_fn=lambda: netns.enter(ns), check=False)
    return "status=%d | %s" % (done.returncode, " ".join(done.stdout.split()))


def main():
    for line in sys.stdin:
        words = line.split()
        if not words:
            continue
        try:
            answer = AGENT_COMMANDS[words[0]](*words[1:])
        except Exception as error:  # pylint: disable=broad-except
            answer = "error %s: %s: %s" % (" ".join(words[:4]),
                                           type(error).__name__, error)
            if os.environ.get("V"):
                traceback.print_exc()
        print(answer.replace("\n", " "), flush=True)


if __name__ == "__main__":
    main()
