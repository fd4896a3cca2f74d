#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Sends a message that should open nothing, and tries the port that it names.

instead_of.py INSIDE-NS OUTSIDE-NS ROUTER-NS INSIDE OUTSIDE PUBLIC ATTACK

Prints "opens" if the connection or datagram arrives, and "refuses" if the
router does not let it pass. INSIDE, OUTSIDE and PUBLIC are the addresses of the
two hosts, and of the router outside. Rules assign the helpers at the ports
below, where no other server listens.
"""

import os
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'golden'))
# pylint: disable=wrong-import-position
import calls
from h323 import q931, ras_message
from pair import Pair, commas, connect, listen, udp

cns, sns, rns, inside, outside, public, attack = sys.argv[1:8]
WEB = 8022
SSH = 22
CONTROL = 8024
MEDIA = 8030
WAIT = 3        # seconds for something that does not arrive


def arrives(ns, addr, far_ns, target, port):
    """A connection from FAR_NS to PORT of TARGET arrives at ADDR in NS."""
    with listen(ns, addr, port):
        try:
            connect(far_ns, target, port, WAIT).close()
        except OSError:
            return False
        return True


def enters(port):
    return arrives(cns, inside, sns, public, port)


def leaves(port):
    return arrives(sns, outside, cns, outside, port)


def received(end):
    end.settimeout(WAIT)
    try:
        return bool(end.recv(100))
    except OSError:
        return False


def says(port, *messages):
    """The host inside sends each message to PORT in a segment of its own."""
    pair = Pair(cns, sns, outside, outside, port)
    for message in messages:
        pair.c.sendall(message)
        pair.s.recv(1000)
    return pair


POST = b'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\n'


def ftp(port, *before):
    line = f'PORT {commas(inside, port)}\r\n'.encode()
    with says(2121, *before, line):
        return enters(port)


def irc(port, *before):
    number = int.from_bytes(socket.inet_aton(inside), 'big')
    line = f'PRIVMSG b :\1DCC SEND f {number} {port} 9\1\r\n'.encode()
    with says(6668, *before, line):
        return enters(port)


def tftp():
    """The opcode of a read request, and no file name"""
    far, near = udp(sns, outside, 6969), udp(cns, inside)
    near.sendto(b'\0\1' + b'\x80' * 30, (outside, 6969))
    peer = far.recvfrom(100)[1]
    udp(sns, outside).sendto(b'in', peer)
    return received(near)


def asked(port, question, *answers):
    """The host outside answers a datagram of the host inside."""
    far, near = udp(sns, outside, port), udp(cns, inside, port)
    near.sendto(question, (outside, port))
    peer = far.recvfrom(1000)[1]
    for answer in answers:
        far.sendto(answer, peer)
        near.recv(1000)


def sip():
    """A call is refused, and then answered."""
    sdp = (f'v=0\r\no=- 1 1 IN IP4 {outside}\r\ns=-\r\nc=IN IP4 {outside}\r\n'
           f't=0 0\r\nm=audio {WEB} RTP/AVP 0\r\n')
    head = (f'Via: SIP/2.0/UDP {{}}:5062;branch=z9hG4bK1;rport\r\n'
            f'From: <sip:a@{outside}>;tag=1\r\nTo: <sip:b@{outside}>;tag=2\r\n'
            f'Call-ID: 1\r\nCSeq: 1 INVITE\r\n')
    back = head.format(public)
    asked(5062, f'INVITE sip:b@{outside} SIP/2.0\r\n{head.format(inside)}'
          'Content-Length: 0\r\n\r\n'.encode(),
          f'SIP/2.0 486 Busy\r\n{back}Content-Length: 0\r\n\r\n'.encode(),
          f'SIP/2.0 200 OK\r\n{back}Contact: <sip:b@{outside}:5062>\r\n'
          'Content-Type: application/sdp\r\n'
          f'Content-Length: {len(sdp)}\r\n\r\n{sdp}'.encode())
    far = udp(sns, outside, WEB)
    udp(cns, inside).sendto(b'out', (outside, WEB))
    return received(far)


def ras(port, answer):
    """A phone registers, and the gatekeeper answers. Returns whether it can call."""
    asked(7719, calls.register(addr=inside, port=port)[0], answer[0])
    return enters(port)


def rejects():
    return ras_message('registrationReject', requestSeqNum=2,
                       protocolIdentifier=calls.version(4), rejectReason='b')


def setup(port, *before):
    """A call with the address of its control channel"""
    call = calls.setup(inside, h245Address=calls.ip((inside, port), 'control'))
    with says(7720, *before, q931('setup', call)[0]):
        return enters(port)


def connected(pair, port):
    """The host outside answers a call, with the address of its control channel."""
    pair.s.sendall(q931('connect', calls.answer('connect', outside, port),
                        answer=True)[0])
    pair.c.recv(1000)


def connect_alone():
    with Pair(cns, sns, outside, outside, 7720) as pair:
        connected(pair, SSH)
        return leaves(SSH)


def channel():
    """The host outside answers for a channel that nobody has opened."""
    with says(7720, q931('setup', calls.setup(inside))[0]) as pair:
        connected(pair, CONTROL)
        with Pair(cns, sns, outside, outside, CONTROL) as control:
            for forth, message in *calls.BEGIN, (
                    False, calls.answers(7, outside, MEDIA, MEDIA + 1)):
                near, far = control.c, control.s
                if not forth:
                    near, far = far, near
                near.sendall(message[0])
                far.recv(1000)
            far = udp(sns, outside, MEDIA)
            udp(cns, inside).sendto(b'out', (outside, MEDIA))
            return received(far)


def amanda():
    """An answer without a request, with a port below 1024"""
    asked(10081, b'Amanda 3.5 ACK HANDLE 000-00000000 SEQ 1\n',
          b'Amanda 3.5 REP HANDLE 000-00000000 SEQ 1\n'
          b'CONNECT DATA 22 MESG 8023 INDEX 8024\n\n')
    return leaves(SSH)


def sane():
    """NET_INIT, and then NET_START, whose answer has a port below 1024"""
    with Pair(cns, sns, outside, outside, 6567) as pair:
        for question, answer in (
                ('000000000100000300000000', '0000000001000003'),
                ('0000000700000000', '00000000000000160000123400000000')):
            pair.c.sendall(bytes.fromhex(question))
            pair.s.recv(1000)
            pair.s.sendall(bytes.fromhex(answer))
            pair.c.recv(1000)
        return leaves(SSH)


GET = b'0)\2\1\1\4\6public\xa0\x1c\2\4\1\2\3\4\2\1\0\2\1\0' \
    b'0\x0e0\x0c\6\x08+\6\1\2\1\1\3\0\5\0'


def broadcast(port, question):
    """The router asks all hosts of its network, and one answers."""
    far, near = udp(cns, '', port), udp(rns)
    near.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    near.sendto(question, ('10.0.1.255', port))
    far.sendto(b'in', far.recvfrom(100)[1])
    return received(near)


ATTACKS = {
    'ftp page': lambda: ftp(WEB, POST),
    'ftp low': lambda: ftp(SSH, b'USER a\r\n'),
    'tftp': tftp,
    'irc page': lambda: irc(WEB, POST),
    'irc low': lambda: irc(SSH, b'NICK a\r\n'),
    'sip': sip,
    'RAS rejected': lambda: ras(WEB, rejects()),
    'RAS low': lambda: ras(SSH, calls.registered()),
    'Q.931 page': lambda: setup(WEB, POST),
    'Q.931 low': lambda: setup(SSH),
    'Q.931 answer': connect_alone,
    'H.245': channel,
    'amanda': amanda,
    'sane': sane,
    'snmp': lambda: broadcast(161, GET),
    'netbios': lambda: broadcast(137, b'?' * 50),
}
print('opens' if ATTACKS[attack]() else 'refuses')
