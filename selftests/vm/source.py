#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""source.py NAME VERSION - replaces a plug-in by itself, of another compiler."""

import socket
import sys

from genl import (ACK, DUMP, IMAGE, NAME, PLUGIN, PLUGIN_GET, PLUGIN_IMAGE,
                  REPLACE, Genl, attr, attrs)

SO_SNDBUFFORCE = 32
SOURCE_GET, SOURCE, COMPILER, PLUGIN_SOURCE = 14, 11, 12, 10

name = attr(NAME, sys.argv[1].encode() + b'\0')
genl = Genl()
genl.sock.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, 1 << 19)
err, _, replies = genl.algate(PLUGIN_GET, name)
image = attrs(replies[0][PLUGIN])[PLUGIN_IMAGE]
err, _, replies = genl.algate(SOURCE_GET, name, flags=DUMP)
pieces = [attrs(reply[PLUGIN])[PLUGIN_SOURCE] for reply in replies]
payload = attr(IMAGE, image) + b''.join(attr(SOURCE, p) for p in pieces) + \
    attr(COMPILER, sys.argv[2].encode() + b'\0')
err, ack, _ = genl.algate(REPLACE, payload, flags=ACK)
sys.exit(f'error {err}: {ack}' if err else 0)
