#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""server.py ADDRESS PORT SEEN NAME:PROTOCOL:PORT... - a hostile web server

Serves page.html at PORT. The page makes its browser send a protocol's messages
to the other ports, where a router inspects flows as protocol NAME. The messages
open ports if a real client sends them (golden/beginnings.py). Each port answers
HTTP, WebSocket, TURN and QUIC, and TURN's answer has a realm and a nonce that
the browser repeats. Appends "NAME PROTOCOL KIND SOURCE" to the file SEEN for
each kind of attempt that arrives with the messages, and "done" when the page
has finished. From then on, the ports speak FTP.
"""
import asyncio
import base64
import hashlib
import json
import pathlib
import struct
import sys

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here.parents[1] / "golden"))
from beginnings import C, PROTOCOLS, UDP  # noqa: E402 # pylint: disable=C0413

COOKIE = 0x2112a442
BINDING, ALLOCATE, FAILED = 0x0001, 0x0003, 0x0110
USERNAME, ERROR, REALM, NONCE = 0x0006, 0x0009, 0x0014, 0x0015
BAD, UNAUTHORIZED, STALE = b"\0\0\4\0", b"\0\0\4\1", b"\0\0\4\x26"
# targets of a page: a browser delays the later QUIC connections of a page
SHARE = 7
# the protocols that open nothing
OTHERS = {
    "dhcpv6": (UDP, 547, [], [(C, b"\1\0\0\7\0\1\0\4\0\3\0\1\0\6\0\2\0\x17")],
               b""),
    "snmp": (UDP, 161, [], [(C, b"0&\2\1\0\4\6public\xa0\x19\2\1\1\2\1\0\2\1\0"
                                b"0\x0e0\x0c\6\b+\6\1\2\1\1\1\0\5\0")], b""),
    "dns": (UDP, 53, [], [(C, b"\0\7\1\0\0\1\0\0\0\0\0\0\4host\0\0\1\0\1")],
            b"PUT"),
}

address, port, seen = sys.argv[1:4]
noted = set()


class Target:
    """A port, and the messages of its protocol"""

    def __init__(self, text):
        self.name, self.proto, number = text.split(":")
        self.port = int(number)
        protocol = PROTOCOLS.get(f"{self.name}_{self.proto}") or \
            PROTOCOLS.get(self.name) or OTHERS[self.name]
        turns = protocol[2] + protocol[3]
        self.method = protocol[4].decode()
        self.client = b"".join(data for forth, data in turns if forth)
        self.server = b"".join(data for forth, data in turns if not forth)
        # A protocol may have no message of the client or none of the server.
        self.client = self.client or self.server
        self.server = self.server or self.client
        # the URL that a client of HTTP requests
        self.path = self.client.split(b" ", 2)[1].decode() \
            if self.client.startswith(b"GET /") else ""

    def note(self, kind, peer):
        note(self.name, self.proto, kind, peer)

    def description(self):
        """For the page: a character of "messages" is a byte."""
        return {"proto": self.proto, "port": self.port, "method": self.method,
                "path": self.path, "messages": self.client.decode("latin-1")}


targets = [Target(text) for text in sys.argv[4:]]


def note(*words):
    line = " ".join(words)
    if line not in noted:
        noted.add(line)
        with open(seen, "a", encoding="ascii") as file:
            file.write(line + "\n")


# STUN and TURN (RFC 8489, RFC 8656)

def attribute(kind, value):
    return struct.pack("!HH", kind, len(value)) + value + bytes(-len(value) % 4)


def attributes(message):
    found, at = {}, 20
    while at + 4 <= len(message):
        kind, length = struct.unpack_from("!HH", message, at)
        found[kind] = message[at + 4:at + 4 + length]
        at += 4 + length + -length % 4
    return found


def turn(target, message, peer):
    """Returns an answer to a request; the browser repeats realm and nonce."""
    kind, _, cookie = struct.unpack_from("!HHI", message)
    if cookie != COOKIE or kind not in (BINDING, ALLOCATE):
        return b""
    realm, nonce = target.client[:100], target.client[:500]
    got = attributes(message)
    if kind == BINDING:
        error = BAD
    elif USERNAME not in got:
        error = UNAUTHORIZED
    else:
        error = STALE
        username = target.client.decode("latin-1")[:250].encode()
        if got[USERNAME] == username and got.get(NONCE) == nonce:
            target.note("turn", peer)
    body = (attribute(ERROR, error) + attribute(REALM, realm) +
            attribute(NONCE, nonce))
    head = struct.pack("!HHI", kind | FAILED, len(body), COOKIE)
    return head + message[8:20] + body


# QUIC (RFC 8999)

def refusal(packet):
    """Returns a Version Negotiation packet without a version of QUIC."""
    at = 6 + packet[5]
    dcid, scid = packet[6:at], packet[at + 1:at + 1 + packet[at]]
    return (b"\xc0\0\0\0\0" + bytes([len(scid)]) + scid + bytes([len(dcid)]) +
            dcid + b"\x1a\x2a\x3a\x4a")


# HTTP and WebSocket

def headers(head):
    fields = [line.partition(b":") for line in head.split(b"\r\n")[1:]]
    return {name.strip().lower(): value.strip() for name, _, value in fields}


def answer(body, kind="text/plain"):
    return (f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n"
            f"Content-Length: {len(body)}\r\n"
            "Access-Control-Allow-Origin: *\r\n"
            "Access-Control-Allow-Methods: *\r\n"
            "Access-Control-Allow-Headers: *\r\n"
            "Access-Control-Allow-Private-Network: true\r\n"
            "Connection: close\r\n\r\n").encode() + body


def accepted(fields):
    key = fields[b"sec-websocket-key"] + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    accept = base64.b64encode(hashlib.sha1(key).digest()).decode()
    return ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {accept}\r\n\r\n").encode()


async def websocket(target, reader, writer, fields, peer):
    """Notes the browser's frame, and answers it (RFC 6455, section 5.2)."""
    writer.write(accepted(fields))
    head = await reader.readexactly(2)
    size = head[1] & 127
    if size == 126:
        size, = struct.unpack("!H", await reader.readexactly(2))
    mask = await reader.readexactly(4)
    data = await reader.readexactly(size)
    data = bytes(byte ^ mask[i % 4] for i, byte in enumerate(data))
    if data == target.client:
        target.note("websocket", peer)
    writer.write(struct.pack("!BBH", 0x82, 126, len(target.server)) +
                 target.server)


