#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""compare.py DIR - compares the results of "plugin try" with tshark's fields

DIR has a file NAME.json for each capture (run.sh). Two conversations are made
of each flow: one with the messages before rewriting, one with the messages
after. tshark dissects both. If it sees an announced endpoint before, then it
must see the mapped endpoint after. A length that was right must be right, and
a message that was well formed must be well formed.
"""
import glob
import json
import os
import re
import struct
import subprocess
import sys

PORTS = {"ftp": 21, "irc": 6667, "rtsp": 554, "sip": 5060, "snmp": 161,
         "sunrpc": 111, "pptp": 1723, "tftp": 69, "RAS": 1719, "Q.931": 1720,
         "H.245": 1721, "msrpc": 135}
# the fields with ports and with addresses
FIELDS = {
    "ftp": (["ftp.passive.port", "ftp.active.port", "ftp.eprt.port",
             "ftp.epsv.port"],
            ["ftp.passive.ip", "ftp.active.cip", "ftp.eprt.ip",
             "ftp.eprt.ipv6"]),
    "irc": (["irc.request.trailer"], []),
    "rtsp": (["rtsp.transport"], []),
    "sip": (["sdp.media.port", "sdp.media_attribute.value",
             "sip.contact.port"],
            ["sdp.connection_info.address", "sip.contact.host"]),
    "sunrpc": (["portmap.port", "portmap.uaddr"], []),
    "pptp": (["pptp.call_id"], []),
    "snmp": ([], ["snmp.value.ipv4", "snmp.agent_addr"]),
    "tftp": ([], []),
    "msrpc": (["epm.proto.tcp_port"], ["epm.proto.ip"]),
    "RAS": (["h225.ipV4_port"], ["h225.ipV4"]),
    "Q.931": (["h225.ipV4_port", "h225.h245IpPort", "h245.tsapIdentifier"],
              ["h225.ipV4", "h225.h245Ip", "h245.ip4_network"]),
    "H.245": (["h245.tsapIdentifier"], ["h245.ip4_network"]),
}
# H.245 has no port of its own
DECODE = ["-d", "tcp.port==1721,h245"]
LENGTHS = ["sip.Content-Length", "rtsp.content-length"]
ESCAPES = {"n": b"\n", "r": b"\r", "t": b"\t", "\\": b"\\", '"': b'"'}


def message(text, plugin, proto):
    """The bytes of a message, as "plugin try" prints it."""
    def byte(match):
        code = match.group(1)
        return ESCAPES.get(code[0]) or bytes([int(code[1:], 16)])
    out, at = b"", 0
    for match in re.finditer(r'\\(x[0-9a-f]{2}|.)', text):
        out += text[at:match.start()].encode() + byte(match)
        at = match.end()
    out += text[at:].encode()
    if plugin in ("ftp", "irc") and proto == "tcp":
        out += b"\r\n"
    return out


class Capture:
    """A capture of raw IPv4 packets with one conversation for each port."""

    def __init__(self):
        self.packets = []
        self.seq = {}

    def add(self, proto, client, server, from_client, data):
        """Returns the number of the frame with these bytes."""
        src, dst = (client, server) if from_client else (server, client)
        if proto == "udp":
            body = struct.pack(">HHHH", src, dst, 8 + len(data), 0) + data
        else:
            seq = self.seq.setdefault((src, dst), 1)
            ack = self.seq.setdefault((dst, src), 1)
            body = struct.pack(">HHIIBBHHH", src, dst, seq, ack, 80, 24,
                               65535, 0, 0) + data
            self.seq[(src, dst)] += len(data)
        ends = [bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])]
        if not from_client:
            ends.reverse()
        self.packets.append(struct.pack(
            ">BBHHHBBH", 0x45, 0, 20 + len(body), len(self.packets) & 0xffff,
            0, 64, 17 if proto == "udp" else 6, 0) + b"".join(ends) + body)
        return len(self.packets)

    def write(self, path):
        with open(path, "wb") as out:
            out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144,
                                  101))
            for number, packet in enumerate(self.packets):
                out.write(struct.pack("<IIII", 1000 + number, 0, len(packet),
                                      len(packet)) + packet)


def dissect(path, plugin):
    """tshark's fields: a dictionary of lists for each frame."""
    ports, addresses = FIELDS[plugin]
    names = ["frame.number", "_ws.malformed", *LENGTHS, *ports, *addresses]
    command = ["tshark", "-n", "-r", path, "-T", "fields", "-E",
               "separator=/t", "-E", "aggregator=|", "-o",
               "tcp.check_checksum:FALSE", *DECODE]
    for name in names:
        command += ["-e", name]
    run = subprocess.run(command, stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL, check=True)
    frames = {}
    for line in run.stdout.decode(errors="replace").splitlines():
        values = line.split("\t")
        if len(values) == len(names):
            frames[int(values[0])] = {
                name: [v for v in value.split("|") if v]
                for name, value in zip(names, values)}
    return frames


