#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""held.py FILE|netlink - reads a listing of flows, prints the longest call (ns)

The kernel holds a lock for a listing at most as long as a call lasts.
"""
import os
import socket
import struct
import sys
import time

NETLINK_GENERIC = 16
GENL_ID_CTRL = 16
CTRL_CMD_GETFAMILY = 3
CTRL_ATTR_FAMILY_ID = 1
CTRL_ATTR_FAMILY_NAME = 2
ALGATE_CMD_FLOW_GET = 8
NLM_F_REQUEST = 1
NLM_F_DUMP = 0x300
NLMSG_ERROR = 2
NLMSG_DONE = 3


def request(family, flags, command, attributes=b""):
    body = struct.pack("=BBH", command, 1, 0) + attributes
    return struct.pack("=IHHII", 16 + len(body), family,
                       NLM_F_REQUEST | flags, 1, 0) + body


def family(s, name):
    name += b"\0"
    attribute = struct.pack("=HH", 4 + len(name), CTRL_ATTR_FAMILY_NAME) + name
    s.send(request(GENL_ID_CTRL, 0, CTRL_CMD_GETFAMILY,
                   attribute + b"\0" * (-len(attribute) % 4)))
    reply = s.recv(65536)
    at = 20
    while at < len(reply):
        length, kind = struct.unpack_from("=HH", reply, at)
        if kind == CTRL_ATTR_FAMILY_ID:
            return struct.unpack_from("=H", reply, at + 4)[0]
        at += (length + 3) & ~3
    sys.exit("held.py: the module is not loaded")


def chunks_netlink():
    s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC)
    s.send(request(family(s, b"algate"), NLM_F_DUMP, ALGATE_CMD_FLOW_GET))

    def receive():
        kind = struct.unpack_from("=H", s.recv(65536), 4)[0]
        if kind == NLMSG_ERROR:
            sys.exit("held.py: there is no listing")
        return kind != NLMSG_DONE
    return receive


def chunks_file(name):
    file = os.open(name, os.O_RDONLY)
    return lambda: os.read(file, 65536)


receive = (chunks_netlink() if sys.argv[1] == "netlink"
           else chunks_file(sys.argv[1]))
longest = 0
more = True
while more:
    start = time.monotonic_ns()
    more = receive()
    longest = max(longest, time.monotonic_ns() - start)
print(longest)
