#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Sends datagrams with and without a checksum, complete and in fragments.

udp_odd.py CLIENT-NS ROUTER-NS SERVER-NS SERVER PUBLIC

A rewrite replaces the client's address by PUBLIC, which is longer. The test
checks the headers of the packets that arrive at the server's device.
"""

import random
import socket
import struct
import sys

from hand import checksum
from pair import enter, family, verdict

cns, rns, sns, server, public = sys.argv[1:6]
V6 = ':' in server
IP = 40 if V6 else 20
MTU = 1500
PORT = 7000
NO_CHECK = 11                   # SO_NO_CHECK
ETH_P = 0x86dd if V6 else 0x0800
MTU_DISCOVER, DISCOVER_DONT = (23, 0) if V6 else (10, 0)
LEVEL = socket.IPPROTO_IPV6 if V6 else socket.IPPROTO_IP
bad = 0
port = 45000


def expect(name, good, why=''):
    global bad
    bad += not verdict(name, good, '' if good else why)


def in_netns(ns, path, *prefix):
    enter(ns)
    with open(f'/proc/thread-self/net/{path}') as f:
        return [l.split() for l in f if l.startswith(prefix)]


def counters():
    return {w[1]: int(w[2]) for w in in_netns(rns, 'algate/stats', 'hello ')}


def udp(ns):
    enter(ns)
    s = socket.socket(family(server), socket.SOCK_DGRAM)
    s.settimeout(10)
    return s


def sniffer(ns, device):
    enter(ns)
    s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P))
    s.settimeout(10)
    s.bind((device, ETH_P))
    return s


listener = udp(sns)
listener.bind((server, PORT))
client = udp(cns)
client.connect((server, PORT))
own = client.getsockname()[0]
before_router = sniffer(rns, 'lan')
behind_router = sniffer(sns, 'eth0')


def packets(wire):
    """Returns the received packets up to the last packet of a UDP datagram."""
    got = []
    while True:
        data, address = wire.recvfrom(65536)
        if address[2] == socket.PACKET_OUTGOING:
            continue
        if V6:
            proto, more = data[6], False
            if proto == 44:
                proto, more = data[40], data[43] & 1
            data = data[:40 + struct.unpack('!H', data[4:6])[0]]
        else:
            proto, more = data[9], data[6] & 0x20
            data = data[:struct.unpack('!H', data[2:4])[0]]
        if proto == socket.IPPROTO_UDP:
            got.append(data)
            if not more:
                return got


def forget():
    """Discards all packets received so far."""
    for wire in before_router, behind_router:
        wire.setblocking(False)
        try:
            while True:
                wire.recv(65536)
        except BlockingIOError:
            wire.settimeout(10)


def sum_of(packet):
    """Returns a datagram's checksum field, and whether it is right."""
    body = packet[IP:]
    ends = packet[8:40] if V6 else packet[12:20]
    pseudo = ends + struct.pack('!IHBB', len(body), 0, 0, socket.IPPROTO_UDP)
    return struct.unpack('!H', body[6:8])[0], checksum(pseudo + body) == 0


def hello(length=0):
    """Returns an announcement, and its expected rewritten form."""
    global port
    port += 1
    texts = [f'HELLO {a} {port} '.encode() for a in (own, public)]
    tail = random.randbytes(max(0, length - len(texts[0])))
    return [t + tail for t in texts]


def exchange(name, data, want):
    """Sends DATA. Returns the packets before and behind the router."""
    forget()
    client.send(data)
    got = listener.recv(65536)
    expect(f'{name}: arrives {"as it is" if data == want else "rewritten"}',
           got == want, f'{len(got)} bytes: {got[:60]!r}')
    return packets(before_router), packets(behind_router)


def works(name):
    """The server reaches the last announced endpoint."""
    target = udp(cns)
    target.bind((own, port))
    source = udp(sns)
    source.sendto(b'data', (public, port))
    expect(f'{name}: the port is open', target.recv(100) == b'data')


def test_checksum():
    data, want = hello(100)
    _, out = exchange('with a checksum', data, want)
    value, right = sum_of(out[0])
    expect('with a checksum: it is right', value and right, hex(value))
    works('with a checksum')
    if V6:
        return
    client.setsockopt(socket.SOL_SOCKET, NO_CHECK, 1)
    data, want = hello(100)
    _, out = exchange('without a checksum', data, want)
    value, _ = sum_of(out[0])
    expect('without a checksum: there is none behind it', not value,
           hex(value))
    works('without a checksum')
    client.setsockopt(socket.SOL_SOCKET, NO_CHECK, 0)


