#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Tests which hosts can use an expectation for any host.

any_side.py CLIENT-NS NEIGHBOUR-NS VLAN-NS ROUTER-NS PROVIDER-NS ALGCTL

Uses the rules of any_side.alg and the network of any_side.sh. The provider and
a stranger are in PROVIDER-NS, behind eth0 and eth1. In a NAT phase the client
begins the flow, and the provider sees another address. In a routed phase the
provider begins the flow, and the default route tells which side is outside.
"""

import select
import socket
import subprocess
import sys
import time

from pair import enter, family, listen, verdict

cns, nns, vns, rns, pns, algctl = sys.argv[1:7]
PORT = 7002
GATEWAYS = ('192.0.2.2', '198.51.100.2')
GATEWAY6 = '2001:db8:2::2'
bad = 0
prefix = ''
# of the phase
provider = stranger = third = me = public = ''
inside = outside = None
others = {}
permanent_uses = base = 0


def expect(name, good, why=''):
    global bad
    bad += not verdict(f'{prefix}: {name}', good, '' if good else str(why))


def bound(kind, ns, addr='', port=0, device=None):
    enter(ns)
    s = socket.socket(family(provider), kind)
    s.settimeout(20)
    if device:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
    s.bind((addr or ('::' if ':' in provider else '0.0.0.0'), port))
    return s


def udp(*args):
    return bound(socket.SOCK_DGRAM, *args)


def counters():
    enter(rns)
    with open('/proc/thread-self/net/algate/stats') as f:
        return {l.split()[1]: int(l.split()[2]) for l in f
                if l.startswith('side ')}


def opened():
    """Returns the number of open expectations."""
    c = counters()
    return (c['opened'] - c['used'] - c['cancelled'] - c['expired'] +
            permanent_uses - base)


def router(*command, text=None):
    enter(rns)
    return subprocess.run(command, input=text, check=True,
                          stdout=subprocess.PIPE, text=True).stdout


def begin(name, nat, *addresses):
    """Begins a phase: a flow between the client and the provider."""
    global prefix, provider, stranger, third, me, public, inside, outside
    global others
    global permanent_uses, base
    prefix = name
    provider, stranger, third = addresses
    # Hosts whose packets to the client's public address reach the router.
    others = {'a host of another VLAN': vns}
    probe = udp(cns)
    probe.connect((provider, 9))
    me = public = probe.getsockname()[0]
    inside, outside = udp(cns, me, PORT), udp(pns, provider, PORT)
    if nat:
        others['a neighbour'] = nns
        inside.sendto(b'hello', (provider, PORT))
        public = outside.recvfrom(100)[1][0]
    outside.connect((public, PORT))
    inside.connect((provider, PORT))
    if not nat:
        outside.send(b'hello')
        inside.recv(100)
    permanent_uses = base = 0
    base = opened()


def say(end, text):
    """Sends TEXT from END of the flow. Returns the text that arrives."""
    other = outside if end is inside else inside
    end.send(text.encode())
    return other.recv(100).decode()


def announce(end, kind, port):
    before = counters()['opened']
    got = say(end, f'{kind} {port}')
    now = counters()['opened']
    if now != before + 1:
        expect(f'{kind} {port} is opened', False, f'{got} {now - before}')
    return int(got.split()[-1])


def gets(receiver, sender, to):
    """Returns the source of a datagram that SENDER sends to RECEIVER."""
    sender.sendto(b'data', to)
    try:
        return receiver.recvfrom(100)[1][0]
    except OSError as e:
        return str(e)


def await_refusal(before):
    """Waits for a flow that is not expected. Returns the number of them."""
    end = time.monotonic() + 60
    while counters()['other_side'] == before and time.monotonic() < end:
        time.sleep(0.01)
    return counters()['other_side'] - before


def refused(name, ns, to, left, address=''):
    """A datagram from NS is not expected, and the expectation stays."""
    before = counters()['other_side']
    udp(ns, address).sendto(b'data', to)
    more = await_refusal(before)
    expect(f'{name} is refused, and counted', more == 1, more)
    expect(f'{name} uses nothing up', opened() == left, opened())


def silent(receiver):
    return not select.select([receiver], [], [], 0)[0]


def test_once():
    port = announce(inside, 'ONCE', 40000)
    receiver = udp(cns, me, 40000)
    for name, ns in others.items():
        refused(name, ns, (public, port), 1)
    expect('and nothing has arrived', silent(receiver))
    source = gets(receiver, udp(pns, stranger), (public, port))
    expect('a stranger outside gets in, and is seen as it is',
           source == stranger, source)
    expect('the expectation is used up', not opened(), opened())


def test_ever():
    global permanent_uses
    port = announce(inside, 'EVER', 40002)
    used = counters()['used']
    receiver = udp(cns, me, 40002)
    for device in ('eth0', 'eth1'):
        sender = udp(pns, stranger, 0, device)
        source = gets(receiver, sender, (public, port))
        expect(f'permanent: a stranger by {device} gets in',
               source == stranger, source)
    permanent_uses += counters()['used'] - used
    refused('permanent: an inside host', vns, (public, port), 1)
    used = counters()['used']
    source = gets(receiver, udp(pns, provider), (public, port))
    expect('permanent: the provider gets in', source == provider, source)
    permanent_uses += counters()['used'] - used
    expect('permanent: it stays', opened() == 1, opened())


def test_later():
    port = announce(inside, 'LATER', 40004)
    receiver = udp(cns, me, 40004)
    for host in (provider, stranger):
        udp(pns, host).sendto(b'data', (public, port))
    say(outside, 'until here')
    expect('nobody gets in before the confirmation',
           silent(receiver) and opened() == 1, opened())
    say(outside, 'NOW 40004')
    refused('confirmed: an inside host', vns, (public, port), 1)
    source = gets(receiver, udp(pns, stranger), (public, port))
    expect('confirmed: a stranger gets in', source == stranger, source)


def test_tcp():
    port = announce(inside, 'TCP', 40006)
    listener = listen(cns, me, 40006)
    before = counters()['other_side']
    neighbour = bound(socket.SOCK_STREAM, vns)
    neighbour.setblocking(False)
    neighbour.connect_ex((public, port))
    expect('TCP: an inside host is refused', await_refusal(before) > 0)
    expect('TCP: an inside host uses nothing up', opened() == 1, opened())
    neighbour.close()
    sender = bound(socket.SOCK_STREAM, pns, stranger)
    sender.connect((public, port))
    end, source = listener.accept()
    expect('TCP: a stranger gets in, and is seen as it is',
           source[0] == stranger, source)
    sender.sendall(b'data')
    end.sendall(end.recv(100))
    expect('TCP: the stranger gets answers', sender.recv(100) == b'data')


def test_named():
    """The answer, or the announcement, names the host that will connect."""
    port = announce(inside, 'ASK', 40008)
    receiver = udp(cns, me, 40008)
    say(outside, f'FROM 40008 {stranger}')
    for name, ns in others.items():
        refused(f'named: {name}', ns, (public, port), 1)
    refused('named: a third host outside', pns, (public, port), 1, third)
    expect('named: nothing has arrived', silent(receiver))
    source = gets(receiver, udp(pns, stranger), (public, port))
    expect('named: the host gets in', source == stranger, source)

    port = announce(inside, f'ASK {stranger}', 40010)
    receiver = udp(cns, me, 40010)
    refused('named at once: a third host', pns, (public, port), 1, third)
    source = gets(receiver, udp(pns, provider), (public, port))
    expect('named at once: the provider gets in', source == provider, source)

    port = announce(inside, f'ASK {stranger}', 40012)
    receiver = udp(cns, me, 40012)
    say(inside, 'ALL 40012')
    refused('who announced lets nobody in', pns, (public, port), 1, third)
    say(outside, 'ALL 40012')
    source = gets(receiver, udp(pns, third), (public, port))
    expect('not named any more: a third host gets in', source == third, source)

    port = announce(inside, 'ASK', 40014)
    receiver = udp(cns, me, 40014)
    say(outside, f'FROM 40014 {stranger}')
    announce(inside, f'ASK {third}', 40014)
    refused('named anew: the host before', pns, (public, port), 1, stranger)
    source = gets(receiver, udp(pns, third), (public, port))
    expect('named anew: the new host gets in', source == third, source)


def test_named_without_key():
    """Each announcement of a port that NAT keeps names a host, or none."""
    port = announce(inside, f'HOST {stranger}', 40016)
    receiver = udp(cns, me, 40016)
    refused('named without a key: a third host', pns, (public, port), 1, third)
    announce(inside, 'HOST', 40016)
    source = gets(receiver, udp(pns, third), (public, port))
    expect('without a name again: a third host gets in', source == third, source)
    announce(inside, 'HOST', 40016)
    announce(inside, f'HOST {stranger}', 40016)
    refused('with a name again: a third host', pns, (public, port), 1, third)
    source = gets(receiver, udp(pns, stranger), (public, port))
    expect('with a name again: the host gets in', source == stranger, source)


def test_outside():
    """What the provider announces is only for the client."""
    port = announce(outside, 'ONCE', 50000)
    receiver = udp(pns, provider, 50000)
    shown = router(algctl, 'expect', 'show', 'plugin', 'side')
    expect('what the provider announces is only for the client',
           f' {me} ->' in shown, shown)
    for ns in (nns, vns):
        udp(ns).sendto(b'data', (provider, port))
    say(inside, 'until here')
    expect('no other host inside gets out', silent(receiver) and
           opened() == 1, opened())
    source = gets(receiver, udp(cns, me), (provider, port))
    expect('the client gets out', source == public, source)


def test_peer():
    """The administrator restricts the class to the peer."""
    router(algctl, 'plugin', 'set', 'side', 'once', 'peer')
    saved = router(algctl, 'save')
    port = announce(inside, 'ONCE', 40020)
    receiver = udp(cns, me, 40020)
    udp(pns, stranger).sendto(b'data', (public, port))
    say(outside, 'until here')
    expect('set to peer: a stranger does not get in', silent(receiver) and
           opened() == 1, opened())
    source = gets(receiver, udp(pns, provider), (public, port))
    expect('set to peer: the provider gets in', source == provider, source)
    router(algctl, 'plugin', 'set', 'side', 'once', 'any')
    show = router(algctl, 'plugin', 'show')
    expect('set to any: not shown', ' peer ' not in show, show)
    router(algctl, 'restore', '-', text=saved)
    show = router(algctl, 'plugin', 'show')
    expect('set to peer: shown, saved and restored', ' peer once ' in show, show)
    router(algctl, 'plugin', 'set', 'side', 'once', 'any')


def test_ordinary():
    """Another host's flow is an ordinary new flow."""
    port = announce(inside, 'ONCE', 40010)
    used = counters()['used']
    source = gets(udp(cns, me, 40010), udp(vns), (public, port))
    expect('a host of another VLAN has an ordinary flow',
           source != 'timed out', source)
    port = announce(outside, 'EVER', 50010)
    source = gets(udp(pns, provider, 50010), udp(nns), (provider, port))
    expect('a neighbour has an ordinary flow', source != 'timed out', source)
    expect('without an expectation', counters()['used'] == used and
           opened() == 2, opened())


