# SPDX-License-Identifier: GPL-2.0
"""SIP messages of scripted phones, for tests in the VM."""


def uri(addr, port):
    return f'[{addr}]:{port}' if ':' in addr else f'{addr}:{port}'


def message(first, call, cseq, via, branch='', contact=None, sdp=None,
            proto='udp', headers=()):
    """Returns a message with the start line FIRST.

    VIA, CONTACT and SDP are pairs of an address and a port: where the answer
    goes, where the sender is called, and where it receives media.
    """
    body = ''
    if sdp:
        addr, port = sdp
        kind = 'IP6' if ':' in addr else 'IP4'
        body = (f'v=0\r\no=- 1 1 IN {kind} {addr}\r\ns=-\r\nc=IN {kind} {addr}\r\n'
                f't=0 0\r\nm=audio {port} RTP/AVP 0\r\n')
    lines = [first, f'Via: SIP/2.0/{proto.upper()} {uri(*via)}'
             f';branch=z9hG4bK{branch or call}',
             'From: <sip:alice@example.org>;tag=1', 'To: <sip:bob@example.org>',
             f'Call-ID: {call}@algate.test', f'CSeq: {cseq}', *headers]
    if contact:
        lines.append(f'Contact: <sip:alice@{uri(*contact)}>')
    if sdp:
        lines.append('Content-Type: application/sdp')
    return '\r\n'.join(lines + [f'Content-Length: {len(body)}', '', body]).encode()
