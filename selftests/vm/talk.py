#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Runs control connections by commands from a test's script, one on each line.

talk.py CLIENT-NS SERVER-NS SERVER-ADDR PORT

	open FLOW                opens a connection: prints the client's port
	port FLOW PORT [ADDR]    the client announces PORT, of ADDR if given:
	                         prints the endpoint that the server receives
	ports FLOW PORT...       the same for all PORTs, in one segment
	cut FLOW AT TEXT         the client sends TEXT, cut at AT into two
	                         segments: prints the line at the server
	reply FLOW AT TEXT       the same, from the server to the client
	use FLOW                 the server connects to the last announced
	                         endpoint
	data FLOW                the same, and the connection stays open
	pass FLOW                sends a byte each way on that connection
	close FLOW               resets the connection, so that its conntrack
	                         entry times out soon

Each command prints one line; a failed command prints "error".
"""

import sys

from pair import Pair, commas, connect, listen

cns, sns, server, port = sys.argv[1:5]
flows = {}
told = {}
kept = {}


def endpoint(line):
    words = line.split()[1].split(',')
    return '.'.join(words[:4]), int(words[4]) * 256 + int(words[5])


def open_flow(name):
    flows[name] = Pair(cns, sns, server, server, int(port))
    return flows[name].c.getsockname()[1]


def announce(name, number, addr=None):
    pair = flows[name]
    addr = addr or pair.c.getsockname()[0]
    pair.c.sendall(f'PORT {commas(addr, int(number))}\r\n'.encode())
    told[name] = endpoint(pair.line(pair.s))
    return f'{told[name][0]} {told[name][1]}'


def announce_all(name, *numbers):
    pair = flows[name]
    own = pair.c.getsockname()[0]
    text = ''.join(f'PORT {commas(own, int(n))}\r\n' for n in numbers)
    pair.c.sendall(text.encode())
    got = [endpoint(pair.line(pair.s)) for _ in numbers]
    return ' '.join(f'{a}:{p}' for a, p in got)


def in_two(pair, sender, receiver, at, words):
    data = ' '.join(words).encode() + b'\r\n'
    sender.send(data[:int(at)])
    sender.send(data[int(at):])
    return pair.line(receiver).strip()


def cut(name, at, *words):
    return in_two(flows[name], flows[name].c, flows[name].s, at, words)


def reply(name, at, *words):
    return in_two(flows[name], flows[name].s, flows[name].c, at, words)


def connect_data(name):
    pair = flows[name]
    own = pair.c.getsockname()[0]
    with listen(cns, own, int(told[name][1])) as listener:
        near = connect(sns, *told[name], 5)
        return near, listener.accept()[0]


def use(name):
    for sock in connect_data(name):
        sock.close()
    return 'used'


def data(name):
    kept[name] = connect_data(name)
    return 'connected'


def pass_byte(name):
    for sender, receiver in (kept[name], kept[name][::-1]):
        receiver.settimeout(20)
        sender.sendall(b'x')
        if receiver.recv(1) != b'x':
            raise OSError('closed')
    return 'passed'


def close(name):
    flows.pop(name).__exit__()
    for sock in kept.pop(name, ()):
        sock.close()
    return 'closed'


COMMANDS = {'open': open_flow, 'port': announce, 'ports': announce_all,
            'cut': cut, 'reply': reply, 'use': use, 'data': data,
            'pass': pass_byte, 'close': close}

for line in sys.stdin:
    command, *args = line.split()
    try:
        print(COMMANDS[command](*args), flush=True)
    except OSError as e:
        print('error', e, flush=True)