def numbers(frame, plugin):
    """All ports that the fields of a frame announce."""
    found = set()
    for name in FIELDS[plugin][0]:
        for value in frame.get(name, []):
            if name == "portmap.uaddr":
                parts = re.findall(r"\d+", value)[-2:]
                found.add(int(parts[0]) * 256 + int(parts[1]))
            else:
                found.update(int(n) for n in re.findall(r"\d+", value))
    if plugin == "sip" and frame.get("sip.contact.host") and \
            not frame.get("sip.contact.port"):
        found.add(5060)
    return found


def endpoint(text):
    """"ADDRESS:PORT[-LAST]" as address and port."""
    address, port = text.rsplit(":", 1)
    return address.strip("[]"), int(port.split("-")[0])


class Comparison:
    """The counts and faults of a plug-in's captures."""

    def __init__(self, plugin):
        self.plugin = plugin
        self.counts = {"messages": 0, "endpoints": 0, "unseen": 0, "lengths": 0}
        self.faults = []

    def fault(self, name, event, text):
        self.faults.append(f"{name}, packet {event['packet']}: {text}")

    def opened(self, name, event, before, after):
        for opening in event.get("opens", []):
            mapped = endpoint(opening["to"])
            real = endpoint(opening.get("real", opening["to"]))
            if real[1] not in numbers(before, self.plugin):
                self.counts["unseen"] += 1
                continue
            self.counts["endpoints"] += 1
            if mapped[1] not in numbers(after, self.plugin):
                self.fault(name, event, f"port {mapped[1]} is not announced")
            for field in FIELDS[self.plugin][1]:
                if real[0] in before.get(field, []) and \
                        mapped[0] not in after.get(field, []):
                    self.fault(name, event, f"{field} is not {mapped[0]}")

    def lengths(self, name, event, before, after):
        for field in LENGTHS:
            for frame, data in (before, after):
                size = frame.get(field)
                if not size or b"\r\n\r\n" not in data:
                    break
                if int(size[0]) != len(data.split(b"\r\n\r\n", 1)[1]):
                    if frame is after[0]:
                        self.fault(name, event, f"{field} is {size[0]}")
                    break
                self.counts["lengths"] += frame is after[0]

    def event(self, name, event, before, after):
        self.counts["messages"] += 1
        if after[0].get("_ws.malformed") and not before[0].get("_ws.malformed"):
            self.fault(name, event, "malformed after rewriting")
        self.opened(name, event, before[0], after[0])
        self.lengths(name, event, before, after)

    def captures(self, paths, pcap):
        """Compares all captures of the plug-in with one run of tshark."""
        cap, flows, frames = Capture(), {}, []
        for path in paths:
            with open(path, encoding="utf-8") as file:
                events = [e for e in json.load(file)["events"] if "before" in e]
            for event in events:
                port = flows.setdefault((path, event["client"], event["server"]),
                                        20000 + 2 * len(flows))
                pair = []
                for side, key in enumerate(("before", "after")):
                    data = message(event.get(key) or event["before"],
                                   self.plugin, event["proto"])
                    pair.append((cap.add(event["proto"], port + side,
                                         PORTS[self.plugin],
                                         event["sender"] == "client", data),
                                 data))
                frames.append((os.path.basename(path)[:-5], event, pair))
        cap.write(pcap)
        seen = dissect(pcap, self.plugin)
        for name, event, (before, after) in frames:
            self.event(name, event, (seen.get(before[0], {}), before[1]),
                       (seen.get(after[0], {}), after[1]))

    def verdict(self):
        counts = ", ".join(f"{n} {what}" for what, n in self.counts.items())
        # A dissector that finds nothing would find no fault either.
        least = {"sip": 150, "ftp": 10, "rtsp": 15, "sunrpc": 8, "irc": 15,
                 "pptp": 4, "RAS": 4, "Q.931": 50, "H.245": 50,
                 "msrpc": 3}.get(self.plugin, 0)
        if self.counts["endpoints"] < least:
            self.faults.append(f"only {self.counts['endpoints']} endpoints")
        if self.plugin in ("sip", "rtsp") and not self.counts["lengths"]:
            self.faults.append("no length")
        print(f"{'not ok' if self.faults else 'ok'} tshark: {self.plugin}: "
              f"{counts}")
        for fault in self.faults[:40]:
            print(f"# {fault}")
        return not self.faults


def main():
    good = True
    for plugin in sorted(PORTS):
        comparison = Comparison(plugin)
        comparison.captures(sorted(glob.glob(f"{sys.argv[1]}/{plugin}/*.json")),
                            f"{sys.argv[1]}/{plugin}.pcap")
        good = comparison.verdict() and good
    sys.exit(not good)


main()
