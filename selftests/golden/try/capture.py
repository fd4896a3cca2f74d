#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""capture.py DIR - writes captures for the tests of `algctl plugin try`

tcp.pcap   Ethernet, IPv4: a client that announces endpoints, and its server
udp.pcap   Linux cooked v2, IPv6: datagrams
expect.pcap  raw IP, IPv4: endpoints that are confirmed, used and withdrawn
answer.pcap  raw IP, IPv4: endpoints, and answers to nothing
other.pcap  raw IP, IPv4: flows that another plug-in inspects
raw.pcap   raw IP, IPv4: the first segment of a flow is missing
bad.pcap   ends inside of a packet
"""
import socket
import struct
import sys

EN10MB, RAW, SLL2 = 1, 101, 276
FIN, SYN, PSH, ACK = 1, 2, 8, 16


class Capture:
    """A pcap file; a packet comes every 100 ms."""

    def __init__(self, link):
        self.link = link
        self.data = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link)
        self.ms = 0

    def frame(self, ip, vlan=None, cut=0):
        version = ip[0] >> 4
        kind = struct.pack(">H", 0x0800 if version == 4 else 0x86DD)
        if self.link == EN10MB:
            tag = b"" if vlan is None else struct.pack(">HH", 0x8100, vlan)
            ip = b"\2\0\0\0\0\1\2\0\0\0\0\2" + tag + kind + ip
            ip = ip.ljust(60, b"\0")
        elif self.link == SLL2:
            ip = kind + bytes(18) + ip
        self.raw(ip, cut)

    def raw(self, frame, cut=0):
        head = struct.pack("<IIII", self.ms // 1000, self.ms % 1000 * 1000,
                           len(frame) - cut, len(frame))
        self.data += head + frame[:len(frame) - cut]
        self.ms += 100

    def write(self, path, cut=0):
        with open(path, "wb") as f:
            f.write(self.data[:len(self.data) - cut])


def ip4(src, dst, proto, payload, fragment=0):
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 1,
                       fragment, 64, proto, 0, socket.inet_aton(src),
                       socket.inet_aton(dst))
    return head + payload


def ip6(src, dst, proto, payload, hop_by_hop=False):
    if hop_by_hop:
        payload = bytes([proto, 0, 1, 4, 0, 0, 0, 0]) + payload
        proto = 0
    head = struct.pack(">IHBB16s16s", 6 << 28, len(payload), proto, 64,
                       socket.inet_pton(socket.AF_INET6, src),
                       socket.inet_pton(socket.AF_INET6, dst))
    return head + payload


def tcp(sport, dport, seq, ack, flags, data=b""):
    return struct.pack(">HHIIBBHHH", sport, dport, seq, ack, 0x50, flags,
                       65535, 0, 0) + data


def udp(sport, dport, data):
    return struct.pack(">HHHH", sport, dport, 8 + len(data), 0) + data


class Side:
    def __init__(self, addr, port, isn):
        self.addr, self.port, self.seq = addr, port, isn


class Talk:
    """A TCP connection inside a capture."""

    def __init__(self, capture, client, server, handshake=True, vlan=None):
        self.capture, self.vlan = capture, vlan
        self.client, self.server = client, server
        if handshake:
            self.send(client, server, b"", SYN)
            self.send(server, client, b"", SYN | ACK)
            self.send(client, server, b"", ACK)

    def send(self, a, b, data, flags=ACK | PSH, advance=True, cut=0):
        ack = b.seq if flags & ACK else 0
        segment = tcp(a.port, b.port, a.seq, ack, flags, data)
        self.capture.frame(ip4(a.addr, b.addr, 6, segment), self.vlan, cut)
        if advance:
            a.seq += len(data) + (1 if flags & (SYN | FIN) else 0)
            a.seq &= 0xFFFFFFFF

    def says(self, text, **kw):
        self.send(self.client, self.server, text.encode(), **kw)

    def answers(self, text, **kw):
        self.send(self.server, self.client, text.encode(), **kw)


def tcp_capture():
    c = Capture(EN10MB)
    client = Side("10.0.1.2", 50000, 0xFFFFFFF0)    # sequence numbers wrap
    server = Side("198.51.100.7", 21, 7000)
    c.raw(b"\xff" * 12 + b"\x08\x06" + bytes(46))   # ARP
    t = Talk(c, client, server, vlan=5)
    t.answers("220 ready\r\n")
    # one command in one segment
    t.says("PORT 10,0,1,2,156,65\r\n")
    t.answers("200 ok\r\n")
    # the expected flow
    Talk(c, Side("198.51.100.7", 20, 1), Side("10.0.1.2", 40001, 1))
    # a command cut twice, inside of a number and before its last byte
    t.says("EPRT |1|10.0.1.2|40")
    t.says("002|\r")
    t.says("\n")
    # an unneeded retransmission
    client.seq -= 1
    t.says("\n")
    # two commands in a segment, the second with another host's address
    t.says("PORT 10,0,1,2,4,0\r\nPORT 10,0,1,9,4,0\r\n")
    # a port below 1024
    t.says("PORT 10,0,1,2,3,255\r\n")
    t.answers("227 Entering Passive Mode (198,51,100,7,200,1)\r\n")
    # unreadable: a fragment, and a truncated packet
    c.frame(ip4("10.0.1.2", "198.51.100.7", 6, b"PORT 10,0,1,2,9,9\r\n",
                fragment=0x2000))
    t.says("NOOP\r\n", advance=False, cut=20)
    t.says("NOOP\r\n")
    t.says("QUIT\r\n")
    t.says("PORT 10,0,1,2,156,66\r\n")
    return c


def udp_capture():
    c = Capture(SLL2)
    client, server = "2001:db8:1::2", "2001:db8:2::9"
    c.frame(ip6(client, server, 17, udp(5000, 4000,
            b"A\0 [2001:db8:1::2]:6000\x80")))
    # even ports only
    c.frame(ip6(client, server, 17, udp(5000, 4000,
            b"A\0 [2001:db8:1::2]:0000\x80"), hop_by_hop=True))
    c.frame(ip6(server, client, 17, udp(4000, 5000,
            b"A\0 [2001:db8:2::9]:7000\x80")))
    # the second of the two expected ports
    c.frame(ip6(server, client, 17, udp(7777, 6001, b"media")))
    return c


def expect_capture():
    c = Capture(RAW)

    def says(src, sport, dst, dport, text):
        c.frame(ip4(src, dst, 17, udp(sport, dport, text.encode())))

    inside, server, other = "10.0.1.2", "198.51.100.7", "203.0.113.9"

    def listen(port, key):
        says(inside, 5000, server, 4000, f"LISTEN {port} {key}")

    def answer(text):
        says(server, 4000, inside, 5000, text)

    listen(6000, 7)
    says(other, 9000, inside, 6000, "CALL before the answer")
    answer("OK 7")
    # the plug-in inspects the expected flow, whose client is outside
    says(other, 9001, inside, 6000, "CALL 10.0.1.2:6000")
    says(inside, 6000, other, 9001, "AT 10.0.1.2:6000")
    # withdrawn
    listen(6001, 8)
    answer("OK 8")
    answer("END 8")
    says(other, 9002, inside, 6001, "CALL after the end")
    # a rule's condition does not hold
    says(inside, 5000, server, 4000, "BYE")
    # only one expectation of the class
    listen(6002, 9)
    answer("OK 9")
    listen(6003, 10)
    answer("OK 10")
    says(other, 9003, inside, 6002, "CALL of a replaced one")
    # expired
    c.ms += 61000
    says(other, 9004, inside, 6003, "CALL after a minute")
    return c


def other_capture():
    c = Capture(RAW)
    inside, server = "10.0.1.2", "198.51.100.7"

    def client(sport, dport, text):
        c.frame(ip4(inside, server, 17, udp(sport, dport, text.encode())))

    def answer(sport, dport, text):
        c.frame(ip4(server, inside, 17, udp(sport, dport, text.encode())))

    # the server is the client of the expected flow
    client(5000, 4000, "CALL 6000 2")
    answer(9000, 6000, "KIND")
    answer(9000, 6000, "DATA 9100")
    client(6000, 9000, "DATA 6100")
    answer(9001, 6100, "data")
    # a number that the other plug-in does not take
    client(5000, 4000, "CALL 6001 4")
    answer(9002, 6001, "KIND")
    # no such plug-in, or one without that service
    client(5000, 4000, "NONE 6002")
    answer(9003, 6002, "KIND")
    client(5000, 4000, "TCP 6003")
    c.frame(ip4(server, inside, 6, tcp(9004, 6003, 1, 0, SYN)))
    # four plug-ins expect for each other; the fifth does not inspect
    client(5000, 4000, "BACK 6004")
    answer(9005, 6004, "KIND")
    client(6004, 9005, "BACK 6005")
    answer(9006, 6005, "data")
    client(6005, 9006, "BACK 6006")
    answer(9007, 6006, "KIND")
    client(6006, 9007, "BACK 6007")
    answer(9008, 6007, "CALL 6008 2")
    return c


def answer_capture():
    c = Capture(RAW)

    def says(src, sport, dst, dport, text):
        c.frame(ip4(src, dst, 17, udp(sport, dport, text.encode())))

    inside, server, other = "10.0.1.2", "198.51.100.7", "203.0.113.9"

    def client(text):
        says(inside, 5000, server, 4000, text)

    def answer(text):
        says(server, 4000, inside, 5000, text)

    def use(port):
        says(other, 9000, inside, port, "data")

    # nothing is open
    client("hello")
    answer("OK 7 600")
    # the end that opens, another key, no key
    client("LISTEN 6000 7")
    client("OK 7 600")
    answer("OK 8 600")
    answer("STAY 600")
    use(6000)
    answer("OK 7 600")
    use(6000)
    # an opening without a key is not that of key 0
    client("PLAIN 6001")
    answer("OK 0 600")
    answer("END 0")
    use(6001)
    # after the timeout, when the opening has ended
    client("LISTEN 6002 9")
    c.ms += 31000
    answer("OK 9 600")
    use(6002)
    # after the end of a lifetime
    client("LISTEN 6003 10")
    answer("OK 10 2")
    c.ms += 5000
    answer("OK 10 600")
    use(6003)
    # the same answer again gives no more time
    client("LISTEN 6004 11")
    answer("OK 11 20")
    c.ms += 15000
    answer("OK 11 20")
    use(6004)
    c.ms += 10000
    use(6004)
    # a new opening waits for a new answer
    client("LISTEN 6004 11")
    answer("OK 11 20")
    use(6004)
    # an opening with a key extends its flow; an inactive one does not, nor does
    # one without a key
    client("OPEN 6005 12")
    client("WAIT 6006 13")
    client("MORE 6007")
    return c


def raw_capture():
    c = Capture(RAW)
    t = Talk(c, Side("10.0.1.2", 50001, 100), Side("198.51.100.7", 21, 900),
             handshake=False)
    t.says("PORT 10,0,1,2,156,65\r\n")
    return c


def main():
    out = sys.argv[1]
    tcp_capture().write(out + "/tcp.pcap")
    udp_capture().write(out + "/udp.pcap")
    expect_capture().write(out + "/expect.pcap")
    answer_capture().write(out + "/answer.pcap")
    other_capture().write(out + "/other.pcap")
    raw_capture().write(out + "/raw.pcap")
    raw_capture().write(out + "/bad.pcap", cut=10)


main()
