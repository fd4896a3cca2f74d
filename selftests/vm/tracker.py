#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Announcements to a scripted tracker, by HTTP and UDP.

tracker.py CLIENT-NS OTHER-CLIENT-NS SERVER-NS SERVER-ADDR CONNECT-ADDR

Both clients announce the same port. Another host beside the tracker, and none
inside, reaches the ports that the tracker reads, by TCP and by UDP, once the
tracker has answered.
"""
import re
import socket
import struct
import sys

import pair
from pair import connect, enter, family, listen, verdict

cns, ons, sns, server, front = sys.argv[1:6]
six = ':' in server
other = '2001:db8:2::3' if six else '192.0.2.3'
af = family(server)
bad = 0


def expect(name, good, why=''):
    global bad
    bad += not verdict(name, good, '' if good else why)


def from_other(kind, announced):
    enter(sns)
    s = socket.socket(af, kind)
    s.settimeout(20)
    s.bind((other, 0))
    s.connect(announced)
    return s


def reaches(name, announced, ns, real):
    """Streams and datagrams of another host arrive, from its own address."""
    listener = listen(ns, *real)
    receiver = pair.udp(ns, *real, af=af)
    try:
        with from_other(socket.SOCK_STREAM, announced) as s:
            end, peer = listener.accept()
            end.settimeout(20)
            s.sendall(b'piece')
            expect(f'{name}: a stream arrives', end.recv(100) == b'piece' and
                   peer[0] == other, peer)
            end.close()
        with from_other(socket.SOCK_DGRAM, announced) as s:
            s.send(b'piece')
            data, peer = receiver.recvfrom(100)
            expect(f'{name}: a datagram arrives', data == b'piece' and
                   peer[0] == other, (data, peer))
            receiver.sendto(b'back', peer)
            expect(f'{name}: its answer arrives', s.recv(100) == b'back')
    except OSError as e:
        expect(f'{name}: data arrive', False, f'{announced} {e}')
    listener.close()
    receiver.close()


def request(port, rest=''):
    return (f'GET /announce?info_hash={"%00" * 20}&peer_id={"p" * 20}&port={port}'
            f'&left=0{rest} HTTP/1.1\r\nHost: t\r\nUser-Agent: t\r\n\r\n').encode()


def answer(body=b'd8:intervali1800e5:peers0:e'):
    return b'HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n' % len(body) + body


class Http:
    """A client's connection to the tracker"""

    def __init__(self, ns, port, rest='', reply=answer()):
        listener = listen(sns, server, 6969)
        self.c = connect(ns, front, 6969)
        tracker, self.peer = listener.accept()
        tracker.settimeout(20)
        self.real = (self.c.getsockname()[0], port)
        self.c.sendall(request(port, rest.format(self.real[0])))
        got = tracker.recv(9000)
        self.text = got.decode()
        told = int(re.search(rb'&port=(\d+)', got).group(1))
        self.told = (self.peer[0], told)
        if reply:
            tracker.sendall(reply)
            expect('HTTP: the answer arrives', self.c.recv(9000) == reply)
        tracker.close()
        listener.close()


class Udp:
    """A client's flow of datagrams to the tracker. PORT 0: its own port."""

    def __init__(self, ns, port, bind=0, ip=bytes(4), reply=True):
        self.s = pair.udp(sns, server, 6969, af=af)
        self.c = pair.udp(ns, '', bind, af=af)
        self.c.connect((front, 6969))
        me = self.c.getsockname()
        port = port or me[1]
        self.real = (me[0], port)
        got = self.ask(bytes.fromhex('0000041727101980 00000000 00000007'))
        self.s.sendto(got[8:] + b'identify', self.peer)
        expect('UDP: a connection', self.c.recv(100)[8:] == b'identify')
        got = self.ask(b'identify' + struct.pack('>II', 1, 8) + bytes(64) +
                       struct.pack('>I', 2) + ip + bytes(8) +
                       struct.pack('>H', port) + b'\2\1/')
        self.told = (self.peer[0], struct.unpack_from('>H', got, 96)[0])
        self.ip = got[84:88]
        if reply:
            self.s.sendto(struct.pack('>5I', 1, 8, 1800, 0, 1), self.peer)
            expect('UDP: the answer arrives', len(self.c.recv(100)) == 20)
        self.s.close()

    def ask(self, data):
        self.c.send(data)
        data, self.peer = self.s.recvfrom(9000)
        return data


def refused(name, flow, real):
    """Nothing is open: the stream of the other host is not forwarded."""
    expect(f'{name}: the port stays', flow.told[1] == real[1], flow.told)
    try:
        enter(sns)
        s = socket.socket(af, socket.SOCK_STREAM)
        s.bind((other, 0))
        s.settimeout(2)
        s.connect(flow.told)
        expect(f'{name}: nothing opens', False, flow.told)
    except OSError:
        expect(f'{name}: nothing opens', True)


def main():
    one, two = Http(cns, 6881), Http(ons, 6881)
    expect('HTTP: different ports', one.told != two.told, (one.told, two.told))
    for name, flow, ns in ('one', one, cns), ('the other', two, ons):
        reaches(f'HTTP, {name} client', flow.told, ns, flow.real)
    own = Http(cns, 40100, '&ipv6={}' if six else '&ip={}')
    expect('HTTP: the address', own.peer[0] in own.text, own.text)
    reaches('HTTP with an address', own.told, cns, own.real)

    one, two = Udp(cns, 6885), Udp(ons, 6885)
    expect('UDP: different ports', one.told != two.told, (one.told, two.told))
    for name, flow, ns in ('one', one, cns), ('the other', two, ons):
        reaches(f'UDP, {name} client', flow.told, ns, flow.real)
    if not six:
        enter(cns)
        flow = Udp(cns, 40101, ip=socket.inet_aton(own.real[0]))
        expect('UDP: the address', flow.ip == socket.inet_aton(flow.peer[0]),
               flow.ip)
        reaches('UDP with an address', flow.told, cns, flow.real)
    # the earlier run's flow still has its public port
    flow = Udp(cns, 0, 50000 + (front != server))
    flow.c.close()
    reaches('UDP from the announced port', flow.told, cns, flow.real)

    if front != server:
        return
    page = '&x HTTP/1.1\r\nHost: t\r\nAccept-Language: en\r\nX: '
    for name, flow in (
            ('a page', Http(cns, 40110, page)),
            ("another host's address", Http(cns, 40111, '&ip=10.0.1.99')),
            ('a low port', Http(cns, 22)),
            ('a low port, UDP', Udp(cns, 23)),
            ("another host's address, UDP",
             Udp(cns, 40112, ip=bytes([10, 0, 1, 99])))):
        refused(name, flow, flow.real)
    # closed until the answer, and after a failure
    for name, flow in (
            ('unanswered', Http(cns, 40120, reply=b'')),
            ('unanswered, UDP', Udp(cns, 40121, reply=False)),
            ('a failure', Http(cns, 40122, reply=answer(
                b'd14:failure reason4:gonee')))):
        refused(name, flow, flow.real)


try:
    main()
except OSError as e:
    expect('the conversation ends', False, e)
sys.exit(bad != 0)
