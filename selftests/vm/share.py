#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""One host uses up a common limit; the other hosts still get their share.

share.py rate|table|outside CLIENT-NS SERVER-NS SERVER PUBLIC ATTACKER OTHER...

ATTACKER and OTHER are addresses of the client. A rewritten announcement has
the address PUBLIC at the server.

rate        the attacker announces as fast as it can, on one flow; meanwhile
            each other host, and another flow of the attacker's host, announces
            a few ports
table       the attacker announces on many flows until it is refused; then each
            other host announces one port
outside     the addresses OTHER but the first are the server's: from each of
            them it connects to PUBLIC, which NAT translates to ATTACKER, and
            announces; then the first, a client's, announces
"""

import itertools
import sys
import threading

from pair import Talker, commas, verdict

what, cns, sns, server, public, attacker, *others = sys.argv[1:]
ports = itertools.cycle(range(33000, 60000))
bad = 0


def expect(name, good, why=''):
    global bad
    bad += not verdict(name, good, '' if good else why)


class Announcer(Talker):
    """Announces ports, and counts the rewritten announcements."""

    def __init__(self, address, inward=False):
        if inward:
            super().__init__(sns, cns, attacker, address, connect_addr=public)
        else:
            super().__init__(cns, sns, server, address)

    def announce(self, n=1):
        """Sends N announcements. Returns the number of rewritten ones."""
        text = ''.join(f'PORT {commas(self.address, next(ports))}\r\n'
                       for _ in range(n))
        self.c.sendall(text.encode())
        start = 'PORT ' + public.replace('.', ',') + ','
        return sum(self.lines.readline().startswith(start) for _ in range(n))


class Flood(threading.Thread):
    """Announces on its own connection until it is stopped."""

    def __init__(self, address):
        super().__init__(daemon=True)
        self.talker = Announcer(address)
        self.refused = threading.Event()
        self.stop = threading.Event()
        self.opened = 0

    def run(self):
        while not self.stop.is_set():
            opened = self.talker.announce(50)
            self.opened += opened
            if opened < 50:
                self.refused.set()


def rate():
    asked = 4
    talkers = [Announcer(a) for a in others + [attacker]]
    flood = Flood(attacker)
    flood.start()
    expect('the attacker is refused', flood.refused.wait(60))
    for talker in talkers:
        got = sum(talker.announce() for _ in range(asked))
        name = 'another flow of its' if talker.address == attacker else \
            talker.address
        expect(f'{name} gets all that it asks for', got == asked,
               f'{got} of {asked}')
    flood.stop.set()
    flood.join()
    expect('the attacker has got more', flood.opened > asked, flood.opened)


def table():
    talkers = []
    refused = False
    while not refused and len(talkers) < 64:
        talkers.append(Announcer(attacker))
        refused = talkers[-1].announce(4) < 4
    expect('the attacker is refused', refused)
    for address in others:
        talkers.append(Announcer(address))
        expect(f'{address} gets what it asks for', talkers[-1].announce())


def outside():
    client, *strangers = others
    talkers = [Announcer(address, inward=True) for address in strangers]
    for talker in talkers:
        talker.announce(4)
    talkers.append(Announcer(client))
    got = talkers[-1].announce(4)
    expect('a client inside gets its share', got == 4, got)


{'rate': rate, 'table': table, 'outside': outside}[what]()
sys.exit(bad != 0)
