#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""beginnings.py DIR - writes captures with different beginnings of flows

For each plug-in that opens ports: DIR/PLUGIN-own*.pcap are flows of the
plug-in's own protocol, which must open. Most other flows begin with bytes that
a web page, or its author's server, can choose, and continue with the bytes of
PLUGIN-own.pcap. The rest are attacks. These flows must not open anything.
"""
import struct
import sys

import calls
import msrpc

RAW = 101
CLIENT, SERVER = bytes([10, 0, 1, 10]), bytes([192, 0, 2, 2])
SYN, PSH, ACK = 2, 8, 16
MSS = 1400
TCP, UDP = 6, 17
C, S = True, False


def ip(proto, forth, payload):
    src, dst = (CLIENT, SERVER) if forth else (SERVER, CLIENT)
    return struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 0, 0, 64, proto,
                       0) + src + dst + payload


def datagrams(port, turns, sport):
    for forth, data in turns:
        ports = (sport, port) if forth else (port, sport)
        yield ip(UDP, forth, struct.pack(">HHHH", *ports, 8 + len(data), 0) +
                 data)


def segments(port, turns, sport):
    seq = {C: 1000, S: 5000}

    def segment(forth, flags, data=b""):
        ports = (sport, port) if forth else (port, sport)
        head = struct.pack(">HHIIBBHHH", *ports, seq[forth],
                           0 if flags == SYN else seq[not forth], 0x50, flags,
                           65535, 0, 0)
        seq[forth] += len(data) + bool(flags & SYN)
        return ip(TCP, forth, head + data)

    yield segment(C, SYN)
    yield segment(S, SYN | ACK)
    yield segment(C, ACK)
    for forth, data in turns:
        for at in range(0, len(data), MSS):
            yield segment(forth, PSH | ACK, data[at:at + MSS])


def write(name, proto, port, turns, sport=None):
    make = segments if proto == TCP else datagrams
    with open(f"{sys.argv[1]}/{name}.pcap", "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, RAW))
        sport = sport or SPORT.get(name.split("-own")[0], 41000)
        for number, packet in enumerate(make(port, turns, sport)):
            out.write(struct.pack("<IIII", 1000 + number, 0, len(packet),
                                  len(packet)) + packet)


# Messages of the protocols: the beginning of a flow, and messages that open.

def sip(proto):
    body = (b"v=0\r\no=- 1 1 IN IP4 10.0.1.10\r\ns=-\r\nc=IN IP4 10.0.1.10\r\n"
            b"t=0 0\r\nm=audio 30000 RTP/AVP 0\r\n")
    return [(C, b"INVITE sip:b@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/" + proto +
             b" 10.0.1.10:41000;branch=z9hG4bK1\r\nCall-ID: c\r\n"
             b"CSeq: 1 INVITE\r\nContent-Type: application/sdp\r\n"
             b"Content-Length: %d\r\n\r\n" % len(body) + body)]


def pptp(kind, length, rest=b""):
    head = struct.pack(">HHIHH", length, 1, 0x1A2B3C4D, kind, 0) + rest
    return head + bytes(length - len(head))


def mark(proto, record):
    return struct.pack(">I", len(record) | 1 << 31) + record \
        if proto == TCP else record


def sunrpc(proto):
    return [(C, mark(proto, struct.pack(">14I", 7, 0, 2, 100000, 2, 3, 0, 0, 0,
                                        0, 100005, 3, 6, 0))),
            (S, mark(proto, struct.pack(">7I", 7, 1, 0, 0, 0, 0, 40001)))]


FTP = [(S, b"220 ready\r\n"), (C, b"USER a\r\n"), (S, b"331 password\r\n")]
FTP_OPENS = [(C, b"PORT 10,0,1,10,156,64\r\n"), (C, b"EPRT |1|10.0.1.10|40001|"
                                                   b"\r\n")]
IRC = [(C, b"NICK a\r\nUSER a 0 * :a\r\n"), (S, b":irc 001 a :hello\r\n")]
IRC_OPENS = [(C, b"PRIVMSG b :\1DCC SEND f 167772426 40000 9\1\r\n")]
RTSP = [(C, b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n"),
        (S, b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n")]
RTSP_OPENS = [(C, b"SETUP rtsp://192.0.2.2/a RTSP/1.0\r\nCSeq: 2\r\nTransport: "
                  b"RTP/AVP;unicast;client_port=40000-40001\r\n\r\n"),
              (S, b"RTSP/1.0 200 OK\r\nCSeq: 2\r\nTransport: RTP/AVP;unicast;"
                  b"client_port=40000-40001;server_port=9000-9001\r\n\r\n")]
PPTP = [(C, pptp(1, 156, b"\1\0")), (S, pptp(2, 156, b"\1\0\1"))]
PPTP_OPENS = [(C, pptp(7, 168, b"\x10\x92")),
              (S, pptp(8, 32, b"\x20\x20\x10\x92\1"))]
SANE = [(C, bytes.fromhex("0000000001000003 00000000")),
        (S, bytes.fromhex("0000000001000003"))]
SANE_OPENS = [(C, bytes.fromhex("0000000700000000")),
              (S, bytes.fromhex("0000000000009c41 0000123400000000"))]
AMANDA = [(C, b"Amanda 2.6 REQ HANDLE 000-0 SEQ 1\nSECURITY USER amanda\n"
              b"SERVICE sendbackup\n")]
AMANDA_OPENS = [(S, b"Amanda 2.6 REP HANDLE 000-0 SEQ 1\n"
                    b"CONNECT DATA 5000 MESG 5001 INDEX 5002\n")]
NAME = b" " + b"CACA" * 8 + b"\0"
NETBIOS_NS = [(C, b"\0\7\1\x10\0\1\0\0\0\0\0\0" + NAME + b"\0 \0\1")]
NETBIOS_DGM = [(C, b"\x11\2\0\7" + CLIENT + b"\0\x8a\0\x45\0\0" + NAME + NAME)]


def xdmcp(kind, body):
    return struct.pack(">HHH", 1, kind, len(body)) + body


ACCEPT = xdmcp(8, b"\0\0\0\5" + bytes(8))
XDMCP = [(C, xdmcp(7, bytes(12)))]
XDMCP_OPENS = [(S, ACCEPT)]


def talk(kind, address, port=40000):
    """A request, whose answer goes to another host's address."""
    return struct.pack(">BBHIHH4s8xHH4s8x", 1, kind, 0, 3, 2, port, address, 2,
                       41000, bytes([10, 0, 1, 98])) + bytes(44)


