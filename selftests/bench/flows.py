#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""flows.py ADDRESS PORT N - sends a datagram from PORT to N ports of ADDRESS"""
import socket
import sys

address, port, n = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", port))
for i in range(n):
    s.sendto(b"NOOP\r\n", (address, 1024 + i))
