#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Sends announcements that must be refused, and lines that are no announcement.

refuse.py CLIENT-NS ROUTER-NS SERVER-NS SERVER-ADDR CONNECT-ADDR PUBLIC THIRD

The client connects to CONNECT-ADDR, and the server sees it as PUBLIC. THIRD is
the address of another host. A refused line passes unchanged and opens nothing.
"""

import sys

from pair import Pair, commas, enter, verdict

cns, rns, sns, server, connect, public, third = sys.argv[1:8]
bad = 0


def counters():
    enter(rns)
    with open('/proc/thread-self/net/algate/stats') as f:
        return {l.split()[1]: int(l.split()[2]) for l in f
                if l.startswith('ftp ')}


def expect(name, good, why=''):
    global bad
    bad += not verdict(name, good, '' if good else why)


class Talk(Pair):
    def __init__(self):
        super().__init__(cns, sns, server, connect)
        self.me = self.c.getsockname()[0]

    def say(self, text):
        self.c.sendall(text.encode())
        return self.line(self.s)

    def reply(self, text):
        self.s.sendall(text.encode())
        return self.line(self.c)

    def encrypt(self):
        self.say('AUTH TLS\r\n')
        self.reply('234 Proceed.\r\n')

    def port(self, port, addr=None):
        return f'PORT {commas(addr or self.me, port)}\r\n'

    def works(self, name, port):
        """The flow is still inspected."""
        got = self.say(self.port(port))
        want = self.port(port, public)
        expect(f'{name}, then a rewriting', got == want, repr(got))


def pasv(port, addr=server):
    return f'227 Entering Passive Mode ({commas(addr, port)}).\r\n'


def refused(name, counter, send, text):
    """TEXT passes unchanged, and COUNTER grows."""
    before = counters()
    got = send(text)
    after = counters()
    expect(f'{name}: passes as it is', got == text, repr(got))
    expect(f'{name}: nothing opened', after['opened'] == before['opened'],
           f"{before['opened']} -> {after['opened']}")
    if counter:
        expect(f'{name}: {counter}', after[counter] == before[counter] + 1,
               str({c: v for c, v in after.items() if v != before[c]}))


def test_client():
    with Talk() as t:
        refused('PORT of a third host', 'third_party', t.say,
                t.port(40001, third))
        refused('EPRT of a third host', 'third_party', t.say,
                f'EPRT |1|{third}|40002|\r\n')
        refused('privileged port', 'low_port', t.say, t.port(80))
        refused('privileged port, EPRT', 'low_port', t.say,
                f'EPRT |1|{t.me}|1023|\r\n')
        refused('port 0', 'bad_port', t.say, t.port(0))
        t.works('refusals', 40004)
    with Talk() as t:
        before = counters()['strangers']
        for port in range(40005, 40008):
            refused('PORT of the server', 'third_party', t.say,
                    t.port(port, server))
        expect('three addresses of others end the inspection',
               counters()['strangers'] == before + 1)
        refused('own PORT behind these', None, t.say, t.port(40008))


def test_server():
    with Talk() as t:
        refused('227 that nobody asked for', 'require', t.reply, pasv(40011))
        t.say('PASV\r\n')
        refused('227 of a third host', 'third_party', t.reply,
                pasv(40012, third))
    with Talk() as t:
        t.say('PASV\r\n')
        refused('227 Logout', None, t.reply, '227 Logout.\r\n')
    with Talk() as t:
        t.say('PASV\r\n')
        got = t.reply(pasv(40013))
        expect('227 that was asked for', got == pasv(40013, connect), got)
        refused('a second 227', 'require', t.reply, pasv(40014))


def test_tls():
    with Talk() as t:
        t.say('AUTH TLS\r\n')
        t.reply('500 No.\r\n')
        t.works('AUTH TLS refused', 40021)
    with Talk() as t:
        before = counters()['stopped']
        t.encrypt()
        refused('PORT in TLS', None, t.say, t.port(40022))
        expect('a line in TLS ends the inspection',
               counters()['stopped'] == before + 1)
        t.say('PASV\r\n')
        refused('227 in TLS', None, t.reply, pasv(40023))
        half = t.port(40024)[:9]
        t.c.sendall(half.encode())
        got = b''
        while len(got) < len(half):
            got += t.s.recv(100)
        expect('half a line in TLS is not held', got == half.encode())


def record(kind, text):
    """A record of TLS that ends with a line end, since both ends read lines."""
    return f'{chr(kind)}\x03\x03\0{chr(len(text))}{text}'


def test_ccc():
    """Commands behind a close_notify of both ends are read (RFC 4217)."""
    alert = record(21, '0123456789abcdef\r\n')
    with Talk() as t:
        t.encrypt()
        refused('PORT in a record', None, t.say, record(22, t.port(40031)))
        refused('227 in a record', None, t.reply, record(23, pasv(40032)))
        refused("the client's close_notify", None, t.say, alert)
        refused("the server's close_notify", None, t.reply, alert)
        t.works('close_notify', 40033)
        t.reply('200 Done.\r\n')
        t.say('PASV\r\n')
        got = t.reply(pasv(40034))
        expect('227 behind close_notify', got == pasv(40034, connect), got)
    with Talk() as t:
        before = counters()['stopped']
        t.encrypt()
        t.say(alert)
        refused('PORT behind one close_notify', None, t.say, t.port(40035))
        expect('it ends the inspection', counters()['stopped'] == before + 1)


test_client()
test_server()
test_tls()
test_ccc()
sys.exit(bad != 0)