TALK = [(C, talk(1, CLIENT))]
TALK_OPENS = [(S, struct.pack(">BBHIHH4s8x", 1, 1, 0, 0, 2, 40001, SERVER))]
MDNS = [(C, b"\0\0\0\0\0\1\0\0\0\0\0\0\5local\0\0\1\0\1")]
SLP = [(C, b"\2\1\0\0\x1d\x20\0\0\0\0\0\7\0\2en\0\0\0\3a:b\0\0\0\0\0\0")]
SEARCH = (C, b'M-SEARCH * HTTP/1.1\r\nHOST: 192.0.2.2:1900\r\nMAN: '
             b'"ssdp:discover"\r\nST: ssdp:all\r\n\r\n')


def located(url):
    return b"HTTP/1.1 200 OK\r\nST: a\r\nLOCATION: http://" + url + b"\r\n\r\n"


def subscribe(url, more=b""):
    return (b"SUBSCRIBE /e HTTP/1.1\r\nHOST: 192.0.2.2\r\nCALLBACK: <http://" +
            url + b">\r\n" + more + b"\r\n")


GET = (C, b"GET /d.xml HTTP/1.1\r\nHost: 192.0.2.2\r\n\r\n")


def skinny(kind, *words):
    """A word is a number or 4 bytes."""
    return struct.pack("<III", 4 + 4 * len(words), 0, kind) + b"".join(
        w if isinstance(w, bytes) else struct.pack("<I", w) for w in words)


def skinny_acks(address, port):
    return (C, skinny(0x22, 0, address, port, 5))


SKINNY = [(C, skinny(1, 0, 0, 0, 0, 0, 1, bytes([10, 0, 1, 98]), 7, 0))]
SKINNY_ASKS = (S, skinny(0x105, 9, 5, 20, 4))
MGCP = [(S, b"CRCX 7 aaln/1@gateway MGCP 1.0\r\nC: 1\r\n")]


def mgcp_answers(address, port):
    return (C, b"200 7 OK\r\nI: 1\r\n\r\nv=0\r\nc=IN IP4 " + address +
            b"\r\nm=audio " + port + b" RTP/AVP 0\r\n")


def tns(kind, body):
    return struct.pack(">HHBBH", 8 + len(body), 0, kind, 0, 0) + body


def redirect(address, port):
    text = (b"(ADDRESS=(PROTOCOL=tcp)(HOST=" + address + b")(PORT=" + port +
            b"))")
    return (S, tns(5, struct.pack(">H", len(text)) + text))


SOCKS = [(C, b"\5\1\0"), (S, b"\5\0"), (C, b"\5\3\0\1\0\0\0\0\0\0")]


def socks(address, port):
    return (S, b"\5\0\0\1" + address + struct.pack(">H", port))


def nfs4(address):
    words = (7, 0, 2, 100003, 4, 1, 0, 0, 0, 0, 0, 0, 1, 35, 1, 2, 0, 0x40000000,
             3)
    record = struct.pack(">19I", *words) + b"tcp\0" + struct.pack(
        ">I", len(address)) + address + bytes(-len(address) % 4) + b"\0\0\0\1"
    return (C, mark(TCP, record))


