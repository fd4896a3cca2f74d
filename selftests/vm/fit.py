#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Rewrites with values that fit into their place, and with values that do not.

fit.py CLIENT-NS OTHER-CLIENT-NS ROUTER-NS SERVER-NS SERVER-ADDR ALGCTL

Uses the rules of fit.alg.
"""

import socket
import subprocess
import sys
import time

from pair import enter, verdict

cns, ons, rns, sns, server, algctl = sys.argv[1:7]
bad = 0


def expect(name, good, why=''):
    global bad
    bad += not verdict(name, good, '' if good else why)


def counters():
    enter(rns)
    with open('/proc/thread-self/net/algate/stats') as f:
        return {l.split()[1]: int(l.split()[2]) for l in f
                if l.startswith('fit ')}


def udp(ns):
    enter(ns)
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(10)
    s.connect((server, 7001))
    return s


enter(sns)
listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
listener.settimeout(10)
listener.bind((server, 7001))
client, other = udp(cns), udp(ons)


def exchange(sock, data):
    sock.send(data)
    return listener.recv(2000)


def fits(name, data, want):
    before = counters()
    got = exchange(client, data)
    after = counters()
    expect(f'{name}: written', got == want, repr(got))
    expect(f'{name}: counted', [after[c] - before[c] for c in
           ('rewritten', 'no_room', 'rule:tried')] == [1, 0, 1])
    got = exchange(client, b'DONE N')
    expect(f'{name}: done', got == b'DONE Y', repr(got))


def too_small(name, data, sock=client):
    """The message passes unchanged, and the rule has no effect."""
    before = counters()
    got = exchange(sock, data)
    after = counters()
    expect(f'{name}: passes as it is', got == data, repr(got))
    grown = {c: after[c] - before[c] for c in after if after[c] != before[c]}
    del grown['packets'], grown['bytes'], grown['messages']
    # "matched" grows only if the value is refused after the rule has run
    grown.pop('matched', None)
    expect(f'{name}: nothing is done', grown == {'no_room': 1}, str(grown))
    got = exchange(sock, b'DONE N')
    expect(f'{name}: nothing is assigned', got == b'DONE N', repr(got))


fits('255 in a byte', b'BYTE a 255', b'BYTE \xff 255')
too_small('256 in a byte', b'BYTE a 256')
too_small('4294967295 in a byte', b'BYTE a 4294967295')
fits('65535 in two bytes', b'WORD ab 65535', b'WORD \xff\xff 65535')
too_small('65536 in two bytes', b'WORD ab 65536')
fits('65535 as a port', b'PORT 7 65535', b'PORT 65535 65535')
too_small('65536 as a port', b'PORT 7 65536')
fits('65535 as a port with commas', b'PAIR 1,2 65535', b'PAIR 255,255 65535')
too_small('65536 as a port with commas', b'PAIR 1,2 65536')
too_small('the second of two places, and a port', b'BOTH \x20\x20a 300')
before = counters()
exchange(client, b'OPEN \xc8')
expect('a port of one byte: is opened',
       counters()['opened'] == before['opened'] + 1)
exchange(client, b'DONE N')
# The port is taken, and any other free port is at least 1000, so too large.
too_small('another in its place', b'OPEN \xc8', other)


def two(name, data, want, grown):
    """A refused endpoint does not keep the other from being opened."""
    before = counters()
    got = exchange(client, data)
    after = counters()
    expect(f'{name}: written', got == want, repr(got))
    changed = {c: after[c] - before[c] for c in
               ('opened', 'low_port', 'bad_port', 'limit', 'rewritten',
                'rule:tried')}
    expect(f'{name}: counted', changed == grown, str(changed))
    done = 'Y' if grown['rule:tried'] else 'N'
    got = exchange(client, b'DONE N')
    expect(f'{name}: assigned if one stands', got == f'DONE {done}'.encode(),
           repr(got))


def counts(opened, low, bad, rewritten, tried, limit=0):
    return {'opened': opened, 'low_port': low, 'bad_port': bad, 'limit': limit,
            'rewritten': rewritten, 'rule:tried': tried}


def rate(n):
    """Limits the openings in a second, and lets the current second pass."""
    enter(rns)
    subprocess.run([algctl, 'limit', 'set', 'rate', str(n)], check=True)
    time.sleep(1.1)


two('two ports', b'TWO 30000 30002', b'TWO 30000 30002', counts(2, 0, 0, 0, 1))
two('the second port is refused', b'TWO 30004 80', b'TWO 30004 0',
    counts(1, 1, 0, 1, 1))
two('the first port is refused', b'TWO 0 30008', b'TWO 0 30008',
    counts(1, 0, 1, 0, 1))
two('both ports are refused', b'TWO 80 443', b'TWO 80 443',
    counts(0, 1, 0, 0, 0))
rate(1)
two('one opening a second', b'TWO 30010 30012', b'TWO 30010 0',
    counts(1, 0, 0, 1, 1, 1))
sys.exit(bad != 0)
