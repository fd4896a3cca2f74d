# SPDX-License-Identifier: GPL-2.0
"""Scripted connections between network namespaces, for tests in the VM."""

import ctypes
import socket

LIBC = ctypes.CDLL(None, use_errno=True)


def enter(ns):
    """Moves this thread into the network namespace NS, for its next sockets."""
    with open(f'/run/netns/{ns}') as f:
        if LIBC.setns(f.fileno(), 0):
            raise OSError(ctypes.get_errno(), 'setns')


def family(addr):
    return socket.AF_INET6 if ':' in addr else socket.AF_INET


def listen(ns, addr, port):
    enter(ns)
    s = socket.socket(family(addr), socket.SOCK_STREAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.settimeout(20)
    s.bind((addr, port))
    s.listen(1)
    return s


def connect(ns, addr, port, timeout=20):
    enter(ns)
    s = socket.socket(family(addr), socket.SOCK_STREAM)
    s.settimeout(timeout)
    try:
        s.connect((addr, port))
    except OSError:
        s.close()
        raise
    return s


def udp(ns, addr='', port=0, af=socket.AF_INET):
    """A bound socket; ADDR '' is any address."""
    enter(ns)
    s = socket.socket(af, socket.SOCK_DGRAM)
    s.settimeout(20)
    s.bind((addr, port))
    return s


def verdict(name, good, why=''):
    print(('ok ' if good else 'not ok ') + name + (f' # {why}' if why else ''),
          flush=True)
    return good


def commas(addr, p):
    return ','.join(addr.split('.') + [str(p // 256), str(p % 256)])


class Pair:
    """Both ends of a connection.

    The client in the namespace cns connects to connect_addr. The server in the
    namespace sns listens on server_addr.
    """

    def __init__(self, cns, sns, server_addr, connect_addr, port=21):
        listener = listen(sns, server_addr, port)
        self.c = connect(cns, connect_addr, port)
        self.s, _ = listener.accept()
        listener.close()
        self.s.settimeout(20)
        for end in (self.c, self.s):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest = {self.c: b'', self.s: b''}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for end in (self.c, self.s):
            # reset: without TIME-WAIT the next pair may use the same ports
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                           b'\1\0\0\0\0\0\0\0')
            end.close()

    def line(self, end):
        while b'\n' not in self.rest[end]:
            more = end.recv(65536)
            if not more:
                break
            self.rest[end] += more
        line, _, self.rest[end] = self.rest[end].partition(b'\n')
        return (line + b'\n').decode()

    def pass_on(self, text):
        """Whether TEXT arrives unchanged at the server's end."""
        self.c.sendall(text.encode())
        return self.line(self.s) == text


class Talker:
    """Both ends of a control connection from one of the client's addresses.

    The client connects to connect_addr, by default to the server. All talkers
    of a server share a listener, which stays open until the test ends.
    """

    listeners = {}

    def __init__(self, cns, sns, server, address, timeout=60, connect_addr=''):
        listener = Talker.listeners.get(server)
        if not listener:
            listener = Talker.listeners[server] = listen(sns, server, 21)
            listener.listen(64)
        self.address = address
        enter(cns)
        self.c = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.c.settimeout(timeout)
        self.c.bind((address, 0))
        self.c.connect((connect_addr or server, 21))
        self.s, _ = listener.accept()
        self.s.settimeout(timeout)
        for end in self.c, self.s:
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.lines = self.s.makefile()