HASH = b"%00" * 10 + b"h" * 10


def announces(rest=b"port=40000", head=b"", path=b"/announce"):
    """A request to a tracker, by HTTP"""
    return (C, b"GET " + path + b"?info_hash=" + HASH + b"&peer_id=" +
            b"p" * 20 + b"&" + rest + b" HTTP/1.1\r\nHost: 192.0.2.2:6969\r\n" +
            head + b"\r\n")


def tracks(body=b"d8:intervali1800e5:peers0:e", status=b"200 OK"):
    return (S, b"HTTP/1.1 " + status + b"\r\nContent-Length: %d\r\n\r\n" %
            len(body) + body)


CONNECT = (C, b"\0\0\4\x17\x27\x10\x19\x80\0\0\0\0\0\0\0\7")
CONNECTED = (S, b"\0\0\0\0\0\0\0\7identify")


def announces_udp(port=40000, address=bytes(4), identifier=b"identify"):
    return (C, identifier + b"\0\0\0\1\0\0\0\x08" + b"h" * 20 + b"p" * 20 +
            bytes(24) + b"\0\0\0\2" + address + bytes(8) +
            struct.pack(">H", port))


TRACKS_UDP = (S, struct.pack(">5I", 1, 8, 1800, 0, 1))


def ber(tag, *contents):
    data = b"".join(contents)
    return struct.pack(">BBH", tag, 0x82, len(data)) + data


def snmp(counters):
    """A response with counters, and the agent's address behind them"""
    name = b"\6\x0a\x2b\6\1\2\1\2\2\1\x0a\1"
    values = counters * [ber(0x30, name, b"\x41\4\0\0\1\0")]
    values.append(ber(0x30, name, b"\x40\4", CLIENT))
    return (C, ber(0x30, b"\2\1\1\4\6public", ber(
        0xa2, b"\2\1\1\2\1\0\2\1\0", ber(0x30, *values))))


def option(kind, value):
    return struct.pack(">HH", kind, len(value)) + value


def pna(port, end=b"\0\0"):
    return (C, b"PNA\0\x0a" + option(0x14, b"\0\1") +
            option(1, struct.pack(">H", port)) + option(99, b"WinNT_4.0") + end)


CU_REFLECTOR = bytes([192, 0, 2, 2])


def cuseeme(kind, address, port=40000, rest=b""):
    return struct.pack(">HH4sHH4sIHHH", 2, 7648, CU_REFLECTOR, 2, port, address,
                       1, 0, kind, 26 + len(rest)) + rest


def cu_opens(address, port=40000, clients=(CLIENT,)):
    return cuseeme(101, address, port, struct.pack(">HI", len(clients), 1) +
                   b"\4anna".ljust(24, b"\0") +
                   b"".join(client + bytes(8) for client in clients))


def plain(turns):
    """Messages of calls.py without the places of their addresses"""
    return [(forth, data) for forth, (data, _) in turns]


MSRPC = [(C, msrpc.bind()), (S, msrpc.binds()), (C, msrpc.asks())]


def mapped(address, port, **how):
    return (S, msrpc.tells([msrpc.tower(address, port)], **how))


NFS4 = [(C, mark(TCP, struct.pack(">10I", 6, 0, 2, 100003, 4, 0, 0, 0, 0, 0)))]
TNS = [(C, tns(1, b"\1\x3b\1\x2c" + bytes(46)))]
TFTP = [(C, b"\0\1file\0octet\0tsize\0000\0")]

REGISTER = (b"REGISTER sip:192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP "
            b"10.0.1.10:41000;branch=z9hG4bK1\r\nCall-ID: r\r\n"
            b"CSeq: 1 REGISTER\r\nContact: <sip:a@10.0.1.10:41000>\r\n\r\n")

