#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""datagrams.py CAPTURE PORT FILE... - writes a capture of datagrams

Each file is a datagram from a client at 10.0.1.10, port PORT, to a server at
192.0.2.2, port PORT; or the server's answer, if its name ends with .answer. If
the name contains "ipv6", the ends are 2001:db8:1::10 and 2001:db8:2::2.
"""
import ipaddress
import os
import struct
import sys

RAW = 101
ENDS = {4: ("10.0.1.10", "192.0.2.2"), 6: ("2001:db8:1::10", "2001:db8:2::2")}


def datagram(number, src, dst, port, data):
    udp = struct.pack(">HHHH", port, port, 8 + len(data), 0) + data
    if len(src) == 16:
        return struct.pack(">IHBB", 6 << 28, len(udp), 17, 64) + src + dst + udp
    return struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), number, 0, 64, 17,
                       0) + src + dst + udp


def main():
    capture, port = sys.argv[1], int(sys.argv[2])
    with open(capture, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, RAW))
        for number, name in enumerate(sys.argv[3:]):
            with open(name, "rb") as file:
                data = file.read()
            ends = [ipaddress.ip_address(end).packed for end in
                    ENDS[6 if "ipv6" in os.path.basename(name) else 4]]
            if name.endswith(".answer"):
                ends.reverse()
            packet = datagram(number, *ends, port, data)
            out.write(struct.pack("<IIII", 1000 + number, 0, len(packet),
                                  len(packet)) + packet)


main()
