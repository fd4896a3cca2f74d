#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A phone that sends from one port and gets its answers at another.

sip_port.py CLIENT-NS SERVER-NS ROUTER-NS SERVER-ADDR PUBLIC ALGCTL

The phone in CLIENT-NS sends from port 50933. Its Via has no rport and names port
5060, so the registrar at SERVER-ADDR answers to that port (RFC 3261, section
18.2.2). The registrar sees the phone as PUBLIC.
"""

import re
import select
import socket
import subprocess
import sys

import pair as peers
from sip import message

cns, sns, rns, server, public, algctl = sys.argv[1:7]
failures = 0


def verdict(name, good, why=''):
    global failures
    failures += not peers.verdict(name, good, '' if good else why)


def opened(word):
    """Returns the lines of the expectations of a class, or all."""
    out = subprocess.run(['ip', 'netns', 'exec', rns, algctl, 'expect', 'show',
                          'plugin', 'sip'], check=True, capture_output=True,
                         text=True).stdout
    return [line for line in out.splitlines() if f' {word} ' in f' {line} ']


def left():
    """Returns the largest number of seconds until a signal expectation ends."""
    return max([int(n) for line in opened('signal')
                for n in re.findall(r'timeout (\d+)', line)] or [0])


class Phone:
    def __init__(self):
        self.registrar = peers.udp(sns, server, 5060)
        peers.enter(cns)
        probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        probe.connect((server, 5060))
        self.inside = probe.getsockname()[0]
        probe.close()
        self.sender = peers.udp(cns, self.inside, 50933)
        self.listener = peers.udp(cns, self.inside, 5060)
        self.port = 0
        self.wrong = ''

    def request(self, method, call, cseq, branch, contact=True, media=0):
        """Sends a request. Returns whether the registrar can answer it."""
        here = self.inside, 5060
        self.sender.sendto(
            message(f'{method} sip:{server} SIP/2.0', call, f'{cseq} {method}',
                    here, branch, here if contact else None,
                    (self.inside, media) if media else None,
                    headers=['Expires: 3600'] if contact else []),
            (server, 5060))
        got = self.registrar.recv(4096).decode()
        via = re.search(r'^Via: SIP/2.0/UDP ([0-9.]+):(\d+);', got, re.M)
        self.wrong = got
        if not via or via[1] != public or self.inside in got:
            return False
        self.port = int(via[2])
        return self.port != 50933

    def answer(self, status, call, cseq, branch, contact=True, media=0, port=5060):
        """Whether the phone gets the registrar's answer, at its own port."""
        there = public, self.port
        answer = message(f'SIP/2.0 {status}', call, cseq, there, branch,
                         there if contact else None,
                         (server, media) if media else None,
                         headers=['Expires: 3600'] if contact else [])
        s = self.registrar if port == 5060 else peers.udp(sns, server, port)
        s.sendto(answer, (public, self.port))
        return self.hears(f'SIP/2.0 {status}')

    def hears(self, first):
        try:
            got = self.listener.recv(4096).decode()
        except OSError as e:
            self.wrong = str(e)
            return False
        self.wrong = got
        return got.startswith(first) and public not in got

    def hears_nothing(self):
        return not select.select([self.listener, self.sender], [], [], 0)[0]


def test_register(phone):
    good = phone.request('REGISTER', 'r', 1, 'r1')
    verdict('the Via names a public port', good, phone.wrong)
    verdict('the first answer arrives',
            phone.answer('401 Unauthorized', 'r', '1 REGISTER', 'r1', False),
            phone.wrong)
    verdict('a refusal that asks for a password confirms nothing',
            0 < left() <= 180, str(opened('signal')))
    first = phone.port
    phone.request('REGISTER', 'r', 2, 'r2')
    good = phone.answer('200 OK', 'r', '2 REGISTER', 'other')
    verdict('nor does an answer to another request',
            good and 0 < left() <= 180, f'{phone.wrong} {opened("signal")}')
    good = phone.answer('200 OK', 'r', '2 REGISTER', 'r2')
    verdict('the second answer confirms the registration',
            good and left() > 3000 and phone.port == first,
            f'{phone.wrong} {opened("signal")}')
    phone.request('OPTIONS', 'o', 1, 'o1', False)
    verdict('a later request leaves the registration as it is',
            left() > 3000 and phone.port == first, str(opened('signal')))


