#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Compares the events of the tracepoints with the messages that cause them.

tracepoints.py TRACEFS MANUAL ALGCTL CLIENT-NS ROUTER-NS SERVER-NS PUBLIC

PUBLIC is the client's translated IPv4 address. MANUAL describes the fields.
"""

import collections
import os
import re
import subprocess
import sys

from pair import Pair, commas, enter, udp, verdict

tracing, manual, algctl, cns, rns, sns, public = sys.argv[1:8]
CLIENT, SERVER, THIRD = '10.0.1.10', '192.0.2.2', '10.0.1.11'
CLIENT6, SERVER6, PUBLIC6 = 'fd00:1::10', '2001:db8:2::2', '2001:db8:2::1'
EVENTS = 'open', 'refuse', 'rewrite'
# counters of messages that pass as the rules want it
NO_REFUSAL = ('packets bytes messages matched opened used expired cancelled '
              'rewritten grown shrunk held joined repeated stopped evicted '
              'resumed').split()
NETNS = os.stat(f'/run/netns/{rns}').st_ino
bad = 0


def expect(name, good, why=''):
    global bad
    bad += not verdict(name, good, '' if good else str(why))


def write(path, text):
    with open(f'{tracing}/{path}', 'w') as f:
        f.write(text)


def enable(on, event=''):
    write(f'events/algate/{event}enable', '1' if on else '0')


def events():
    """Reads and clears the events: (event, {field: text}) in their order."""
    with open(f'{tracing}/trace') as f:
        lines = [re.search(r' algate_(\w+): (.*)', line) for line in f]
    write('trace', '')
    return [(m[1], dict(word.split('=') for word in m[2].split()))
            for m in lines if m]


def told(name, want):
    """The events since the last call are those of WANT."""
    got = events()
    want = [(event, {k: str(v) for k, v in fields.items()})
            for event, fields in want]
    expect(name, got == want, f'{got}, not {want}')


class Talk(Pair):
    """A connection, and the fields by which events name its flow."""

    def __init__(self, plugin='ftp', client=CLIENT, server=SERVER, port=21):
        super().__init__(cns, sns, server, server, port)
        self.flow = {'netns': NETNS, 'plugin': plugin, 'proto': 'tcp',
                     'src': client, 'dst': server,
                     'sport': self.c.getsockname()[1], 'dport': port}

    def say(self, text):
        self.c.sendall(f'{text}\r\n'.encode())
        return self.line(self.s).rstrip('\r\n')

    def reply(self, text):
        self.s.sendall(f'{text}\r\n'.encode())
        return self.line(self.c).rstrip('\r\n')

    def opened(self, proto, real, mapped, ports=1, timeout=300):
        return 'open', {**self.flow, 'class': 'data', 'open_proto': proto,
                        'announced': real[0], 'announced_port': real[1],
                        'mapped': mapped[0], 'mapped_port': mapped[1],
                        'ports': ports, 'timeout': timeout}

    def refused(self, reason):
        return 'refuse', {**self.flow, 'reason': reason}

    def rewritten(self, before, after, edits=1):
        return 'rewrite', {**self.flow, 'before': len(before),
                           'after': len(after), 'edits': edits}


def port(number, address=CLIENT):
    return f'PORT {commas(address, number)}'


def test_values():
    with Talk() as t:
        sent = port(40001)
        got = t.say(sent)
        expect('PORT is rewritten', got == port(40001, public), got)
        told('an opening and a rewriting', [
            t.opened('tcp', (CLIENT, 40001), (public, 40001)),
            t.rewritten(sent, got)])
        t.say(port(40002, THIRD))
        told('a refusal', [t.refused('third_party')])
    with Talk(client=CLIENT6, server=SERVER6) as t:
        sent = f'EPRT |2|{CLIENT6}|40003|'
        got = t.say(sent)
        expect('EPRT is rewritten', got == f'EPRT |2|{PUBLIC6}|40003|', got)
        told('an opening and a rewriting, IPv6', [
            t.opened('tcp', (CLIENT6, 40003), (PUBLIC6, 40003)),
            t.rewritten(sent, got)])
        t.say('EPRT |2|fd00:1::99|40004|')
        told('a refusal, IPv6', [t.refused('third_party')])


def test_several():
    with Talk('ports', port=7001) as t:
        t.say('PAIR 40006')
        told('two ports of another protocol', [
            t.opened('udp', (CLIENT, 40006), (public, 40006), 2, 3600)])


def test_datagram():
    with udp(sns, SERVER, 69) as server, udp(cns, CLIENT) as client:
        client.sendto(b'\0\1file\0octet\0', (SERVER, 69))
        server.recv(100)
        own = client.getsockname()[1]
        got = events()
        want = {'netns': NETNS, 'plugin': 'tftp', 'proto': 'udp',
                'src': CLIENT, 'dst': SERVER, 'sport': own, 'dport': 69,
                'class': 'data', 'open_proto': 'udp', 'announced': CLIENT,
                'announced_port': own, 'mapped': public, 'mapped_port': own,
                'ports': 1, 'timeout': 300}
        want = [('open', {k: str(v) for k, v in want.items()})]
        expect('an opening by a datagram', got == want, got)


def test_disabled(number):
    with Talk() as t:
        got = t.say(port(number))
        t.say(port(40011, THIRD))
        expect('a message is rewritten', got == port(number, public), got)
        told('no event', [])


def test_one_enabled():
    enable(True, 'algate_refuse/')
    with Talk() as t:
        t.say(port(40012))
        t.say(port(40013, THIRD))
        told('only the enabled one', [t.refused('third_party')])
    enable(False)


def limit(*words):
    enter(rns)
    subprocess.run([algctl, 'limit', 'set', *words], check=True)


def counters():
    enter(rns)
    with open('/proc/thread-self/net/algate/stats') as f:
        words = [line.split() for line in f]
    return collections.Counter({
        name: int(value) for plugin, name, value in words[1:]
        if plugin == 'ftp' and name not in NO_REFUSAL and ':' not in name})


def provoke():
    """Messages and flows that are refused for many reasons."""
    with Talk() as t:
        t.say(port(80))
        t.say(port(0))
        t.reply('220 Hello.')
        t.reply(f'227 Entering Passive Mode ({commas(SERVER, 40020)}).')
        t.say('NOOP ' + 'x' * 5000)
        limit('expects', '1', 'rate', '1')
        for i in range(4):
            t.say(port(40021 + i))
        limit('expects', '100', 'rate', '100')
    with Talk() as t:
        for i in range(4):
            t.say(port(40030 + i, SERVER))
    with Talk() as t:
        t.say('GET / HTTP/1.0')
    with Talk() as t:
        t.say('USER me')
        t.say('Host: example.net')
    with Talk() as t:
        limit('flows', '1')
        with Talk() as other:
            other.say(port(40040))
            full = events()
            want = {k: str(v) for k, v in other.refused('flow_limit')[1].items()}
            expect('a flow that is not inspected', ('refuse', want) in full,
                   full)
        limit('flows', '1000')
    return full


def test_reasons():
    before = counters()
    got = provoke() + events()
    grown = counters() - before
    traced = collections.Counter(fields['reason'] for event, fields in got
                                 if event == 'refuse')
    print('reasons:', dict(grown))
    expect('each counted refusal is told', traced == grown,
           f'{traced}, not {grown}')
    wanted = {'low_port', 'bad_port', 'require', 'too_long', 'limit',
              'third_party', 'strangers', 'not_begun', 'unrecognised',
              'flow_limit'}
    expect('ten reasons', wanted <= set(grown), wanted - set(grown))


def described():
    """The fields of each event, and the words behind args-> and --filter."""
    with open(manual) as f:
        text = f.read().split('.Sh TRACEPOINTS')[1].split('\n.Sh ')[0]
    fields = collections.defaultdict(set)
    event = 'all'
    for line in text.splitlines():
        if line.startswith('.It Cm algate:algate_'):
            event = line[len('.It Cm algate:algate_'):]
        elif line.startswith('.It Va '):
            fields[event].update(line[len('.It Va '):].split(' , '))
    for example in re.findall(r'\.Bd.*?\.Ed', text, re.DOTALL):
        event = re.search(r'algate:algate_(\w+)', example)[1]
        used = re.findall(r"args->(\w+)|--filter '(\w+)", example)
        fields[f'example {event}'].update(a or b for a, b in used)
    return fields


def test_manual():
    doc = described()
    for event in EVENTS:
        with open(f'{tracing}/events/algate/algate_{event}/format') as f:
            has = {name for name in re.findall(r'field:[^;]*?(\w+)(?:\[\d+\])?;',
                                               f.read())
                   if not name.startswith('common_')}
        want = doc['all'] | doc[event]
        expect(f'the manual page has the fields of {event}', has == want,
               has ^ want)
        used = doc.pop(f'example {event}', set())
        expect(f'the example uses fields of {event}', used <= has, used - has)
    expect('each example names an event', not any(
        e.startswith('example') for e in doc), doc)


def test_filter():
    """The filter that the manual page uses works on an address."""
    write('events/algate/filter', f'src == "{CLIENT6}"')
    enable(True)
    with Talk() as t:
        t.say(port(40050, THIRD))
    with Talk(client=CLIENT6, server=SERVER6) as t:
        t.say('EPRT |2|fd00:1::99|40051|')
        told('a filter by address', [t.refused('third_party')])
    enable(False)
    write('events/algate/filter', '0')


test_manual()
write('trace', '')
test_disabled(40010)
enable(True)
test_values()
test_several()
test_datagram()
test_reasons()
enable(False)
events()
test_disabled(40014)
test_one_enabled()
test_filter()
sys.exit(bad != 0)
