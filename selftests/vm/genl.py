#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Sends requests to the netlink family that algctl never sends.

genl.py root         wrong requests are refused, with the right message
genl.py contained    root of a user namespace may read a plug-in's rules
genl.py anybody      an ordinary user may not
"""

import errno
import socket
import struct
import sys

from pair import verdict

(LOAD, REPLACE, UNLOAD, PLUGIN_GET, ATTACH_ADD, ATTACH_DEL, ATTACH_GET,
 FLOW_GET, EXPECT_GET, STATS_GET, LIMIT_GET, LIMIT_SET) = range(1, 13)
NAME, IMAGE, PLUGIN, ATTACH, FLOW, EXPECT, STATS, LIMIT = range(1, 9)
PLUGIN_IMAGE, PLUGIN_REFS = 2, 7
REQUEST, ACK, DUMP = 1, 4, 0x300
NESTED = 0x8000
SOL_NETLINK, EXT_ACK = 270, 11


def attr(kind, data):
    pad = b'\0' * (-len(data) % 4)
    return struct.pack('=HH', len(data) + 4, kind) + data + pad


def attrs(data):
    found = {}
    while len(data) >= 4:
        length, kind = struct.unpack_from('=HH', data)
        found[kind & 0x3fff] = data[4:length]
        data = data[(length + 3) & ~3:]
    return found


class Genl:
    def __init__(self):
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
        self.sock.bind((0, 0))
        self.sock.settimeout(10)
        self.sock.setsockopt(SOL_NETLINK, EXT_ACK, 1)
        name = attr(2, b'algate\0')
        reply = self.request(16, 3, name)[2]
        self.family = struct.unpack('=H', reply[0][1])[0]

    def request(self, family, cmd, payload=b'', flags=ACK):
        """Returns the errno, the extended ack's attributes, the replies."""
        body = struct.pack('=BBH', cmd, 1, 0) + payload
        self.sock.send(struct.pack('=IHHII', 16 + len(body), family,
                                   REQUEST | flags, 1, 0) + body)
        replies = []
        while True:
            data = self.sock.recv(1 << 17)
            while data:
                size, kind, fl = struct.unpack_from('=IHH', data)
                body, data = data[16:size], data[(size + 3) & ~3:]
                if kind not in (2, 3):
                    replies.append(attrs(body[4:]))
                    continue
                err = struct.unpack_from('=i', body)[0] if body else 0
                return -err, self.ack(kind, fl, body), replies

    @staticmethod
    def ack(kind, flags, body):
        if not flags & 0x200:   # no attributes
            return {}
        skip = 4
        if kind == 2:
            skip += 16 if flags & 0x100 else struct.unpack_from('=I', body, 4)[0]
        return attrs(body[(skip + 3) & ~3:])

    def algate(self, *args, **kw):
        return self.request(self.family, *args, **kw)


def expect(name, good, why=''):
    global bad
    bad += not verdict(name, good, '' if good else why)


def refused(name, err, cmd, payload, text=None, at=None, flags=ACK):
    """The request fails with ERR, with TEXT and attribute offset AT."""
    got, ack, _ = genl.algate(cmd, payload, flags=flags)
    message = ack.get(1, b'\0')[:-1].decode()
    offset = struct.unpack('=I', ack[2])[0] if 2 in ack else None
    good = got == err and (text is None or text in message) and \
        (at is None or offset == at)
    expect(name, good, f'{errno.errorcode.get(got, got)}, {message!r} '
           f'at {offset}')


def told(name, image, refs):
    """Checks whether replies contain a plug-in's image and its references."""
    ftp = attr(NAME, b'ftp\0')
    err, _, replies = genl.algate(PLUGIN_GET, ftp)
    one = attrs(replies[0][PLUGIN]) if replies else {}
    expect(f'{name}: one', not err and (PLUGIN_IMAGE in one) == image and
           (PLUGIN_REFS in one) == refs, f'{err} {sorted(one)}')
    err, _, replies = genl.algate(PLUGIN_GET, flags=DUMP)
    one = attrs(replies[0][PLUGIN]) if replies else {}
    expect(f'{name}: list', not err and PLUGIN_IMAGE not in one and
           (PLUGIN_REFS in one) == refs, f'{err} {sorted(one)}')


def test_refusals():
    ftp = attr(NAME, b'ftp\0')
    other = attr(NAME, b'other\0')
    for name, cmd in (('plug-ins', PLUGIN_GET), ('flows', FLOW_GET),
                      ('expectations', EXPECT_GET), ('stats', STATS_GET)):
        refused(f'{name} of a plug-in that is not there', errno.ENOENT, cmd,
                other, 'no plug-in of that name is loaded', flags=DUMP)
        refused(f'{name} of one that is', 0, cmd, ftp, flags=DUMP)
        refused(f'{name}, with an attribute of something else', errno.EINVAL,
                cmd, ftp + attr(LIMIT | NESTED, b''), at=28, flags=DUMP)
    for name, cmd, flags in (('limits', LIMIT_GET, ACK),
                             ('attachments', ATTACH_GET, DUMP)):
        refused(f'{name} of a plug-in', errno.EINVAL, cmd, ftp, at=20,
                flags=flags)
    refused('unload with an image', errno.EINVAL, UNLOAD,
            ftp + attr(IMAGE, b'x'), at=28)
    refused('load with a name', errno.EINVAL, LOAD, ftp + attr(IMAGE, b'x'),
            at=20)
    refused('unload without a name', errno.EINVAL, UNLOAD, b'',
            'the name of the plug-in is missing')
    refused('a name that is too long', errno.EINVAL, UNLOAD,
            attr(NAME, b'x' * 16 + b'\0'), at=20)
    refused('an unknown attribute', errno.EINVAL, UNLOAD,
            ftp + attr(99, b''), at=28)
    refused('an attachment whose nest is not marked', errno.EINVAL,
            ATTACH_ADD, attr(ATTACH, b''), at=20)
    key = attr(1, b'ftp\0') + attr(2, b'\6') + attr(3, b'\x15\0')
    refused('an attachment with an unknown attribute', errno.EINVAL,
            ATTACH_ADD, attr(ATTACH | NESTED, key + attr(77, b'')),
            at=24 + len(key))
    refused('an attachment with what only listings have', errno.EINVAL,
            ATTACH_ADD, attr(ATTACH | NESTED, key + attr(8, b'\0' * 8)),
            at=24 + len(key))
    refused('bytes behind the attributes', errno.EINVAL, UNLOAD,
            other + b'\0\0')


def main(who):
    if who == 'anybody':
        told('anybody', False, False)
        refused('anybody may not list flows', errno.EPERM, FLOW_GET, b'',
                flags=DUMP)
        return
    # References count all namespaces, so only the real root may read them.
    told('root', True, who == 'root')
    if who == 'root':
        test_refusals()


bad = 0
genl = None
if __name__ == '__main__':
    genl = Genl()
    main(sys.argv[1])
    sys.exit(bad != 0)
