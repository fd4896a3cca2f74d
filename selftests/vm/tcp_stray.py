#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Injects segments that no sender makes into a live connection.

tcp_stray.py CLIENT-NS ROUTER-NS SERVER-NS SERVER-ADDR CONNECT-ADDR PUBLIC

The segments have sequence numbers relative to either end's. Both ends' TCP
ignores them, so the connection goes on: the next command passes, and the next
announcement is rewritten. The test then injects the same segments between the
two halves of a line, while the router holds the first half.
"""

import re
import subprocess
import sys

from hand import ACK, FIN, PSH, RECV_QUEUE, RST, SYN, URG, Hand, Raw
from pair import Pair, commas, enter, verdict

cns, rns, sns, server, connect, public = sys.argv[1:7]
bad = 0
last_port = 43000
injected = 0
TTL = 33                # only the injected packets have this TTL
ALL = FIN | SYN | RST | PSH | ACK | URG

# name, offset from the end's next sequence number, flags, bytes of data, offset
# from the right acknowledgment number. With a negative offset, the data repeats
# bytes that the end has sent. Otherwise its sequence numbers are higher than
# those of all bytes of the test.
STRAYS = [
    ('SYN', 0, SYN, 0, 0),
    ('SYN in the window', 5000, SYN, 0, 0),
    ('old SYN', -7, SYN, 0, 0),
    ('SYN with old data', -8, SYN, 7, 0),
    ('SYN far away', 1 << 30, SYN, 0, 0),
    ('SYN/ACK', 0, SYN | ACK, 0, 0),
    ('SYN/ACK in the window', 5000, SYN | ACK, 0, 0),
    ('old SYN/ACK', -7, SYN | ACK, 0, 0),
    ('RST in the window', 5000, RST, 0, 0),
    ('RST/ACK in the window', 5000, RST | ACK, 0, 0),
    ('old RST', -7, RST, 0, 0),
    ('RST far away', 1 << 30, RST, 0, 0),
    ('old FIN', -7, FIN | ACK, 0, 0),
    ('old FIN without ACK', -7, FIN, 0, 0),
    ('old FIN with data', -7, FIN | ACK, 6, 0),
    ('FIN beyond missing bytes', 5000, FIN | ACK, 0, 0),
    ('FIN far away', 1 << 30, FIN | ACK, 0, 0),
    ('no flags', 0, 0, 0, 0),
    ('no flags, old data', -7, 0, 7, 0),
    ('all flags', 0, ALL, 0, 0),
    ('all flags, old', -7, ALL, 3, 0),
    ('old urgent data', -7, URG | ACK, 3, 0),
    ('old acknowledgment', -7, ACK, 0, 0),
    ('acknowledgment in the window', 5000, ACK, 0, 0),
    ('acknowledgment far away', 1 << 30, ACK, 0, 0),
    ('old data', -7, ACK | PSH, 7, 0),
    ('one old byte', -1, ACK, 1, 0),
    ('older data', -14, ACK | PSH, 5, 0),
    ('data beyond missing bytes', 5000, ACK | PSH, 9, 0),
    ('acknowledgment of old data', 0, ACK, 0, -5),
    ('acknowledgment of data that was not sent', 0, ACK, 0, 1000),
    ('acknowledgment of much that was not sent', 0, ACK, 0, 1 << 30),
    ('data far away', 1 << 30, ACK | PSH, 9, 0),
]


def expect(name, good, why=''):
    global bad
    bad += not verdict(name, good, '' if good else why)


def nft(*args, **kwargs):
    return subprocess.run(['ip', 'netns', 'exec', rns, 'nft', *args],
                          capture_output=True, text=True, check=True,
                          **kwargs).stdout


def strays():
    """Returns the number of injected packets that arrived at the router."""
    return int(re.search('packets ([0-9]+)', nft('list', 'table', 'ip',
                                                 'strays')).group(1))


def inject(raw, sent, stray, offset=0):
    """Injects STRAY.

    SENT: the end's bytes so far; OFFSET: of its next byte, from raw.base.
    """
    global injected
    _, at, flags, length, ack = stray
    data = b'x' * length
    if at < 0:
        begin = len(sent) + at
        data = sent[begin:begin + length]
    injected += 1
    ack = raw.number(RECV_QUEUE) + ack & 0xffffffff
    raw.packet(offset + at, data, flags, urgent=1 if flags & URG else 0,
               ack=ack)


def announcement(pair):
    global last_port
    last_port += 1
    own = pair.c.getsockname()[0]
    return [f'PORT {commas(a, last_port)}\r\n' for a in (own, public)]


def reply():
    global last_port
    last_port += 1
    return [f'227 Passive ({commas(a, last_port)})\r\n'
            for a in (server, connect)]


def goes_on(pair, name):
    """Passes commands with their replies, and an announcement of each end.

    Returns '' or an error.
    """
    for command, answer in [(['NOOP\r\n'] * 2, ['200 Good.\r\n'] * 2),
                            (announcement(pair), ['200 Good.\r\n'] * 2),
                            (['PASV\r\n'] * 2, reply())]:
        for sender, receiver, (text, want) in [(pair.c, pair.s, command),
                                               (pair.s, pair.c, answer)]:
            sender.sendall(text.encode())
            got = pair.line(receiver)
            if got != want:
                return f'{got!r}, not {want!r}'
    return ''


def begun(pair):
    """Each end sends a line, which injected segments can repeat."""
    pair.c.sendall(b'USER anybody\r\n')
    pair.line(pair.s)
    pair.s.sendall(b'230 Welcome, anybody.\r\n')
    pair.line(pair.c)


def test_stray(stray):
    """Injects STRAY in the name of each end, each in a new connection."""
    for who in 'client', 'server':
        with Pair(cns, sns, server, connect) as pair:
            begun(pair)
            ns, end, sent = ((cns, pair.c, b'USER anybody\r\n')
                             if who == 'client' else
                             (sns, pair.s, b'230 Welcome, anybody.\r\n'))
            raw = Raw(ns, end, TTL)
            try:
                inject(raw, sent, stray)
                why = goes_on(pair, stray[0])
            except OSError as error:
                why = str(error)
            raw.close()
            expect(f"{stray[0]}, the {who}'s", not why, why)


def test_held(stray):
    """Injects STRAY between the halves of the client's announcement.

    An old FIN or RST has a sequence number before both halves. The server has
    not received the held bytes, so within these the FIN or RST would not be old
    for the server.
    """
    old_end = stray[1] < 0 and stray[2] & (FIN | RST)
    with Hand(cns, sns, server, connect) as pair:
        begun(pair)
        first = b'USER anybody\r\n'
        text, want = announcement(pair)
        hand = Raw(cns, pair.c, TTL)
        start = pair.queue(text)
        half = start + 12
        pair.hand.base = hand.base
        pair.segment(start, half)
        try:
            if old_end:
                inject(hand, first, stray)
            else:
                inject(hand, first + text[:12].encode(), stray, half)
            pair.segment(half, len(pair.sent))
            got = pair.line(pair.s)
            why = '' if got == want else f'{got!r}, not {want!r}'
            pair.s.sendall(b'200 Good.\r\n')
            pair.line(pair.c)
            why = why or goes_on(pair, stray[0])
        except OSError as error:
            why = str(error)
        hand.close()
        expect(f'{stray[0]}, behind held bytes', not why, why)


enter(rns)
nft('-f', '-', input=f"""table ip strays {{
    chain in {{
        type filter hook prerouting priority raw;
        ip ttl {TTL} counter
    }}
    chain out {{
        type filter hook output priority filter;
        tcp flags rst drop comment "to what conntrack calls invalid"
    }}
}}""")
for one in STRAYS:
    test_stray(one)
    test_held(one)
    # otherwise the expectations of all connections fill conntrack's table
    subprocess.run(['ip', 'netns', 'exec', rns, 'conntrack', '-F'],
                   capture_output=True, check=True)
came = strays()
expect('all came to the router', came == injected, f'{came} of {injected}')
sys.exit(bad != 0)
