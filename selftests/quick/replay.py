#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""replay.py ROOT FILE - writes netlink messages for c/replay.c.

Reads a JSON list from FILE, and writes the messages to stdout. An element is a
pair: a command of include/uapi/linux/algate.yaml, and the attributes of a
message; numbers, strings, addresses, numbers of ranges with blanks between them,
and objects for nests. The command "lost"
stands for events that the kernel could not deliver.
"""

import ipaddress
import json
import struct
import sys

from spec import SPEC, load

FAMILY = 0x20
NESTED = 0x8000
NUMBERS = {'u8': '=B', 'u16': '=H', 'u32': '=I', 'u64': '=Q'}


def attr(kind, data):
    return struct.pack('=HH', len(data) + 4, kind) + data + \
        b'\0' * (-len(data) % 4)


def value(spec, entry, given):
    if entry['type'] == 'nest':
        return nest(spec, entry['nested-attributes'], given)
    if entry['type'] == 'string':
        return given.encode() + b'\0'
    if 'algate_numbers' in entry.get('doc', ''):
        return b''.join(struct.pack('=I', int(n)) for n in given.split())
    if entry['type'] == 'binary':
        return ipaddress.ip_address(given).packed
    if isinstance(given, str):
        enum = next(d for d in spec['definitions']
                    if d['name'] == entry['enum'])
        given = enum['entries'].index(given) + enum['value-start']
    return struct.pack(NUMBERS[entry['type']], given)


def nest(spec, name, values):
    entries = next(s['attributes'] for s in spec['attribute-sets']
                   if s['name'] == name)
    kinds = [e['name'] for e in entries]
    data = b''
    for key, given in values.items():
        kind = kinds.index(key.replace('_', '-') if name == 'counters'
                           else key)
        entry = entries[kind]
        flag = NESTED if entry['type'] == 'nest' else 0
        for one in given if isinstance(given, list) else [given]:
            data += attr(kind + 1 | flag, value(spec, entry, one))
    return data


def message(spec, name, values):
    cmd = 0 if name == 'lost' else \
        next(o['value'] for o in spec['operations']['list']
             if o['name'] == name)
    body = struct.pack('=BBH', cmd, 1, 0) + nest(spec, 'algate', values)
    return struct.pack('=IHHII', 16 + len(body), FAMILY, 0, 0, 0) + body + \
        b'\0' * (-len(body) % 4)


def main():
    spec = load(SPEC)
    with open(sys.argv[2], encoding='utf-8') as f:
        for name, values in json.load(f):
            sys.stdout.buffer.write(message(spec, name, values))


main()
