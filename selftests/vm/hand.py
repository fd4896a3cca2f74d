# SPDX-License-Identifier: GPL-2.0
"""TCP connections for which a test builds the segments of one end itself."""

import socket
import struct

import pair as peers
from pair import enter

TCP_REPAIR, TCP_REPAIR_QUEUE, TCP_QUEUE_SEQ = 19, 20, 21
REPAIR_ON, REPAIR_OFF = 1, -1       # -1: off, without a window probe
RECV_QUEUE, SEND_QUEUE = 1, 2
FIN, SYN, RST, PSH, ACK, URG = 1, 2, 4, 8, 16, 32


def checksum(data):
    data += b'\0' * (len(data) % 2)
    total = sum(struct.unpack(f'!{len(data) // 2}H', data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


class Raw:
    """Sends raw TCP segments in the name of one end of an IPv4 connection."""

    def __init__(self, ns, end, ttl=64):
        enter(ns)
        self.end = end
        self.ends = end.getsockname(), end.getpeername()
        self.raw = socket.socket(socket.AF_INET, socket.SOCK_RAW,
                                 socket.IPPROTO_TCP)
        self.raw.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)
        self.raw.connect((self.ends[1][0], 0))
        self.base = self.number(SEND_QUEUE)

    def close(self):
        self.raw.close()

    def number(self, queue):
        """Returns the next sequence number to send, or to receive."""
        opt = self.end.setsockopt
        opt(socket.IPPROTO_TCP, TCP_REPAIR, REPAIR_ON)
        opt(socket.IPPROTO_TCP, TCP_REPAIR_QUEUE, queue)
        value = self.end.getsockopt(socket.IPPROTO_TCP, TCP_QUEUE_SEQ)
        opt(socket.IPPROTO_TCP, TCP_REPAIR, REPAIR_OFF)
        return value & 0xffffffff

    def packet(self, at, data, flags=ACK | PSH, urgent=0, ack=None):
        """Sends a segment with DATA, with the sequence number base + AT."""
        (src, sport), (dst, dport) = self.ends
        seq = (self.base + at) & 0xffffffff
        head = struct.pack('!HHIIBBHHH', sport, dport, seq,
                           ack or self.number(RECV_QUEUE),
                           5 << 4, flags, 502, 0, urgent)
        pseudo = socket.inet_aton(src) + socket.inet_aton(dst)
        pseudo += struct.pack('!BBH', 0, socket.IPPROTO_TCP,
                              len(head) + len(data))
        check = checksum(pseudo + head + data)
        self.raw.send(head[:16] + struct.pack('!H', check) + head[18:] + data)


class Hand(peers.Pair):
    """An IPv4 connection for which the test builds the client's segments.

    queue() uses TCP_REPAIR to make the client's kernel believe that it has sent
    a text: the kernel waits for the acknowledgment, and would retransmit the
    text after a timeout. segment() sends any part of the text, with the right
    sequence number.
    """

    def __init__(self, cns, sns, server_addr, connect_addr):
        super().__init__(cns, sns, server_addr, connect_addr)
        self.hand = Raw(cns, self.c)
        self.base = self.hand.base
        self.number = self.hand.number
        self.packet = self.hand.packet
        self.sent = b''

    def __exit__(self, *args):
        self.hand.close()
        super().__exit__(*args)

    def queue(self, text):
        """Queues TEXT. Returns its offset in all queued texts."""
        at = len(self.sent)
        self.c.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, REPAIR_ON)
        self.c.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR_QUEUE, SEND_QUEUE)
        self.c.send(text.encode())
        self.c.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, REPAIR_OFF)
        self.sent += text.encode()
        return at

    def segment(self, start, end):
        self.packet(start, self.sent[start:end])
