"""WHIP's offers, read as the codecs are: line by line, so that lines can be spoilt."""

from __future__ import annotations

from stream.events import StreamEvent
from stream.offers import read_offer, whole_answer
from stream.protocols import Ended, Manners, News

LINES = """v=0
o=- 4611731400430051336 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 1
a=msid-semantic: WMS
m=audio 9 UDP/TLS/RTP/SAVPF 111 9 0
c=IN IP4 0.0.0.0
a=rtcp:9 IN IP4 0.0.0.0
a=candidate:1 1 udp 2122260223 192.0.2.1 50000 typ host generation 0
a=candidate:2 1 udp 2122260223 2f1c4a.local 50001 typ host
a=ice-ufrag:wXyZ
a=ice-pwd:0123456789abcdefghijklmn
a=ice-options:trickle
a=fingerprint:sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF
a=setup:actpass
a=mid:0
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=sendonly
a=msid:- track
a=rtcp-mux
a=rtpmap:111 opus/48000/2
a=rtcp-fb:111 transport-cc
a=fmtp:111 minptime=10;useinbandfec=1
a=rtpmap:9 G722/8000
a=rtpmap:0 PCMU/8000
a=ssrc:1234567 cname:speaker
m=application 9 UDP/DTLS/SCTP webrtc-datachannel
c=IN IP4 0.0.0.0
a=mid:1
a=sctp-port:5000""".splitlines()
"""As a browser offers a microphone, and a data channel besides, which is refused."""


class OfferReader:
    """Reads the offer that the messages are lines of, and answers it, at the end."""

    manners = Manners()

    def __init__(self) -> None:
        self._lines: list[str] = []

    def receive(self, message: str | bytes) -> list[StreamEvent]:
        """Take a line."""
        self._lines.append(message if isinstance(message, str) else message.decode("latin-1"))
        return []

    def tell(self, news: News) -> list[str]:
        """Raises MediaError for an offer that is refused."""
        if isinstance(news, Ended):
            offer = read_offer("\r\n".join(self._lines))
            whole_answer(offer, offer.sdp)
        return []
