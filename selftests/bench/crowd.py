#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""crowd.py OWN-ADDRESS ADDRESS FLOWS EACH PORTS - announces ports in FLOWS flows

In each flow, EACH ranges of PORTS ports. The ranges differ, alternately of TCP
and UDP: at most 126,000 ports for an ADDRESS.
"""
import socket
import sys

own, address = sys.argv[1:3]
flows, each, ports = map(int, sys.argv[3:6])
commas = own.replace(".", ",")
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind((own, 4001))
for n in range(flows * each):
    port = 1100 + n // 2 * ports
    text = f"{'TU'[n % 2]}PORT {commas},{port >> 8},{port & 255}"
    s.sendto(text.encode(), (address, 1100 + n // each))
