#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Questions to all hosts of a network, from a host that filters its input.

broadcast.py open|closed HOST-NS STRANGER-NS NEIGHBOUR-NS...

The host asks, and all neighbours answer from their own addresses. "closed": no
answer arrives. "open": all answers arrive, but nothing from the stranger, who
is behind another device of the host. See broadcast.sh for the network.
"""

import re
import socket
import subprocess
import sys
import time

from pair import enter, verdict

mode, hns, sns = sys.argv[1:4]
neighbours = sys.argv[4:]
HOST = '10.0.1.10'
bad = 0


def expect(name, good, why=''):
    global bad
    bad += not verdict(name, good, '' if good else str(why))


def lost():
    """Returns the number of packets that the host's filter has dropped."""
    enter(hns)
    out = subprocess.run(['nft', 'list', 'counters'], check=True, text=True,
                         stdout=subprocess.PIPE).stdout
    return int(re.search(r'packets (\d+)', out)[1])


def loses(before, number):
    end = time.monotonic() + 60
    while lost() < before + number and time.monotonic() < end:
        time.sleep(0.01)
    return lost() == before + number


def udp(ns, six, port=0, address=''):
    enter(ns)
    s = socket.socket(socket.AF_INET6 if six else socket.AF_INET,
                      socket.SOCK_DGRAM)
    s.settimeout(20)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((address, port))
    return s


def answerer(ns, group, port):
    """Returns a socket that receives what is sent to GROUP."""
    six = ':' in group
    s = udp(ns, six, port)
    if six:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP,
                     socket.inet_pton(socket.AF_INET6, group) +
                     socket.if_nametoindex('eth0').to_bytes(4, sys.byteorder))
    elif group.startswith('2') and not group.startswith('255'):
        s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                     socket.inet_aton(group) + socket.inet_aton('0.0.0.0'))
    return s


def asker(group, sport):
    six = ':' in group
    s = udp(hns, six, sport, '' if six else HOST)
    if six:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF,
                     socket.if_nametoindex('eth0'))
    else:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
                     socket.inet_aton(HOST))
    return s


def exchange(name, group, port, question, answer, sport=0):
    ends = [answerer(ns, group, port) for ns in neighbours]
    s = asker(group, sport)
    s.sendto(question, (group, port))
    before = lost()
    for end in ends:
        data, source = end.recvfrom(9000)
        expect(f'{name}: the question arrives', data == question, data)
        end.sendto(answer, source)
    if mode == 'closed':
        expect(f'{name}: the answers are lost', loses(before, len(ends)))
    else:
        got = [s.recvfrom(9000) for end in ends]
        expect(f'{name}: the answers arrive from all neighbours',
               [g[0] for g in got] == [answer] * len(ends) and
               len({g[1][0] for g in got}) == len(ends), got)
        if ':' not in group:
            udp(sns, False).sendto(answer, (HOST, s.getsockname()[1]))
            expect(f'{name}: nothing from another device', loses(before, 1))
    for end in [s] + ends:
        end.close()


def first_answer():
    """The host accepts answers a moment after its first inspected flow."""
    end, s = answerer(neighbours[0], '10.0.1.255', 177), asker('10.0.1.255', 0)
    s.settimeout(0.5)
    for _ in range(100):
        s.sendto(WHO, ('10.0.1.255', 177))
        end.sendto(WILLING, end.recvfrom(100)[1])
        try:
            s.recv(100)
            return True
        except socket.timeout:
            pass
    return False


NAME = b'\x20' + b'ECEPFICACACACACACACACACACACACAAA' + b'\0'
ASKS = b'\0\7\1\x10\0\1\0\0\0\0\0\0' + NAME + b'\0\x20\0\1'
OWNS = b'\0\7\x85\0\0\0\0\1\0\0\0\0' + NAME + \
    b'\0\x20\0\1\0\0\0\x3c\0\6\0\0\x0a\0\1\x0b'
WHO = b'\0\1\0\1\0\1\0'
WILLING = b'\0\1\0\5\0\x08\0\0\0\1h\0\1i'
BOX = b'\3box\5local\0\0\1'
DNS = b'\0\0\0\0\0\1\0\0\0\0\0\0' + BOX
DNS_ANSWER = b'\0\0\x84\0\0\0\0\1\0\0\0\0' + BOX + \
    b'\x80\1\0\0\0\x78\0\4\x0a\0\1\x0b'

GET = b'0)\2\1\1\4\6public\xa0\x1c\2\4\1\2\3\4\2\1\0\2\1\0' \
    b'0\x0e0\x0c\6\x08+\6\1\2\1\1\3\0\5\0'

if mode == 'open':
    expect('a first question is answered', first_answer())
exchange('names', '10.0.1.255', 137, ASKS, OWNS)
exchange('names, port 137', '255.255.255.255', 137, ASKS, OWNS, 137)
exchange('displays', '10.0.1.255', 177, WHO, WILLING)
exchange('mDNS', '224.0.0.251', 5353, DNS + b'\0\1', DNS_ANSWER)
exchange('mDNS, port 5353', '224.0.0.251', 5353, DNS + b'\x80\1', DNS_ANSWER,
         5353)
exchange('mDNS, IPv6', 'ff02::fb', 5353, DNS + b'\0\1', DNS_ANSWER)
exchange('SLP', '239.255.255.253', 427,
         b'\2\1\0\0\x1d\x20\0\0\0\0\0\7\0\2en\0\0\0\3a:b\0\0\0\0\0\0',
         b'\2\2\0\0\x12\0\0\0\0\0\0\7\0\2en\0\0')
exchange('DHCPv6', 'ff02::1:2', 547, b'\1abc\0\1\0\4abcd\0\x08\0\2\0\0',
         b'\7abc\0\1\0\4abcd', 546)
exchange('agents', '10.0.1.255', 161, GET, GET.replace(b'\xa0', b'\xa2'))
sys.exit(bad != 0)
