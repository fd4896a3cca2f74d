#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A web page makes a browser behind the router post text that looks like a
message of another protocol.

slipstream.py CLIENT-NS ROUTER-NS SERVER-NS SERVER-ADDR CLIENT-ADDR

The size of the post makes a segment, or a datagram's second fragment, begin
with a message that would open a port of the client.
"""

import socket
import subprocess
import sys

from pair import Pair, enter, verdict

cns, rns, sns, server, client = sys.argv[1:6]
bad = 0
DCC_ADDR = int.from_bytes(socket.inet_aton(client), 'big')
TARGET = 8022


def expect(name, good, why=''):
    global bad
    bad += not verdict(name, good, '' if good else str(why))


def counters(plugin):
    enter(rns)
    with open('/proc/thread-self/net/algate/stats') as f:
        return {l.split()[1]: int(l.split()[2]) for l in f
                if l.startswith(plugin + ' ')}


def tool(ns, *command, text=None):
    return subprocess.run(['ip', 'netns', 'exec', ns, *command], input=text,
                          capture_output=True, text=True, check=True).stdout


def register(proto):
    return (f'REGISTER sip:{server} SIP/2.0\r\n'
            f'Via: SIP/2.0/{proto} {client}:5060;branch=z9hG4bK7\r\n'
            f'From: <sip:a@{server}>;tag=1\r\nTo: <sip:a@{server}>\r\n'
            f'Call-ID: 7@{client}\r\nCSeq: 1 REGISTER\r\n'
            f'Contact: <sip:a@{client}:{TARGET}>\r\n'
            'Content-Length: 0\r\n\r\n').encode()


SETUP = (f'SETUP rtsp://{server}/a RTSP/1.0\r\nCSeq: 1\r\n'
         f'Transport: RTP/AVP;unicast;client_port={TARGET}-{TARGET + 1}\r\n'
         '\r\n').encode()
SETUP_OK = (b'RTSP/1.0 200 OK\r\nCSeq: 1\r\nSession: 1\r\nTransport: '
            b'RTP/AVP;unicast;client_port=%d-%d;server_port=9000-9001\r\n\r\n'
            % (TARGET, TARGET + 1))
PORT = (f'PORT {client.replace(".", ",")},{TARGET // 256},{TARGET % 256}'
        '\r\n').encode()
DCC = f'PRIVMSG a :\1DCC SEND f {DCC_ADDR} {TARGET} 10\1\r\n'.encode()

# plug-in: (port, first line of a real client, the message, the reply of the
# server, which belongs to the attacker)
PROTOCOLS = {
    'sip': (5060, b'', register('TCP'), b''),
    'rtsp': (554, b'', SETUP, SETUP_OK),
    'ftp': (21, b'USER a\r\n', PORT, b'200 ok\r\n'),
    'irc': (6667, b'NICK a\r\n', DCC, b''),
}


def answer_register(request):
    lines = request.decode().split('\r\n')
    return '\r\n'.join(['SIP/2.0 200 OK'] + [
        l for l in lines if l.split(':')[0] in
        ('Via', 'From', 'To', 'Call-ID', 'CSeq', 'Contact')] +
        ['Expires: 3600', 'Content-Length: 0', '', '']).encode()


def read(sock, n):
    data = b''
    while len(data) < n:
        more = sock.recv(n - len(data))
        if not more:
            break
        data += more
    return data


def reply(pair, plugin, seen, text):
    """The server answers the message as a real server would."""
    text = answer_register(seen) if plugin == 'sip' else text
    if text:
        pair.s.sendall(text)
        read(pair.c, 1)


def honest(plugin):
    port, first, message, text = PROTOCOLS[plugin]
    before = counters(plugin)
    with Pair(cns, sns, server, server, port) as pair:
        pair.c.sendall(first + message)
        seen = read(pair.s, len(first))
        # a rewritten message may have another length
        seen = pair.s.recv(4096)
        reply(pair, plugin, seen, text)
        after = counters(plugin)
        expect(f'{plugin}: such a message opens where it belongs',
               after['opened'] > before['opened'],
           f'opened {after["opened"]}')


class Watch:
    """Counts the packets whose payload begins with TEXT, at the router."""

    def __init__(self, where, text):
        word = int.from_bytes(text[:4], 'big')
        tool(rns, 'nft', '-f', '-', text=f"""table ip watch {{
            chain in {{
                type filter hook prerouting priority -450;
                {where} {word:#x} counter
            }}
        }}""")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        tool(rns, 'nft', 'delete table ip watch')

    def packets(self):
        out = tool(rns, 'nft', 'list', 'table', 'ip', 'watch')
        return int(out.split('packets ')[1].split()[0])


def post(size, message, chunked):
    """Returns an HTTP request that contains MESSAGE at the offset SIZE."""
    body = b'\r\n' + message
    head = (f'POST /{{}} HTTP/1.1\r\nHost: {server}\r\n'
            'User-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\n'
            'Accept: */*\r\nOrigin: http://example.org\r\n'
            'Content-Type: text/plain;charset=UTF-8\r\n'
            f'{"Transfer-Encoding: chunked" if chunked else "Content-Length: 5000"}'
            '\r\n\r\n')
    pad = size - (len(head) - 2) - 2
    text = head.format('').encode() + b'x' * pad + body
    assert text.index(message) == size
    return text


def attack(plugin, chunked, name):
    port, _, message, text = PROTOCOLS[plugin]
    before = counters(plugin)
    with Watch(f'tcp dport {port} @ih,0,32', message) as watch, \
            Pair(cns, sns, server, server, port) as pair:
        mss = pair.c.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG)
        data = post(2 * mss, message, chunked)
        pair.c.sendall(data)
        seen = read(pair.s, len(data))
        reply(pair, plugin, message, text)
        after = counters(plugin)
        expect(f'{plugin}, {name}: a segment began with the message',
               watch.packets() > 0)
    expect(f'{plugin}, {name}: it arrived as it was', seen == data)
    expect(f'{plugin}, {name}: nothing was opened',
           after['opened'] == before['opened'],
           f'opened {after["opened"]}')
    expect(f'{plugin}, {name}: no expectation is left',
           tool(rns, 'conntrack', '-L', 'expect') == '')


def fragments():
    """Sends a datagram whose second fragment begins with a REGISTER."""
    message = register('UDP')
    before = counters('sip')
    enter(sns)
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener.settimeout(20)
    listener.bind((server, 5060))
    enter(cns)
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.connect((server, 5060))
    # Match at an offset from the IP header, which has 160 bits without options.
    # From 7.x on, @th matches nothing in a fragment without transport header.
    with Watch('ip frag-off & 0x1fff != 0 @nh,160,32', message) as watch:
        data = b'x' * (1480 - 8 - 2) + b'\r\n' + message
        sock.send(data)
        expect('sip, fragments: it arrived as it was',
               listener.recv(4096) == data)
        expect('sip, fragments: the second one began with the message',
               watch.packets() == 1)
    after = counters('sip')
    expect('sip, fragments: nothing was opened',
           after['opened'] == before['opened'],
           f'opened {after["opened"]}')


for plug_in in PROTOCOLS:
    honest(plug_in)
    tool(rns, 'conntrack', '-F', 'expect')
    attack(plug_in, False, 'a post of known length')
    attack(plug_in, True, 'a post in chunks')
fragments()
sys.exit(bad != 0)
