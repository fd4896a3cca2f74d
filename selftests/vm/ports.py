#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Public ports that the router gives to announced endpoints.

ports.py CLIENT-NS OTHER-NS ROUTER-NS SERVER-NS SERVER SERVER6 PUBLIC ALGCTL

ports.alg is attached to the ports 21 and 2121; NAT maps all flows to other
ports than 2121. PUBLIC is the router's IPv4 address.
"""

import json
import socket
import subprocess
import sys
import tempfile

from pair import Pair, enter, family, verdict

cns, ons, rns, sns, server, server6, public, algctl = sys.argv[1:9]
SYSTEM = range(32768, 61000)    # the kernel's default
bad = 0


def expect(name, good, why=''):
    global bad
    bad += not verdict(name, good, '' if good else why)


def say(pair, text):
    """Sends TEXT; returns the text that arrives."""
    pair.c.sendall(f'{text}\n'.encode())
    return pair.line(pair.s).strip()


def kept(pair, name, text):
    answer = say(pair, text)
    expect(name, answer == text, answer)


def moved(pair, name, text, ports=SYSTEM):
    """Expects that another port of PORTS arrives; returns the port."""
    answer = say(pair, text)
    port = int(answer.split()[1])
    expect(name, answer != text and port in ports, answer)
    return port


def on_router(*args):
    enter(rns)
    return subprocess.run([algctl, *args], check=True, capture_output=True,
                          text=True).stdout


def limits(*words):
    on_router('limit', 'set', *words)


def refused(count):
    """Were COUNT messages refused, since there was no port?"""
    enter(rns)
    with open('/proc/thread-self/net/algate/stats') as f:
        return f'ports no_port {count}' in [' '.join(l.split()) for l in f]


def listener(kind, addr, port, device=None):
    s = socket.socket(family(addr), kind)
    if s.family == socket.AF_INET6:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    if device:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device)
    s.bind((addr, port))
    if kind == socket.SOCK_STREAM:
        s.listen()
    return s


def receiver(ns, addr, port):
    enter(ns)
    s = listener(socket.SOCK_DGRAM, addr, port)
    s.settimeout(20)
    return s


def datagram(ns, port):
    """Sends a datagram from PORT, which NAT keeps, to the same port number of
    the server, as media often does."""
    there = receiver(sns, server, port)
    receiver(ns, '', port).sendto(b'media', (server, port))
    return there.recvfrom(100)[1] == (public, port)


def test_router(pair):
    """The ports of the router and of another host's flow"""
    kept(pair, "a port of the system's range is kept", 'TCP 40001')
    kept(pair, 'a port where a socket has the other protocol', 'UDP 40011')
    moved(pair, 'a port below the range', 'TCP 8443')
    moved(pair, 'a port above the range', 'UDP 61000')
    moved(pair, 'a port where a socket receives', 'UDP 40010')
    moved(pair, 'a port where a socket listens', 'TCP 40011')
    moved(pair, 'a pair at such a port', 'PAIR 40010')
    expect('the host has a flow at a port', datagram(cns, 40030))
    kept(pair, 'its port is kept', 'UDP 40030')
    expect('another host has a flow at a port', datagram(ons, 40031))
    moved(pair, 'its port is not kept', 'UDP 40031')
    enter(rns)
    with open('/proc/sys/net/ipv4/ip_local_reserved_ports', 'w') as f:
        f.write('40040,20000-20001')
    moved(pair, 'a port that the system reserves', 'TCP 40040')


def test_media(pair):
    """Both ends send media from the ports that they announce."""
    port = moved(pair, 'a port for media', 'UDP 20500')
    pair.s.sendall(b'UDP 6000\n')
    answer = pair.line(pair.c)
    expect("the server's port is kept", answer == 'UDP 6000\n', answer)
    here, there = receiver(cns, '', 20500), receiver(sns, server, 6000)
    here.sendto(b'media', (server, 6000))
    source = there.recvfrom(100)[1]
    expect('media leaves from the public port', source == (public, port),
           source)
    there.sendto(b'media', (public, port))
    source = here.recvfrom(100)[1]
    expect("media arrives from the server's port", source == (server, 6000),
           source)


def test_media_first(pair):
    """The host inside sends first, from a port that NAT keeps."""
    port = moved(pair, 'another port for media', 'UDP 20600')
    here, there = receiver(cns, '', 20600), receiver(sns, server, 6001)
    here.sendto(b'media', (server, 6001))
    source = there.recvfrom(100)[1]
    expect('NAT chooses its public port', source == (public, 20600), source)
    for text in b'first', b'second':
        there.sendto(text, (public, port))
        got = here.recv(100)
        expect(f'the {text.decode()} datagram to the announced port arrives',
               got == text, got)


def test_range(pair):
    limits('ports', '20000-20003')
    ports = range(20000, 20004)
    kept(pair, 'a port that the system reserves, in an explicit range',
         'TCP 20001')
    own = pair.c.getsockname()[1]
    kept(pair, "the flow's own port stays", f'TCP {own}')
    moved(pair, 'the same endpoint in another class', 'MORE 20001', ports)
    first = moved(pair, 'a port outside', 'TCP 50001', ports)
    last = moved(pair, "a port of the flow's own", f'TCP {first}', ports)
    kept(pair, 'no port is left', 'TCP 50002')
    expect('the message is refused', refused(1))
    answer = say(pair, 'TCP 50001'), say(pair, f'TCP {first}')
    expect('announced again, endpoints get the same ports',
           answer == (f'TCP {first}', f'TCP {last}'), answer)
    limits('ports', '20010', 'reserved', '22,20010-20019')
    kept(pair, 'the only port is reserved', 'TCP 20010')
    expect('the message is refused', refused(2))
    kept(pair, 'so is the port that an endpoint has', 'TCP 50001')
    expect('its next message is refused', refused(3))


def shown():
    return [json.loads(on_router('-j', 'limit', 'show'))[key]
            for key in ('ports', 'reserved')]


def test_saved():
    before = shown()
    expect('the limits are shown', before == ['20010', '22,20010-20019'],
           before)
    with tempfile.NamedTemporaryFile('w') as saved:
        saved.write(on_router('save'))
        saved.flush()
        limits('ports', 'system', 'reserved', 'none')
        reset = shown()
        on_router('restore', saved.name)
    expect('the limits are reset', reset == ['system', 'none'], reset)
    expect('the limits are saved and restored', shown() == before, shown())


enter(rns)
sockets = [
    listener(socket.SOCK_DGRAM, '', 40010),
    listener(socket.SOCK_STREAM, public, 40011),
    listener(socket.SOCK_DGRAM, '::', 40020, b'wan'),
    listener(socket.SOCK_STREAM, '::', 40021),
]
with Pair(cns, sns, server6, server6) as p:
    kept(p, 'IPv6: a port of the range', 'TCP 40002')
    moved(p, 'IPv6: a port where a socket receives', 'UDP 40020')
    moved(p, 'IPv6: a port where a socket listens', 'TCP 40021')
with Pair(cns, sns, server, server) as p:
    test_router(p)
    test_media(p)
    test_media_first(p)
    test_range(p)
with Pair(cns, sns, server, server, 2121) as p:
    kept(p, 'a port outside, without NAT', 'TCP 8443')
test_saved()
sys.exit(bad != 0)