# plug-in: (transport, port, beginning, messages that open, a command that a web
# page can use as the HTTP method)
PROTOCOLS = {
    "ftp": (TCP, 21, FTP, FTP_OPENS, b"USER"),
    "irc": (TCP, 6667, IRC, IRC_OPENS, b"NICK"),
    "rtsp": (TCP, 554, RTSP, RTSP_OPENS, b"SETUP"),
    "sip": (TCP, 5060, [], sip(b"TCP"), b"INVITE"),
    "pptp": (TCP, 1723, PPTP, PPTP_OPENS, b"PUT"),
    "sane": (TCP, 6566, SANE, SANE_OPENS, b"PUT"),
    "sunrpc": (TCP, 111, [], sunrpc(TCP), b"PUT"),
    "sip_udp": (UDP, 5060, [], sip(b"UDP"), b""),
    "sunrpc_udp": (UDP, 111, [], sunrpc(UDP), b""),
    "amanda": (UDP, 10080, AMANDA, AMANDA_OPENS, b""),
    "tftp": (UDP, 69, [], TFTP, b""),
    "netbios-ns": (UDP, 137, [], NETBIOS_NS, b""),
    "netbios-dgm": (UDP, 138, [], NETBIOS_DGM, b""),
    "xdmcp": (UDP, 177, XDMCP, XDMCP_OPENS, b""),
    "snmp": (UDP, 161, [], [snmp(1)], b""),
    "talk": (UDP, 518, TALK, TALK_OPENS, b""),
    "rsh": (TCP, 514, [], [(C, b"1022\0")], b"PUT"),
    "mdns": (UDP, 5353, [], MDNS, b""),
    "slp": (UDP, 427, [], SLP, b""),
    "ssdp": (TCP, 8200, [GET], [(C, subscribe(b"10.0.1.10:40000/"))],
             b"SUBSCRIBE"),
    "ssdp_udp": (UDP, 1900, [SEARCH], [(S, located(b"192.0.2.2:8200/"))], b""),
    "skinny": (TCP, 2000, SKINNY + [SKINNY_ASKS],
               [skinny_acks(CLIENT, 40000)], b"PUT"),
    "mgcp": (UDP, 2427, MGCP, [mgcp_answers(b"10.0.1.10", b"40000")], b""),
    "tns": (TCP, 1521, TNS, [redirect(b"192.0.2.2", b"40000")], b"PUT"),
    "socks": (TCP, 1080, SOCKS, [socks(SERVER, 40000)], b"PUT"),
    "nfs4": (TCP, 2049, NFS4, [nfs4(b"10.0.1.10.156.65")], b"PUT"),
    "bittorrent": (TCP, 6969, [], [announces(), tracks()], b"PUT"),
    "bittorrent_udp": (UDP, 6969, [CONNECT, CONNECTED],
                       [announces_udp(), TRACKS_UDP], b""),
    "pna": (TCP, 7070, [], [pna(40000)], b"PNA"),
    "cuseeme": (UDP, 7648, [(C, cu_opens(CLIENT))],
                [(S, cu_opens(SERVER, 40001))], b""),
    "msrpc": (TCP, 135, MSRPC, [mapped(SERVER, 49152)], b"PUT"),
    "RAS": (UDP, 1719, [], plain(calls.RAS), b""),
    "Q.931": (TCP, 1720, [], plain(calls.SIGNALLING), b"PUT"),
    "H.245": (TCP, 1721, plain(calls.BEGIN), plain(calls.CONTROL[2:]), b"PUT"),
}
# the client's ports, other than 41000
SPORT = {"rsh": 1023}
# These flows begin with a message of the client, not with the server's.
CLIENT_BEGINS = ("irc", "pptp", "sane", "amanda", "xdmcp", "talk", "ssdp_udp",
                 "skinny", "tns", "socks", "bittorrent_udp", "msrpc")

# The first bytes of browsers. A page or its server can choose all bytes, except
# for names of HTTP header fields, headers of the other protocols, and random
# bytes.

HOST = b"Host: evil.example\r\nOrigin: http://evil.example\r\n"


def http(method, rest=b"", body=b""):
    return (method + b" / HTTP/1.1\r\n" + HOST + rest +
            b"Content-Length: %d\r\n\r\n" % len(body) + body)


def tls(ticket):
    hello = (b"\3\3" + b"r" * 32 + b"\x20" + b"s" * 32 + b"\0\2\x13\1\1\0" +
             struct.pack(">HHH", len(ticket) + 4, 35, len(ticket)) + ticket)
    head = struct.pack(">BBHBBH", 22, 3, 0x0100, 0, 1, 0)[:3]
    return (head + struct.pack(">HBBH", len(hello) + 4, 1, 0, len(hello)) +
            hello)


def stun(kind, attributes=b""):
    return struct.pack(">HHI", kind, len(attributes), 0x2112A442) + \
        b"transaction." + attributes


def username(text):
    text += b"u" * (-len(text) % 4)
    return struct.pack(">HH", 6, len(text)) + text


