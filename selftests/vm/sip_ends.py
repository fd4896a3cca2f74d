#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Ends calls in each possible way, and checks that their media are closed.

sip_ends.py udp|tcp CLIENT-NS SERVER-NS ROUTER-NS SERVER-ADDR PUBLIC ALGCTL

A phone in CLIENT-NS calls SERVER-ADDR, which sees the phone as PUBLIC. The test
counts the expectations for media before and after each call ends. Over TCP, it
also cuts the phone's messages in two after each byte.
"""

import socket
import subprocess
import sys

import pair as peers
from sip import message, uri

proto, cns, sns, rns, server, public, algctl = sys.argv[1:8]
MEDIA, OTHER = (('2001:db8:2::77', '2001:db8:2::78') if ':' in server else
                ('192.0.2.77', '192.0.2.78'))
failures = 0


def verdict(name, good, why=''):
    global failures
    failures += not peers.verdict(name, good, '' if good else why)


class Datagrams:
    """Both ends of a UDP flow, as Pair for TCP."""

    def __init__(self):
        peers.enter(sns)
        self.s = socket.socket(peers.family(server), socket.SOCK_DGRAM)
        self.s.bind((server, 5060))
        peers.enter(cns)
        self.c = socket.socket(peers.family(server), socket.SOCK_DGRAM)
        self.c.connect((server, 5060))
        for end in (self.c, self.s):
            end.settimeout(20)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.c.close()
        self.s.close()


class Flow:
    """Sends messages of calls between the phone and the server."""

    def __init__(self, ends):
        self.ends = ends
        self.port = ends.c.getsockname()[1]
        self.inside = ends.c.getsockname()[0], self.port
        self.outside = public, self.port
        self.wrong = []

    def passes(self, receiver, want):
        got = b''
        while len(got) < len(want):
            try:
                more, sender = receiver.recvfrom(len(want) - len(got))
            except OSError as e:
                more = b''
                self.wrong.append(str(e))
            if not more:
                break
            if proto == 'udp' and receiver is self.ends.s:
                receiver.connect(sender)
            got += more
        if got != want:
            self.wrong.append(f'{got!r} for {want!r}')
        return got == want

    def requests(self, first, call, cseq, media):
        """Returns the message as sent, and as it must arrive."""
        contact = cseq.endswith('INVITE')
        return [message(first, call, cseq, where, '', where if contact else None,
                        (where[0], media) if media else None, proto)
                for where in (self.inside, self.outside)]

    def request(self, method, call, media=None, cseq=1, cut=None):
        sent, want = self.requests(f'{method} sip:bob@{uri(server, 5060)} SIP/2.0',
                                   call, f'{cseq} {method}', media)
        for part in (sent[:cut], sent[cut:]) if cut else (sent,):
            self.ends.c.sendall(part)
        return self.passes(self.ends.s, want)

    def answer(self, status, call, cseq='1 INVITE', media=None, host=server):
        sdp = (host, media) if media else None
        sent, want = [message(f'SIP/2.0 {status}', call, cseq, via, sdp=sdp,
                              proto=proto)
                      for via in (self.outside, self.inside)]
        self.ends.s.sendall(sent)
        return self.passes(self.ends.c, want)


def opened():
    """Returns the expectations for media, as sorted lines."""
    out = subprocess.run(['ip', 'netns', 'exec', rns, algctl, 'expect', 'show',
                          'plugin', 'sip'], check=True, capture_output=True,
                         text=True).stdout
    return sorted(out.splitlines())


def end_bye(flow, call):
    return (flow.answer('200 OK', call, media=30000) and
            flow.request('BYE', call, cseq=2))


def end_bye_of_early_media(flow, call):
    return (flow.answer('183 Session Progress', call, media=30000) and
            flow.request('BYE', call, cseq=2))


def end_cancel(flow, call):
    return (flow.answer('180 Ringing', call) and flow.request('CANCEL', call) and
            flow.answer('200 OK', call, '1 CANCEL') and
            flow.answer('487 Request Terminated', call))


def refused(status):
    def end(flow, call):
        return flow.answer(status, call)
    return end


ENDS = [('BYE', end_bye), ('BYE after early media', end_bye_of_early_media),
        ('CANCEL', end_cancel), ('404', refused('404 Not Found')),
        ('486', refused('486 Busy Here')), ('503', refused('503 Unavailable')),
        ('603', refused('603 Decline'))]


def test_ends(flow):
    verdict('nothing is open', not opened(), str(opened()))
    good = flow.request('INVITE', 'stays', 42000)
    stay = opened()
    verdict('a call: RTP and RTCP are open', good and len(stay) == 2,
            f'{stay} {flow.wrong}')
    ports = {line.split('-> ')[-1].split(',')[0].split(' ')[0] for line in stay}
    for number, (name, end) in enumerate(ENDS):
        call = f'call{number}'
        good = flow.request('INVITE', call, 40000 + 2 * number)
        before = len(opened())
        verdict(f'{name}: another call opens as many', good and before == 4,
                f'{before} {flow.wrong}')
        good = end(flow, call)
        left = opened()
        # The lines contain the remaining seconds, so compare only the number
        # of lines and the ports.
        still = [line for line in left if any(port in line for port in ports)]
        verdict(f'{name}: closed, and only that call',
                good and len(left) == 2 and len(still) == 2,
                f'{left} {flow.wrong}')
    good = flow.request('BYE', 'stays', cseq=2)
    verdict('nothing is left open', good and not opened(),
            f'{opened()} {flow.wrong}')


def test_goes_on(flow):
    """If a request within a call fails, the call goes on."""
    good = (flow.request('INVITE', 'talks', 45000) and
            flow.answer('200 OK', 'talks', media=30000))
    before = opened()
    verdict('a call is taken', good and len(before) == 4, f'{before} {flow.wrong}')
    good = (flow.request('INVITE', 'talks', 45000, cseq=2) and
            flow.answer('488 Not Acceptable Here', 'talks', '2 INVITE'))
    verdict('a new offer is refused: its media stays open',
            good and len(opened()) == 4, f'{opened()} {flow.wrong}')
    good = (flow.request('INVITE', 'talks', 45000, cseq=3) and
            flow.request('CANCEL', 'talks', cseq=3) and
            flow.answer('487 Request Terminated', 'talks', '3 INVITE'))
    verdict('a new offer is cancelled: its media stays open',
            good and len(opened()) == 4, f'{opened()} {flow.wrong}')
    good = flow.request('BYE', 'talks', cseq=4)
    verdict('BYE closes it', good and not opened(), f'{opened()} {flow.wrong}')


def turned_away():
    """Returns the number of flows that found an opening for other hosts."""
    peers.enter(rns)
    with open('/proc/thread-self/net/algate/stats') as f:
        return sum(int(l.split()[2]) for l in f
                   if l.split()[:2] == ['sip', 'other_side'])


def test_media(flow):
    """The answer names the host that sends media; no other host gets in."""
    for host in (MEDIA, OTHER):
        peers.enter(sns)
        subprocess.run(['ip', 'address', 'replace', host, 'dev', 'lo', 'nodad'],
                       check=True)
    phone = peers.udp(cns, flow.inside[0], 43000, peers.family(server))
    good = (flow.request('INVITE', 'media', 43000) and
            flow.answer('200 OK', 'media', media=30000, host=MEDIA))
    before = turned_away()
    senders = [peers.udp(sns, host, 0, peers.family(server))
               for host in (OTHER, MEDIA)]
    for sender in senders:
        sender.sendto(b'media', (public, 43000))
    try:
        got = phone.recvfrom(100)[1][0]
    except OSError as e:
        got = str(e)
    verdict('media of the host that the answer names arrives', good and
            got == MEDIA, f'{got} {flow.wrong}')
    verdict('and of no other host, which is counted', turned_away() == before + 1,
            f'{turned_away()} {before}')
    for s in (phone, *senders):
        s.close()
    good = flow.request('BYE', 'media', cseq=2)
    verdict('BYE closes the media', good and not opened(),
            f'{opened()} {flow.wrong}')


def retransmitted():
    total = 0
    for ns in (cns, sns):
        peers.enter(ns)
        with open('/proc/thread-self/net/snmp') as f:
            names, values = [l.split() for l in f if l.startswith('Tcp:')]
        total += int(values[names.index('RetransSegs')])
    return total


def test_cut(flow):
    before = retransmitted()
    invite = f'INVITE sip:bob@{uri(server, 5060)} SIP/2.0', 'cut', '1 INVITE', 44000
    length = len(flow.requests(*invite)[0])
    good = 0
    for cut in range(1, length):
        good += (flow.request('INVITE', 'cut', 44000, cut=cut) and
                 flow.request('BYE', 'cut', cseq=2, cut=cut % 200 + 1))
        if flow.wrong:
            break
    verdict('INVITE cut at every byte, and its BYE', good == length - 1,
            f'{good} of {length - 1}: {flow.wrong}')
    verdict('and all are closed', not opened(), str(opened()))
    both = [flow.requests(*invite), flow.requests(
        f'BYE sip:bob@{uri(server, 5060)} SIP/2.0', 'cut', '2 BYE', None)]
    sent, want = [b''.join(one[i] for one in both * 3) for i in (0, 1)]
    flow.ends.c.sendall(sent)
    verdict('six messages at once', flow.passes(flow.ends.s, want),
            str(flow.wrong))
    again = retransmitted() - before
    verdict('nothing is retransmitted', not again, f'{again} segments')


def main():
    ends = (Datagrams() if proto == 'udp' else
            peers.Pair(cns, sns, server, server, 5060))
    with ends:
        flow = Flow(ends)
        test_ends(flow)
        test_goes_on(flow)
        test_media(flow)
        if proto == 'tcp' and not flow.wrong:
            test_cut(flow)
    sys.exit(failures != 0)


main()
