#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""segments.py DIR PORT FILE... - writes captures of a stream cut in two

A client at 10.0.1.10 sends the contents of all files to PORT of 192.0.2.2. In
0.pcap they are in one segment, in N.pcap they are cut after N bytes.
"""
import struct
import sys

RAW = 101
CLIENT, SERVER = bytes([10, 0, 1, 10]), bytes([192, 0, 2, 2])
SYN, PSH, ACK = 2, 8, 16


def segment(forth, port, seq, ack, flags, data=b""):
    src, dst = (CLIENT, SERVER) if forth else (SERVER, CLIENT)
    ports = (41000, port) if forth else (port, 41000)
    head = struct.pack(">HHIIBBHHH", *ports, seq, ack, 0x50, flags, 65535, 0, 0)
    return struct.pack(">BBHHHBBH", 0x45, 0, 40 + len(data), 0, 0, 64, 6,
                       0) + src + dst + head + data


def write(path, packets):
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, RAW))
        for number, packet in enumerate(packets):
            out.write(struct.pack("<IIII", 1000 + number, 0, len(packet),
                                  len(packet)) + packet)


def main():
    where, port = sys.argv[1], int(sys.argv[2])
    data = b""
    for name in sys.argv[3:]:
        with open(name, "rb") as file:
            data += file.read()
    for cut in range(len(data)):
        packets = [segment(True, port, 999, 0, SYN),
                   segment(False, port, 4999, 1000, SYN | ACK),
                   segment(True, port, 1000, 5000, ACK)]
        edges = sorted({0, cut, len(data)})
        for a, b in zip(edges, edges[1:]):
            packets.append(segment(True, port, 1000 + a, 5000, PSH | ACK,
                                   data[a:b]))
        write(f"{where}/{cut}.pcap", packets)


main()
