#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""page.py PAGE [HOST [TAG]]: the commands that a page of Documentation has.

A block of commands says for which hosts of the page's picture it is, and in
which variant if the page has some:

    .. on: server1 server2, type gre
    .. code-block:: sh

       ip link add ...

With HOST and TAG writes those of that host, without lists each host with the
tag of a block, so that a scenario can tell that it ran all there is.
"""

import re
import sys


def blocks(lines):
    """(hosts, tag, commands) of each block."""
    hosts = tag = None
    i = 0
    while i < len(lines):
        said = re.fullmatch(r"\.\. on: ([^,]+)(?:, (.+))?", lines[i])
        if said:
            hosts, tag = said[1].split(), said[2] or ""
            if lines[i + 1] != ".. code-block:: sh":
                raise ValueError("line %d: no commands follow" % (i + 1))
        elif lines[i] == ".. code-block:: sh":
            if not hosts:
                raise ValueError("line %d: nobody's commands" % (i + 1))
            commands = []
            while i + 1 < len(lines) and re.match(r"   |$", lines[i + 1]):
                i += 1
                commands.append(lines[i][3:])
            yield hosts, tag, commands
            hosts = None
        i += 1


def main():
    page, host, tag = (sys.argv[1:] + ["", "", ""])[:3]
    with open(page, encoding="utf-8") as file:
        found = list(blocks(file.read().splitlines()))
    if not host:
        for hosts, of, _ in found:
            for name in hosts:
                print(name, of)
        return 0
    chosen = [c for hosts, of, c in found if host in hosts and of == tag]
    for commands in chosen:
        print("\n".join(commands))
    return 0 if chosen else 1


if __name__ == "__main__":
    sys.exit(main())
