#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Two clients behind one address choose the same number for their calls.

pptp_ids.py CLIENT-NS CLIENT-NS SERVER-NS SERVER-ADDR CONNECT-ADDR

The server must receive two different numbers. A packet of the server with
either number must arrive at the right client, with the client's own number.
"""

import socket
import struct
import sys

import pair as peers

cns, server_ns, server, addr = sys.argv[1:3], *sys.argv[3:6]
ID = 7          # the call's number of both clients
GRE = 47
failures = 0


def verdict(name, good, why=''):
    global failures
    failures += not peers.verdict(name, good, '' if good else str(why))


def control(kind, *fields, length):
    head = struct.pack('>HHIHH', length, 1, 0x1a2b3c4d, kind, 0)
    return (head + struct.pack(f'>{len(fields)}H', *fields)).ljust(length, b'\0')


def receive(end, length):
    got = b''
    while len(got) < length:
        more = end.recv(length - len(got))
        if not more:
            break
        got += more
    return got


def connection(ends):
    """Exchanges Start-Control-Connection-Request and -Reply (result 1)."""
    ends.c.sendall(control(1, 0x0100, length=156))
    receive(ends.s, 156)
    ends.s.sendall(control(2, 0x0100, 0x0100, length=156))
    receive(ends.c, 156)


def call(ends, server_id):
    """Makes a call.

    Returns the client's number that the server receives, the client's number
    in the reply that the client receives, and the server's number there.
    """
    ends.c.sendall(control(7, ID, 1, length=168))
    outside, = struct.unpack_from('>H', receive(ends.s, 168), 12)
    ends.s.sendall(control(8, server_id, outside, 0x0100, length=32))
    own, known = struct.unpack_from('>HH', receive(ends.c, 32), 12)
    return outside, known, own


def raw(ns):
    peers.enter(ns)
    s = socket.socket(socket.AF_INET, socket.SOCK_RAW, GRE)
    s.settimeout(20)
    return s


def packet(number, text):
    """Returns an enhanced GRE packet (RFC 2637, section 4.1)."""
    return struct.pack('>HHHH', 0x2001, 0x880b, len(text), number) + text


def carries(sender, to, number, receiver, wanted, text):
    sender.sendto(packet(number, text), (to, 0))
    try:
        got = receiver.recv(1000)[20:]
    except OSError as e:
        return e
    return got == packet(wanted, text) or got


def main():
    names = ('the first', 'the second')
    ends = [peers.Pair(ns, server_ns, server, addr, 1723) for ns in cns]
    for one in ends:
        connection(one)
    calls = [call(one, 100 + i) for i, one in enumerate(ends)]
    outside = [c[0] for c in calls]
    verdict('the server is told two numbers', outside[0] != outside[1], outside)
    for i, name in enumerate(names):
        verdict(f"{name} client's own number comes back", calls[i][1] == ID,
                calls[i])
    inside, far = [raw(ns) for ns in cns], raw(server_ns)
    for i, name in enumerate(names):
        text = b'up %d' % i
        inside[i].sendto(packet(calls[i][2], text), (addr, 0))
        try:
            got, (source, _) = far.recvfrom(1000)
            good = got[20:] == packet(100 + i, text) or got
        except OSError as e:
            good = e
            source = None
        verdict(f'from {name} client to its call', good is True, good)
        if source:
            good = carries(far, source, outside[i], inside[i], ID, b'down %d' % i)
            verdict(f'from its call to {name} client', good is True, good)
    for one in ends:
        one.__exit__()
    sys.exit(failures != 0)


main()
