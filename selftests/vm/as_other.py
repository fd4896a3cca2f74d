#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Flows that one plug-in expects for another.

as_other.py CLIENT-NS ROUTER-NS SERVER-NS SERVER PUBLIC ALGCTL FOLDER

as_first.alg, in FOLDER, is attached to port 7005, and as_second.alg is loaded.
PUBLIC is the client's translated address.
"""

import json
import subprocess
import sys
import time

from pair import connect, enter, listen, udp, verdict

cns, rns, sns, server, public, algctl, folder = sys.argv[1:8]
FIRST, SECOND = 'First.1', 'Second.2'
bad = 0


def expect(name, good, why=''):
    global bad
    bad += not verdict(name, good, '' if good else why)


def router(*command):
    enter(rns)
    return subprocess.run(command, stdout=subprocess.PIPE, check=True,
                          text=True).stdout


def rules(command, name):
    router(algctl, 'plugin', command, f'{folder}/{name}.alg')


def count(plugin, name):
    enter(rns)
    with open('/proc/net/algate/stats') as f:
        for line in f:
            if line.split()[:2] == [plugin, name]:
                return int(line.split()[2])
    return 0


def counted(*pairs):
    """The values of counters, each a plug-in and a name."""
    return [count(*pair) for pair in pairs]


def opened(plugin):
    """Returns the sorted announced ports of all expectations of the plug-in."""
    shown = json.loads(router(algctl, '-j', 'expect', 'show'))
    return sorted(int((e.get('real') or e['to']).rsplit(':', 1)[1])
                  for e in shown if e['plugin'] == plugin)


def flows(plugin):
    shown = json.loads(router(algctl, '-j', 'flow', 'show'))
    return sum(f['plugin'] == plugin for f in shown)


def until(test):
    for _ in range(1200):
        if test():
            return True
        time.sleep(0.05)
    return False


class Root:
    """A flow of First.1 and its two ends."""

    def __init__(self, port=7005):
        self.listener = udp(sns, server, port)
        self.client = udp(cns)
        self.client.connect((server, port))

    def say(self, text):
        self.client.send(text.encode())
        got, self.address = self.listener.recvfrom(100)
        return got.decode()

    def reply(self, text):
        self.listener.sendto(text.encode(), self.address)
        return self.client.recv(100).decode()

    def close(self):
        self.listener.close()
        self.client.close()


class Child:
    """An expected flow: the server opens it to a port of the client."""

    def __init__(self, port):
        self.inside = udp(cns, port=port)
        self.outside = udp(sns, server)
        self.to = (public, port)

    def say(self, text):
        self.outside.sendto(text.encode(), self.to)
        got, self.back = self.inside.recvfrom(100)
        return got.decode()

    def reply(self, text):
        self.inside.sendto(text.encode(), self.back)
        return self.outside.recv(100).decode()

    def close(self):
        self.inside.close()
        self.outside.close()


def call(root, text):
    """A child at the port that TEXT announces, which begins with KIND."""
    root.say(text)
    child = Child(int(text.split()[1]))
    child.say('KIND')
    return child


KINDS = [(SECOND, 'rule:both'), (SECOND, 'rule:one'), (SECOND, 'rule:none'),
         (SECOND, 'bad_input')]


def test_values(root):
    child = call(root, 'CALL 40001 2')
    expect('the numbers are there', counted(*KINDS) == [1, 0, 0, 0],
           counted(*KINDS))
    child.say('WHO')
    child.reply('WHO')
    child.reply('WHO')
    roles = counted((SECOND, 'rule:client'), (SECOND, 'rule:server'))
    expect('the end that opens the flow is its client', roles == [1, 2], roles)
    call(root, 'CALL 40002 5').close()
    expect('a number out of range: none is given',
           counted(*KINDS) == [1, 0, 1, 1], counted(*KINDS))
    other = call(root, 'HIDDEN 40003')
    other.say('ROLE')
    expect('nor is one if a variable is no input',
           counted(*KINDS, (SECOND, 'rule:no_role')) == [1, 0, 2, 2, 1],
           counted(*KINDS, (SECOND, 'rule:no_role')))
    child.say('DATA 50001')
    child.reply('DATA 40010')
    expect('both ends open', opened(SECOND) == [40010, 50001], opened(SECOND))
    data = Child(40010)
    data.say('data')
    expect('the opening is used', count(SECOND, 'used') == 1)
    for end in child, other, data:
        end.close()


def test_leave():
    """No leave of the one plug-in counts for the other."""
    root = Root()
    child = call(root, 'CALL 40021 3')
    text = child.reply('AT 10.0.1.77 40022')
    child.reply('DATA 80')
    refused = counted((SECOND, 'third_party'), (SECOND, 'low_port'))
    expect('another host and a low port are refused',
           text == 'AT 10.0.1.77 40022' and refused == [1, 1], refused)
    child.close()
    root.close()


def test_repeat(root):
    before = count(SECOND, 'messages')
    root.say('CALL 40031 1')
    root.say('PLAIN 40031')
    child = Child(40031)
    child.say('KIND')
    expect('the last opening of a port counts: nobody inspects',
           count(SECOND, 'messages') == before)
    child.close()
    before = count(SECOND, 'messages')
    root.say('PAIR 40034')
    root.say('PLAIN 40035')
    child = Child(40035)
    child.say('KIND')
    expect('and the last opening of a second port',
           count(SECOND, 'messages') == before)
    child.close()
    root.say('SELF 40032')
    root.say('CALL 40032 2')
    before = count(SECOND, 'rule:both')
    child = Child(40032)
    child.say('KIND')
    expect('the last opening counts: the other plug-in',
           count(SECOND, 'rule:both') == before + 1)
    child.close()


def test_tcp(root):
    root.say('TCP 40041 3')
    listener = listen(cns, '10.0.1.10', 40041)
    outside = connect(sns, public, 40041)
    inside, _ = listener.accept()
    inside.settimeout(20)
    inside.sendall(b'AT 10.0.1.10 40042\n')
    text = outside.recv(100).decode()
    expect('a stream is rewritten', text == f'AT {public} 40042\n', text)
    outside.sendall(b'KIND\n')
    inside.sendall(b'WHO\n')
    expect('and goes on behind it', outside.recv(100) == b'WHO\n' and
           inside.recv(100) == b'KIND\n')
    for s in listener, outside, inside:
        s.close()


def test_limits():
    """A guest has no share of its own, but an attached flow has."""
    router('conntrack', '-F')
    root = Root()
    child = call(root, 'CALL 40051 1')
    for port in range(40052, 40056):
        root.say(f'CALL {port} 1')
    router(algctl, 'limit', 'set', 'expects', '4')
    child.reply('DATA 40061')
    expect("the guest's opening counts for its host",
           count(SECOND, 'limit') == 1 and not opened(SECOND), opened(SECOND))
    router(algctl, 'attach', 'add', SECOND, 'udp', 'dport', '7006')
    own = Root(7006)
    own.say('DATA 40062')
    expect('a flow of its own has a share', opened(SECOND) == [40062],
           opened(SECOND))
    router(algctl, 'attach', 'del', SECOND, 'udp', 'dport', '7006')
    router(algctl, 'limit', 'set', 'expects', '1000')
    for end in root, child, own:
        end.close()


def test_end():
    router('conntrack', '-F')
    root = Root()
    child = call(root, 'CALL 40071 1')
    child.reply('DATA 40072')
    expect('opened', opened(SECOND) == [40072], opened(SECOND))
    router('conntrack', '-D', '-p', 'udp', '--orig-port-dst', '7005')
    expect("the openings end with the host's flow",
           until(lambda: not opened(SECOND)), opened(SECOND))
    child.reply('DATA 40073')
    expect('then the flow is its own', opened(SECOND) == [40073],
           opened(SECOND))
    root.close()
    child.close()


def test_chain():
    router('conntrack', '-F')
    before = counted((FIRST, 'no_plugin'), (SECOND, 'no_plugin'))
    root = Root()
    second = call(root, 'CALL 40081 1')
    second.reply('BACK 40082')
    first = Child(40082)
    first.say('CALL 50082 2')
    first.reply('CALL 40083 2')
    second2 = Child(40083)
    second2.say('KIND')
    second2.reply('BACK 40084')
    first2 = Child(40084)
    expect('four plug-ins in a chain', flows(FIRST) == 2 and
           flows(SECOND) == 2, (flows(FIRST), flows(SECOND)))
    first2.say('CALL 50084 2')
    after = counted((FIRST, 'no_plugin'), (SECOND, 'no_plugin'))
    expect('the fifth does not inspect', flows(FIRST) == 2 and
           after == [before[0], before[1] + 1] and
           50084 not in opened(FIRST), after)
    for end in root, second, first, second2, first2:
        end.close()


def test_replace():
    router('conntrack', '-F')
    root = Root()
    living = call(root, 'CALL 40091 2')
    root.say('CALL 40092 2')
    before = count(SECOND, 'rule:both')
    rules('replace', 'as_second_more')
    living.say('KIND')
    expect('a living flow keeps its numbers',
           count(SECOND, 'rule:both') == before + 1)
    child = Child(40092)
    child.say('KIND')
    expect('an expected flow gets them under the new program',
           count(SECOND, 'rule:both') == before + 2)
    before = counted(*KINDS)
    rules('replace', 'as_second_less')
    living.say('KIND')
    expect('other ranges: a living flow has none any more',
           counted(*KINDS)[2] == before[2] + 1, counted(*KINDS))
    call(root, 'CALL 40093 2').close()
    expect('a number that the new program does not take',
           counted(*KINDS)[2:] == [before[2] + 2, before[3] + 1],
           counted(*KINDS))
    rules('replace', 'as_second')
    for end in root, living, child:
        end.close()


def test_unload_second():
    router('conntrack', '-F')
    root = Root()
    living = call(root, 'CALL 40101 2')
    living.reply('DATA 40102')
    root.say('CALL 40103 2')
    root.say('CALL 40104 2')
    router(algctl, 'plugin', 'unload', SECOND)
    expect('its openings are gone, and those of the other stay',
           not opened(SECOND) and opened(FIRST) == [40103, 40104],
           opened(FIRST))
    expect('its living flow passes', living.say('DATA 50102') and
           living.reply('DATA 40105') == 'DATA 40105')
    before = count(FIRST, 'no_plugin')
    child = Child(40103)
    child.say('KIND')
    expect('an expected flow passes and is counted',
           count(FIRST, 'no_plugin') == before + 1 and
           opened(FIRST) == [40104], opened(FIRST))
    rules('load', 'as_second')
    child.say('KIND')
    expect('it stays so', count(SECOND, 'messages') == 0)
    child.close()
    child = Child(40104)
    child.say('KIND')
    expect('the plug-in that was loaded since then inspects the next',
           counted(*KINDS) == [1, 0, 0, 0], counted(*KINDS))
    for end in root, living, child:
        end.close()


def test_unload_first():
    router('conntrack', '-F')
    root = Root()
    child = call(root, 'CALL 40111 2')
    child.reply('DATA 40112')
    root.say('CALL 40113 2')
    router(algctl, 'attach', 'del', FIRST, 'udp', 'dport', '7005')
    router(algctl, 'plugin', 'unload', FIRST)
    expect("the guest's openings end", until(lambda: not opened(SECOND)),
           opened(SECOND))
    child.reply('DATA 40114')
    expect('the living flow is still inspected', opened(SECOND) == [40114],
           opened(SECOND))
    root.close()
    child.close()


base = Root()
test_values(base)
test_repeat(base)
test_tcp(base)
base.close()
test_leave()
test_limits()
test_end()
test_chain()
test_replace()
test_unload_second()
test_unload_first()
sys.exit(bad != 0)
