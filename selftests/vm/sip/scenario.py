#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Writes the scenario for sipp at one end of a call flow.

scenario.py FLOW caller|callee

A line of a flow is one of

	> METHOD|CODE [SDP] [| HEADER]...	the caller's request or reply
	< METHOD|CODE [SDP] [| HEADER]...	the callee's
	media ROUND	both ends send media (../media.py); the sender of the
			next message waits until all media have arrived

The receiver of a REGISTER writes the HOST:PORT of the Contact into the file
"contact". SDP is av (audio and video), hold (as in RFC 2543: c=0.0.0.0, and
port 0 for the video) or moved (to ports 400 above).
"""

import re
import sys
from xml.sax.saxutils import quoteattr

REASONS = {'180': 'Ringing', '183': 'Session Progress', '200': 'OK',
           '486': 'Busy Here', '487': 'Request Terminated'}

# Milliseconds until a retransmission. The network loses no packet here, but an
# emulated machine may be slow, and sipp does not recognise retransmissions.
RETRANS = 5000

# sipp itself uses the first four ports from the media port on.
SDP = {
    'av': ('[media_ip]', '[auto_media_port+4]', '[auto_media_port+6]'),
    'moved': ('[media_ip]', '[auto_media_port+404]', '[auto_media_port+406]'),
    'hold': ('0.0.0.0', '[auto_media_port+4]', '0'),
}

PLACES = (('addr', 'c=IN IP[46] ([^[:space:]]+)'), ('audio', 'm=audio ([0-9]+)'),
          ('video', 'm=video ([0-9]+)'))


class Scenario:
    def __init__(self, side):
        self.side = side
        self.out = []
        self.index = 0          # of the message, as sipp counts
        self.cseq = 0
        self.invite = 0, 0      # message index and CSeq of the INVITE
        self.sdp = 0            # version
        self.shift = 0          # added to the ports in the SDP
        self.method = ''        # of the request that is answered
        self.answered = False   # by a final response
        self.tagged = False     # its To has a tag
        self.refused = False
        self.wait = ''
        self.vars = set()

    def add(self, text, count=1):
        self.out.append(text)
        self.index += count

    def body(self, kind):
        if not kind:
            return ['Content-Length: 0', '']
        self.sdp += 1
        self.shift = 400 if kind == 'moved' else 0
        addr, audio, video = SDP[kind]
        return ['Content-Type: application/sdp', 'Content-Length: [len]', '', 'v=0',
                f'o={self.side} 1 {self.sdp} IN IP[local_ip_type] [media_ip]', 's=-',
                f'c=IN IP[media_ip_type] {addr}', 't=0 0',
                f'm=audio {audio} RTP/AVP 0', 'a=rtpmap:0 PCMU/8000',
                f'm=video {video} RTP/AVP 31', 'a=rtpmap:31 H261/90000']

    def contact(self):
        return f'Contact: <sip:{self.side}@[local_ip]:[local_port];transport=[transport]>'

    def request(self, method, kind, headers):
        same = method in ('ACK', 'CANCEL')
        if not same:
            self.cseq += 1
        cseq = self.invite[1] if same else self.cseq
        if method == 'INVITE':
            self.invite = self.index, self.cseq
        # CANCEL, and the ACK after a refusal, belong to the transaction of the
        # INVITE, so they have the same branch.
        own = method == 'CANCEL' or method == 'ACK' and self.refused
        branch = f'[branch-{self.index - self.invite[0]}]' if own else '[branch]'
        # Before a dialogue exists, the other end's Contact is unknown.
        first = self.side == 'caller' and self.cseq == 1 and (method != 'ACK' or self.refused) and method != 'PRACK'
        uri = 'sip:[service]@[remote_ip]:[remote_port]' if first else '[next_url]'
        if self.side == 'caller':
            ends = ['From: "A caller" <sip:caller@[local_ip]:[local_port]>;tag=[pid]a[call_number]',
                    '[last_To:]' if not first or method == 'ACK' else f'To: <{uri}>']
        else:
            ends = ['From: [$callee];tag=[pid]b[call_number]', 'To: [$caller]']
        if method == 'REGISTER':
            uri = 'sip:[remote_ip]'
            ends[1] = 'To: <sip:caller@[local_ip]:[local_port]>'
        lines = [f'{method} {uri} SIP/2.0',
                 f'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch={branch};rport',
                 *ends, 'Call-ID: [call_id]', f'CSeq: {cseq} {method}', 'Max-Forwards: 70']
        if method in ('INVITE', 'UPDATE', 'REGISTER'):
            lines.append(self.contact())
        self.message(lines + headers + self.body(kind), method != 'ACK')
        self.refused = False

    def response(self, code, kind, headers):
        method = self.method
        if self.answered:
            # Only the INVITE still needs a final response.
            method = 'INVITE'
            lines = ['[$via]', 'From: [$caller]', 'To: [$callee];tag=[pid]b[call_number]',
                     'Call-ID: [call_id]', 'CSeq: 1 INVITE']
        else:
            tag = '' if self.tagged else ';tag=[pid]b[call_number]'
            lines = ['[last_Via:]', '[last_From:]', '[last_To:]' + tag,
                     '[last_Call-ID:]', '[last_CSeq:]']
        lines.insert(0, f'SIP/2.0 {code} {REASONS[code]}')
        if method in ('INVITE', 'UPDATE') and code < '300':
            lines.append(self.contact())
        elif method == 'REGISTER':
            lines.append('[last_Contact:]')
        self.answered = self.answered or code >= '200'
        self.message(lines + headers + self.body(kind), code >= '200' and method == 'INVITE')

    def message(self, lines, retrans):
        text = '\n'.join(lines)
        self.add('<send{}><![CDATA[\n{}\n\n]]></send>'.format(
            f' retrans="{RETRANS}"' if retrans else '', text))

    def receive(self, what, kind):
        attr = 'response' if what.isdigit() else 'request'
        actions = []
        if kind:
            for var, regexp in PLACES:
                self.vars |= {'1', var}
                actions.append(f'<ereg regexp={quoteattr(regexp)} search_in="body"'
                               f' check_it="true" assign_to="1,{var}"/>')
        if what == 'INVITE' and 'caller' not in self.vars:
            for var, header in ('caller', 'From:'), ('callee', 'To:'):
                self.vars.add(var)
                actions.append(f'<ereg regexp="[^ ].*" search_in="hdr" header="{header}"'
                               f' check_it="true" assign_to="{var}"/>')
            self.vars.add('via')
            actions.append('<ereg regexp="Via: [^\r\n]*" search_in="msg"'
                           ' check_it="true" assign_to="via"/>')
        if what == 'REGISTER':
            self.vars |= {'1', 'host', 'port'}
            actions.append(r'<ereg regexp="Contact:.*@(\[?[0-9a-f.:]+\]?):([0-9]+)" '
                           'search_in="msg" check_it="true" assign_to="1,host,port"/>'
                           '<exec command="echo [$host]:[$port] | tee contact"/>')
        rrs = ' rrs="true"' if what in ('INVITE', '183', '200') and (kind or what == 'INVITE') else ''
        inner = f'<action>{"".join(actions)}</action>' if actions else ''
        self.add(f'<recv {attr}="{what}"{rrs}>{inner}</recv>')

    def execute(self, command):
        self.add(f'<nop><action><exec command={quoteattr(command)}/></action></nop>')

    def media(self, turn):
        self.execute(f'echo {turn} {self.side} [call_id] [call_number] {self.shift}'
                     ' [$addr] [$audio] [$video] | tee told')
        self.wait = turn

    def until(self, turn):
        self.vars |= {'state', 'differs', 'wait'}
        self.add(f'<label id="{turn}"/>', 0)
        self.add('<pause milliseconds="50"/>')
        self.add(f'<nop><action><assignstr assign_to="state" value="[file name=done{turn}]"/>'
                 '<strcmp assign_to="differs" variable="state" value="yes"/>'
                 '<test assign_to="wait" variable="differs" compare="not_equal" value="0"/>'
                 '</action></nop>')
        self.add(f'<nop next="{turn}" test="wait"/>')

    def line(self, arrow, what='', kind='', headers=()):
        if arrow == 'media':
            self.media(what)
            return
        mine = (arrow == '>') == (self.side == 'caller')
        if mine and self.wait:
            self.until(self.wait)
        self.wait = ''
        if not mine:
            self.receive(what, kind)
            if what.isdigit():
                self.refused = what >= '300'
            else:
                self.tagged = self.method != '' and what not in ('REGISTER', 'CANCEL')
                self.method = what
                self.answered = False
        elif what.isdigit():
            self.response(what, kind, list(headers))
        else:
            self.request(what, kind, list(headers))

    def xml(self):
        used = ','.join(sorted(self.vars))
        reference = f'<Reference variables="{used}"/>\n' if used else ''
        body = '\n'.join(self.out)
        return f'<?xml version="1.0"?>\n<scenario name="{self.side}">\n{body}\n{reference}</scenario>\n'


def main(path, side):
    scenario = Scenario(side)
    with open(path) as f:
        for line in f:
            line = re.sub('#.*', '', line).strip()
            if line:
                words, *headers = (part.strip() for part in line.split('|'))
                scenario.line(*(words.split() + ['', ''])[:3], headers)
    print(scenario.xml(), end='')


if __name__ == '__main__':
    main(*sys.argv[1:])
