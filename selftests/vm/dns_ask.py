#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""dns_ask.py serve PORT | dns_ask.py ask ADDRESS PORT

serve: answers a question twice, with the address 203.0.113.7: first under
another identifier than that of the question. ask: prints the addresses of both
answers.
"""
import socket
import struct
import sys

FAMILY = {False: socket.AF_INET, True: socket.AF_INET6}
NAME = b"\x04host\x07example\x00\x00\x01\x00\x01"
ID = 4660


def serve(port):
    sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    sock.bind(("::", port))
    while True:
        data, end = sock.recvfrom(4096)
        ask = struct.unpack(">H", data[:2])[0]
        for number in ask ^ 1, ask:
            sock.sendto(struct.pack(">HHHHHH", number, 0x8180, 1, 1, 0, 0) +
                        NAME + b"\xc0\x0c" +
                        struct.pack(">HHIH", 1, 1, 60, 4) +
                        socket.inet_aton("203.0.113.7"), end)


def ask(address, port):
    sock = socket.socket(FAMILY[":" in address], socket.SOCK_DGRAM)
    sock.settimeout(60)
    sock.sendto(struct.pack(">HHHHHH", ID, 0x0100, 1, 0, 0, 0) + NAME,
                (address, port))
    for _ in range(2):
        data = sock.recv(4096)
        print("asked" if data[:2] == struct.pack(">H", ID) else "unasked",
              socket.inet_ntoa(data[-4:]))


if sys.argv[1] == "serve":
    serve(int(sys.argv[2]))
else:
    ask(sys.argv[2], int(sys.argv[3]))
