#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Conversations of several protocols.

conversations.py CLIENT-NS OTHER-CLIENT-NS SERVER-NS SERVER-ADDR CONNECT-ADDR

Both ends are scripted. Each conversation announces endpoints, checks the
endpoint that the receiver reads, connects there, and sends data. With a
CONNECT-ADDR other than SERVER-ADDR, the router translates the destination.
"""

import functools
import os
import re
import socket
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'golden'))

import msrpc
import pair
from pair import connect, enter, family, listen, verdict

cns, ons, sns, server, front = sys.argv[1:6]
six = ':' in server
udp = functools.partial(pair.udp, af=family(server))
bad = 0


def expect(name, good, why=''):
    global bad
    bad += not verdict(name, good, '' if good else why)


def own_address(ns):
    with udp(ns) as s:
        s.connect((front, 9))
        return s.getsockname()[0]


def raw(addr):
    return socket.inet_pton(family(addr), addr)


def text(addr):
    return f'[{addr}]' if six else addr


class Datagrams:
    """A flow of datagrams from the client to PORT of the server."""

    def __init__(self, port, ns=cns):
        self.c, self.s = udp(ns), udp(sns, server, port)
        self.c.connect((front, port))
        self.me = self.c.getsockname()
        self.peer = None

    def ask(self, data):
        """The client sends DATA. Returns what arrives."""
        self.c.send(data)
        data, self.peer = self.s.recvfrom(9000)
        return data

    def answer(self, data):
        self.s.sendto(data, self.peer)
        return self.c.recv(9000)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.c.close()
        self.s.close()


class Stream:
    """The same as a connection."""

    def __init__(self, port, ns=cns, sport=0):
        listener = listen(sns, server, port)
        enter(ns)
        self.c = socket.socket(family(server), socket.SOCK_STREAM)
        self.c.settimeout(20)
        if sport:
            self.c.bind(('', sport))
        self.c.connect((front, port))
        self.s, self.peer = listener.accept()
        self.s.settimeout(20)
        listener.close()
        self.me = self.c.getsockname()

    def ask(self, data):
        self.c.sendall(data)
        return self.s.recv(9000)

    def answer(self, data):
        self.s.sendall(data)
        return self.c.recv(9000)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for end in self.c, self.s:
            # a reset: without TIME-WAIT, the next run uses the same ports
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                           struct.pack('ii', 1, 0))
            end.close()


def reaches(name, ns, announced, at_ns, real, sport=0):
    """A connection from NS to the endpoint ANNOUNCED arrives at REAL."""
    listener = listen(at_ns, *real)
    try:
        enter(ns)
        s = socket.socket(family(server), socket.SOCK_STREAM)
        s.settimeout(20)
        if sport:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.bind(('', sport))
        s.connect(announced)
        end, _ = listener.accept()
        end.settimeout(20)
        s.sendall(b'data')
        good = end.recv(100) == b'data'
        end.sendall(b'back')
        expect(f'{name}: data arrives', good and s.recv(100) == b'back')
        end.close()
        s.close()
    except OSError as e:
        expect(f'{name}: data arrives', False, f'{announced} {e}')
    listener.close()


def media_reaches(name, ns, announced, at_ns, real):
    for add in 0, 1:
        receiver = udp(at_ns, real[0], real[1] + add)
        udp(ns).sendto(b'data', (announced[0], announced[1] + add))
        try:
            expect(f'{name}: {"RTCP" if add else "RTP"} arrives',
                   receiver.recv(100) == b'data')
        except OSError as e:
            expect(f'{name}: media arrives', False, f'{announced} {e}')
        receiver.close()


def test_talk():
    def endpoint(addr, port):
        return struct.pack('>HH4s8x', 2, port, raw(addr))

    def request(kind, addr):
        return (struct.pack('>BBHI', 1, kind, 0, 7) + addr +
                endpoint(*flow.me) + bytes(44))

    def read(data, at):
        port, addr = struct.unpack_from('>H4s', data, at + 2)
        return socket.inet_ntoa(addr), port

    with Datagrams(518) as flow:
        got = flow.ask(request(1, bytes(16)))
        expect('talk: the address for the answer', read(got, 24) == flow.peer,
               read(got, 24))
        found = struct.pack('>BBHI', 1, 1, 0, 0) + endpoint(server, 40001)
        told = read(flow.answer(found), 8)
        expect('talk: the address of the invitation', told[0] == front, told)
        reaches('talk, invited', cns, told, sns, (server, 40001))
        got = flow.ask(request(3, endpoint(flow.me[0], 40000)))
        told = read(got, 8)
        expect("talk: the caller's address", told[0] == flow.peer[0], told)
        reaches('talk, called', sns, told, cns, (flow.me[0], 40000))


def test_rsh():
    """Both clients announce the same port."""
    with Stream(514, cns, 1023) as one, Stream(514, ons, 1023) as two:
        told = []
        for flow in one, two:
            got = flow.ask(b'1022\0')
            expect('rsh: the number ends', got[-1:] == b'\0', got)
            told.append((flow.peer[0], int(got[:-1])))
        expect('rsh: ports below 1024, and different ones',
               told[0][1] < 1024 and told[1][1] < 1024 and told[0] != told[1],
               told)
        reaches('rsh', sns, told[0], cns, (one.me[0], 1022), 1021)
        reaches('rsh, the other client', sns, told[1], ons, (two.me[0], 1022),
                1020)
    with Stream(512) as flow:
        got = flow.ask(b'40000\0')
        reaches('rexec', sns, (flow.peer[0], int(got[:-1])), cns,
                (flow.me[0], 40000))


def test_xdmcp():
    def packet(kind, body):
        return struct.pack('>HHH', 1, kind, len(body)) + body

    def display(flow):
        got = flow.ask(packet(7, struct.pack('>HBHBH', 2, 1, 0, 1, 4) +
                              raw(flow.me[0]) + bytes(7)))
        expect("xdmcp: the display's address",
               raw(flow.peer[0]) in got, got.hex())
        number = got[6:8]
        flow.answer(packet(8, b'\0\0\0\5' + bytes(8)))
        got = flow.ask(packet(10, b'\0\0\0\5\0\2\0\0'))
        expect("xdmcp: the same number again", got[10:12] == number, got.hex())
        return flow.peer[0], 6000 + int.from_bytes(number, 'big')

    told = []
    for _ in range(2):
        with Datagrams(177) as flow:
            told.append(display(flow))
    expect('xdmcp: a number for each display', told[0] != told[1], told)
    for shown in told:
        for program in 'first', 'second':
            reaches(f'xdmcp: the {program} program', sns, shown,
                    cns, (flow.me[0], 6002))


def test_tns():
    def packet(kind, body):
        return struct.pack('>HHBBH', 8 + len(body), 0, kind, 0, 0) + body

    def redirection(*parts):
        data = ('(ADDRESS=' + ''.join(parts) + ')').encode()
        return packet(5, struct.pack('>H', len(data)) + data)

    host, port = f'(HOST={server})', '(PORT=40002)'
    for order in (host, port), (port, host):
        with Stream(1521) as flow:
            flow.ask(packet(1, b'\1\x3b\1\x2c' + bytes(46)))
            got = flow.answer(redirection('(PROTOCOL=tcp)', *order))
            size, counted = struct.unpack_from('>H6xH', got)
            expect('tns: both lengths fit', size == len(got) and
                   counted == len(got) - 10, got)
            told = (re.search(rb'HOST=([^)]*)', got)[1].decode(),
                    int(re.search(rb'PORT=(\d+)', got)[1]))
            expect('tns: the address', told[0] == front, told)
            reaches('tns', cns, told, sns, (server, 40002))


def test_msrpc():
    # a tower has no room for an address of IPv6: the client uses the mapper's
    addr = b'' if six else raw(server)
    port = 40031
    for wide in False, True:
        for order in '<>':
            encoding = msrpc.NDR64 if wide else msrpc.NDR
            name = f'msrpc {order}' + (' 64' if wide else '')
            port += 1
            towers = [msrpc.tower(addr, port, msrpc.OTHER),
                      msrpc.tower(addr, port)]
            with Stream(135) as flow:
                flow.ask(msrpc.bind(order, contexts=((3, msrpc.MAPPER, encoding),)))
                flow.answer(msrpc.binds(order))
                flow.ask(msrpc.asks(order, 5, 3, wide))
                sent = msrpc.tells(towers, order, 5, 3, wide)
                got = flow.answer(sent)
                at = sent.rindex(msrpc.tower(addr, port)) + 64
                told = struct.unpack_from('>H', got, at)[0]
                expect(f'{name}: the address',
                       six or got[at + 7:at + 11] == raw(front), got.hex())
                expect(f'{name}: nothing else', got[:at] == sent[:at] and
                       len(got) == len(sent), got.hex())
                reaches(name, cns, (front, told), sns, (server, port))


def test_skinny():
    def message(kind, *words):
        return struct.pack('<III', 4 + 4 * len(words), 0, kind) + b''.join(
            w if isinstance(w, bytes) else struct.pack('<I', w) for w in words)

    with Stream(2000) as flow:
        own = raw(flow.me[0])
        got = flow.ask(message(1, b'SEP0', 0, 0, 0, 0, 1, own, 7, 0))
        expect("skinny: the phone's address", got[36:40] == raw(flow.peer[0]),
               got.hex())
        flow.answer(message(0x105, 9, 5, 20, 4))
        got = flow.ask(message(0x22, 0, own, 40010, 5))
        told = (socket.inet_ntoa(got[16:20]),
                struct.unpack_from('<I', got, 20)[0])
        media_reaches('skinny', sns, told, cns, (flow.me[0], 40010))
        got = flow.answer(message(0x8a, 9, 5, raw(server), 40012, 20, 4))
        told = (socket.inet_ntoa(got[20:24]),
                struct.unpack_from('<I', got, 24)[0])
        expect("skinny: the manager's address", told[0] == front, told)
        media_reaches('skinny, from the phone', cns, told, sns,
                      (server, 40012))


def test_mgcp():
    kind = '6' if six else '4'
    with Datagrams(2427) as flow:
        me = flow.me[0]
        flow.ask(f'RSIP 1 aaln/1@[{me}] MGCP 1.0\r\nRM: restart\r\n'.encode())
        flow.answer(b'CRCX 7 aaln/1@gw MGCP 1.0\r\nC: 1\r\nM: recvonly\r\n')
        got = flow.ask((f'200 7 OK\r\nI: A1\r\n\r\nv=0\r\no=- 1 1 IN IP{kind} '
                        f'{me}\r\ns=-\r\nc=IN IP{kind} {me}\r\nt=0 0\r\n'
                        'm=audio 40020 RTP/AVP 0\r\n').encode()).decode()
        told = (re.search(r'c=IN IP. (\S+)', got)[1],
                int(re.search(r'm=audio (\d+)', got)[1]))
        expect("mgcp: the gateway's address", told[0] == flow.peer[0], got)
        media_reaches('mgcp', sns, told, cns, (me, 40020))


def test_socks():
    """Both answers of the proxy: an endpoint for datagrams, for a connection."""
    own = b'\5\0\0' + (b'\4' if six else b'\1') + raw(server)
    for command in 3, 2:
        with Stream(1080) as flow:
            flow.ask(b'\5\1\0')
            flow.answer(b'\5\0')
            flow.ask(b'\5%c\0\1\0\0\0\0\0\0' % command)
            got = flow.answer(own + struct.pack('>H', 40050))
            told = (socket.inet_ntop(family(server), got[4:-2]),
                    struct.unpack('>H', got[-2:])[0])
            expect("socks: the proxy's address", told[0] == front, told)
            if command == 2:
                reaches('socks', cns, told, sns, (server, 40050))
                continue
            receiver = udp(sns, server, 40050)
            udp(cns).sendto(b'data', told)
            expect('socks: a datagram arrives', receiver.recv(100) == b'data')
            receiver.close()


def test_nfs4():
    with Stream(2049) as flow:
        netid, universal = (b'tcp6' if six else b'tcp'), \
            f'{flow.me[0]}.156.65'.encode()
        record = struct.pack('>19I', 7, 0, 2, 100003, 4, 1, 0, 0, 0, 0, 0, 0, 1,
                             35, 1, 2, 0, 0x40000000, len(netid))
        record += netid.ljust(4, b'\0') + struct.pack('>I', len(universal))
        record += universal + bytes(-len(universal) % 4) + b'\0\0\0\1'
        got = flow.ask(struct.pack('>I', len(record) | 1 << 31) + record)
        size = struct.unpack_from('>I', got, 84)[0]
        told = got[88:88 + size].decode().rsplit('.', 2)
        expect("nfs4: lengths and the client's address", told[0] ==
               flow.peer[0] and got[:4] == struct.pack(
                   '>I', len(got) - 4 | 1 << 31), got.hex())
        reaches('nfs4', sns, (told[0], int(told[1]) * 256 + int(told[2])), cns,
                (flow.me[0], 40001))


def datagram_reaches(name, ns, announced, at_ns, real):
    receiver = udp(at_ns, *real)
    udp(ns).sendto(b'data', announced)
    try:
        expect(f'{name}: a datagram arrives', receiver.recv(100) == b'data')
    except OSError as e:
        expect(f'{name}: a datagram arrives', False, f'{announced} {e}')
    receiver.close()


def test_pna():
    """Both clients announce the same ports."""
    def option(kind, value):
        return struct.pack('>HH', kind, len(value)) + value

    request = (b'PNA\0\x0a' + option(0x14, b'\0\1') +
               option(1, struct.pack('>H', 6970)) + option(99, b'WinNT') +
               option(7, struct.pack('>H', 6972)) + b'\0\0')
    with Stream(7070) as one, Stream(7070, ons) as two:
        told = []
        for flow in one, two:
            got = flow.ask(request)
            expect('pna: the rest stays', len(got) == len(request) and
                   got[:15] == request[:15] and got[17:30] == request[17:30],
                   got.hex())
            told += [(flow.peer[0], struct.unpack_from('>H', got, at)[0])
                     for at in (15, 30)]
        expect('pna: four ports', len(set(told)) == 4, told)
        for flow, ns, name, ends in (one, cns, 'pna', told[:2]), \
                (two, ons, 'pna, the other client', told[2:]):
            for end, real in zip(ends, (6970, 6972)):
                datagram_reaches(f'{name}: {real}', sns, end, ns,
                                 (flow.me[0], real))


def test_cuseeme():
    """The ends of a flow, each of which waits at another port."""
    def header(kind, to, me, rest=b''):
        return struct.pack('>HH4sHH4sIHHH', 2, to[1], raw(to[0]), 2, me[1],
                           raw(me[0]), 7, 0, kind, 26 + len(rest)) + rest

    def opens(to, me, clients):
        return header(101, to, me, struct.pack('>HI', len(clients), 1) +
                      b'\4anna'.ljust(24, b'\0') +
                      b''.join(raw(client) + bytes(8) for client in clients))

    def read(data, at):
        port, addr = struct.unpack_from('>H4s', data, at + 2)
        return socket.inet_ntoa(addr), port

    with Datagrams(7648) as flow:
        me, far = (flow.me[0], 40040), (server, 40041)
        got = flow.ask(opens((front, 7648), me, [me[0], '198.51.100.9']))
        told = read(got, 8)
        expect("cuseeme: the caller's address", told[0] == flow.peer[0], told)
        expect("cuseeme: the receiver's own", read(got, 0) == (server, 7648),
               read(got, 0))
        expect('cuseeme: the list', got[56:60] == raw(told[0]) and
               got[68:72] == raw('198.51.100.9'), got.hex())
        datagram_reaches('cuseeme', sns, told, cns, me)
        got = flow.answer(opens(told, far, [told[0], server]))
        expect('cuseeme: the answer goes to the announced port',
               read(got, 0) == me, read(got, 0))
        expect("cuseeme: the reflector's address",
               read(got, 8)[0] == front, read(got, 8))
        expect('cuseeme: the list in the answer',
               got[56:60] == raw(me[0]) and got[68:72] == raw(front), got.hex())
        datagram_reaches('cuseeme, back', cns, read(got, 8), sns, far)
        got = flow.answer(header(1, told, ('198.51.100.9', 7648)))
        expect("cuseeme: another client's video", read(got, 0) == me and
               read(got, 8) == ('198.51.100.9', 7648), got.hex())


def test_ssdp():
    def url(data):
        host, port = re.search(r'http://(\[.*\]|[^:]*):(\d+)',
                               data.decode()).groups()
        return host.strip('[]'), int(port)

    with Datagrams(1900) as flow:
        flow.ask((f'M-SEARCH * HTTP/1.1\r\nHOST: {text(front)}:1900\r\nMAN: '
                  '"ssdp:discover"\r\nST: ssdp:all\r\n\r\n').encode())
        got = flow.answer((
            f'HTTP/1.1 200 OK\r\nST: ssdp:all\r\nUSN: uuid:1\r\nLOCATION: '
            f'http://{text(server)}:8200/d.xml\r\n\r\n').encode())
        told = url(got)
        expect("ssdp: the device's address", told[0] == front, told)
        listener = listen(sns, server, 8200)
        client = connect(cns, *told)
        device, peer = listener.accept()
        device.settimeout(20)
        client.sendall(b'GET /d.xml HTTP/1.1\r\nHost: a\r\n\r\n')
        device.recv(9000)
        device.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
        client.recv(9000)
        client.sendall((f'SUBSCRIBE /e HTTP/1.1\r\nHOST: a\r\nCALLBACK: <http://'
                        f'{text(flow.me[0])}:40030/>\r\nNT: upnp:event\r\n\r\n'
                        ).encode())
        told = url(device.recv(9000))
        expect("ssdp: the subscriber's address", told[0] == peer[0], told)
        for end in client, device, listener:
            end.close()
        for event in 'first', 'second':
            reaches(f'ssdp: the {event} event', sns, told, cns,
                    (flow.me[0], 40030))


tests = [test_tns, test_mgcp, test_ssdp, test_rsh, test_socks, test_nfs4,
         test_pna, test_msrpc]
if not six:
    tests += [test_talk, test_xdmcp, test_skinny, test_cuseeme]
for test in tests:
    try:
        test()
    except OSError as e:
        expect(test.__name__, False, e)
sys.exit(bad != 0)
