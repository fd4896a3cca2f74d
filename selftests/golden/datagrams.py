#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""datagrams.py CAPTURE PORT FILE... - writes a capture of datagrams

Each file is a datagram from a client at 10.0.1.10, port PORT, to a server at
192.0.2.2, port PORT; or the server's answer, if its name ends with .answer.
"""
import struct
import sys

RAW = 101
CLIENT, SERVER = bytes([10, 0, 1, 10]), bytes([192, 0, 2, 2])


def datagram(number, src, dst, port, data):
    udp = struct.pack(">HHHH", port, port, 8 + len(data), 0) + data
    return struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), number, 0, 64, 17,
                       0) + src + dst + udp


def main():
    capture, port = sys.argv[1], int(sys.argv[2])
    with open(capture, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, RAW))
        for number, name in enumerate(sys.argv[3:]):
            with open(name, "rb") as file:
                data = file.read()
            ends = (CLIENT, SERVER)
            if name.endswith(".answer"):
                ends = (SERVER, CLIENT)
            packet = datagram(number, *ends, port, data)
            out.write(struct.pack("<IIII", 1000 + number, 0, len(packet),
                                  len(packet)) + packet)


main()