async def http(target, reader, writer, head, peer):
    fields = headers(head)
    if fields.get(b"upgrade", b"").lower() == b"websocket":
        await websocket(target, reader, writer, fields, peer)
        return
    body = await reader.readexactly(int(fields.get(b"content-length", 0)))
    method, path = head.decode("latin-1").split(" ", 2)[:2]
    if method == "GET" and target.path and path.startswith(target.path):
        target.note("visit" if path == target.path else "bare_visit", peer)
        writer.write(target.server if target.server.startswith(b"HTTP/") else
                     answer(target.server))
        return
    if body == target.client:
        target.note("post" if method == "POST" else "command", peer)
    writer.write(answer(target.server))


async def ftp(reader, writer):
    writer.write(b"220 ready\r\n")
    while await reader.readline():
        writer.write(b"200 done\r\n")


async def converse(target, reader, writer):
    peer = writer.get_extra_info("peername")[0]
    if "done" in noted:
        await ftp(reader, writer)
        return
    first = await reader.readexactly(2)
    while first[0] < 4:
        rest = await reader.readexactly(18)
        length, = struct.unpack("!H", rest[:2])
        rest += await reader.readexactly(length)
        writer.write(turn(target, first + rest, peer))
        first = await reader.readexactly(2)
    await http(target, reader, writer,
               first + await reader.readuntil(b"\r\n\r\n"), peer)


class Datagrams(asyncio.DatagramProtocol):
    def __init__(self, target):
        self.target = target

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        replies = [self.target.server]
        if len(data) >= 20 and data[0] < 4:
            replies = [turn(self.target, data, addr[0])]
        elif len(data) >= 1200 and data[0] & 0xc0 == 0xc0:
            self.target.note("quic", addr[0])
            replies.append(refusal(data))
        for reply in replies:
            if reply:
                self.transport.sendto(reply, addr)


def page(head):
    path, _, part = head.split(b" ")[1].decode().partition("?")
    if path == "/done":
        note("done")
        return answer(b"")
    if path == "/targets":
        at = int(part or 0) * SHARE
        return answer(json.dumps({
            "targets": [t.description() for t in targets[at:at + SHARE]],
            "more": at + SHARE < len(targets)}).encode(), "application/json")
    return answer((here / "page.html").read_bytes(), "text/html")


async def main_port(reader, writer):
    writer.write(page(await reader.readuntil(b"\r\n\r\n")))


def closing(handle):
    async def run(reader, writer):
        try:
            await handle(reader, writer)
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        writer.close()
    return run


async def main():
    await asyncio.start_server(closing(main_port), address, int(port))
    for target in targets:
        if target.proto == "udp":
            await asyncio.get_running_loop().create_datagram_endpoint(
                lambda target=target: Datagrams(target), (address, target.port))
            continue

        async def handle(reader, writer, target=target):
            await converse(target, reader, writer)
        await asyncio.start_server(closing(handle), address, target.port)
    print("ready", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
