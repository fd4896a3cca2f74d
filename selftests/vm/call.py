#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Two users of talk, each at a terminal of a host of its own.

call.py CALLER-NS ADDRESS CALLEE-NS CALLEE-DIR WANTED

The caller calls ADDRESS. The daemon of the callee's host shows on the callee's
terminal whom to answer, which must be WANTED. The callee does so, and each of
both reads a line of the other. CALLEE-DIR has the files of the callee's host,
see peers_talk.sh.
"""

import os
import pty
import re
import select
import struct
import sys

cns, address, ens, edir, wanted = sys.argv[1:6]


class Terminal:
    def __init__(self, ns):
        self.ns = ns
        self.master, self.slave = pty.openpty()
        self.name = os.ttyname(self.slave)
        self.seen = ''
        self.pid = 0

    def log_in(self, files):
        """The host knows the user at this terminal: a record of utmp."""
        os.chmod(self.name, 0o620)
        tty = self.name[5:].encode()
        with open(f'{files}/run/utmp', 'wb') as f:
            f.write(struct.pack('<h2xi32s4s32s256s4x3i36x', 7, os.getpid(),
                                tty, tty[-4:], b'root', b'', 1, 1, 0))

    def talk(self, whom):
        self.pid = os.fork()
        if self.pid:
            return
        os.setsid()
        os.environ['TERM'] = 'vt100'
        for number in 0, 1, 2:
            os.dup2(os.open(self.name, os.O_RDWR), number)
        os.execvp('ip', ['ip', 'netns', 'exec', self.ns, 'talk', whom])

    def read(self):
        self.seen += os.read(self.master, 4096).decode(errors='replace')


def wait(what, *terminals):
    """Reads both terminals until WHAT appears on each of TERMINALS."""
    while not all(re.search(what, t.seen) for t in terminals):
        ready, _, _ = select.select([t.master for t in both], [], [], 30)
        if not ready:
            raise SystemExit(f'no "{what}": {[t.seen for t in both]}')
        for t in both:
            if t.master in ready:
                t.read()


caller, callee = both = Terminal(cns), Terminal(ens)
callee.log_in(edir)
try:
    caller.talk(f'root@{address}')
    wait(r'talk root@\S+', callee)
    told = re.search(r'talk root@(\S+)', callee.seen)[1]
    if told != wanted:
        raise SystemExit(f'the callee is told {told}, not {wanted}')
    callee.talk(f'root@{told}')
    wait('Connection established', *both)
    os.write(caller.master, b'here I am\n')
    wait('here I am', callee)
    os.write(callee.master, b'and so am I\n')
    wait('and so am I', caller)
finally:
    for end in both:
        if end.pid:
            os.write(end.master, b'\x03')   # interrupts talk
