#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Announces a client's port 40000, and prints the endpoint at the server.

announce.py CLIENT-NS SERVER-NS SERVER-ADDR PORT [hold]

With hold, the connection stays open until the program is killed.
"""

import sys
import time

from pair import Pair, commas

cns, sns, server, port = sys.argv[1:5]
with Pair(cns, sns, server, server, int(port)) as pair:
    own = pair.c.getsockname()[0]
    pair.c.sendall(f'PORT {commas(own, 40000)}\r\n'.encode())
    told = pair.line(pair.s).split()[1].split(',')
    print('.'.join(told[:4]), int(told[4]) * 256 + int(told[5]), flush=True)
    if sys.argv[5:] == ['hold']:
        time.sleep(600)
