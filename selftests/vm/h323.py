#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Conversations of H.323.

h323.py CLIENT-NS SERVER-NS SERVER-ADDR CONNECT-ADDR [TEST...]

A scripted phone registers with a scripted gatekeeper, and calls it: with a
control channel, with fast connect, and with H.245 in the messages of the call.
Each end connects to the endpoints that it reads, and sends media there. No byte
outside of the addresses changes. With a CONNECT-ADDR other than SERVER-ADDR, the
router translates the destination. With TESTs, only these run, and the first
failure ends them.
"""

import functools
import os
import socket
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'golden'))
# pylint: disable=wrong-import-position
import calls
import h323
import pair
from pair import connect, enter, listen, verdict

cns, sns, server, front, *only = sys.argv[1:]
udp = functools.partial(pair.udp, af=pair.family(server))
bad = 0
CONTROL = 40000


def expect(name, good, why=''):
    global bad
    bad += not verdict(name, good, '' if good else why)
    if only and bad:
        sys.exit(1)


class Flow:
    """A flow to PORT of the server; a datagram or a TPKT is a message."""

    def __init__(self, port, stream, told=None):
        told = told or (front, port)
        if stream:
            listener = listen(sns, server, port)
            self.c = connect(cns, *told)
            self.s, self.peer = listener.accept()
            self.s.settimeout(20)
            listener.close()
        else:
            self.c, self.s = udp(cns, port=port), udp(sns, server, port)
            self.c.connect(told)
        self.stream = stream
        self.me = self.c.getsockname()

    def receive(self, end):
        if not self.stream:
            data, peer = end.recvfrom(9000)
            if end is self.s:
                self.peer = peer
            return data
        data = b''
        while len(data) < 4 or len(data) < int.from_bytes(data[2:4], 'big'):
            more = end.recv(9000)
            if not more:
                raise OSError('closed')
            data += more
        return data

    def say(self, name, message, answer=False):
        """Sends MESSAGE. Returns the endpoints that the other end reads."""
        data, places = message
        if not answer:
            self.c.sendall(data)
        elif self.stream:
            self.s.sendall(data)
        else:
            self.s.sendto(data, self.peer)
        got = self.receive(self.c if answer else self.s)
        expect(f'{name}: other bytes stay',
               len(got) == len(data) and h323.but_places(got, places) ==
               h323.but_places(data, places), got.hex())
        return [h323.at(got, [place], place[0]) for place in places]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for end in self.c, self.s:
            if self.stream:
                # a reset: without TIME-WAIT, the next run uses the same ports
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                               struct.pack('ii', 1, 0))
            end.close()


def connects(name, ns, announced, at_ns, real):
    """A connection from NS to the endpoint ANNOUNCED arrives at REAL."""
    listener = listen(at_ns, *real)
    try:
        s = connect(ns, *announced)
        end, _ = listener.accept()
        end.settimeout(20)
        s.sendall(b'data')
        expect(f'{name}: data arrives', end.recv(100) == b'data')
        for one in s, end:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                           struct.pack('ii', 1, 0))
            one.close()
    except OSError as e:
        expect(f'{name}: data arrives', False, f'{announced} {e}')
    listener.close()


def sends(name, ns, announced, at_ns, real):
    """A datagram from NS to the endpoint ANNOUNCED arrives at REAL."""
    receiver = udp(at_ns, *real)
    sender = udp(ns)
    sender.sendto(b'data', announced)
    try:
        expect(f'{name} arrives', receiver.recv(100) == b'data')
    except OSError as e:
        expect(f'{name} arrives', False, f'{announced} {e}')
    sender.close()
    receiver.close()


def to_phone(name, told, me, port):
    """The gatekeeper's media arrive at both ports of the phone."""
    rtp, rtcp = told
    sends(f'{name}: RTP to the phone', sns, rtp, cns, (me, port))
    sends(f'{name}: RTCP to the phone', sns, rtcp, cns, (me, port + 1))


def from_phone(name, told, port):
    rtp, rtcp = told
    expect(f"{name}: the gatekeeper's address", rtp[0] == rtcp[0] == front, told)
    sends(f'{name}: RTP from the phone', cns, rtp, sns, (server, port))
    sends(f'{name}: RTCP from the phone', cns, rtcp, sns, (server, port + 1))


