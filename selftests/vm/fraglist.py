#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Sends segments that GRO joins to a list, after a rewrite changed the length.

fraglist.py CLIENT-NS ROUTER-NS SERVER-NS SERVER-ADDR PUBLIC

The router counts long packets from lan; only GRO makes packets of this length.
"""

import re
import subprocess
import sys
import threading

from pair import Pair, commas, verdict

cns, rns, sns, server, public = sys.argv[1:]
LINES = 4000
ROUNDS = 50


def joined():
    """Returns the number of packets that GRO made of several segments."""
    text = subprocess.run(['ip', 'netns', 'exec', rns, 'nft', 'list', 'table',
                           'ip', 'joined'], capture_output=True, text=True,
                          check=True).stdout
    return int(re.search('packets ([0-9]+)', text).group(1))


def bulk(pair):
    """Sends many lines at once. Returns '' or an error."""
    text = ''.join(f'NOOP {i:05}\r\n' for i in range(LINES))
    sender = threading.Thread(target=pair.c.sendall, args=(text.encode(),))
    sender.start()
    try:
        for i in range(LINES):
            got = pair.line(pair.s)
            if got != f'NOOP {i:05}\r\n':
                return f'line {i} is {got!r}'
    except OSError as e:
        return f'line {i}: {e}'
    sender.join()
    return ''


with Pair(cns, sns, server, server) as pair:
    own = pair.c.getsockname()[0]
    why = ''
    for port in range(41000, 41000 + ROUNDS):
        before = joined()
        pair.c.sendall(f'PORT {commas(own, port)}\r\n'.encode())
        got = pair.line(pair.s)
        if got != f'PORT {commas(public, port)}\r\n':
            why = repr(got)
        why = why or bulk(pair)
        if why or joined() > before:
            break
    good = verdict('segments are joined', joined() > before)
    good = verdict('and arrive behind a correction', not why, why) and good
sys.exit(not good)
