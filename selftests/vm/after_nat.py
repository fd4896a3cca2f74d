#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Assigns a helper to a flow after NAT was set up.

after_nat.py CLIENT-NS ROUTER-NS SERVER-NS SERVER-ADDR CLIENT-ADDR PUBLIC

The flow may then lack conntrack's extension for sequence number adjustment
(CVE-2025-68206).
"""

import sys

from pair import Pair, commas, enter, verdict

cns, rns, sns, server, client, public = sys.argv[1:7]


def counters():
    enter(rns)
    with open('/proc/thread-self/net/algate/stats') as f:
        return {l.split()[1]: int(l.split()[2]) for l in f
                if l.startswith('ftp ')}


with Pair(cns, sns, server, server) as pair:
    told = f'PORT {commas(client, 40001)}\r\n'
    pair.c.sendall(told.encode())
    got = pair.line(pair.s)
    grown = counters()
    want = f'PORT {commas(public, 40001)}\r\n'
    good = [verdict('it is inspected', grown['packets'] == 1, str(grown)),
            verdict('rewritten, or refused as a whole and counted',
                    (got, grown['rewritten'], grown['no_seqadj']) in
                    ((want, 1, 0), (told, 0, 1)), f'{got!r} {grown}'),
            verdict('the stream goes on', pair.pass_on('NOOP 1\r\n') and
                    pair.pass_on('NOOP 2\r\n'))]
    pair.s.sendall(b'200 Good.\r\n')
    good.append(verdict('and is answered', pair.line(pair.c) ==
                        '200 Good.\r\n'))
sys.exit(not all(good))