def phase(name, nat, addresses, *tests):
    begin(name, nat, *addresses)
    for test in tests:
        test()
        say(inside, 'CLOSE')
    expect('all is closed', not opened(), opened())
    inside.close()
    outside.close()


def routes(*changes):
    router('ip', '-batch', '-', text='\n'.join(f'route {c}' for c in changes))


hosts = ('203.0.113.5', '203.0.113.7', '203.0.113.9')
hosts6 = ('2001:db8:5::5', '2001:db8:5::7', '2001:db8:5::9')
phase('SNAT', True, hosts, test_once, test_ever, test_later, test_tcp,
      test_named, test_outside, test_peer)
phase('SNAT6', True, hosts6, test_once, test_named)
router('nft', '-f', '-', text='delete table inet masq')
router('conntrack', '-F')
routes(f'add default via {GATEWAYS[0]}', f'add default via {GATEWAY6}')
phase('no NAT', False, hosts, test_once, test_named_without_key,
      test_outside)
phase('no NAT6', False, hosts6, test_once, test_ever, test_outside)
# The route to the provider is multipath, the default route is not.
routes(f'replace default via {GATEWAYS[1]}')
phase('other default route', False, hosts, test_once)
router('nft', '-f', '-', text='delete table inet strict')
phase('no filter', False, hosts, test_ordinary)
sys.exit(bad != 0)
