#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Sends each line of its input to a server, and prints each arriving line.

say.py CLIENT-NS SERVER-NS SERVER-ADDR PORT
"""

import sys

from pair import Pair

cns, sns, server, port = sys.argv[1:5]
with Pair(cns, sns, server, server, int(port)) as pair:
    for line in sys.stdin:
        pair.c.sendall(line.encode())
        print(pair.line(pair.s), end='', flush=True)
