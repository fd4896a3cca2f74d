#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Openings of both ends of a flow, uses of a permanent expectation, and answers.

uses.py CLIENT-NS ROUTER-NS SERVER-NS SERVER PUBLIC ALGCTL

uses.alg is attached to port 7004. PUBLIC is the client's translated address.
"""

import json
import socket
import subprocess
import sys

from pair import enter, udp, verdict

cns, rns, sns, server, public, algctl = sys.argv[1:7]
MAX_USES = 1024     # ALGATE_MAX_USES
BURST = 64          # datagrams that fit into a socket's buffer
bad = 0


def expect(name, good, why=''):
    global bad
    bad += not verdict(name, good, '' if good else why)


def expectations():
    enter(rns)
    return json.loads(subprocess.run([algctl, '-j', 'expect', 'show'],
                                     stdout=subprocess.PIPE, check=True).stdout)


def opened():
    """Returns the sorted ports of all expectations."""
    return sorted(int(e['to'].rsplit(':', 1)[1]) for e in expectations())


listener = udp(sns, server, 7004)
client = udp(cns)
client.connect((server, 7004))


def say(text):
    client.send(text.encode())
    got, address = listener.recvfrom(100)
    return got.decode(), address


def reply(text, address):
    listener.sendto(text.encode(), address)
    return client.recv(100).decode()


def test_directions():
    _, address = say('OPEN 41001')
    say('OPEN 41002')
    for port in range(51001, 51005):
        reply(f'OPEN {port}', address)
    expect("the server's openings evict only the server's",
           opened() == [41001, 41002, 51003, 51004], opened())
    say('OPEN 41003')
    expect("the client's opening evicts only the client's",
           opened() == [41002, 41003, 51003, 51004], opened())
    say('THIRD 192.0.2.9 41004')
    for text in 'THIRD 192.0.2.9 41004', 'OPEN 51005', 'OPEN 51006':
        reply(text, address)
    expect("the server does not take over the client's opening",
           opened() == [41003, 41004, 51005, 51006], opened())


def test_uses():
    say('KEEP 42000')
    target = udp(cns, port=42000)
    arrived = 0
    for first in range(0, MAX_USES, BURST):
        enter(sns)
        for port in range(20000 + first, 20000 + first + BURST):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
                s.bind((server, port))
                s.sendto(b'data', (public, 42000))
        for _ in range(BURST):
            arrived += target.recv(10) == b'data'
    expect('each use arrives', arrived == MAX_USES, arrived)
    expect('the last use withdraws the expectation', 42000 not in opened(),
           opened())
    say('KEEP 42000')
    expect('the port can be opened again', 42000 in opened(), opened())
    udp(sns, server, 30000).sendto(b'more', (public, 42000))
    expect('and used again', target.recv(10) == b'more')
    expect('the expectation stays', 42000 in opened(), opened())


def times():
    """Returns the seconds that the flow lives, and those of the opening."""
    enter(rns)
    out = subprocess.run(['conntrack', '-L', '-p', 'udp', '--orig-port-dst',
                          '7004'], stdout=subprocess.PIPE, check=True).stdout
    left = [e['timeout'] for e in expectations() if e['class'] == 'later']
    return int(out.split()[2]), *left


def test_answers():
    _, address = say('OK 1 600')
    reply('OK 1 600', address)
    expect('answers to nothing do not extend the flow', times()[0] < 300,
           times())
    say('LATER 43000 1')
    say('OK 1 600')
    expect('the end that opens does not confirm', max(times()) < 300, times())
    reply('OK 0 600', address)
    expect('nor does another key', max(times()) < 300, times())
    reply('OK 1 600', address)
    expect('the answer lengthens both lives', min(times()) > 300, times())


test_directions()
test_uses()
test_answers()
sys.exit(bad != 0)
