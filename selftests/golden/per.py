# SPDX-License-Identifier: GPL-2.0
"""A writer of the packed encoding of ASN.1 (X.691, basic aligned variant).

A type is a function that writes a value. sequence() and choice() make types of
types. Places of addresses are remembered, so that a test finds an address again
in a message that a router has rewritten.
"""


class Writer:
    """Bits, and the places (name, byte, length) of addresses."""

    def __init__(self):
        self.text = ''
        self.places = []

    def bits(self, value, n):
        if n:
            self.text += f'{value:0{n}b}'

    def align(self):
        self.text += '0' * (-len(self.text) % 8)

    def octets(self, data):
        self.align()
        self.text += ''.join(f'{byte:08b}' for byte in data)

    def number(self, value, low, high):
        """A number whose range is known (section 10.5)."""
        value, span = value - low, high - low + 1
        assert 0 <= value < span, (value, low, high)
        if span < 256:
            self.bits(value, (span - 1).bit_length())
        elif span <= 65536:
            self.octets(value.to_bytes(1 if span == 256 else 2, 'big'))
        else:
            size = (value.bit_length() + 7) // 8 or 1
            self.number(size, 1, ((span - 1).bit_length() + 7) // 8)
            self.octets(value.to_bytes(size, 'big'))

    def small(self, value):
        """A number that is normally small (section 10.6)."""
        assert value < 64
        self.bits(value, 7)

    def length(self, n):
        """A length without bounds (section 10.9)."""
        assert n < 16384
        self.octets(bytes([n]) if n < 128 else (0x8000 | n).to_bytes(2, 'big'))

    def data(self):
        self.align()
        text = self.text or '00000000'
        return bytes(int(text[i:i + 8], 2) for i in range(0, len(text), 8))

    def embed(self, inner):
        """Another writer's bytes with their length: an open type."""
        data = inner.data()
        self.length(len(data))
        self.align()
        at = len(self.text) // 8
        self.places += [(name, at + place, n) for name, place, n in inner.places]
        self.octets(data)


def made(kind, value):
    """A writer with a value of a type."""
    w = Writer()
    kind(w, value)
    return w


def null(_w, _value):
    pass


def boolean(w, value):
    w.bits(int(value), 1)


def number(low, high):
    return lambda w, value: w.number(value, low, high)


def octets(low=0, high=None):
    """An OCTET STRING; with bounds, its size is a number with a range."""
    def write(w, value):
        if high is None:
            w.length(len(value))
        elif low != high:
            w.number(len(value), low, high)
        if high == low and high <= 2:
            w.bits(int.from_bytes(value, 'big'), 8 * high)
        elif value:
            w.octets(value)
    return write


def identifier(w, value):
    """An OBJECT IDENTIFIER like 0.0.8.2250.0.4."""
    first, second, *rest = [int(n) for n in value.split('.')]
    out = b''
    for n in [40 * first + second] + rest:
        part = bytes([n & 127])
        while n > 127:
            n >>= 7
            part = bytes([n & 127 | 128]) + part
        out += part
    w.length(len(out))
    w.octets(out)


def wide(low, high):
    """A BMPString."""
    def write(w, value):
        w.number(len(value), low, high)
        w.octets(value.encode('utf-16-be'))
    return write


def text(low, high):
    """An IA5String without a smaller alphabet."""
    def write(w, value):
        w.number(len(value), low, high)
        w.octets(value.encode())
    return write


def digits(w, value):
    """Up to 128 characters of an alphabet of 13, four bits each."""
    w.number(len(value), 1, 128)
    w.align()
    for c in value:
        w.bits('#*,0123456789'.index(c), 4)


def several(kind, low=0, high=None):
    """SEQUENCE OF and SET OF"""
    def write(w, values):
        if high is None:
            w.length(len(values))
        else:
            w.number(len(values), low, high)
        for value in values:
            kind(w, value)
    return write


def contained(kind):
    """An OCTET STRING that contains a value of a type, or is just bytes."""
    def write(w, value):
        if isinstance(value, bytes):
            w.length(len(value))
            w.octets(value)
        else:
            w.embed(made(kind, value))
    return write


def raw(w, value):
    """The bytes of an open type, as they are."""
    w.octets(value)


def sequence(fields, more=None):
    """A SEQUENCE. FIELDS and MORE map names to types; 'name?' is OPTIONAL. With
    MORE, it can be extended; an addition is written if the value has it. An
    older writer knows only value['known'] of the additions."""
    def write(w, value):
        names = {name.rstrip('?') for name in [*fields, *(more or {}), 'known']}
        assert set(value) <= names, set(value) - names
        added = list(more or {})[:value.get('known')]
        present = [name in value for name in added]
        if more is not None:
            w.bits(any(present), 1)
        for name in fields:
            if name[-1] == '?':
                w.bits(name[:-1] in value, 1)
        for name, kind in fields.items():
            if name.rstrip('?') in value:
                kind(w, value[name.rstrip('?')])
            else:
                assert name[-1] == '?', name
        if any(present):
            w.small(len(present) - 1)
            for bit in present:
                w.bits(bit, 1)
            for name in added:
                if name in value:
                    w.embed(made(more[name], value[name]))
    return write


def choice(kinds, more=None):
    """A CHOICE. The value is (name, value), or a name of NULL."""
    def write(w, value):
        name, value = value if isinstance(value, tuple) else (value, None)
        names = list(kinds)
        if more is not None:
            w.bits(name in more, 1)
        if name in kinds:
            w.number(names.index(name), 0, len(names) - 1)
            kinds[name](w, value)
        else:
            w.small(list(more).index(name))
            w.embed(made(more[name], value))
    return write
