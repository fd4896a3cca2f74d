# SPDX-License-Identifier: GPL-2.0
"""Messages of MS-RPC's endpoint mapper, in both orders of bytes.

Functions with the argument ORDER make a message of that order: "<" or ">".
"""
import struct
import uuid

MAPPER = ("e1af8308-5d1f-11c9-91a4-08002b14a0fa", 3)
NDR = ("8a885d04-1ceb-11c9-9fe8-08002b104860", 2)
NDR64 = ("71710533-beba-4937-8319-b5dbef9ccc36", 1)
FEATURES = ("6cb71c2c-9812-4540-0300-000000000000", 1)
SERVICE = "338cd001-2244-31f1-aaaa-900038001003"
OTHER = "4b324fc8-1670-01d3-1278-5a47bf6ee188"
BIND, BIND_ACK, ALTER, REQUEST, RESPONSE = 11, 12, 14, 0, 2


def interface(order, name, version):
    number = uuid.UUID(name)
    return (number.bytes_le if order == "<" else number.bytes) + \
        struct.pack(order + "I", version)


def pdu(order, kind, call, body, flags=3, signed=0):
    """Header and body; SIGNED is the length of a signature."""
    return struct.pack(order + "BBBB4sHHI", 5, 0, kind, flags,
                       b"\x10\0\0\0" if order == "<" else bytes(4),
                       16 + len(body), signed, call) + body


def bind(order="<", kind=BIND, contexts=((0, MAPPER, NDR), (1, MAPPER, FEATURES))):
    """A context is a number, an interface, and encodings."""
    body = struct.pack(order + "HHIBxxx", 5840, 5840, 0, len(contexts))
    for number, *offer in contexts:
        body += struct.pack(order + "HBx", number, len(offer) - 1)
        body += b"".join(interface(order, *what) for what in offer)
    return pdu(order, kind, 1, body)


def binds(order="<"):
    body = struct.pack(order + "HHIH4sxxBxxx", 5840, 5840, 7, 4, b"135", 1)
    return pdu(order, BIND_ACK, 1, body + struct.pack(order + "HH", 0, 0) +
               interface(order, *NDR))


def tower(address=b"", port=0, name=SERVICE, transport=7):
    """The floors; in a question, the port is 0."""
    def floor(left, right):
        return struct.pack("<H", len(left)) + left + \
            struct.pack("<H", len(right)) + right

    def of(what, version):
        return floor(b"\x0d" + uuid.UUID(what).bytes_le +
                     struct.pack("<H", version), b"\0\0")

    return struct.pack("<H", 5) + of(name, 1) + of(*NDR) + \
        floor(b"\x0b", b"\0\0") + floor(bytes([transport]), struct.pack(">H", port)) + \
        floor(b"\x09", address or bytes(4))


def long(order, number, wide):
    return struct.pack(order + ("Q" if wide else "I"), number)


def packed(order, data, wide, at):
    """A tower behind its length, from AT on, with padding"""
    data = long(order, len(data), wide) + struct.pack(order + "I", len(data)) + data
    return data + bytes(-(at + len(data)) % (8 if wide else 4))


def asks(order="<", call=2, context=0, wide=False, thing=None, flags=3, **of):
    """Where is the service? THING is an object."""
    body = long(order, 1, wide) + bytes(16) + long(order, 2, wide)
    body += packed(order, tower(**of), wide, len(body)) + bytes(20) + \
        struct.pack(order + "I", 4)
    head = struct.pack(order + "IHH", len(body), context, 3)
    if thing:
        head, flags = head + thing, flags | 0x80
    return pdu(order, REQUEST, call, head + body, flags)


def tells(towers, order="<", call=2, context=0, wide=False, flags=3, signed=0):
    """The answer with these towers"""
    body = bytes(20) + struct.pack(order + "I", len(towers))
    body += long(order, 4, wide) + long(order, 0, wide) + \
        long(order, len(towers), wide)
    body += b"".join(long(order, 3 + n, wide) for n in range(len(towers)))
    for data in towers:
        body += packed(order, data, wide, len(body))
    body += bytes(4)
    return pdu(order, RESPONSE, call, struct.pack(order + "IHxx", len(body), context) +
               body, flags, signed)
