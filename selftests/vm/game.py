#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Plays a round of the game of plugins/README.

game.py PLAYER-NS SERVER-NS SERVER-ADDR ADDR-OF-THE-PLAYER-THERE PORT

Two players announce the same PORT, so the router must give the second player
another port outside.
"""

import socket
import sys

from pair import enter, verdict


def udp(ns, port=0):
    enter(ns)
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(('0.0.0.0', port))
    s.settimeout(5)
    return s


def hello(player, name):
    """Returns the player's address and port at the server, and the reply."""
    player.sendto(f'HELLO {name} {port}'.encode(), (addr, 7777))
    data, peer = server.recvfrom(100)
    server.sendto(data.replace(b'HELLO', b'WELCOME'), peer)
    return peer[0], int(data.split()[2]), player.recv(100)


pns, sns, addr, outside, port = sys.argv[1:6]
server = udp(sns, 7777)
world = udp(pns, int(port))
told = [hello(udp(pns), name) for name in ('anna', 'berta')]
good = verdict('each is told another port', told[0][1] != told[1][1], told)
good &= verdict('players come from the router', told[1][0] == outside, told)
good &= verdict('the player reads its own port',
                told[1][2] == f'WELCOME berta {port}'.encode(), told)
udp(sns).sendto(b'world', (outside, told[1][1]))
try:
    good &= verdict('the world arrives', world.recv(100) == b'world')
except socket.timeout:
    good = verdict('the world arrives', False)
sys.exit(not good)
