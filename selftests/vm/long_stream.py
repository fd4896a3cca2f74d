#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Sends more than 2 GB on a connection between two rewrites.

The addresses are IPv6 addresses of different text lengths, so each rewrite
changes the length of the stream.

long_stream.py CLIENT-NS SERVER-NS SERVER-ADDR PUBLIC
"""

import mmap
import sys
import threading

from pair import Pair, verdict

cns, sns, server, public = sys.argv[1:5]
SIZE = (1 << 31) + (1 << 28)
LINE = b'x' * 1023 + b'\n'
good = True


def drain(end, size):
    """Appends the numbers of missing bytes and received lines to RESULT."""
    room = bytearray(1 << 20)
    lines = 0
    while size:
        n = end.recv_into(room, min(size, len(room)))
        if not n:
            break
        size -= n
        lines += room.count(b'\n', 0, n)
    result.append((size, lines))


def announces(name, port):
    global good
    own = pair.c.getsockname()[0]
    pair.c.sendall(f'EPRT |2|{own}|{port}|\r\n'.encode())
    got = pair.line(pair.s)
    want = f'EPRT |2|{public}|{port}|\r\n'
    good &= verdict(name, got == want, '' if got == want else repr(got))


def bulk(name):
    global good
    thread = threading.Thread(target=drain, args=(pair.s, SIZE))
    thread.start()
    with mmap.mmap(-1, 1 << 20) as block:
        block[:] = LINE * ((1 << 20) // len(LINE))
        try:
            for _ in range(SIZE >> 20):
                pair.c.sendall(block)
        except OSError as e:
            print(f'# {e}')
    thread.join()
    good &= verdict(name, result.pop() == (0, SIZE // len(LINE)))


result = []
with Pair(cns, sns, server, server) as pair:
    announces('a rewriting', 40000)
    bulk('2.25 GB after it arrive')
    announces('another rewriting', 40001)
    pair.c.sendall(LINE)
    good &= verdict('and what follows', pair.line(pair.s) == LINE.decode())
sys.exit(not good)
