#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Rewrites make segments longer that already have the path's full length.

small_path.py CLIENT-NS SERVER-NS SERVER-ADDR PUBLIC MSS

MSS is the longest payload that the path behind the router carries. The
router's own link carries longer payloads.
"""

import socket
import sys

from pair import Pair, commas, verdict

cns, sns, server, public, mss = sys.argv[1:6]
mss = int(mss)


def commands(end, port):
    """Returns three commands, which together grow by more than four bytes.

    A link lets frames pass that are up to four bytes longer than its MTU, with
    room for a VLAN tag.
    """
    addr = end.getsockname()[0]
    return ''.join(f'PORT {commas(addr, port + i)}\r\n' for i in range(3))


def lines(length):
    """Returns lines with LENGTH bytes in total."""
    text = 'NOOP\r\n' * (length // 6 - 1)
    return text + 'N' * (length - len(text) - 2) + '\r\n'


def arrives(pair, text):
    """Whether TEXT, sent in its own segment, arrives rewritten."""
    own = pair.c.getsockname()[0].replace('.', ',')
    want = text.replace(own, public.replace('.', ','))
    pair.c.sendall(text.encode())
    got = ''.join(pair.line(pair.s) for _ in range(text.count('\n')))
    return len(want) > len(text) + 4 and got == want


with Pair(cns, sns, server, server) as pair:
    seen = pair.c.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG)
    verdict('the sender knows the path', seen <= mss, f'{seen} of {mss}')
    command = commands(pair.c, 50001)
    verdict('the longest segment arrives when it grows',
            arrives(pair, lines(seen - len(command)) + command))
    verdict('so do two at once',
            arrives(pair, lines(2 * seen - len(command)) + command))
with Pair(cns, sns, server, server) as pair:
    command = commands(pair.c, 50011)
    verdict('a segment that grows beyond all before it arrives',
            arrives(pair, lines(seen - len(command)) + command))
