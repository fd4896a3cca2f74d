#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Tests the limit of the memory that packets allocate, and that it is freed.

memory.py ALGCTL CLIENT-NS ROUTER-NS SERVER-NS SERVER PUBLIC OWN OTHER

OWN and OTHER are addresses of the client; the server sees both as PUBLIC.
ftp.alg is attached to port 21, memory.alg to port 7001.
"""

import json
import os
import socket
import subprocess
import sys
import time

from pair import Talker, commas, enter, verdict

algctl, cns, rns, sns, server, public, own, other = sys.argv[1:]
LINES = 100
bad = 0
last_port = 33000


def expect(name, good, why=''):
    global bad
    bad += not verdict(name, good, '' if good else why)


def control(*args):
    done = subprocess.run(['ip', 'netns', 'exec', rns, algctl, '-j', *args],
                          capture_output=True, text=True, check=True)
    return json.loads(done.stdout) if done.stdout else None


def nft(ns, text):
    subprocess.run(['ip', 'netns', 'exec', ns, 'nft', '-f', '-'], input=text,
                   text=True, check=True)


def limits():
    return control('limit', 'show')


def used():
    return limits()['memory_used']


def until(name, condition):
    end = time.monotonic() + 30
    while not condition():
        if time.monotonic() > end:
            expect(name, False, limits())
            return
        time.sleep(0.05)
    expect(name, True)


def refused(plugin='ftp'):
    enter(rns)
    with open('/proc/thread-self/net/algate/stats') as f:
        return sum(int(l.split()[2]) for l in f
                   if l.startswith(f'{plugin} memory_limit '))


class Host(Talker):
    """A host that sends lines, in one segment or in several."""

    def __init__(self, address):
        super().__init__(cns, sns, server, address, 30)

    def passes(self, *pieces):
        """Sends a line, each piece in its own segment. Returns what arrives."""
        for piece in pieces:
            self.c.sendall(piece.encode())
        return self.lines.readline()

    def announcement(self):
        global last_port
        last_port += 1
        return [f'PORT {commas(a, last_port)}\n'
                for a in (self.address, public)]

    def rewritten(self):
        text, want = self.announcement()
        return self.passes(text) == want

    def close(self):
        for end in self.c, self.s:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                           b'\1\0\0\0\0\0\0\0')
            end.close()


def goes_on(talker, name):
    """Lines of the flow pass unchanged, and no line is held."""
    before = refused()
    text, _ = talker.announcement()
    got = talker.passes(text)
    expect(f'{name}: an announcement passes as it is', got == text, repr(got))
    got = talker.passes(text[:12], text[12:])
    expect(f'{name}: in two pieces too', got == text, repr(got))
    got = talker.passes('NOOP\n')
    expect(f'{name}: and a command', got == 'NOOP\n', repr(got))
    expect(f'{name}: which is counted', refused() >= before + 2, refused())


def test_default():
    with open('/proc/meminfo') as f:
        total = int(f.readline().split()[1]) * 1024
    want = min(max(total // 256, 1 << 20), 1000000000)
    got = limits()['memory']
    expect('the limit is a part of the memory', got == want, f'{got}, {want}')
    expect('nothing is used', used() == 0, used())


def test_one_flow():
    """A flow uses up the memory; others go on, another host gets its share."""
    full, same = Host(own), Host(own)
    expect('an announcement is rewritten', full.rewritten())
    expect('and one of another flow', same.rewritten())
    lines = [full.announcement() for _ in range(LINES)]
    text = ''.join(line for line, _ in lines)
    nft(sns, f'''table ip lossy {{
        chain in {{
            type filter hook prerouting priority raw;
            tcp sport {full.s.getpeername()[1]} drop
        }}
    }}''')
    full.c.sendall(text.encode())
    until('what nobody acknowledges is kept', lambda: used() > len(text))
    taken = used()
    # the commands wait for their replies in a queue, in 2,048 bytes
    expect('in as much memory as it needs', taken < 3 * len(text) + 2048,
           taken)
    control('limit', 'set', 'memory', str(taken))
    goes_on(same, 'another flow of the host')
    third = Host(own)
    goes_on(third, 'a new flow of the host')
    foreign = Host(other)
    expect("another host's announcement is rewritten", foreign.rewritten())
    got = foreign.passes(*(foreign.announcement()[0][i:j]
                           for i, j in ((0, 12), (12, None))))
    expect('in two pieces too', got.startswith('PORT ' + public[:3]), got)
    nft(sns, 'delete table ip lossy')
    got = [full.lines.readline() for _ in lines]
    expect('all of it arrives, rewritten', got == [want for _, want in lines],
           repr(got))
    until('what it took is given back', lambda: used() < taken - len(text))
    expect('the flow is read', full.rewritten())
    expect('and the others', same.rewritten() and third.rewritten())
    for talker in full, same, third, foreign:
        talker.close()
    control('limit', 'set', 'memory', '0')
    last = Host(own)
    goes_on(last, 'no memory at all')
    last.close()
    control('limit', 'set', 'memory', '1000000')


def datagram(text):
    """Sends TEXT, always in the same flow. Returns the arriving text."""
    client.sendto(text.encode(), (server, 7001))
    return receiver.recv(2000).decode()


def test_tables():
    """Tests the memory of table entries, and of openings with a key."""
    before = used()
    datagram('NOTHING ')
    expect('a flow has none at first', used() == before, used())
    datagram('KEEP 1 ')
    table = used() - before
    expect('a table takes memory', table > 0, table)
    datagram('KEEP 2 ')
    expect('once', used() - before == table, used())
    for name in 7, 8:
        got = datagram(f'OPEN {own} {41000 + name} {name} ')
        expect(f'{name} is opened', got.startswith(f'OPEN {public} '), got)
    until('what is opened takes memory', lambda: used() - before > table)
    datagram('SHUT 7 ')
    one = used() - before - table
    datagram('SHUT 8 ')
    expect('and gives it back', used() - before - table < one, used())
    datagram(f'OPEN {own} 41010 10 ')
    most = used()
    control('limit', 'set', 'memory', str(most))
    text = f'OPEN {own} 41011 11 '
    got = datagram(text)
    expect('beyond the limit a datagram passes as it is', got == text, got)
    expect('which is counted', refused('memory') > 0)
    expect('and nothing stays', used() == most, used())
    control('limit', 'set', 'memory', '1000000')
    replace('seen max 16', 'seen max 15')
    datagram('NOTHING ')
    expect('a table of other rules is given back', used() == most - table,
           f'{most} - {table} is not {used()}')
    datagram('KEEP 1 ')


def replace(old, new):
    with open(os.path.join(os.path.dirname(__file__), 'memory.alg')) as f:
        text = f.read().replace(old, new)
    subprocess.run([algctl, 'plugin', 'replace', '-'], input=text, text=True,
                   check=True)


def forget():
    subprocess.run(['ip', 'netns', 'exec', rns, 'conntrack', '-F'],
                   capture_output=True, check=True)


test_default()
test_one_flow()
forget()
until('all is given back when the flows end', lambda: used() == 0)
enter(sns)
receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
receiver.bind((server, 7001))
receiver.settimeout(30)
enter(cns)
client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
client.bind((own, 0))
test_tables()
forget()
until('and when those end', lambda: used() == 0)
datagram('KEEP 1 ')
expect('another flow remembers', used() > 0)
sys.exit(bad != 0)