WEBSOCKET = (b"GET / HTTP/1.1\r\n" + HOST + b"Upgrade: websocket\r\n"
             b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
             b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")
SWITCHED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"
QUIC = b"\xc3\0\0\0\1\x08destinat\0\0\x44\x9e" + b"q" * 1182
DTLS = b"\x16\xfe\xff\0\0\0\0\0\0\0\0\0\x40\1" + b"d" * 63
DNS = b"\x12\x34\1\0\0\1\0\0\0\0\0\0\7example\0\0\1\0\1"


def streams(method, lines):
    """Yields beginnings of streams: name, turns before the protocol's own.

    The last beginnings are longer than any message may be.
    """
    yield "post", [(C, http(b"POST"))]
    yield "post_body", [(C, http(b"POST", body=lines))]
    yield "lower_case", [(C, http(b"post").lower())]
    yield "method", [(C, http(method, b"Transport: RTP/AVP;client_port=40000\r\n"
                                      b"Contact: <sip:a@10.0.1.10:40000>\r\n")),
                     (S, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")]
    yield "method_again", [(C, http(method)), (C, http(b"GET"))]
    yield "websocket", [(C, WEBSOCKET), (S, SWITCHED), (C, b"\x82\x04abcd")]
    yield "http2", [(C, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0")]
    yield "empty_lines", [(C, b"\r\n\r\n"), (C, http(b"POST"))]
    yield "mail", [(C, b"EHLO a\r\n"), (S, b"250 b\r\n"), (C, b"DATA\r\n")]
    yield "tls", [(C, tls(b"ticket"))]
    yield "tls_lines", [(C, tls(b"\r\n" + lines))]
    yield "turn", [(C, stun(3, b"\0\x19\0\4\x11\0\0\0"))]
    yield "turn_lines", [(C, stun(3, username(b"\r\n" + lines)))]
    yield "channel", [(C, b"\x40\0\0\4abcd")]
    yield "nul", [(C, bytes(4))]
    yield "two_bytes", [(C, b"\0\2")]
    yield "three_bytes", [(C, b"\0\3A")]
    yield "eight_bytes", [(C, b"\0\x08\0\1JUNK")]
    yield "cookie", [(C, b"\0\x08\0\1\x1a\x2b\x3c\x4d")]
    yield "empty_record", [(C, b"\x80\0\0\0")]
    yield "short_record", [(C, b"\x80\0\0\4abcd")]
    yield "fragment", [(C, b"\0\0\0\4abcd\x80\0\0\4abcd")]
    yield "data", [(C, b"$!\0\4abcd")]
    yield "data_method", [(C, (b"$!!! / HTTP/1.1\r\n" + HOST).ljust(
        0x2121 + 4, b"x"))]
    yield "server_http", [(S, b"HTTP/1.1 400 Bad Request\r\n\r\n"),
                          (C, http(b"POST"))]
    yield "server_tls", [(S, tls(b"ticket")), (C, tls(b"ticket"))]
    yield "long_length", [(C, http(b"POST").ljust(0x504F, b"x"))]
    yield "long_body", [(C, http(b"POST", body=b"x" * 20000))]
    yield "tls_long", [(C, tls(b"t" * 4300 + b"\r\n"))]
    yield "word_long", [(C, method + b" " + b"w" * 4300 + b"\r\n")]
    yield "server_long", [(S, b"2" * 17000 + b"\r\n"), (C, http(b"POST"))]
    yield "turn_long", [(C, stun(3, username(b"u" * 1500 + b"\r\n")))]


def singles():
    """Yields beginnings of flows of datagrams."""
    for name, data in (("quic", QUIC), ("dtls", DTLS), ("dns", DNS),
                       ("text", b"keep this way open"),
                       ("channel", b"\x40\0\0\x14" + b"c" * 20),
                       ("no_cookie", stun(1).replace(b"\x21\x12", b"\0\0")),
                       ("http", http(b"POST"))):
        yield name, [(C, data)]
        yield name + "_late", [(C, b""), (C, b"\r\n\r\n"), (C, b"x" * 16),
                               (C, data)]
        yield name + "_stun", [(C, stun(1)), (C, stun(0x11)), (C, data)]


def owns():
    """Yields other allowed beginnings: plug-in, name, turns."""
    greeting = (S, b"220 ready\r\n")
    yield "ftp", "first_port", FTP_OPENS
    yield "ftp", "telnet", [greeting, (C, b"\xff\xf4\xff\xf2abor\r\n")] + \
        FTP_OPENS
    yield "ftp", "passive", [greeting, (C, b"CWD d\r\nPASV\r\n"), (S, b"250 ok"
                             b"\r\n227 Passive (192,0,2,2,156,64)\r\n")]
    yield "ftp", "many_lines", [(S, b"220-a\r\n b\r\n220 c\r\n"),
                                (C, b"feat\r\n")] + FTP_OPENS
    for first in b"CAP LS 302", b"PASS :two words", b"pass one", b"NICK :a", \
            b"WEBIRC password gateway host 192.0.2.9":
        yield "irc", first.split()[0].decode() + first[-1:].decode(), \
            [(C, first + b"\r\n")] + IRC_OPENS
    yield "irc", "tags", IRC + [(C, b"@label=1;a=b :a " + IRC_OPENS[0][1])]
    yield "irc", "prefix", IRC + [(C, b":a  " + IRC_OPENS[0][1])]
    yield "rtsp", "setup", RTSP_OPENS
    yield "rtsp", "empty_lines", [(C, b"\r\n\r\n")] + RTSP + RTSP_OPENS
    yield "rtsp", "data", RTSP + [(C, b"$\0\0\4abcd")] + RTSP_OPENS
    yield "rtsp", "lower_case", [(C, RTSP_OPENS[0][1].replace(b"RTP", b"rtp"))]
    yield "sip", "empty_lines", [(C, b"\r\n\r\n")] + sip(b"TCP")
    yield "sip", "answers", [(S, b"\r\nOPTIONS sip:a SIP/2.0\r\n\r\n"),
                             (C, b"SIP/2.0 200 OK\r\n\r\n")] + sip(b"TCP")
    for name, first in (("empty", b""), ("crlf", b"\r\n\r\n"),
                        ("nul", bytes(8)), ("text", b"keepalive"),
                        ("stun", stun(1)),
                        ("indication", stun(0x11)),
                        ("method", b"X-PING sip:b@x SIP/2.0\r\n\r\n")):
        yield "sip_udp", name, [(C, first), (C, REGISTER)]
    yield "sip_udp", "stranger", [(C, b""), (S, DNS), (S, QUIC)] + sip(b"UDP")
    yield "sunrpc", "dump", [(C, mark(TCP, struct.pack(
        ">10I", 6, 0, 2, 100000, 2, 4, 0, 0, 0, 0)))] + sunrpc(TCP)
    for name, rest in (("own", b"ip=10.0.1.10&port=40000"),
                       ("ipv6", b"ipv6=2001%3adb8::1&port=40000&event=started")):
        yield "bittorrent", name, [announces(rest), tracks()]
    yield "bittorrent", "scrape", [
        (C, b"GET /scrape?info_hash=" + HASH + b" HTTP/1.1\r\n\r\n"),
        tracks(b"d5:filesdee"), announces(), tracks()]
    yield "bittorrent", "key", [announces(path=b"/key/announce.php"), tracks()]
    yield "bittorrent_udp", "own", [CONNECT, CONNECTED,
                                    announces_udp(address=CLIENT)]
    yield "bittorrent_udp", "same_port", [CONNECT, CONNECTED, announces_udp(41000)]
    # big-endian; an answer in the other order than the question
    yield "msrpc", "big", [(C, msrpc.bind(">")), (S, msrpc.binds(">")),
                           (C, msrpc.asks(">")), mapped(SERVER, 49152, order=">")]
    yield "msrpc", "mixed", MSRPC + [mapped(SERVER, 49152, order=">")]
    # the encoding of 64 bits, in a later context
    for order in "<>":
        yield "msrpc", "ndr64" + ("" if order == "<" else "_big"), MSRPC[:2] + [
            (C, msrpc.bind(order, msrpc.ALTER, ((2, msrpc.MAPPER, msrpc.NDR64),))),
            (C, msrpc.asks(order, 3, 2, True)), (S, msrpc.tells(
                [msrpc.tower(SERVER, 49152, msrpc.OTHER, 8) + b"floor",
                 msrpc.tower(SERVER, 49153)], order, 3, 2, True))]
    # a server that names no address; several towers; an object
    yield "msrpc", "unnamed", MSRPC + [mapped(b"", 49152)]
    yield "msrpc", "towers", MSRPC[:2] + [(C, msrpc.asks(thing=bytes(16)))] + [
        (S, msrpc.tells([msrpc.tower(b"\xc0\0\2\x09", 49152),
                         msrpc.tower(SERVER, 49153) + b"floor",
                         msrpc.tower(SERVER, 49154), msrpc.tower(SERVER, 22)]))]
    yield "snmp", "many", [snmp(2500)]
    yield "amanda", "ack", [(C, b"Amanda 2.6 ACK HANDLE 000-0 SEQ 1\n")] + \
        AMANDA + AMANDA_OPENS


def attacks():
    """Yields flows that open nothing: plug-in, name, turns."""
    third, third_text = bytes([10, 0, 1, 99]), b"10.0.1.99"
    manage = xdmcp(10, b"\0\0\0\5\0\2\0\0")
    yield "xdmcp", "not_asked", [(C, xdmcp(2, b"\0")), (S, ACCEPT), (C, manage)]
    yield "xdmcp", "high_display", [(C, xdmcp(7, b"\0\x40" + bytes(10))),
                                    (S, ACCEPT)]
    yield "talk", "third_party", [(C, talk(3, third))]
    yield "talk", "low_port", [(C, talk(3, CLIENT, 22))]
    yield "rsh", "low_port", [(C, b"22\0")]
    # a port that only root can bind, from one that anybody can
    yield "rsh", "no_privilege", [(C, b"1022\0")]
    yield "ssdp_udp", "third_party", [SEARCH, (S, located(b"192.0.2.9:8200/"))]
    yield "ssdp_udp", "low_port", [SEARCH, (S, located(b"192.0.2.2:22/"))]
    yield "ssdp", "third_party", [GET, (C, subscribe(third_text + b":40000"))]
    yield "ssdp", "low_port", [GET, (C, subscribe(b"10.0.1.10:80/"))]
    yield "ssdp", "page", [(C, subscribe(b"10.0.1.10:40000/", b"Origin: null\r\n"))]
    yield "ssdp", "get", [(C, GET[1][:-2] + b"CALLBACK: <http://10.0.1.10:40000/>"
                              b"\r\n\r\n")]
    yield "skinny", "third_party", SKINNY + [SKINNY_ASKS,
                                             skinny_acks(third, 40000)]
    yield "skinny", "low_port", SKINNY + [SKINNY_ASKS, skinny_acks(CLIENT, 22)]
    yield "skinny", "unasked_ack", SKINNY + [skinny_acks(CLIENT, 40000)]
    yield "mgcp", "third_party", MGCP + [mgcp_answers(third_text, b"40000")]
    yield "tns", "third_party", TNS + [redirect(b"192.0.2.9", b"40000")]
    yield "tns", "low_port", TNS + [redirect(b"192.0.2.2", b"22")]
    yield "socks", "third_party", SOCKS + [socks(third, 40000)]
    yield "socks", "low_port", SOCKS + [socks(SERVER, 22)]
    yield "socks", "connected", SOCKS[:2] + [
        (C, b"\5\1\0\1\xc0\0\2\x09\0\x50"), socks(SERVER, 40000)]
    for name, rest in (("third_party", b"port=40000&ip=10.0.1.99"),
                       ("third_party_first", b"ip=10.0.1.99&port=40000"),
                       ("third_party_ipv4", b"port=40000&ipv4=10.0.1.99"),
                       ("third_name", b"port=40000&ip=evil.example"),
                       ("low_port", b"port=22"),
                       ("two_ports", b"port=40000&port=40001"),
                       ("no_port", b"port=&left=0"),
                       ("stopped", b"port=40000&event=stopped")):
        yield "bittorrent", name, [announces(rest), tracks()]
    # A page names a URL, with the fields that a browser adds.
    for name, head in (("page", b"User-Agent: Mozilla/5.0 (X11)\r\n"),
                       ("page_language", b"accept-language: \r\n"),
                       ("page_frame", b"Referer: http://evil.example/\r\n"),
                       ("page_fetch", b"User-Agent: a\r\nOrigin: null\r\n"),
                       ("page_mode", b"Sec-Fetch-Mode: no-cors\r\n")):
        yield "bittorrent", name, [announces(head=head), tracks(), announces(),
                                   tracks()]
    yield "bittorrent", "not_in_query", [
        (C, b"GET /?a HTTP/1.1\r\nX: " + announces()[1][14:]), tracks()]
    yield "bittorrent", "half_hash", [
        (C, announces()[1].replace(b"hhh", b"h")), tracks()]
    yield "bittorrent_udp", "low_port", [CONNECT, CONNECTED, announces_udp(22)]
    yield "bittorrent_udp", "third_party", [CONNECT, CONNECTED,
                                            announces_udp(address=third)]
    yield "bittorrent_udp", "other_connection", [
        CONNECT, CONNECTED, announces_udp(identifier=b"another!")]
    yield "bittorrent_udp", "other_transaction", [
        CONNECT, (S, CONNECTED[1].replace(b"\7", b"\x08")), announces_udp()]
    yield "pna", "low_port", [pna(22)]
    yield "pna", "other_length", [(C, b"PNA\0\x0a" + option(1, b"\x9c\x40a") +
                                   b"\0\0")]
    yield "pna", "behind", [(C, b"PNA\0\x0a" + option(2, b"a") + b"\0\0" +
                             option(1, b"\x9c\x40"))]
    yield "pna", "later", [(C, b"PNA\0\x0a\0\0"), (S, b"PNA\0"), pna(40000)]
    yield "pna", "server", [(S, pna(40000)[1])]
    yield "cuseeme", "third_party", [(C, cu_opens(third)), (C, cuseeme(1, third)),
                                     (S, cu_opens(SERVER, 40001))]
    yield "cuseeme", "low_port", [(C, cu_opens(CLIENT, 22, ()))]
    yield "nfs4", "third_party", NFS4 + [nfs4(b"10.0.1.99.156.65")]
    yield "nfs4", "low_port", NFS4 + [nfs4(b"10.0.1.10.0.111")]
    yield "msrpc", "third_party", MSRPC + [mapped(bytes([192, 0, 2, 9]), 49152)]
    yield "msrpc", "low_port", MSRPC + [mapped(SERVER, 22)]
    yield "msrpc", "low_port_unnamed", MSRPC + [mapped(b"", 22)]
    yield "msrpc", "other_call", MSRPC + [mapped(SERVER, 49152, call=3)]
    yield "msrpc", "other_context", MSRPC + [mapped(SERVER, 49152, context=1)]
    yield "msrpc", "other_service", MSRPC + [
        (S, msrpc.tells([msrpc.tower(SERVER, 49152, msrpc.OTHER)]))]
    # a fragment; a signed answer; an answer behind another one
    yield "msrpc", "part", MSRPC + [mapped(SERVER, 49152, flags=1),
                                    mapped(SERVER, 49152, flags=2)]
    yield "msrpc", "signed", MSRPC + [mapped(SERVER, 49152, signed=8)]
    yield "msrpc", "again", MSRPC + [(S, msrpc.pdu("<", 3, 2, bytes(16))),
                                     mapped(SERVER, 49152)]
    # a context of another interface; one whose encoding the rules do not know
    for name, *offer in (("other_interface", (msrpc.OTHER, 3), msrpc.NDR),
                         ("other_encoding", msrpc.MAPPER, msrpc.FEATURES),
                         ("encodings", msrpc.MAPPER, msrpc.NDR, msrpc.NDR64)):
        yield "msrpc", name, [(C, msrpc.bind(contexts=((0, *offer),)))] + \
            MSRPC[1:] + [mapped(SERVER, 49152)]
    # the question is part of a call of another operation, or of several fragments
    asks = msrpc.asks()
    yield "msrpc", "operation", MSRPC[:2] + [
        (C, asks[:22] + b"\2" + asks[23:]), mapped(SERVER, 49152)]
    yield "msrpc", "asks_in_parts", MSRPC[:2] + [
        (C, msrpc.asks(flags=1)), mapped(SERVER, 49152)]
    yield "msrpc", "asks_udp", MSRPC[:2] + [(C, msrpc.asks(transport=8)),
                                            mapped(SERVER, 49152)]
    begin = plain(calls.BEGIN)
    for name, addr, port in (("third_party", "10.0.1.99", 1720),
                             ("low_port", "10.0.1.10", 22)):
        offer = calls.setup("10.0.1.99", fastStart=[calls.forward(
            1, calls.ULAW, calls.rtp(addr, port, port + 1))],
                            h245Address=calls.ip((addr, port), "control"))
        yield "Q.931", name, [(C, calls.q931("setup", offer)[0])]
        channel = calls.forward(1, calls.ULAW, calls.rtp(addr, port, port + 1))
        yield "H.245", name, begin + [(C, calls.opens(channel)[0])]
    yield "RAS", "third_party", [(C, calls.register(addr="10.0.1.99")[0])]
    yield "RAS", "unasked", plain([calls.RAS[5]])
    yield "RAS", "other_number", plain([calls.RAS[4], (S, calls.admits(9))])
    # the address of another gatekeeper, which opens only with third-party
    yield "RAS", "elsewhere", [(S, calls.admits(3, "192.0.2.9")[0])]
    yield "Q.931", "not_called", plain(calls.SIGNALLING[4:5])
    # a Setup behind trailing bytes, and one with trailing garbage for a body
    whole = calls.SIGNALLING[0][1][0]
    yield "Q.931", "behind", [(C, b"\x03\0\0\x0b\x08\2\0\1\x7d\x08\0" + whole)]
    yield "Q.931", "cut", [(C, b"\x03\0\0\x20" + whole[4:32])]
    yield "H.245", "unasked_answer", begin + plain(calls.CONTROL[-1:])
    yield "tns", "accepted", TNS + [(S, tns(2, bytes(16))),
                                    redirect(b"192.0.2.2", b"40000")]


def main():
    for plugin, (proto, port, begin, opens, method) in PROTOCOLS.items():
        whole = begin + opens
        lines = b"".join(data for forth, data in whole if forth)
        write(f"{plugin}-own", proto, port, whole)
        aliens = streams(method, lines) if proto == TCP else singles()
        for name, first in aliens:
            # a question that other resolvers send to the group as well
            if plugin == "mdns" and name.startswith("dns"):
                continue
            write(f"{plugin}-{name}", proto, port, first + whole)
        # the server's messages alone: answers without a request
        if whole != [turn for turn in whole if turn[0]]:
            write(f"{plugin}-unasked", proto, port,
                  [turn for turn in whole if not turn[0]])
        if plugin in CLIENT_BEGINS:
            write(f"{plugin}-not_begun", proto, port, opens)
    for plugin, name, turns in owns():
        write(f"{plugin}-own_{name}", *PROTOCOLS[plugin][:2], turns)
    for plugin, name, turns in attacks():
        write(f"{plugin}-{name}", *PROTOCOLS[plugin][:2], turns)


if __name__ == "__main__":
    main()
