#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Sends announcements in segments that TCP allows but rarely sends.

tcp_odd.py CLIENT-NS ROUTER-NS SERVER-NS SERVER-ADDR CONNECT-ADDR PUBLIC

In announcements of the client, PUBLIC is written for the client's address, and
in replies of the server, CONNECT-ADDR for SERVER-ADDR.
"""

import socket
import subprocess
import sys
import time

from hand import ACK, PSH, RECV_QUEUE, RST, URG, Hand
from pair import Pair, commas, enter, verdict

cns, rns, sns, server, connect, public = sys.argv[1:7]
bad = 0
last_port = 43000


def expect(name, good, why=''):
    global bad
    bad += not verdict(name, good, '' if good else why)


def counters():
    enter(rns)
    with open('/proc/thread-self/net/algate/stats') as f:
        return {l.split()[1]: int(l.split()[2]) for l in f
                if l.startswith('ftp ')}


def grown(before, counter):
    return counters()[counter] - before[counter]


def nft(ns, text):
    return subprocess.run(['ip', 'netns', 'exec', ns, 'nft', '-f', '-'],
                          input=text, text=True, check=True)


def until(condition, what):
    end = time.monotonic() + 20
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.01)


class Dropping:
    """Drops matching packets, before they reach the namespace's TCP."""

    def __init__(self, ns, match):
        self.ns = ns
        nft(ns, f"""table ip lossy {{
            chain in {{
                type filter hook prerouting priority raw;
                tcp flags & (syn | rst) == 0 {match} counter drop
            }}
        }}""")

    def dropped(self):
        out = subprocess.run(['ip', 'netns', 'exec', self.ns, 'nft', 'list',
                              'table', 'ip', 'lossy'], capture_output=True,
                             text=True, check=True).stdout
        return int(out.split('packets ')[1].split()[0])

    def end(self, packets=1):
        """Stops dropping after at least PACKETS packets were dropped."""
        until(lambda: self.dropped() >= packets, 'nothing was dropped')
        nft(self.ns, 'delete table ip lossy')


PAYLOAD = 'meta length > 60'        # longer than a bare acknowledgment


def announcement(pair):
    """Returns a PORT command, and its expected rewritten form."""
    global last_port
    last_port += 1
    own = pair.c.getsockname()[0]
    return [f'PORT {commas(a, last_port)}\r\n' for a in (own, public)]


def works(pair, name):
    """The flow is still inspected, and its sequence numbers are right."""
    text, want = announcement(pair)
    pair.c.sendall(text.encode())
    got = pair.line(pair.s)
    expect(f'{name}: the next is rewritten', got == want, repr(got))
    pair.s.sendall(b'200 Good.\r\n')
    got = pair.line(pair.c)
    expect(f'{name}: and answered', got == '200 Good.\r\n', repr(got))


def options(sock):
    return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 8)[5]


def test_options():
    with Pair(cns, sns, server, connect) as pair:
        for name, bit in ('timestamps', 1), ('SACK', 2):
            expect(f'{name} at both ends', options(pair.c) & bit and
                   options(pair.s) & bit)
        works(pair, 'with both')


def test_command_lost():
    before = counters()
    with Pair(cns, sns, server, connect) as pair:
        text, want = announcement(pair)
        loss = Dropping(sns, PAYLOAD)
        pair.c.sendall(text.encode())
        loss.end()
        got = pair.line(pair.s)
        expect('a command lost behind the router: rewritten again',
               got == want, repr(got))
        expect('a command lost: repeated', grown(before, 'repeated') >= 1)
        expect('a command lost: opened and rewritten once',
               grown(before, 'opened') == grown(before, 'rewritten') == 1)
        works(pair, 'a command lost')


def test_reply_lost():
    global last_port
    before = counters()
    with Pair(cns, sns, server, connect) as pair:
        pair.pass_on('PASV\r\n')
        last_port += 1
        text, want = (f'227 Entering Passive Mode ({commas(a, last_port)}).\r\n'
                      for a in (server, connect))
        loss = Dropping(cns, PAYLOAD)
        pair.s.sendall(text.encode())
        loss.end()
        got = pair.line(pair.c)
        expect('a reply lost behind the router: rewritten again', got == want,
               repr(got))
        expect('a reply lost: repeated', grown(before, 'repeated') >= 1)
        expect('a reply lost: opened once', grown(before, 'opened') == 1)
        works(pair, 'a reply lost')


def test_first_lost():
    """SACK acknowledges the segments after the lost segment."""
    before = counters()
    with Hand(cns, sns, server, connect) as pair:
        lines = [announcement(pair) for _ in range(5)]
        loss = Dropping(sns, f'tcp sequence {pair.base} {PAYLOAD}')
        for text, _ in lines:
            pair.c.send(text.encode())
        loss.end()
        got = [pair.line(pair.s) for _ in lines]
        expect('the first of five lost: all rewritten',
               got == [want for _, want in lines], repr(got))
        expect('the first of five lost: each opened once',
               grown(before, 'rewritten') == 5)
        pair.sent = b''
        works(pair, 'the first of five lost')


