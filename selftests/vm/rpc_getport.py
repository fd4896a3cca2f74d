#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Asks a port mapper (version 2) for a program's port, and calls the program.

rpc_getport.py NS ADDR udp|tcp PROGRAM VERSION

Calls GETPORT, with credentials of non-zero length, then the null procedure at
the port in the reply. Current libtirpc asks for universal addresses only.
"""

import socket
import struct
import sys

from pair import enter

PORTMAPPER, GETPORT, NULL = 100000, 3, 0
PROTO = {'tcp': 6, 'udp': 17}

ns, addr, kind, program, version = sys.argv[1:6]
enter(ns)


def received(s, n):
    data = b''
    while len(data) < n:
        part = s.recv(n - len(data))
        if not part:
            sys.exit('the connection ended')
        data += part
    return data


def call(port, xid, prog, vers, proc, args=b''):
    """Makes a call, which must be accepted, and returns its results."""
    auth_unix = struct.pack('>2I5s3x3I', 0, 5, b'guest', 0, 0, 0)
    request = struct.pack('>6I', xid, 0, 2, prog, vers, proc)
    request += struct.pack('>2I', 1, len(auth_unix)) + auth_unix
    request += struct.pack('>2I', 0, 0) + args
    stream = kind == 'tcp'
    s = socket.socket(socket.AF_INET, socket.SOCK_STREAM if stream
                      else socket.SOCK_DGRAM)
    s.settimeout(4)
    s.connect((addr, port))
    if stream:
        s.sendall(struct.pack('>I', 1 << 31 | len(request)) + request)
        mark, = struct.unpack('>I', received(s, 4))
        reply = received(s, mark & 0x7fffffff)
    else:
        s.send(request)
        reply = s.recv(1000)
    words = struct.unpack('>6I', reply[:24])
    if words != (xid, 1, 0, 0, 0, 0):
        sys.exit(f'not accepted: {words}')
    return reply[24:]


result = call(111, 0xa1, PORTMAPPER, 2, GETPORT,
              struct.pack('>4I', int(program), int(version), PROTO[kind], 0))
found, = struct.unpack('>I', result)
print('port', found)
if not found:
    sys.exit('not registered')
call(found, 0xa2, int(program), int(version), NULL)