def test_register():
    with Flow(1719, False) as flow:
        me = flow.me[0]
        told = flow.say('RRQ', calls.register(addr=me))
        expect('RRQ: the addresses', told[0][0] == flow.peer[0] and
               told[1] == flow.peer[:2], told)
        flow.say('RCF', calls.registered(addr=server, timeToLive=120), True)
        for call in 'first', 'second':
            connects(f'the {call} call to the phone', sns, told[0], cns,
                     (me, 1720))


def test_admission():
    with Flow(1719, False) as flow:
        me = flow.me[0]
        flow.say('RRQ', calls.register(addr=me))
        flow.say('RCF', calls.registered(addr=server, timeToLive=120), True)
        flow.say('ARQ', calls.asks(addr=me))
        told = flow.say('ACF', calls.admits(addr=server, port=1730), True)
        expect("ACF: the gatekeeper's address", told[0][0] == front, told)
        connects('a call to the gatekeeper', cns, told[0], sns, (server, 1730))


def test_renewal():
    """For a minute, and then without an end"""
    with Flow(1719, False) as flow:
        me = flow.me[0]
        told = flow.say('RRQ', calls.register(addr=me))
        flow.say('RCF', calls.registered(addr=server, timeToLive=60), True)
        flow.say('RRQ without addresses', calls.renews(3))
        flow.say('RCF', calls.registered(3, server), True)
        connects('a call to the phone', sns, told[0], cns, (me, 1720))


def begin(flow, elements=b''.join(calls.PLAIN), **more):
    me = flow.me[0]
    told = flow.say('Setup', h323.q931('setup', calls.setup(
        me, destCallSignalAddress=h323.ip((front, 1720), 'called'), **more),
        elements, h245Tunnelling=True))
    expect('Setup: the called address', told[0] == (server, 1720), told)
    expect('Setup: the calling address', told[1][0] == flow.peer[0], told)
    return told[2:]


def test_control():
    with Flow(1720, True) as flow:
        me = flow.me[0]
        begin(flow)
        told = flow.say('Connect', h323.q931('connect', calls.answer(
            'connect', server, CONTROL), answer=True), True)
        with Flow(CONTROL, True, told[0]) as channel:
            for turn, answer in (calls.BEGIN[0], False), (calls.BEGIN[1], True):
                channel.say('H.245', turn[1], answer)
            channel.say('OLC', calls.opens(calls.forward(
                1, calls.ULAW, calls.rtp(me, None, 5001))))
            channel.say('OLC, gatekeeper', calls.opens(calls.forward(
                1, calls.ULAW, calls.rtp(server, None, 6001))), True)
            to_phone('channels', channel.say(
                'ack', calls.answers(1, me, 5000, 5001)), me, 5000)
            from_phone('channels', channel.say(
                'ack, gatekeeper', calls.answers(1, server, 6000, 6001), True),
                6000)


def test_fast(**more):
    with Flow(1720, True) as flow:
        me = flow.me[0]
        told = begin(flow, **more, fastStart=[
            calls.backward(1, calls.ULAW, calls.rtp(me, 5010, 5011)),
            calls.forward(2, calls.ULAW, calls.rtp(me, None, 5011))])
        to_phone('fast connect', told[:2], me, 5010)
        told = flow.say('Connect', h323.q931('connect', calls.answer(
            'connect', server, fastStart=[
                calls.forward(1, calls.ULAW, calls.rtp(server, 6010, 6011))]),
            answer=True), True)
        from_phone('fast connect', told, 6010)


def test_complete():
    test_fast(elements=calls.ELEMENTS)


def test_tunnel():
    with Flow(1720, True) as flow:
        me = flow.me[0]
        begin(flow)
        flow.say('OLC in Facility', h323.q931(
            'empty', h245Tunnelling=True, h245Control=[
                ('request', ('openLogicalChannel', calls.forward(
                    7, calls.ULAW, calls.rtp(me, 5020, 5021))))]))
        told = flow.say('ack in Facility', h323.q931(
            'facility', calls.facility(), answer=True, h245Tunnelling=True,
            h245Control=[('response', ('openLogicalChannelAck', {
                'forwardLogicalChannelNumber': 7,
                'forwardMultiplexAckParameters': ('h2250Ack', calls.rtp(
                    server, 6020, 6021))}))]), True)
        from_phone('tunnel', told, 6020)


for test in (test_register, test_admission, test_renewal, test_control,
             test_fast, test_complete, test_tunnel):
    if only and test.__name__[5:] not in only:
        continue
    try:
        test()
    except OSError as e:
        expect(test.__name__, False, e)
enter(cns)
sys.exit(bad != 0)
