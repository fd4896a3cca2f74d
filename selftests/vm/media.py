#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Sends RTP for both ends of calls to the announced ports, and counts it.

media.py CALLER-NS CALLEE-NS DIR CALLS

After an end of a call has read the other's SDP, it writes into the fifo
DIR/told

	ROUND caller|callee CALL-ID NUMBER SHIFT ADDRESS PORT...

media.py then sends RTP to each PORT, and RTCP to PORT + 1. NUMBER numbers the
calls of an end. Each call has four ports of its own, for callers from 20000
on, for callees from 30000. SHIFT, 0 or 400, is added to the ports.

DIR/doneROUND contains "no" until all media of both ends of CALLS calls have
arrived, then "yes". An end waits for "yes" before it hangs up. The file ends
with NUL, because sipp reads it as a C string.

DIR/counts contains the current counts:

	END received N announced N failed N

"announced" counts the packets that arrived at the announced port and came from
exactly the address and port to which the other end's SDP directs the media.
"failed" counts the packets that could not be sent.
"""

import os
import selectors
import socket
import struct
import sys

from pair import enter

RTP = 5
ROUNDS = '1', '2'
BASE = {'caller': 20000, 'callee': 30000}


def other(side):
    return 'callee' if side == 'caller' else 'caller'


def packet(text, n, rtcp):
    """Returns an RTP or application-defined RTCP packet that contains TEXT."""
    if not rtcp:
        return struct.pack('>BBHII', 0x80, 0, n, n * 160, 1) + text
    text += b' ' * (-len(text) % 4)
    return struct.pack('>BBHI4s', 0x80, 204, 2 + len(text) // 4, 1, b'test') + text


class Media:
    def __init__(self, namespaces, path, calls):
        self.path = path
        # The keys of these are (round, call, end).
        self.told = {}      # the end sends to these addresses and ports
        self.own = {}       # the end's first port
        self.sent = {}      # number of packets that the end has sent
        self.got = {}       # these have arrived: [(source, port, index)]
        self.failed = dict.fromkeys(BASE, 0)
        self.sockets = {}
        self.wait = selectors.DefaultSelector()
        self.calls = calls
        for turn in ROUNDS:
            self.write(f'done{turn}', 'no\0')
        for side, ns in namespaces.items():
            enter(ns)
            for n in range(4 * calls):
                self.bind(side, BASE[side] + n)
                self.bind(side, BASE[side] + 400 + n)
        # Open for writing too; otherwise the first writer's close ends it.
        os.mkfifo(f'{path}/told')
        self.fifo = os.open(f'{path}/told', os.O_RDWR)
        self.wait.register(self.fifo, selectors.EVENT_READ, None)
        self.rest = b''
        self.counts()

    def bind(self, side, port):
        s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        s.bind(('::', port))
        self.sockets[side, port] = s
        self.wait.register(s, selectors.EVENT_READ, (side, port))

    def write(self, name, text):
        with open(f'{self.path}/{name}.new', 'w') as f:
            f.write(text)
        os.rename(f'{self.path}/{name}.new', f'{self.path}/{name}')

    def send(self, side, own, address, port, text):
        """Sends RTP from OWN to PORT, and RTCP from OWN + 1 to PORT + 1."""
        count = 0
        for n in range(RTP + 1):
            rtcp = n == RTP
            s = self.sockets[side, own + rtcp]
            to = f'::ffff:{address}' if '.' in address else address
            try:
                # sendto() also reports an ICMP error for an earlier packet.
                s.sendto(packet(text, n, rtcp), (to, port + rtcp))
                count += 1
            except OSError as error:
                print(f'{side} to {address}:{port + rtcp}: {error}')
                self.failed[side] += 1
        return count

    def command(self, line):
        print(line)
        turn, side, call, number, shift, address, *ports = line.split()
        key = turn, call, side
        self.told[key] = [(address, int(p)) for p in ports]
        self.sent[key] = 0
        own = self.own[key] = BASE[side] + int(shift) + 4 * (int(number) - 1)
        for i, (_, port) in enumerate(self.told[key]):
            # A held call has no address or port to send to.
            if port and address not in ('0.0.0.0', '::'):
                text = f'{turn} {call} {side} {i} '.encode()
                self.sent[key] += self.send(side, own + 2 * i, address, port, text)

    def receive(self, s, side, port):
        data, (address, sport, *_) = s.recvfrom(2048)
        turn, call, sender, i = data[12:].split()[:4]
        if sender.decode() != other(side):
            return
        rtcp = data[1] == 204
        source = address.removeprefix('::ffff:'), sport - rtcp
        key = turn.decode(), call.decode(), sender.decode()
        self.got.setdefault(key, []).append((source, port - rtcp, int(i)))

    def counts(self):
        text = ''
        for side in BASE:
            received = announced = 0
            for (turn, call, sender), packets in self.got.items():
                if sender != side:
                    received += len(packets)
                    key = turn, call, side
                    told = self.told.get(key, [])
                    announced += sum(told[i:i + 1] == [source] and port == self.own[key] + 2 * i
                                     for source, port, i in packets)
            text += f'{side} received {received} announced {announced}' \
                f' failed {self.failed[side]}\n'
        self.write('counts', text)
        for turn in ROUNDS:
            calls = {call for t, call, _ in self.told if t == turn}
            if len(calls) == self.calls and all(self.whole(turn, call) for call in calls):
                self.write(f'done{turn}', 'yes\0')

    def whole(self, turn, call):
        keys = [(turn, call, end) for end in BASE]
        return all(k in self.told and self.sent[k] == len(self.got.get(k, []))
                   for k in keys)

    def run(self):
        while True:
            for key, _ in self.wait.select():
                if key.data:
                    self.receive(key.fileobj, *key.data)
                    continue
                *lines, self.rest = (self.rest + os.read(self.fifo, 4096)).split(b'\n')
                for line in lines:
                    self.command(line.decode())
            self.counts()


if __name__ == '__main__':
    sys.stdout.reconfigure(line_buffering=True)
    Media({'caller': sys.argv[1], 'callee': sys.argv[2]}, sys.argv[3],
          int(sys.argv[4])).run()