def test_fragments():
    before = counters()
    data, want = hello(4000)
    came, went = exchange('in fragments', data, want)
    expect('in fragments: three of them, before and behind the router',
           len(came) == len(went) == 3, f'{len(came)}, {len(went)}')
    expect('in fragments: one message',
           counters()['messages'] == before['messages'] + 1)
    works('in fragments')


def test_second_fragment():
    """Case 3: an attacker makes the client send a datagram that has HELLO."""
    before = counters()
    header = 48 if V6 else 20
    first = (MTU - header) // 8 * 8 - 8         # of the payload
    for inner in hello()[0], hello(2000)[0]:
        data = random.randbytes(first) + inner
        came, _ = exchange('HELLO in the second fragment', data, data)
        expect('HELLO in the second fragment: in front of it',
               came[1][header:].startswith(inner[:20]), repr(came[1][:80]))
    expect('HELLO in the second fragment: nothing is opened',
           counters()['opened'] == before['opened'])


def test_second_first():
    """Fragments arrive in the wrong order, or the first never arrives."""
    data, want = hello(1000)
    sent = struct.pack('!HHHH', client.getsockname()[1], PORT, 8 + len(data),
                       0) + data
    enter(cns)
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)

    def fragment(ident, start, end):
        more = 0x2000 if end < len(sent) else 0
        head = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 0, ident,
                           more | start // 8, 64, socket.IPPROTO_UDP, 0,
                           socket.inet_aton(own), socket.inet_aton(server))
        raw.sendto(head + sent[start:end], (server, 0))

    before = counters()
    fragment(11, 512, len(sent))
    fragment(12, 8, 512)
    fragment(12, 512, len(sent))
    fragment(11, 0, 512)
    got = listener.recv(65536)
    expect('the second fragment in front: arrives rewritten', got == want,
           repr(got[:60]))
    expect('only what is whole is read',
           counters()['messages'] == before['messages'] + 1)
    works('the second fragment in front')


def surplus(data, first):
    """Returns FIRST and two bytes that keep the packet's checksum right."""
    want = 0xfffb if len(data) % 2 == 0 else 0xfbff
    return first + struct.pack('!H', (want - struct.unpack('!H', first)[0]) %
                               0xffff)


def test_surplus():
    """The packet contains bytes after the end of the datagram (RFC 9868)."""
    ends = b''.join(socket.inet_pton(family(server), a)
                    for a in (own, server))
    enter(cns)
    raw = socket.socket(family(server), socket.SOCK_RAW, socket.IPPROTO_UDP)

    def send(data, first):
        head = [client.getsockname()[1], PORT, 8 + len(data)]
        pseudo = ends + struct.pack('!IHBB', 8 + len(data), 0, 0,
                                    socket.IPPROTO_UDP)
        check = checksum(pseudo + struct.pack('!4H', *head, 0) + data)
        raw.sendto(struct.pack('!4H', *head, check) + data +
                   surplus(data, first), (server, 0))
        return listener.recv(65536)

    data, want = hello(100)
    got = send(data, b'\0\0')
    expect('bytes behind it: arrives rewritten, without them', got == want,
           f'{len(got)} bytes: {got!r}')
    works('bytes behind it')
    before = counters()
    data = hello()[0][:-1]
    got = send(data, b'  ')
    expect('bytes behind it: they are none of the message', got == data,
           repr(got))
    expect('bytes behind it: nothing is opened',
           counters()['opened'] == before['opened'])


def test_growth():
    """A datagram has the link's full length, and a rewrite makes it longer."""
    for name, discover in (('may be fragmented', DISCOVER_DONT),
                           ('may not be fragmented', 2)):
        client.setsockopt(LEVEL, MTU_DISCOVER, discover)
        data, want = hello(MTU - IP - 8)
        expect(f'{name}: it grows', len(want) > len(data))
        came, went = exchange(f'a full datagram that {name}', data, want)
        expect(f'{name}: one comes in, two go out',
               (len(came), len(went)) == (1, 2), f'{len(came)}, {len(went)}')
        works(name)
    client.setsockopt(LEVEL, MTU_DISCOVER, 1)


random.seed(7)
test_checksum()
test_fragments()
test_second_fragment()
if not V6:
    test_second_first()
test_surplus()
test_growth()
sys.exit(bad != 0)