def test_cut_otherwise():
    """A retransmission has other segment boundaries than the lost segments."""
    for first, second in (([], [9, 14, 17]), ([11], [20]), ([7, 19], []),
                          ([16], [4, 10])):
        name = f'cut at {first or "no byte"}, then at {second or "none"}'
        before = counters()
        with Hand(cns, sns, server, connect) as pair:
            text, want = announcement(pair)
            start, end = pair.queue(text), len(text)
            loss = Dropping(sns, 'tcp dport 21')
            for cuts in first, second:
                edges = [start] + [start + c for c in cuts] + [end]
                for a, b in zip(edges, edges[1:]):
                    pair.segment(a, b)
                if cuts is first:
                    loss.end()
            got = pair.line(pair.s)
            expect(f'{name}: rewritten the same way', got == want, repr(got))
            expect(f'{name}: opened once', grown(before, 'opened') == 1)
            works(pair, name)


def test_keepalive():
    """A keepalive repeats an old byte, in each case after a rewrite."""
    with Hand(cns, sns, server, connect) as pair:
        for name in 'a keepalive with an old byte', 'and another':
            text, want = announcement(pair)
            pair.c.sendall(text.encode())
            got = pair.line(pair.s)
            expect(f'{name}: rewritten before', got == want, repr(got))
            pair.sent += text.encode()
            old = answered(sns)
            pair.segment(len(pair.sent) - 1, len(pair.sent))
            until(lambda: answered(sns) > old, 'no answer to a keepalive')
            verdict(f'{name}: answered', True)
        works(pair, 'keepalives')


def answered(ns):
    """Returns how many old segments the namespace's TCP acknowledged again."""
    enter(ns)
    with open('/proc/thread-self/net/netstat') as f:
        names, values = [l.split() for l in f if l.startswith('TcpExt:')]
    return int(values[names.index('TCPDSACKOldSent')])


def test_data_in_fin():
    """The server's FIN carries a reply, then the client's FIN a command."""
    before = counters()
    with Pair(cns, sns, server, connect) as pair:
        pair.pass_on('PASV\r\n')
        text = f'227 Passive ({commas(server, last_port + 100)})\r\n'
        pair.s.send(text.encode(), socket.MSG_MORE)
        pair.s.shutdown(socket.SHUT_WR)
        got = pair.line(pair.c), pair.c.recv(1)
        want = text.replace(commas(server, 0)[:-3], commas(connect, 0)[:-3])
        expect('a reply in the FIN is rewritten, then the end',
               got == (want, b''), repr(got))
        text, want = announcement(pair)
        pair.c.send(text.encode(), socket.MSG_MORE)
        pair.c.shutdown(socket.SHUT_WR)
        got = pair.line(pair.s), pair.s.recv(1)
        expect('a command in the FIN of the other side too',
               got == (want, b''), repr(got))
    expect('both were opened', grown(before, 'opened') == 2)


def test_data_after_rst():
    before = counters()
    with Hand(cns, sns, server, connect) as pair:
        text, _ = announcement(pair)
        ack = pair.number(RECV_QUEUE)
        pair.packet(0, b'', RST | ACK, ack=ack)
        for flags in PSH | ACK, RST | PSH | ACK, PSH | ACK:
            pair.packet(0, text.encode(), flags, ack=ack)
        # when the other flow's packets have arrived, the reset flow's packets
        # have passed the router
        with Pair(cns, sns, server, connect) as other:
            works(other, 'a flow beside that was reset')
    expect('data after a RST comes by', grown(before, 'packets') >= 4)
    expect('data after a RST opens nothing', grown(before, 'opened') == 1,
           f'{grown(before, "opened") - 1} opened')
    expect('nor is it rewritten', grown(before, 'rewritten') == 1)
    with Hand(cns, sns, server, connect) as pair:
        pair.packet(77777, b'', RST | ACK)
        works(pair, 'a RST from elsewhere in the window')


def test_urgent():
    before = counters()
    with Pair(cns, sns, server, connect) as pair:
        pair.c.sendall(b'\xff\xf4')
        pair.c.send(b'\xff', socket.MSG_OOB)
        pair.c.sendall(b'ABOR\r\n')
        got = b''
        while not got.endswith(b'\n'):
            got += pair.s.recv(100)
        expect('urgent data in front of a command', got == b'\xff\xf4ABOR\r\n',
               repr(got))
        works(pair, 'urgent data')
    with Hand(cns, sns, server, connect) as pair:
        text, want = announcement(pair)
        tail = 'NOOP !\r\n'
        start = pair.queue(text + tail)
        # the exclamation mark is the urgent byte; TCP delivers it separately
        pair.packet(start, pair.sent, ACK | PSH | URG, len(text) + 6)
        got = (pair.s.recv(1, socket.MSG_OOB), pair.line(pair.s),
               pair.line(pair.s))
        expect('an urgent byte behind a rewriting stays where it is',
               got == (b'!', want, 'NOOP \r\n'), repr(got))
        works(pair, 'an urgent byte')
    expect('each was opened once', grown(before, 'opened') == 3)


test_options()
test_command_lost()
test_reply_lost()
test_first_lost()
test_cut_otherwise()
test_keepalive()
test_data_in_fin()
test_data_after_rst()
test_urgent()
sys.exit(bad != 0)
