#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Runs FTP exchanges over a bad network, each with a data connection.

netem.py CLIENT-NS SERVER-NS SERVER-ADDR CONNECT-ADDR PUBLIC CONNECTIONS EACH

In each exchange, the client or the server (in turn) announces a port, in
segments that are cut at random. The other end connects to the endpoint that it
received and sends data, which must arrive unchanged.
"""

import random
import socket
import sys
import threading

from pair import Pair, commas, connect, listen, verdict

cns, sns, server, target, public = sys.argv[1:6]
connections, each = map(int, sys.argv[6:8])
errors = []
done = 0
made = threading.Lock()
TIMEOUT = 60


def send_cut(sock, text):
    """Sends TEXT in one or two segments.

    More than two segments could stall: the receiver gets, and acknowledges, no
    part of a line before its last segment arrives at the router, and after a
    loss the congestion window may be only two segments.
    """
    data = text.encode()
    cut = random.randrange(len(data))
    for part in (data[:cut], data[cut:]):
        sock.send(part)


def parse(line):
    """Returns the endpoint in a PORT command or a 227 reply."""
    inner = line.strip().removeprefix('PORT ')
    if line.startswith('227 '):
        inner = line[line.index('(') + 1:line.index(')')]
    n = inner.split(',')
    return '.'.join(n[:4]), int(n[4]) * 256 + int(n[5])


def transfer(listener, ns, line, want_addr, payload):
    """Sends PAYLOAD from NS to the endpoint in LINE; LISTENER must get it."""
    addr, port = parse(line)
    if addr != want_addr:
        raise ValueError(f'{line!r} for {want_addr}')
    sender = connect(ns, addr, port, TIMEOUT)
    receiver, _ = listener.accept()
    receiver.settimeout(TIMEOUT)
    sender.sendall(payload)
    sender.close()
    got = b''
    while more := receiver.recv(65536):
        got += more
    receiver.close()
    listener.close()
    if got != payload:
        raise ValueError(f'{len(got)} bytes of {len(payload)} after {line!r}')


def exchange(pair, n):
    payload = random.randbytes(3000)
    if n % 2:
        listener = listen(cns, pair.c.getsockname()[0], 0)
        listener.settimeout(TIMEOUT)
        own = listener.getsockname()
        send_cut(pair.c, 'NOOP\r\n' + f'PORT {commas(*own)}\r\n')
        if pair.line(pair.s) != 'NOOP\r\n':
            raise ValueError('NOOP was lost')
        transfer(listener, sns, pair.line(pair.s), public, payload)
        for reply in '200 NOOP done.\r\n', '200 PORT done, data received.\r\n':
            send_cut(pair.s, reply)
            pair.line(pair.c)
    else:
        listener = listen(sns, server, 0)
        listener.settimeout(TIMEOUT)
        own = listener.getsockname()
        send_cut(pair.c, 'PASV\r\n')
        if pair.line(pair.s) != 'PASV\r\n':
            raise ValueError('PASV was lost')
        send_cut(pair.s, f'227 Entering Passive Mode ({commas(*own)}).\r\n')
        transfer(listener, cns, pair.line(pair.c), target, payload)
    send_cut(pair.c, f'STAT {n} and some more text\r\n')
    if pair.line(pair.s) != f'STAT {n} and some more text\r\n':
        raise ValueError('STAT was changed')
    send_cut(pair.s, '211 No status.\r\n')
    pair.line(pair.c)


def talk():
    global done
    try:
        with made:      # all pairs listen on the same port, one at a time
            pair = Pair(cns, sns, server, target)
        with pair:
            pair.c.settimeout(TIMEOUT)
            pair.s.settimeout(TIMEOUT)
            for n in range(each):
                exchange(pair, n)
                done += 1
    except (OSError, ValueError, IndexError) as e:
        errors.append(f'after {done}: {e!r}')


random.seed(1)
threads = [threading.Thread(target=talk) for _ in range(connections)]
for t in threads:
    t.start()
for t in threads:
    t.join()
sys.exit(not verdict(f'{connections * each} exchanges',
                     done == connections * each, '; '.join(errors)))
