#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Tests openings that are refused by default and allowed by a word in the rule.

defaults.py CLIENT-NS THIRD-NS ROUTER-NS SERVER-NS SERVER-ADDR OTHER-ADDR PUBLIC
            ALGCTL

Uses the rules of defaults.alg. OTHER-ADDR is another address of the server's
host. A datagram to an announced port either arrives at the announced endpoint
or is dropped.
"""

import subprocess
import sys

from pair import enter, udp, verdict

cns, tns, rns, sns, server, other, public, algctl = sys.argv[1:9]
bad = 0


def expect(name, good, why=''):
    global bad
    bad += not verdict(name, good, '' if good else why)


def address(ns):
    s = udp(ns)
    s.connect((server, 9))
    return s.getsockname()[0]


def counters():
    enter(rns)
    with open('/proc/thread-self/net/algate/stats') as f:
        return {l.split()[1]: int(l.split()[2]) for l in f
                if l.startswith('defaults ')}


listener = udp(sns, server, 7002)
client = udp(cns)
me, third = address(cns), address(tns)


def exchange(text, to=(server, 7002), end=listener):
    client.sendto(text.encode(), to)
    return end.recv(2000).decode()


def refused(name, text, counter):
    before = counters()
    got = exchange(text)
    after = counters()
    grown = {c: after[c] - before[c] for c in ('opened', 'rewritten', counter)}
    expect(f'{name} is refused, and counted', got == text and
           grown == {'opened': 0, 'rewritten': 0, counter: 1},
           f'{got!r} {grown}')


def port_of(text):
    """Announces TEXT, which must be opened.

    Returns the port and the text that the server gets.
    """
    before = counters()['opened']
    got = exchange(text)
    if counters()['opened'] != before + 1:
        expect(f'{text!r} is opened', False, got)
    return int(got.split()[-1]), got


def arrives(receiver, source, port, to=public):
    """Whether a datagram from SOURCE arrives at RECEIVER.

    The exchange afterwards uses an allowed flow: when it is done, the datagram
    has arrived or was dropped.
    """
    source.sendto(b'data', (to, port))
    exchange('until here')
    receiver.setblocking(False)
    try:
        return receiver.recv(100) == b'data'
    except BlockingIOError:
        return False


def test_address():
    refused('another host', f'OWN {third} 40000', 'third_party')
    expect('and not reached', not arrives(udp(tns, third, 40000),
                                          udp(sns, server), 40000, third))
    port, got = port_of(f'THIRD {third} 40000')
    expect('third-party: the address stays as it is',
           got == f'THIRD {third} 40000', repr(got))
    expect('third-party: it is reached',
           arrives(udp(tns, third, 40000), udp(sns, server), port, third))
    port, got = port_of(f'OWN {me} 40001')
    expect("one's own address needs no word",
           arrives(udp(cns, me, 40001), udp(sns, server), port), repr(got))


def test_port():
    refused('a port below 1024', 'HIGH 1023', 'low_port')
    port, _ = port_of('LOW 1023')
    expect('low-ports: it is reached',
           arrives(udp(cns, me, 1023), udp(sns, server), port))
    port, _ = port_of('HIGH 1024')
    expect('1024 needs no word',
           arrives(udp(cns, me, 1024), udp(sns, server), port))


def test_source():
    port, _ = port_of('PEER 40010')
    receiver = udp(cns, me, 40010)
    expect('who is not the peer does not get in',
           not arrives(receiver, udp(sns, other), port))
    expect('who is does', arrives(receiver, udp(sns, server), port))
    port, _ = port_of('ANY 40011')
    expect('any: another one does',
           arrives(udp(cns, me, 40011), udp(sns, other), port))


def test_uses():
    port, _ = port_of('ONCE 40020')
    receiver = udp(cns, me, 40020)
    expect('the first gets in', arrives(receiver, udp(sns, server), port))
    expect('the second does not',
           not arrives(receiver, udp(sns, server), port))
    port, _ = port_of('EVER 40021')
    receiver = udp(cns, me, 40021)
    for n in ('first', 'second', 'third'):
        expect(f'permanent: the {n} gets in',
               arrives(receiver, udp(sns, server), port))


def test_service():
    before = counters()
    end = udp(sns, server, 7003)
    text = 'HIGH 40030'
    got = exchange(text, (server, 7003), end)
    expect('a port that nothing is attached to is not read',
           got == text and counters() == before, repr(got))
    subprocess.run(['ip', 'netns', 'exec', rns, algctl, 'attach', 'add',
                    'defaults', 'udp', 'dport', '7003'], check=True)
    udp(cns).sendto(text.encode(), (server, 7003))
    got = end.recv(2000).decode()
    expect('another attachment: it is', counters()['opened'] ==
           before['opened'] + 1, repr(got))


test_address()
test_port()
test_source()
test_uses()
test_service()
sys.exit(bad != 0)
