#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A client repeats a request, and starts new transfers, from the same port.

tftp_retry.py CLIENT-NS SERVER-NS SERVER-ADDR CONNECT-ADDR
"""

import socket
import sys

from pair import enter, verdict

cns, sns, server, connect = sys.argv[1:5]
RRQ = b'\0\1file\0octet\0'
bad = 0


def udp(ns):
    enter(ns)
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(5)
    return s


def answered(listener, client, requests):
    """The server gets all requests and answers the last from a new port."""
    for _ in range(requests):
        client.sendto(RRQ, (connect, 69))
    for _ in range(requests):
        data, peer = listener.recvfrom(600)
        if data != RRQ:
            return False, f'request is {data!r}'
    transfer = udp(sns)
    transfer.sendto(b'\0\3\0\1hello', peer)
    try:
        data, source = client.recvfrom(600)
        client.sendto(b'\0\4\0\1', source)
        ack, _ = transfer.recvfrom(600)
    except socket.timeout:
        return False, 'no answer came through'
    return (data[4:] == b'hello' and ack == b'\0\4\0\1' and
            source[0] == connect, f'{data!r} from {source}, {ack!r}')


listener = udp(sns)
listener.bind((server, 69))
client = udp(cns)
for name, requests in (('one request', 1), ('three requests', 3),
                       ('a transfer after the other', 1),
                       ('and again, repeated', 2)):
    good, why = answered(listener, client, requests)
    bad += not verdict(name, good, '' if good else why)
sys.exit(bad != 0)
