#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""seeds.py DIR - makes first inputs for the fuzzers from files of other tests

DIR/compiler gets the plug-ins and the rule texts of selftests/golden.
DIR/plugins gets the conversations and messages in captures of selftests/golden.
"""
import glob
import os
import re
import struct
import sys

from scapy.all import IP, IPv6, TCP, UDP, rdpcap

TURNS = 64


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as out:
        out.write(data)


def texts(out):
    rules = {}
    for path in glob.glob("plugins/*.alg"):
        with open(path, "rb") as file:
            rules[os.path.basename(path)] = file.read()
    for path in glob.glob("selftests/golden/*.txt"):
        with open(path, "rb") as file:
            cases = re.split(rb"^=== .*\n", file.read(), flags=re.M)[1:]
        for number, case in enumerate(cases):
            text = re.split(rb"^---.*\n", case, flags=re.M)[0]
            rules[f"{os.path.basename(path)}-{number}"] = text
    for name, text in rules.items():
        write(f"{out}/{name}", text[:4096])


def end(address, port):
    return address.ljust(16, b"\0") + struct.pack("<H", port)


def conversation(name, proto, six, ends, turns, short=False):
    """short: longer messages than 512 bytes are too long for the framing."""
    flags = (proto is UDP) | six << 1 | 4 | 8 | short << 4
    data = name.encode().ljust(8, b"\0")[:8]
    data += struct.pack("<BBIH", flags, 0, 1, 1001) + ends
    for who, text in turns[:TURNS]:
        data += struct.pack("<BH", who, len(text)) + text
    return data[:8192]


def flows(path):
    """Returns a capture's flows: {(proto, client, server): turns}."""
    found, seen = {}, set()
    for packet in rdpcap(path):
        ip = packet.getlayer(IP) or packet.getlayer(IPv6)
        proto = TCP if ip and TCP in ip else UDP
        if not ip or proto not in ip:
            continue
        l4 = ip[proto]
        text = bytes(l4.payload)[:l4.len - 8] if proto is UDP else \
            bytes(l4.payload)
        src, dst = ((ip.src, l4.sport), (ip.dst, l4.dport))
        key = (proto, src, dst) if (proto, dst, src) not in found else \
            (proto, dst, src)
        turns = found.setdefault(key, [])
        who = int(key[1] != src)
        if not text or (proto is TCP and (key, who, l4.seq) in seen):
            continue
        seen.add((key, who, getattr(l4, "seq", 0)))
        if proto is TCP and turns and turns[-1][0] == who:
            turns[-1] = (who, turns[-1][1] + text)
        else:
            turns.append((who, text))
    return found


def captures(out):
    for path in glob.glob("selftests/golden/try/*.pcap") + \
            glob.glob("selftests/golden/closed/*.pcap"):
        name = os.path.basename(path)
        plugin = re.split(r"[_.]", name)[0]
        for number, (key, turns) in enumerate(flows(path).items()):
            proto, client, server = key
            six = ":" in client[0]
            raw = IPv6 if six else IP
            data = bytes(raw(src=client[0], dst=server[0]))
            src, dst = (data[8:24], data[24:40]) if six else \
                (data[12:16], data[16:20])
            ends = end(src, client[1]) + end(dst, server[1])
            for short in False, True:
                write(f"{out}/{name}-{number}-{int(short)}", conversation(
                    plugin, proto, six, ends, turns, short))


def messages(out):
    ends = end(bytes([10, 0, 1, 10]), 5060) + end(bytes([192, 0, 2, 2]), 5060)
    for path in glob.glob("selftests/golden/sip/*.txt"):
        with open(path, "rb") as file:
            text = file.read()
        for proto in TCP, UDP:
            write(f"{out}/{os.path.basename(path)}-{proto.__name__}",
                  conversation("sip", proto, 0, ends, [(0, text)]))


def written(out):
    """Writes conversations with many pending rewrites, which no capture has."""
    ends = end(bytes([10, 0, 1, 10]), 40000) + end(bytes([192, 0, 2, 2]), 21)
    active = b"".join(b"PORT 10,0,1,10,%d,%d\r\nRETR file\r\n"
                      b"EPRT |1|10.0.1.10|%d|\r\n" % (150 + n, n, 40000 + n)
                      for n in range(20))
    passive = [(0, b"PASV\r\n"),
               (1, b"227 Entering (192,0,2,2,190,%d)\r\n"),
               (0, b"EPSV\r\n"), (1, b"229 Entering (|||%d|)\r\n")]
    turns = [(who, text % n if b"%d" in text else text)
             for n in range(7, 15) for who, text in passive]
    write(f"{out}/active", conversation("ftp", TCP, 0, ends, [(0, active)]))
    write(f"{out}/both", conversation("ftp", TCP, 0, ends,
                                      turns + [(0, active)]))
    chat = b"".join(b"PRIVMSG anna :\1DCC SEND f 167772426 %d 1\1\r\n" %
                    (5000 + n) for n in range(20))
    write(f"{out}/chat", conversation("irc", TCP, 0, ends, [(0, chat)]))


texts(f"{sys.argv[1]}/compiler")
written(f"{sys.argv[1]}/plugins")
captures(f"{sys.argv[1]}/plugins")
messages(f"{sys.argv[1]}/plugins")
