#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""calls.py [--attacks] DIR - writes captures of H.323: RAS, call signalling, H.245

A phone at 10.0.1.10 registers with the gatekeeper at 192.0.2.2, and calls it or
is called. The phone and the gatekeeper send optional fields and additions of
several versions. *_codecs have each kind of a channel's data, and *_v6 addresses
of IPv6. Nothing may be opened for the attacks.
"""
import ipaddress
import struct
import sys

from h323 import h245_message, ip, media, q931, ras_message

RAW = 101
CLIENT, SERVER = "10.0.1.10", "192.0.2.2"
CLIENT6, SERVER6 = "fd00:1::10", "2001:db8:2::2"
SYN, PSH, ACK = 2, 8, 16
C, S = True, False

MAKER = {"t35CountryCode": 181, "t35Extension": 0, "manufacturerCode": 18}
OWN = {"nonStandardIdentifier": ("h221NonStandard", MAKER), "data": b"\1\2\3"}
OBJECT = {"nonStandardIdentifier": ("object", "1.2.840"), "data": b"x"}
VENDOR = {"vendor": MAKER, "productId": b"Phone", "versionId": b"1.2"}
PHONE = {"vendor": VENDOR, "terminal": {}, "mc": False, "undefinedNode": False}
GATEWAY = {"vendor": {"vendor": MAKER, "versionId": b"x",
                      "enterpriseNumber": "1.3.6"},
           "gateway": {"protocol": [
               ("h323", {}), ("nonStandardData", OBJECT),
               ("voice", {"supportedPrefixes": b"\1\0\0\x44",
                          "nonStandardData": OBJECT})]},
           "mc": True, "undefinedNode": False, "set": b"\0\0\0\1"}
UNIT = {"nonStandardData": OWN, "gatekeeper": {}, "mcu": {
    "nonStandardData": OWN}, "terminal": {"nonStandardData": OWN}, "mc": True,
    "undefinedNode": False}
SERVICES = {**{f"q{n}Full": False for n in (932, 951, 952, 953, 955, 956, 957)},
            "q954Info": {"conferenceCalling": False, "threePartyService": False}}
CALL = {"guid": bytes(range(16))}
# Bearer capability and display, and between them the byte "sending complete"
PLAIN = b"\x04\x03\x88\xc0\xa5", b"\x28\x03bob"
ELEMENTS = b"\xa1".join(PLAIN)
GATEKEEPER, ENDPOINT = "gk1", "1234_endp"


def version(n):
    return f"0.0.8.2250.0.{n}"


def bits(n, value=True):
    return {f"b{i}": value for i in range(n)}


ULAW = ("audioData", ("g711Ulaw64k", 20))
T120 = ("data", {"application": ("t120", "separateLANStack"), "maxBitRate": 1000})
KINDS = [
    ULAW,
    ("audioData", ("g7231", {"maxAl-sduAudioFrames": 2,
                             "silenceSuppression": True})),
    ("audioData", ("gsmFullRate", {"audioUnitSize": 33, "comfortNoise": False,
                                   "scrambled": False})),
    ("audioData", ("nonStandard", OWN)), ("audioData", ("g729AnnexA", 2)),
    ("audioData", ("is11172AudioCapability", {**bits(8), "bitRate": 200})),
    ("audioData", ("is13818AudioCapability", {**bits(20), "bitRate": 500})),
    ("videoData", ("h261VideoCapability", {
        "qcifMPI": 1, "temporalSpatialTradeOffCapability": True,
        "maxBitRate": 600, "stillImageTransmission": False})),
    ("videoData", ("h261VideoCapability", {
        "qcifMPI": 1, "cifMPI": 2, "temporalSpatialTradeOffCapability": True,
        "maxBitRate": 600, "stillImageTransmission": False,
        "videoBadMBsCap": True})),
    ("videoData", ("h262VideoCapability", {
        **bits(11), "videoBitRate": 70000, "samplesPerLine": 5,
        "framesPerSecond": 3, "luminanceSampleRate": 1})),
    ("videoData", ("h263VideoCapability", {
        "qcifMPI": 1, "cif16MPI": 32, "maxBitRate": 100000, **bits(5),
        "bppMaxKb": 7})),
    ("videoData", ("h263VideoCapability", {
        "cifMPI": 1, "maxBitRate": 100, **bits(5, False), "hrd-B": 70000,
        "slow0": 5, "errorCompensation": True})),
    ("videoData", ("is11172VideoCapability", {
        "constrainedBitstream": True, "vbvBufferSize": 3, "pictureRate": 7})),
    ("videoData", ("genericVideoCapability", {
        "capabilityIdentifier": ("standard", "0.0.8.241.0.0.1"),
        "maxBitRate": 1000})),
    T120,
    ("data", {"application": ("t84", {
        "t84Protocol": "transparent",
        "t84Profile": ("t84Restricted", bits(19))}), "maxBitRate": 100000}),
    ("data", {"application": ("nlpid", {
        "nlpidProtocol": "transparent", "nlpidData": b"abc"}), "maxBitRate": 0}),
    ("data", {"application": "dsvdControl", "maxBitRate": 0xffffffff}),
    ("data", {"application": ("t38fax", {
        "t38FaxProtocol": "udp", "t38FaxProfile": {
            **bits(3, False), "version": 0,
            "t38FaxRateManagement": "transferredTCF"}}), "maxBitRate": 144}),
    ("data", {"application": ("nonStandard", OWN), "maxBitRate": 144}),
    ("encryptionData", "h233Encryption"), ("nonStandard", OWN),
]
# optional parts of a channel's parameters
FULL = {"associatedSessionID": 3, "mediaGuaranteedDelivery": False,
        "mediaControlGuaranteedDelivery": True, "silenceSuppression": True,
        "destination": {"mcuNumber": 1, "terminalNumber": 192},
        "dynamicRTPPayloadType": 101, "mediaPacketization": (
            "rtpPayloadType", {"payloadDescriptor": ("rfc-number", 2833),
                               "payloadType": 101}),
        "source": {"mcuNumber": 0, "terminalNumber": 5},
        "nonStandard": [OWN, OWN]}


def rtp(addr, rtp_port=None, rtcp_port=None, **more):
    """Parameters with addresses for media and for its control."""
    out = {"sessionID": 1, **more}
    if rtp_port:
        out["mediaChannel"] = media((addr, rtp_port), "media")
    if rtcp_port:
        out["mediaControlChannel"] = media((addr, rtcp_port), "control")
    return out


def forward(number, kind, parameters, **more):
    return {"forwardLogicalChannelNumber": number,
            "forwardLogicalChannelParameters": {
                "dataType": kind,
                "multiplexParameters": ("h2250", parameters), **more}}


def backward(number, kind, parameters):
    return {"forwardLogicalChannelNumber": number,
            "forwardLogicalChannelParameters": {
                "dataType": "nullData", "multiplexParameters": "none"},
            "reverseLogicalChannelParameters": {
                "dataType": kind,
                "multiplexParameters": ("h2250", parameters)}}


def opens(*channels):
    return h245_message(*(("request", ("openLogicalChannel", channel))
                          for channel in channels))


def answers(number, addr, rtp_port, rtcp_port=None, **more):
    parameters = rtp(addr, rtp_port, rtcp_port)
    del parameters["sessionID"]
    if rtcp_port:
        parameters.update(sessionID=1, flowControlToZero=False)
    return h245_message(("response", ("openLogicalChannelAck", {
        "forwardLogicalChannelNumber": number,
        "forwardMultiplexAckParameters": ("h2250Ack", parameters), **more})))


def stack(addr, port, **more):
    return {"networkAddress": ("localAreaAddress", media((addr, port), "stack")),
            "associateConference": False, **more}


def setup(addr, **more):
    return {"protocolIdentifier": version(4),
            "sourceAddress": [("h323-ID", "alice"), ("dialedDigits", "123")],
            "sourceInfo": PHONE,
            "destinationAddress": [("dialedDigits", "4711"),
                                   ("dialedDigits", "00#")],
            "activeMC": False, "conferenceID": bytes(range(16)),
            "conferenceGoal": "create", "callType": "pointToPoint",
            "sourceCallSignalAddress": ip((addr, 1720), "calling"),
            "callIdentifier": CALL, "mediaWaitForConnect": False,
            "canOverlapSend": False, "multipleCalls": False,
            "maintainConnection": True, **more}


def answer(kind, addr, control=None, number=5, node=PHONE, **more):
    value = {"protocolIdentifier": version(number), "destinationInfo": node,
             "callIdentifier": CALL, "multipleCalls": False,
             "maintainConnection": False, **more}
    if control:
        value["h245Address"] = ip((addr, control), "control")
    if kind == "connect":
        value["conferenceID"] = bytes(16)
    return value


def facility(**more):
    return {"protocolIdentifier": version(5), "reason": "undefinedReason",
            "callIdentifier": CALL, **more}


def register(number=2, addr=CLIENT, port=1720, **more):
    return ras_message(
        "registrationRequest", requestSeqNum=number,
        protocolIdentifier=version(4), discoveryComplete=True,
        callSignalAddress=[ip((addr, port), "signal")],
        rasAddress=[ip((addr, 1719), "ras")], terminalType=PHONE,
        terminalAlias=[("dialedDigits", "123"), ("h323-ID", "alice")],
        gatekeeperIdentifier=GATEKEEPER, endpointVendor=VENDOR, **more)


def registered(number=2, addr=SERVER, **more):
    return ras_message(
        "registrationConfirm", requestSeqNum=number,
        protocolIdentifier=version(4),
        callSignalAddress=[ip((addr, 1720), "signal")],
        terminalAlias=[("dialedDigits", "123")],
        gatekeeperIdentifier=GATEKEEPER, endpointIdentifier=ENDPOINT, **more)


def renews(number, **more):
    """A registration without addresses, which keeps the former one alive."""
    return ras_message(
        "registrationRequest", requestSeqNum=number,
        protocolIdentifier=version(4), discoveryComplete=True,
        callSignalAddress=[], rasAddress=[], terminalType=PHONE,
        gatekeeperIdentifier=GATEKEEPER, endpointVendor=VENDOR, keepAlive=True,
        endpointIdentifier=ENDPOINT, **more)


def unregisters(number):
    return ras_message("unregistrationRequest", requestSeqNum=number,
                       callSignalAddress=[ip((CLIENT, 1720), "signal")],
                       endpointIdentifier=ENDPOINT)


def asks(number=3, addr=CLIENT, **more):
    return ras_message(
        "admissionRequest", requestSeqNum=number, callType="pointToPoint",
        callModel="direct", endpointIdentifier=ENDPOINT,
        destinationInfo=[("dialedDigits", "471")],
        srcInfo=[("dialedDigits", "123")],
        srcCallSignalAddress=ip((addr, 1720), "calling"), bandWidth=1280,
        callReferenceValue=7, conferenceID=bytes(16), activeMC=False,
        answerCall=False, canMapAlias=True, callIdentifier=CALL, **more)


def admits(number=3, addr=SERVER, port=1720):
    return ras_message(
        "admissionConfirm", requestSeqNum=number, bandWidth=1280,
        callModel="gatekeeperRouted", irrFrequency=120,
        destCallSignalAddress=ip((addr, port), "called"))


RAS = [
    (C, ras_message("gatekeeperRequest", requestSeqNum=1,
                    protocolIdentifier=version(4), nonStandardData=OBJECT,
                    rasAddress=ip((CLIENT, 1719), "ras"), endpointType=UNIT,
                    gatekeeperIdentifier=GATEKEEPER, callServices=SERVICES,
                    endpointAlias=[("url-ID", "h323:a@b")])),
    (S, ras_message("gatekeeperConfirm", requestSeqNum=1,
                    protocolIdentifier=version(4),
                    gatekeeperIdentifier=GATEKEEPER,
                    rasAddress=ip((SERVER, 1719), "ras"))),
    (C, register(timeToLive=300, keepAlive=False, willSupplyUUIEs=False,
                 maintainConnection=False)),
    (S, registered(timeToLive=120, willRespondToIRR=False,
                   maintainConnection=False)),
    (C, asks(destCallSignalAddress=ip((SERVER, 1720), "called"))),
    (S, admits()),
    (C, register(4, known=6)), (S, registered(4)),
    (C, asks(5)),
    (S, ras_message("admissionReject", requestSeqNum=5, rejectReason="b")),
    (C, ras_message("locationRequest", requestSeqNum=6,
                    destinationInfo=[("dialedDigits", "123")],
                    replyAddress=ip((CLIENT, 1719), "reply"), canMapAlias=True)),
    (S, ras_message("locationConfirm", requestSeqNum=6,
                    callSignalAddress=ip((SERVER, 1721), "signal"),
                    rasAddress=ip((SERVER, 1719), "ras"))),
    (C, ras_message("infoRequestResponse", requestSeqNum=7, endpointType=GATEWAY,
                    endpointIdentifier=ENDPOINT,
                    rasAddress=ip((CLIENT, 1719), "ras"),
                    callSignalAddress=[ip((CLIENT, 1720), "signal")],
                    endpointAlias=[("dialedDigits", "123")],
                    needResponse=False)),
    (C, ras_message("unregistrationRequest", requestSeqNum=8,
                    callSignalAddress=[ip((CLIENT, 1720), "signal")],
                    endpointAlias=[("dialedDigits", "123")],
                    endpointIdentifier=ENDPOINT)),
    (S, ras_message("unregistrationConfirm", requestSeqNum=8)),
]
# Without a lifetime; then for a minute, by a phone that keeps its address; a
# phone that has left, and one that the gatekeeper has rejected, keeps nothing.
REJECT = ras_message("registrationReject", requestSeqNum=7,
                     protocolIdentifier=version(4), rejectReason="b")
RENEWED = [
    (C, register()), (S, registered()),
    (C, renews(3)), (S, registered(3, timeToLive=60)),
    (C, unregisters(4)), (C, renews(5)), (S, registered(5)),
    (C, register(6, port=1722)), (S, registered(6)), (C, renews(7)), (S, REJECT),
    (C, renews(8)), (S, registered(8)),
]
RAS_V6 = [(C, register(addr=CLIENT6)),
          (S, registered(addr=SERVER6, timeToLive=120)),
          (C, renews(3)), (S, registered(3, SERVER6)),
          (C, asks(4, CLIENT6,
                   destCallSignalAddress=ip((SERVER6, 1720), "called"))),
          (S, admits(4, SERVER6))]
CALLED = ip((SERVER, 1720), "called")
SIGNALLING = [
    (C, q931("setup", setup(CLIENT, destCallSignalAddress=CALLED,
                            h245Address=ip((CLIENT, 30000), "control"),
                            callServices=SERVICES), ELEMENTS,
             h245Tunnelling=False)),
    (S, q931("callProceeding", {"protocolIdentifier": version(2),
                                "destinationInfo": GATEWAY}, answer=True)),
    (S, q931("alerting", answer("alerting", SERVER, 40000, 7), answer=True)),
    (S, q931("progress", answer("progress", SERVER, 40000, 5, GATEWAY),
             answer=True)),
    (S, q931("connect", answer("connect", SERVER, 40000), answer=True)),
    (S, q931("facility", facility(reason="startH245",
                                  h245Address=ip((SERVER, 40002), "control")),
             answer=True)),
    (C, q931("facility", facility(
        alternativeAddress=ip((CLIENT, 1730), "other"), conferenceID=bytes(16),
        alternativeAliasAddress=[("dialedDigits", "123")],
        reason="callForwarded"))),
    (C, q931("releaseComplete", {"protocolIdentifier": version(5),
                                 "reason": "undefinedReason",
                                 "callIdentifier": CALL})),
]
OFFER = [backward(1, ULAW, rtp(CLIENT, 5000, 5001)),
         backward(2, KINDS[1], rtp(CLIENT, 5000, 5001)),
         forward(3, ULAW, rtp(CLIENT, None, 5001)),
         forward(4, KINDS[1], rtp(CLIENT, None, 5001))]
FAST = [
    (C, q931("setup", setup(CLIENT, fastStart=OFFER), ELEMENTS,
             nonStandardData=OWN, h245Tunnelling=True)),
    (S, q931("connect", answer("connect", SERVER, fastStart=[
        backward(1, ULAW, rtp(SERVER, None, 6001)),
        forward(3, ULAW, rtp(SERVER, 6000, 6001))]), answer=True,
             h245Tunnelling=True)),
    (C, q931("empty", h245Tunnelling=True, h245Control=[
        ("request", ("masterSlaveDetermination", {
            "terminalType": 60, "statusDeterminationNumber": 70000})),
        ("request", ("openLogicalChannel", forward(
            9, KINDS[7], rtp(CLIENT, None, 5003))))])),
    (S, q931("facility", facility(reason="transportedInformation"), answer=True,
             h245Tunnelling=True, h245Control=[
                 ("response", ("openLogicalChannelAck", {
                     "forwardLogicalChannelNumber": 9,
                     "forwardMultiplexAckParameters": ("h2250Ack", rtp(
                         SERVER, 6002, 6003))}))])),
]
SIGNALLING_V6 = [
    (C, q931("setup", setup(
        CLIENT6, destCallSignalAddress=ip((SERVER6, 1720), "called"),
        h245Address=ip((CLIENT6, 30000), "control"),
        fastStart=[backward(1, ULAW, rtp(CLIENT6, 5000, 5001)),
                   forward(3, ULAW, rtp(CLIENT6, None, 5001))]), ELEMENTS)),
    (S, q931("connect", answer("connect", SERVER6, 40000, fastStart=[
        forward(3, ULAW, rtp(SERVER6, 6000, 6001))]), answer=True)),
    (S, q931("facility", facility(reason="startH245",
                                  h245Address=ip((SERVER6, 40002), "control")),
             answer=True)),
    (C, q931("facility", facility(
        alternativeAddress=ip((CLIENT6, 1730), "other"),
        reason="callForwarded"))),
]
OFFERED = [(C, q931("setup", {**setup(CLIENT, fastStart=[channel], known=27),
                              "sourceInfo": UNIT}, ELEMENTS, user=b"hi"))
           for kind in KINDS for channel in (
               forward(1, kind, rtp(CLIENT, None, 5001)),
               backward(2, kind, rtp(CLIENT, 5000, 5001)))]
BEGIN = [(end, h245_message(("request", ("masterSlaveDetermination", {
    "terminalType": 60, "statusDeterminationNumber": 70000}))))
    for end in (C, S)]
CONTROL = BEGIN + [
    (C, opens(forward(1, ULAW, rtp(CLIENT, None, 5001)))),
    (S, opens(forward(1, ULAW, rtp(SERVER, None, 6001, silenceSuppression=True)))),
    (C, answers(1, CLIENT, 5000, 5001)), (S, answers(1, SERVER, 6000, 6001)),
    # several messages in a TPKT, and all optional parts
    (C, h245_message(
        ("response", ("masterSlaveDeterminationAck", {"decision": "master"})),
        ("request", ("openLogicalChannel", forward(
            2, KINDS[7], rtp(CLIENT, 5002, 5003, **FULL), portNumber=3,
            dependency=1))),
        ("response", ("terminalCapabilitySetAck", {"sequenceNumber": 1})),
        ("request", ("openLogicalChannel", forward(
            3, ULAW, rtp(CLIENT, 5004, mediaGuaranteedDelivery=True)))))),
    (S, answers(2, SERVER, 6002, None, reverseLogicalChannelParameters={
        "reverseLogicalChannelNumber": 8, "portNumber": 1})),
    (C, opens({**forward(5, T120, {"sessionID": 0}),
               "reverseLogicalChannelParameters": {
                   "dataType": T120,
                   "multiplexParameters": ("h2250", {"sessionID": 0})},
               "separateStack": stack(CLIENT, 1503, distribution="unicast",
                                      externalReference=b"abc",
                                      t120SetupProcedure="waitForCall")})),
    (S, h245_message(("response", ("openLogicalChannelAck", {
        "forwardLogicalChannelNumber": 5,
        "separateStack": stack(SERVER, 1503)})))),
    (C, h245_message(("request", ("closeLogicalChannel", {
        "forwardLogicalChannelNumber": 1, "source": "user",
        "reason": "unknown"})))),
    # an answer for a closed channel, and for one that nobody has opened
    (S, answers(1, SERVER, 6010, 6011)), (S, answers(99, SERVER, 6012, 6013)),
]
CONTROL_V6 = BEGIN + [
    (C, opens(forward(1, ULAW, rtp(CLIENT6, None, 5001)))),
    (S, opens(forward(1, ULAW, rtp(SERVER6, None, 6001)))),
    (C, answers(1, CLIENT6, 5000, 5001)), (S, answers(1, SERVER6, 6000, 6001)),
    (C, opens({**forward(5, T120, {"sessionID": 0}),
               "separateStack": stack(CLIENT6, 1503)})),
    (S, h245_message(("response", ("openLogicalChannelAck", {
        "forwardLogicalChannelNumber": 5,
        "separateStack": stack(SERVER6, 1503)})))),
]
CODECS = BEGIN + [(C, opens(channel)) for kind in KINDS for channel in (
    forward(1, kind, rtp(CLIENT, None, 5001)),
    backward(2, kind, rtp(CLIENT, 5000, 5001)))]
CAPTURES = {"RAS_register": (1719, RAS), "RAS_renew": (1719, RENEWED),
            "RAS_v6": (1719, RAS_V6), "Q.931_v6": (1720, SIGNALLING_V6),
            "H.245_v6": (1721, CONTROL_V6), "Q.931_call": (1720, SIGNALLING),
            "Q.931_fast": (1720, FAST), "Q.931_codecs": (1720, OFFERED),
            "H.245_channels": (1721, CONTROL), "H.245_codecs": (1721, CODECS)}

# Another host's address: of a call that is diverted, of the control channel, of
# media, and of a phone; answers to nothing; a call that a web page sends; a port
# below 1024; an address behind the end of its type
OTHER = "10.0.1.99"
PAGE = b"POST / HTTP/1.1\r\nHost: 192.0.2.2:1720\r\nContent-Length: 900\r\n\r\n"
CALLING = setup(CLIENT, h245Address=ip((CLIENT, 30000), "control"))
ATTACKS = {
    "Q.931_divert": (1720, [
        (C, q931("setup", setup(OTHER))),
        (C, q931("facility", facility(
            alternativeAddress=ip((OTHER, 1720), "other"),
            reason="callForwarded")))]),
    "Q.931_other": (1720, [
        (C, q931("setup", setup(OTHER, h245Address=ip((OTHER, 30000), "x"))))]),
    "Q.931_low": (1720, [
        (C, q931("setup", setup(OTHER, h245Address=ip((CLIENT, 22), "x"))))]),
    "Q.931_answer": (1720, [
        (S, q931("connect", answer("connect", SERVER, 40000), answer=True))]),
    "Q.931_page": (1720, [(C, (PAGE, None)), (C, q931("setup", CALLING))]),
    "Q.931_short": (1720, [(C, (b"\3\0\0\x1c" + q931(
        "setup", CALLING)[0][4:28], None))]),
    "H.245_other": (1721, BEGIN + [
        (C, opens(backward(1, ULAW, rtp(OTHER, 5000, 5001))))]),
    "H.245_answer": (1721, BEGIN + [(S, answers(1, SERVER, 6000, 6001))]),
    "RAS_other": (1719, [(C, register(addr=OTHER)), (S, registered())]),
    "RAS_answer": (1719, [(S, registered()), (S, admits())]),
}


class Capture:
    """A file with a conversation between two ports."""

    def __init__(self, out, port, *ends):
        self.out, self.port = out, port
        self.ends = [ipaddress.ip_address(addr).packed for addr in ends]
        self.seq, self.number = {C: 1000, S: 5000}, 0
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, RAW))

    def packet(self, forth, proto, body):
        head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), 0, 0, 64, proto,
                           0)
        if len(self.ends[0]) == 16:
            head = struct.pack(">IHBB", 6 << 28, len(body), proto, 64)
        head += b"".join(self.ends if forth else self.ends[::-1])
        self.out.write(struct.pack("<IIII", 1000 + self.number, 0, len(head + body),
                                   len(head + body)) + head + body)
        self.number += 1

    def datagram(self, forth, data):
        self.packet(forth, 17, struct.pack(">HHHH", self.port, self.port,
                                           8 + len(data), 0) + data)

    def segment(self, forth, flags, data=b""):
        ports = (41000, self.port) if forth else (self.port, 41000)
        ack = 0 if flags == SYN else self.seq[not forth]
        self.packet(forth, 6, struct.pack(
            ">HHIIBBHHH", *ports, self.seq[forth], ack, 0x50, flags, 65535, 0,
            0) + data)
        self.seq[forth] += len(data) + bool(flags & SYN)


def main():
    captures = ATTACKS if "--attacks" in sys.argv else CAPTURES
    for name, (port, turns) in captures.items():
        with open(f"{sys.argv[-1]}/{name}.pcap", "wb") as out:
            ends = (CLIENT6, SERVER6) if "_v6" in name else (CLIENT, SERVER)
            capture = Capture(out, port, *ends)
            if port != 1719:
                capture.segment(C, SYN)
                capture.segment(S, SYN | ACK)
                capture.segment(C, ACK)
            for forth, (data, _) in turns:
                if port == 1719:
                    capture.datagram(forth, data)
                else:
                    capture.segment(forth, PSH | ACK, data)


if __name__ == "__main__":
    main()