def test_call(phone, name, end):
    verdict(f'{name}: no media is open', not opened('media'), str(opened('media')))
    good = phone.request('INVITE', name, 1, f'{name}1', media=20000)
    verdict(f'{name}: RTP and RTCP are open', good and len(opened('media')) == 2,
            str(opened('media')))
    good = phone.answer('200 OK', name, '1 INVITE', f'{name}1', media=30000)
    verdict(f'{name}: the answer opens the other end, once',
            good and len(opened('media')) == 4, f'{phone.wrong} {opened("media")}')
    good = end(phone, name)
    verdict(f'{name}: BYE closes the media', good and not opened('media'),
            f'{phone.wrong} {opened("media")}')


def bye(phone, call):
    return phone.request('BYE', call, 2, f'{call}2', False)


def bye_from_peer(phone, call):
    phone.registrar.sendto(
        message(f'BYE sip:100@{public}:{phone.port} SIP/2.0', call, '7 BYE',
                (server, 5060), f'{call}7'), (public, phone.port))
    return phone.hears('BYE ')


def test_stranger(phone):
    """Whether another host of the outer side reaches the phone."""
    peers.enter(sns)
    subprocess.run(['ip', 'address', 'add', '198.51.100.77/32', 'dev', 'lo'],
                   check=True)
    s = peers.udp(sns, '198.51.100.77', 5060)
    s.sendto(message('SIP/2.0 200 OK', 'r', '2 REGISTER',
                     (public, phone.port), 'r2'), (public, phone.port))
    # The registrar's next datagram arrives after the stranger's.
    good = phone.answer('200 OK', 'r', '2 REGISTER', 'r2')
    verdict('another host does not reach the phone',
            good and phone.hears_nothing(), phone.wrong)


def test_other_port(phone):
    good = phone.request('REGISTER', 'p', 1, 'p1')
    verdict('an answer from another port of the registrar arrives', good and
            phone.answer('200 OK', 'p', '1 REGISTER', 'p1', port=5070),
            phone.wrong)


def test_root_ends(phone):
    """The flow of the answers goes on without the phone's own flow."""
    subprocess.run(['ip', 'netns', 'exec', rns, 'conntrack', '-D', '-p', 'udp',
                    '--orig-port-src', '50933'], check=True, capture_output=True)
    verdict('the end of the first flow closes all', not opened('signal'),
            str(opened('signal')))
    there = server, 5060
    phone.registrar.sendto(
        message(f'INVITE sip:100@{public}:{phone.port} SIP/2.0', 'late', '1 INVITE',
                there, 'l1', there, (server, 30000)), (public, phone.port))
    good = phone.hears('INVITE ')
    phone.listener.sendto(
        message('SIP/2.0 200 OK', 'late', '1 INVITE', there, 'l1',
                (phone.inside, 5060), (phone.inside, 20000)), (server, 5060))
    got = phone.registrar.recv(4096).decode()
    verdict('the other flow opens media of its own', good and
            len(opened('media')) == 4 and phone.inside not in got,
            f'{got} {opened("media")}')
    good = bye_from_peer(phone, 'late')
    verdict('and closes it', good and not opened('media'), str(opened('media')))


def main():
    phone = Phone()
    test_register(phone)
    test_call(phone, 'call', bye)
    test_call(phone, 'peer', bye_from_peer)
    test_stranger(phone)
    test_other_port(phone)
    test_root_ends(phone)
    sys.exit(failures != 0)


main()
