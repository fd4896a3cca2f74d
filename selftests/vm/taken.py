#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Makes a server announce ports to a client that never connects to them.

taken.py CLIENT-NS SERVER-NS SERVER-ADDR CONNECT-ADDR tcp|udp PORT HEX...

The client sends the first message (in HEX) to CONNECT-ADDR, the server answers
with the second message, and so on. The program prints the last message as the
client receives it. It keeps the sockets open until its input ends, so the
announced ports stay reserved on the router.
"""

import socket
import sys

from pair import Pair, enter


def datagrams(messages):
    enter(sns)
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((server, port))
    enter(cns)
    c = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for end in s, c:
        end.settimeout(20)
    c.connect((addr, port))
    got = b''
    while messages:
        c.send(messages.pop(0))
        peer = s.recvfrom(1000)[1]
        s.sendto(messages.pop(0), peer)
        got = c.recv(1000)
    return got


def stream(pair, messages):
    got = b''
    while messages:
        pair.c.sendall(messages.pop(0))
        pair.s.recv(1000)
        pair.s.sendall(messages.pop(0))
        got = pair.c.recv(1000)
    return got


cns, sns, server, addr, kind, port, *texts = sys.argv[1:]
port = int(port)
messages = [bytes.fromhex(text) for text in texts]
if kind == 'udp':
    print(datagrams(messages).hex(), flush=True)
    sys.stdin.read()
else:
    with Pair(cns, sns, server, addr, port) as pair:
        print(stream(pair, messages).hex(), flush=True)
        sys.stdin.read()
