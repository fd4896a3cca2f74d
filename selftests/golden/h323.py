# SPDX-License-Identifier: GPL-2.0
"""Messages of H.225.0 (RAS, call signalling) and H.245, as endpoints send them.

Only the parts that a test sends have types here; the others are raw bytes.
"""

import ipaddress
import struct

from per import (boolean, choice, contained, digits, identifier, made, null,
                 number, octets, raw, sequence, several, text, wide)


def nulls(*names):
    return {name: null for name in names}


def raws(*names):
    return {name: raw for name in names}


def place(kind, value):
    """A type whose value is ((address, port), name): the place is remembered."""
    def write(w, named):
        (addr, port), name = named
        packed = ipaddress.ip_address(addr).packed
        kind(w, value(packed, port))
        size = len(packed) + 2
        w.places.append((name, len(w.text) // 8 - size, size))
    return write


# --- H.225.0

octet, word, long = number(0, 255), number(0, 65535), number(0, 0xffffffff)
identity = octets(16, 16)
h221 = sequence({'t35CountryCode': octet, 't35Extension': octet,
                 'manufacturerCode': word}, {})
non_standard = sequence({
    'nonStandardIdentifier': choice({'object': identifier,
                                     'h221NonStandard': h221}, {}),
    'data': octets()})
ip4 = octets(4, 4)
transport = choice({
    'ipAddress': place(sequence({'ip': ip4, 'port': word}),
                       lambda ip, port: {'ip': ip, 'port': port}),
    'ipSourceRoute': sequence({
        'ip': ip4, 'port': word, 'route': several(ip4),
        'routing': choice(nulls('strict', 'loose'), {})}, {}),
    'ipxAddress': sequence({'node': octets(6, 6), 'netnum': ip4,
                            'port': octets(2, 2)}),
    'ip6Address': place(sequence({'ip': octets(16, 16), 'port': word}, {}),
                        lambda ip, port: {'ip': ip, 'port': port}),
    'netBios': octets(16, 16), 'nsap': octets(1, 20),
    'nonStandardAddress': non_standard}, {})
alias = choice({'dialedDigits': digits, 'h323-ID': wide(1, 256)},
               {'url-ID': text(1, 512), 'transportID': transport,
                'email-ID': text(1, 512)})
aliases = several(alias)
caps = sequence({'nonStandardData?': non_standard},
                raws('dataRatesSupported', 'supportedPrefixes'))
protocol = choice({'nonStandardData': non_standard,
                   **{name: caps for name in (
                       'h310', 'h320', 'h321', 'h322', 'h323', 'h324', 'voice',
                       't120-only')}},
                  raws('nonStandardProtocol', 't38FaxAnnexbOnly', 'sip'))
plain = sequence({'nonStandardData?': non_standard}, {})
vendor = sequence({'vendor': h221, 'productId?': octets(1, 256),
                   'versionId?': octets(1, 256)},
                  {'enterpriseNumber': identifier})
endpoint_type = sequence({
    'nonStandardData?': non_standard, 'vendor?': vendor, 'gatekeeper?': plain,
    'gateway?': sequence({'protocol?': several(protocol),
                          'nonStandardData?': non_standard}, {}),
    'mcu?': sequence({'nonStandardData?': non_standard},
                     {'protocol': several(protocol)}),
    'terminal?': plain, 'mc': boolean, 'undefinedNode': boolean},
    {'set': lambda w, value: w.octets(value),
     **raws('supportedTunnelledProtocols')})
call_identifier = sequence({'guid': identity}, {})
services = sequence({**{f'q{n}Full': boolean for n in
                        (932, 951, 952, 953, 955, 956, 957)},
                     'q954Info': sequence({'conferenceCalling': boolean,
                                           'threePartyService': boolean}, {})},
                    {})
call_type = choice(nulls('pointToPoint', 'oneToN', 'nToOne', 'nToN'), {})
gatekeeper_id = wide(1, 128)
ttl = number(1, 0xffffffff)
start = several(contained(lambda w, value: channel(w, value)))
security = choice({'nonStandard': non_standard, 'noSecurity': null,
                   **raws('tls', 'ipsec')}, {})
seconds_mode = {'h245SecurityMode': security, **raws('tokens', 'cryptoTokens')}

setup = sequence({
    'protocolIdentifier': identifier, 'h245Address?': transport,
    'sourceAddress?': aliases, 'sourceInfo': endpoint_type,
    'destinationAddress?': aliases, 'destCallSignalAddress?': transport,
    'destExtraCallInfo?': aliases, 'destExtraCRV?': several(word),
    'activeMC': boolean, 'conferenceID': identity,
    'conferenceGoal': choice(nulls('create', 'join', 'invite'),
                             nulls('capability-negotiation',
                                   'callIndependentSupplementaryService')),
    'callServices?': services, 'callType': call_type},
    {'sourceCallSignalAddress': transport, 'remoteExtensionAddress': alias,
     'callIdentifier': call_identifier,
     'h245SecurityCapability': several(security),
     **raws('tokens', 'cryptoTokens'), 'fastStart': start,
     'mediaWaitForConnect': boolean, 'canOverlapSend': boolean,
     'endpointIdentifier': gatekeeper_id, 'multipleCalls': boolean,
     'maintainConnection': boolean,
     **raws('connectionParameters', 'language', 'presentationIndicator',
            'screeningIndicator', 'serviceControl'),
     'symmetricOperationRequired': null,
     **raws('capacity', 'circuitInfo', 'desiredProtocols', 'neededFeatures',
            'desiredFeatures', 'supportedFeatures', 'parallelH245Control',
            'additionalSourceAddresses'), 'hopCount': number(1, 31),
     'displayName': raw})
answer_more = {'callIdentifier': call_identifier, **seconds_mode,
               'fastStart': start, 'multipleCalls': boolean,
               'maintainConnection': boolean}
proceeding = sequence({
    'protocolIdentifier': identifier, 'destinationInfo': endpoint_type,
    'h245Address?': transport}, {**answer_more, 'fastConnectRefused': null})
alerting = sequence({
    'protocolIdentifier': identifier, 'destinationInfo': endpoint_type,
    'h245Address?': transport},
    {**answer_more, 'alertingAddress': aliases,
     **raws('presentationIndicator', 'screeningIndicator')})
connect = sequence({
    'protocolIdentifier': identifier, 'h245Address?': transport,
    'destinationInfo': endpoint_type, 'conferenceID': identity},
    {**answer_more, 'language': raw, 'connectedAddress': aliases})
progress = sequence({
    'protocolIdentifier': identifier, 'destinationInfo': endpoint_type,
    'h245Address?': transport, 'callIdentifier': call_identifier,
    'h245SecurityMode?': security, 'tokens?': raw, 'cryptoTokens?': raw,
    'fastStart?': start}, {'multipleCalls': boolean,
                           'maintainConnection': boolean,
                           'fastConnectRefused': null})
facility = sequence({
    'protocolIdentifier': identifier, 'alternativeAddress?': transport,
    'alternativeAliasAddress?': aliases, 'conferenceID?': identity,
    'reason': choice(nulls('routeCallToGatekeeper', 'callForwarded',
                           'routeCallToMC', 'undefinedReason'),
                     nulls('conferenceListChoice', 'startH245', 'noH245',
                           'newTokens', 'featureSetUpdate',
                           'forwardedElements', 'transportedInformation'))},
    {'callIdentifier': call_identifier, 'destExtraCallInfo': aliases,
     'remoteExtensionAddress': alias,
     **raws('tokens', 'cryptoTokens', 'conferences'), 'h245Address': transport,
     'fastStart': start, 'multipleCalls': boolean,
     'maintainConnection': boolean})
information = sequence({'protocolIdentifier': identifier},
                       {'callIdentifier': call_identifier,
                        **raws('tokens', 'cryptoTokens'), 'fastStart': start})
release = sequence({
    'protocolIdentifier': identifier,
    'reason?': choice(nulls(*'abcdefghijk', 'undefinedReason'), {})},
    {'callIdentifier': call_identifier})
control = several(contained(lambda w, value: h245(w, value)))
user_information = sequence({
    'h323-uu-pdu': sequence({
        'h323-message-body': choice(
            {'setup': setup, 'callProceeding': proceeding, 'connect': connect,
             'alerting': alerting, 'information': information,
             'releaseComplete': release, 'facility': facility},
            {'progress': progress, 'empty': null}),
        'nonStandardData?': non_standard},
        {'h4501SupplementaryService': several(octets()),
         'h245Tunnelling': boolean, 'h245Control': control,
         'nonStandardControl': several(non_standard), 'callLinkage': raw}),
    'user-data?': sequence({'protocol-discriminator': octet,
                            'user-information': octets(1, 131)}, {})}, {})

sequence_number = number(1, 65535)
head = {'requestSeqNum': sequence_number, 'protocolIdentifier': identifier,
        'nonStandardData?': non_standard}
addresses = several(transport)
tokens = raws('tokens', 'cryptoTokens', 'integrityCheckValue')
gatekeeper_request = sequence({
    **head, 'rasAddress': transport, 'endpointType': endpoint_type,
    'gatekeeperIdentifier?': gatekeeper_id, 'callServices?': services,
    'endpointAlias?': aliases}, raws('alternateEndpoints', 'tokens'))
gatekeeper_confirm = sequence({
    **head, 'gatekeeperIdentifier?': gatekeeper_id, 'rasAddress': transport},
    raws('alternateGatekeeper', 'authenticationMode', 'tokens'))
registration_request = sequence({
    **head, 'discoveryComplete': boolean, 'callSignalAddress': addresses,
    'rasAddress': addresses, 'terminalType': endpoint_type,
    'terminalAlias?': aliases, 'gatekeeperIdentifier?': gatekeeper_id,
    'endpointVendor': vendor},
    {'alternateEndpoints': raw, 'timeToLive': ttl, **tokens,
     'keepAlive': boolean, 'endpointIdentifier': gatekeeper_id,
     'willSupplyUUIEs': boolean, 'maintainConnection': boolean})
registration_confirm = sequence({
    **head, 'callSignalAddress': addresses, 'terminalAlias?': aliases,
    'gatekeeperIdentifier?': gatekeeper_id,
    'endpointIdentifier': gatekeeper_id},
    {'alternateGatekeeper': raw, 'timeToLive': ttl, **tokens,
     'willRespondToIRR': boolean, 'preGrantedARQ': raw,
     'maintainConnection': boolean})
registration_reject = sequence({
    **head, 'rejectReason': choice(nulls(*'abcdefgh'), {}),
    'gatekeeperIdentifier?': gatekeeper_id}, {})
unregistration_request = sequence({
    'requestSeqNum': sequence_number, 'callSignalAddress': addresses,
    'endpointAlias?': aliases, 'nonStandardData?': non_standard,
    'endpointIdentifier?': gatekeeper_id}, {})
unregistration_confirm = sequence({
    'requestSeqNum': sequence_number, 'nonStandardData?': non_standard}, {})
admission_request = sequence({
    'requestSeqNum': sequence_number, 'callType': call_type,
    'callModel?': choice(nulls('direct', 'gatekeeperRouted'), {}),
    'endpointIdentifier': gatekeeper_id, 'destinationInfo?': aliases,
    'destCallSignalAddress?': transport, 'destExtraCallInfo?': aliases,
    'srcInfo': aliases, 'srcCallSignalAddress?': transport, 'bandWidth': long,
    'callReferenceValue': word, 'nonStandardData?': non_standard,
    'callServices?': services, 'conferenceID': identity, 'activeMC': boolean,
    'answerCall': boolean},
    {'canMapAlias': boolean, 'callIdentifier': call_identifier})
admission_confirm = sequence({
    'requestSeqNum': sequence_number, 'bandWidth': long,
    'callModel': choice(nulls('direct', 'gatekeeperRouted'), {}),
    'destCallSignalAddress': transport, 'irrFrequency?': number(1, 65535),
    'nonStandardData?': non_standard}, {'destinationInfo': aliases})
admission_reject = sequence({
    'requestSeqNum': sequence_number,
    'rejectReason': choice(nulls(*'abcdefgh'), {}),
    'nonStandardData?': non_standard}, {})
location_request = sequence({
    'requestSeqNum': sequence_number, 'endpointIdentifier?': gatekeeper_id,
    'destinationInfo': aliases, 'nonStandardData?': non_standard,
    'replyAddress': transport}, {'sourceInfo': aliases, 'canMapAlias': boolean})
location_confirm = sequence({
    'requestSeqNum': sequence_number, 'callSignalAddress': transport,
    'rasAddress': transport, 'nonStandardData?': non_standard},
    {'destinationInfo': aliases})
information_response = sequence({
    'nonStandardData?': non_standard, 'requestSeqNum': sequence_number,
    'endpointType': endpoint_type, 'endpointIdentifier': gatekeeper_id,
    'rasAddress': transport, 'callSignalAddress': addresses,
    'endpointAlias?': aliases, 'perCallInfo?': raw},
    {**tokens, 'needResponse': boolean})
ras = choice({
    'gatekeeperRequest': gatekeeper_request,
    'gatekeeperConfirm': gatekeeper_confirm, 'gatekeeperReject': raw,
    'registrationRequest': registration_request,
    'registrationConfirm': registration_confirm,
    'registrationReject': registration_reject,
    'unregistrationRequest': unregistration_request,
    'unregistrationConfirm': unregistration_confirm,
    'unregistrationReject': raw, 'admissionRequest': admission_request,
    'admissionConfirm': admission_confirm, 'admissionReject': admission_reject,
    **raws('bandwidthRequest', 'bandwidthConfirm', 'bandwidthReject',
           'disengageRequest', 'disengageConfirm', 'disengageReject'),
    'locationRequest': location_request, 'locationConfirm': location_confirm,
    'locationReject': raw, 'infoRequest': raw,
    'infoRequestResponse': information_response,
    **raws('nonStandardMessage', 'unknownMessageResponse')}, {})


# --- H.245

unit = number(1, 256)
h245_non_standard = sequence({
    'nonStandardIdentifier': choice({
        'object': identifier,
        'h221NonStandard': sequence({
            't35CountryCode': octet, 't35Extension': octet,
            'manufacturerCode': word})}),
    'data': octets()})
unicast = choice({
    'iPAddress': place(sequence({'network': ip4, 'tsapIdentifier': word}, {}),
                       lambda ip, port: {'network': ip, 'tsapIdentifier': port}),
    'iPXAddress': sequence({'node': octets(6, 6), 'netnum': ip4,
                            'tsapIdentifier': octets(2, 2)}, {}),
    'iP6Address': place(sequence({'network': octets(16, 16),
                                  'tsapIdentifier': word}, {}),
                        lambda ip, port: {'network': ip,
                                          'tsapIdentifier': port}),
    'netBios': octets(16, 16),
    'iPSourceRouteAddress': sequence({
        'routing': choice(nulls('strict', 'loose')), 'network': ip4,
        'tsapIdentifier': word, 'route': several(ip4)}, {})}, raws('nsap'))
h245_transport = choice({
    'unicastAddress': unicast,
    'multicastAddress': choice({
        'iPAddress': sequence({'network': ip4, 'tsapIdentifier': word}, {}),
        'iP6Address': sequence({'network': octets(16, 16),
                                'tsapIdentifier': word}, {})}, {})}, {})
mpi = {f'{size}MPI?': number(1, 4) for size in ('qcif', 'cif')}
mpi263 = {f'{size}MPI?': number(1, 32) for size in
          ('sqcif', 'qcif', 'cif', 'cif4', 'cif16')}


def booleans(n, prefix='b'):
    return {f'{prefix}{i}': boolean for i in range(n)}


mpeg = {'videoBitRate?': number(0, 1073741823),
        'vbvBufferSize?': number(0, 262143),
        'samplesPerLine?': number(0, 16383),
        'linesPerFrame?': number(0, 16383)}
generic = sequence({
    'capabilityIdentifier': choice({
        'standard': identifier, 'h221NonStandard': h245_non_standard,
        'uuid': identity, 'domainBased': text(1, 64)}, {}),
    'maxBitRate?': long, 'collapsing?': raw, 'nonCollapsing?': raw,
    'nonCollapsingRaw?': octets(), 'transport?': raw}, {})
video = choice({
    'nonStandard': h245_non_standard,
    'h261VideoCapability': sequence({
        **mpi, 'temporalSpatialTradeOffCapability': boolean,
        'maxBitRate': number(1, 19200), 'stillImageTransmission': boolean},
        {'videoBadMBsCap': boolean}),
    'h262VideoCapability': sequence({
        **booleans(11), **mpeg, 'framesPerSecond?': number(0, 15),
        'luminanceSampleRate?': long}, {'videoBadMBsCap': boolean}),
    'h263VideoCapability': sequence({
        **mpi263, 'maxBitRate': number(1, 192400), **booleans(5),
        'hrd-B?': number(0, 524287), 'bppMaxKb?': word},
        {**{f'slow{n}': number(1, 3600) for n in range(5)},
         'errorCompensation': boolean, 'enhancementLayerInfo': raw,
         'h263Options': raw}),
    'is11172VideoCapability': sequence({
        'constrainedBitstream': boolean, **mpeg, 'pictureRate?': number(0, 15),
        'luminanceSampleRate?': long}, {'videoBadMBsCap': boolean})},
    {'genericVideoCapability': generic, 'extendedVideoCapability': raw})
gsm = sequence({'audioUnitSize': unit, 'comfortNoise': boolean,
                'scrambled': boolean}, {})
audio = choice({
    'nonStandard': h245_non_standard,
    **{name: unit for name in (
        'g711Alaw64k', 'g711Alaw56k', 'g711Ulaw64k', 'g711Ulaw56k', 'g722-64k',
        'g722-56k', 'g722-48k')},
    'g7231': sequence({'maxAl-sduAudioFrames': unit,
                       'silenceSuppression': boolean}),
    **{name: unit for name in ('g728', 'g729', 'g729AnnexA')},
    'is11172AudioCapability': sequence({**booleans(8),
                                        'bitRate': number(1, 448)}, {}),
    'is13818AudioCapability': sequence({**booleans(20),
                                        'bitRate': number(1, 1130)}, {})},
    {'g729wAnnexB': unit, 'g729AnnexAwAnnexB': unit,
     'g7231AnnexCCapability': raw, 'gsmFullRate': gsm, 'gsmHalfRate': gsm,
     'gsmEnhancedFullRate': gsm, 'genericAudioCapability': generic})
data_protocol = choice(
    {'nonStandard': h245_non_standard,
     **nulls('v14buffered', 'v42lapm', 'hdlcFrameTunnelling',
             'h310SeparateVCStack', 'h310SingleVCStack', 'transparent')},
    {**nulls('segmentationAndReassembly', 'hdlcFrameTunnelingwSAR', 'v120',
             'separateLANStack'), 'v76wCompression': raw, 'tcp': null,
     'udp': null})
t84_profile = choice({'t84Unrestricted': null,
                      't84Restricted': sequence(booleans(19), {})})
fax_profile = sequence(booleans(3), {
    'version': octet,
    't38FaxRateManagement': choice(nulls('localTCF', 'transferredTCF'), {})})
application = sequence({
    'application': choice({
        'nonStandard': h245_non_standard, 't120': data_protocol,
        'dsm-cc': data_protocol, 'userData': data_protocol,
        't84': sequence({'t84Protocol': data_protocol,
                         't84Profile': t84_profile}),
        't434': data_protocol, 'h224': data_protocol,
        'nlpid': sequence({'nlpidProtocol': data_protocol,
                           'nlpidData': octets()}),
        'dsvdControl': null, 'h222DataPartitioning': data_protocol},
        {'t30fax': data_protocol, 't140': data_protocol,
         't38fax': sequence({'t38FaxProtocol': data_protocol,
                             't38FaxProfile': fax_profile})}),
    'maxBitRate': long}, {})
data_type = choice({
    'nonStandard': h245_non_standard, 'nullData': null, 'videoData': video,
    'audioData': audio, 'data': application,
    'encryptionData': choice({'nonStandard': h245_non_standard,
                              'h233Encryption': null}, {})},
    raws('h235Control', 'h235Media', 'multiplexedStream'))
label = sequence({'mcuNumber': number(0, 192), 'terminalNumber': number(0, 192)},
                 {})
rtp_type = sequence({
    'payloadDescriptor': choice({
        'nonStandardIdentifier': h245_non_standard,
        'rfc-number': lambda w, value: (w.bits(0, 1),
                                        w.number(value, 1, 32768)),
        'oid': identifier}, {}),
    'payloadType?': number(0, 127)}, {})
h2250 = sequence({
    'nonStandard?': several(h245_non_standard), 'sessionID': octet,
    'associatedSessionID?': number(1, 255), 'mediaChannel?': h245_transport,
    'mediaGuaranteedDelivery?': boolean,
    'mediaControlChannel?': h245_transport,
    'mediaControlGuaranteedDelivery?': boolean,
    'silenceSuppression?': boolean, 'destination?': label,
    'dynamicRTPPayloadType?': number(96, 127),
    'mediaPacketization?': choice({'h261aVideoPacketization': null},
                                  {'rtpPayloadType': rtp_type})},
    {**raws('transportCapability', 'redundancyEncoding'), 'source': label})
channel_number = number(1, 65535)
more_channels = {'dependency': channel_number, 'replacementFor': channel_number}
stack = sequence({
    'distribution?': choice(nulls('unicast', 'multicast'), {}),
    'networkAddress': choice({'q2931Address': raw, 'e164Address': digits,
                              'localAreaAddress': h245_transport}, {}),
    'associateConference': boolean, 'externalReference?': octets(1, 255)},
    {'t120SetupProcedure': choice(nulls('originateCall', 'waitForCall',
                                        'issueQuery'), {})})
channel = sequence({
    'forwardLogicalChannelNumber': channel_number,
    'forwardLogicalChannelParameters': sequence({
        'portNumber?': word, 'dataType': data_type,
        'multiplexParameters': choice(raws('h222', 'h223', 'v76'), {
            'h2250': h2250, 'none': null})}, more_channels),
    'reverseLogicalChannelParameters?': sequence({
        'dataType': data_type,
        'multiplexParameters?': choice(raws('h223', 'v76'),
                                       {'h2250': h2250})}, more_channels)},
    {'separateStack': stack, 'encryptionSync': raw})
h2250_ack = sequence({
    'nonStandard?': several(h245_non_standard), 'sessionID?': number(1, 255),
    'mediaChannel?': h245_transport, 'mediaControlChannel?': h245_transport,
    'dynamicRTPPayloadType?': number(96, 127)},
    {'flowControlToZero': boolean, 'portNumber': word})
channel_ack = sequence({
    'forwardLogicalChannelNumber': channel_number,
    'reverseLogicalChannelParameters?': sequence({
        'reverseLogicalChannelNumber': channel_number, 'portNumber?': word,
        'multiplexParameters?': choice(raws('h222'), {'h2250': h2250})},
        {'replacementFor': channel_number})},
    {'separateStack': stack,
     'forwardMultiplexAckParameters': choice({'h2250Ack': h2250_ack}, {})})
closing = sequence({
    'forwardLogicalChannelNumber': channel_number,
    'source': choice(nulls('user', 'lcse'))},
    {'reason': choice(nulls('unknown', 'reopen', 'reservationFailure'), {})})
master_slave = sequence({'terminalType': octet,
                         'statusDeterminationNumber': number(0, 16777215)}, {})
requests = {
    'nonStandard': raw, 'masterSlaveDetermination': master_slave,
    'terminalCapabilitySet': raw, 'openLogicalChannel': channel,
    'closeLogicalChannel': closing, **raws(*'abcde'),
    'maintenanceLoopRequest': raw}
responses = {
    'nonStandard': raw, 'masterSlaveDeterminationAck': sequence(
        {'decision': choice(nulls('master', 'slave'))}, {}),
    'masterSlaveDeterminationReject': raw,
    'terminalCapabilitySetAck': sequence({'sequenceNumber': octet}, {}),
    'terminalCapabilitySetReject': raw, 'openLogicalChannelAck': channel_ack,
    'openLogicalChannelReject': raw,
    'closeLogicalChannelAck': sequence(
        {'forwardLogicalChannelNumber': channel_number}, {}),
    **raws(*'abcdefghijk')}
h245 = choice({'request': choice(requests, {}),
               'response': choice(responses, {}),
               **raws('command', 'indication')}, {})


# --- whole messages: (bytes, places)

def shifted(w, before, after=b''):
    data = w.data()
    return (before + data + after,
            [(name, at + len(before), n) for name, at, n in w.places])


def framed(data, places):
    """In a TPKT (RFC 1006)"""
    return (struct.pack('>BBH', 3, 0, 4 + len(data)) + data,
            [(name, at + 4, n) for name, at, n in places])


def ras_message(kind, **value):
    return shifted(made(ras, (kind, value)), b'')


KINDS = {'setup': 5, 'callProceeding': 2, 'alerting': 1, 'connect': 7,
         'progress': 3, 'facility': 0x62, 'information': 0x7b,
         'releaseComplete': 0x5a, 'empty': 0x62}


def q931(kind, value=None, elements=b'', reference=0x1234, answer=False, q=None,
         user=None, **more):
    """A message of call signalling. MORE are fields of H323-UU-PDU."""
    body = {'h323-uu-pdu': {'h323-message-body': (kind, value), **more}}
    if user:
        body['user-data'] = {'protocol-discriminator': 4,
                             'user-information': user}
    w = made(user_information, body)
    before = struct.pack('>BBHB', 8, 2, reference | 0x8000 * answer,
                         KINDS[kind] if q is None else q) + elements
    before += struct.pack('>BHB', 0x7e, 1 + len(w.data()), 5)
    return framed(*shifted(w, before))


def h245_message(*messages):
    """Each message is (request or response, (kind, value))."""
    data, places = b'', []
    for message in messages:
        part, at = shifted(made(h245, message), data)
        data, places = part, places + at
    return framed(data, places)


def ip(endpoint, name):
    """A TransportAddress of H.225.0."""
    six = ':' in endpoint[0]
    return ('ip6Address' if six else 'ipAddress', (endpoint, name))


def media(endpoint, name):
    """A TransportAddress of H.245."""
    six = ':' in endpoint[0]
    return ('unicastAddress', ('iP6Address' if six else 'iPAddress',
                               (endpoint, name)))


def at(data, places, name):
    """The endpoint that a message has in this place."""
    for found, start, n in places:
        if found == name:
            packed = data[start:start + n - 2]
            return (str(ipaddress.ip_address(packed)),
                    int.from_bytes(data[start + n - 2:start + n], 'big'))
    raise KeyError(name)


def but_places(data, places):
    """The bytes outside of the places, which nobody may change."""
    data = bytearray(data)
    for _, start, n in places:
        data[start:start + n] = bytes(n)
    return bytes(data)
