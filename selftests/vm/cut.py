#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Sends control connections in segments that are cut at chosen bytes.

cut.py CLIENT-NS SERVER-NS SERVER-ADDR CONNECT-ADDR PUBLIC

Connects from CLIENT-NS to CONNECT-ADDR, where SERVER-ADDR in SERVER-NS
answers, and plays both ends of FTP. Announced addresses must arrive as PUBLIC.
If CONNECT-ADDR is not SERVER-ADDR, the server is behind DNAT and the router
rewrites the server's replies; otherwise it rewrites the client's commands.
Prints ok or not ok lines. The caller has attached the plug-in.
"""

import socket
import sys

import pair as peers
from pair import commas, enter

cns, sns, server_addr, connect_addr, public = sys.argv[1:6]
V6 = ':' in server_addr
failures = 0
announced = 40000


def verdict(name, good, why=''):
    global failures
    failures += not peers.verdict(name, good, why)


def Pair():
    return peers.Pair(cns, sns, server_addr, connect_addr)


def retransmitted():
    total = 0
    for ns in (cns, sns):
        enter(ns)
        with open('/proc/thread-self/net/snmp') as f:
            names, values = [l.split() for l in f if l.startswith('Tcp:')]
        total += int(values[names.index('RetransSegs')])
    return total


def fresh_port():
    """Returns a port that no expectation of an earlier connection uses."""
    global announced
    announced += 1
    return announced


def own(end):
    return end.getsockname()[0]


def port_cmd(end, addr, p):
    return f'PORT {commas(addr, p)}\r\n'


def eprt_cmd(end, addr, p):
    return f'EPRT |{2 if V6 else 1}|{addr}|{p}|\r\n'


def eprt_odd(end, addr, p):
    return f'eprt !{2 if V6 else 1}!{addr}!{p}!\r\n'


def reply_227(end, addr, p):
    return f'227 Entering Passive Mode ({commas(addr, p)}).\r\n'


def reply_227_bare(end, addr, p):
    return f'227 Entering Passive Mode {commas(addr, p)}\r\n'


def reply_229(end, addr, p):
    return f'229 Entering Extended Passive Mode (|||{p}|)\r\n'


if connect_addr == server_addr:
    MAKERS = [eprt_cmd, eprt_odd] + ([] if V6 else [port_cmd])
else:
    MAKERS = [reply_229] + ([] if V6 else [reply_227, reply_227_bare])


def announce(pair, maker, p, cuts):
    """Sends an announcement cut at the offsets CUTS.

    Returns whether it arrived correctly rewritten, and the details.
    """
    reply = maker.__name__.startswith('reply')
    sender, receiver = (pair.s, pair.c) if reply else (pair.c, pair.s)
    if reply and not pair.pass_on('EPSV\r\n' if '229' in maker.__name__
                                  else 'PASV\r\n'):
        return False, 'command lost'
    text = maker(sender, own(sender), p)
    want = maker(sender, public, p)
    edges = [0] + cuts + [len(text)]
    for a, b in zip(edges, edges[1:]):
        sender.send(text[a:b].encode())
    got = pair.line(receiver)
    return got == want, f'{got!r} for {want!r}'


def test_cut(maker):
    before = retransmitted()
    bad = []
    length = len(maker(None, '10.10.10.10' if not V6 else 'fd00::1', 40000))
    for cut in range(1, length - 1):
        with Pair() as pair:
            good, why = announce(pair, maker, fresh_port(), [cut])
            if not good:
                bad.append(f'{cut}: {why}')
    verdict(f'{maker.__name__} cut at every byte', not bad, '; '.join(bad[:3]))
    again = retransmitted() - before
    verdict(f'{maker.__name__} cut: nothing retransmitted', not again,
            f'{again} segments' if again else '')


def test_bytes(maker):
    with Pair() as pair:
        good, why = announce(pair, maker, fresh_port(), list(range(1, 60)))
        verdict(f'{maker.__name__} byte by byte', good, '' if good else why)


def test_several():
    with Pair() as pair:
        me = own(pair.c)
        eprt = eprt_cmd(None, me, 42001)
        text = 'NOOP\r\n' + eprt + 'TYPE I\n' + eprt_odd(None, me, 42002)
        pair.c.send(text.encode())
        got = ''.join(pair.line(pair.s) for _ in range(4))
        want = text.replace(me, public)
        verdict('several commands, two rewritings in one segment', got == want,
                '' if got == want else repr(got))
        follow = pair.pass_on('STAT and more after it\r\n')
        verdict('what follows two rewritings arrives', follow)
    with Pair() as pair:
        me = own(pair.c)
        text = eprt_cmd(None, me, 42003).replace('\r\n', '\n')
        pair.c.send(text.encode())
        got = pair.line(pair.s)
        verdict('LF-only line rewritten', got == text.replace(me, public),
                repr(got))


def test_long():
    text_long = 'SITE ' + 'x' * 20000 + '\r\n'
    with Pair() as pair:
        verdict('a line longer than what is kept passes',
                pair.pass_on('NOOP\r\n') and pair.pass_on(text_long))
        me = own(pair.c)
        text = eprt_cmd(None, me, 42004)
        pair.c.send(text.encode())
        got = pair.line(pair.s)
        verdict('and the next is rewritten', got == text.replace(me, public),
                repr(got))
    with Pair() as pair:
        verdict('a first line that is too long passes', pair.pass_on(text_long))
        text = eprt_cmd(None, own(pair.c), 42007)
        verdict('and nothing is read behind it', pair.pass_on(text))


def test_incomplete():
    with Pair() as pair:
        text = eprt_cmd(None, own(pair.c), 42005)[:12]
        pair.c.send(text.encode())
        got = b''
        while len(got) < len(text):
            got += pair.s.recv(100)
        verdict('an incomplete tail passes in the end', got == text.encode())


def test_fin():
    with Pair() as pair:
        me = own(pair.c)
        text = eprt_cmd(None, me, 42006)
        pair.c.send(text.encode(), socket.MSG_MORE)
        pair.c.shutdown(socket.SHUT_WR)
        got = pair.line(pair.s)
        end = pair.s.recv(1)
        verdict('data in the FIN rewritten, end seen',
                got == text.replace(me, public) and end == b'', repr(got))
    with Pair() as pair:
        text = eprt_cmd(None, own(pair.c), 42007)[:15]
        pair.c.send(text.encode())
        pair.c.shutdown(socket.SHUT_WR)
        got = b''
        while more := pair.s.recv(100):
            got += more
        verdict('a tail cut off by the FIN arrives', got == text.encode(),
                repr(got))


for maker in MAKERS:
    test_cut(maker)
    test_bytes(maker)
if connect_addr == server_addr:
    test_several()
    test_long()
    test_incomplete()
    test_fin()
sys.exit(failures != 0)
