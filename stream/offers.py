"""SDP offers of one speaker's sound, and answers to them.

An offer has one audio track, which sends. Other tracks are refused in the answer with port 0, and
the library beneath (aiortc) never sees them. We are the passive side of DTLS, as WHIP wants: were
we the active one, GStreamer's handshake would fail.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aiortc.sdp import SessionDescription

from stream.errors import BadRequest, TooBig, UnsupportedFormat

RATE = 48_000
"""Hz. Opus has no other clock over RTP (RFC 7587), whatever the microphone's."""
MAX_OFFER_BYTES = 65_536
"""A browser's offer of one track has 3 kB; one of ten tracks with all their codecs has 50 kB."""
MAX_LINES = 128
"""Of the audio section, with the session part. A browser's has 50, and one for each address that
it knows of itself. The library takes longer by their square; and each address is sent packets
before anyone there has agreed to it, so an offer may not name hundreds."""
_WAYS = ("a=sendonly", "a=sendrecv", "a=recvonly", "a=inactive")
AS_IT_CAME = "send SDP as createOffer makes it"


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer that can be answered.

    `sdp`: its session part and its audio section, which is all that the library sees. `sections`:
    the lines of all sections; `audio`: which of them it is.
    """

    sdp: str
    sections: list[list[str]]
    audio: int
    bundled: bool


def read_offer(text: str) -> Offer:
    """Raises TooBig, BadRequest for what is no offer or does not send, and UnsupportedFormat for
    tracks other than one of Opus."""
    if len(text.encode(errors="replace")) > MAX_OFFER_BYTES:
        raise TooBig(f"an offer above {MAX_OFFER_BYTES} bytes: offer one audio track alone")
    session, sections = _split(text)
    audio = [number for number, lines in enumerate(sections) if lines[0].startswith("m=audio ")]
    if len(audio) != 1:
        raise UnsupportedFormat(
            f"the offer has {len(audio)} audio tracks: offer one, and open a session of its own "
            "for each further speaker"
        )
    lines = [*session, *sections[audio[0]]]
    # Where nothing is said it is sendrecv (RFC 8866).
    way = ["a=sendrecv", *(line for line in lines if line in _WAYS)][-1]
    if way not in _WAYS[:2]:
        raise BadRequest(f"the offer's audio is {way[2:]}: offer it as sendonly")
    # Where the sender leaves it to us who is the active side of DTLS, it is the sender.
    seen = [line.replace("a=setup:actpass", "a=setup:active") for line in lines if _seen(line)]
    if len(seen) > MAX_LINES:
        raise BadRequest(f"more than {MAX_LINES} lines on the audio: send fewer candidates")
    offer = "\r\n".join([*seen, way, ""])
    _check(offer)
    bundled = any(line.startswith("a=group:BUNDLE") for line in session)
    return Offer(offer, sections, audio[0], bundled)


def whole_answer(offer: Offer, sdp: str) -> str:
    """The library's answer, with the offer's other sections in their places, refused."""
    session, (audio,) = _split(sdp)
    lines = [line for line in session if offer.bundled or not line.startswith("a=group:")]
    for number, section in enumerate(offer.sections):
        lines += audio if number == offer.audio else _refused(section)
    return "\r\n".join([*lines, ""])


def _split(text: str) -> tuple[list[str], list[list[str]]]:
    """The lines of the session part and of each section."""
    lines = [line.rstrip() for line in text.splitlines()]
    if not lines or lines[0] != "v=0":
        raise BadRequest(f"the offer does not begin with v=0: {AS_IT_CAME}")
    starts = [number for number, line in enumerate(lines) if line.startswith("m=")]
    ends = [*starts, len(lines)]
    sections = [lines[begin:end] for begin, end in zip(starts, ends[1:], strict=True)]
    if any(len(section[0].split()) < 4 for section in sections):
        raise BadRequest(f"an m= line of the offer is cut short: {AS_IT_CAME}")
    return lines[: ends[0]], sections


def _seen(line: str) -> bool:
    """Whether the library shall see it. It need not find the sender, who finds us: so it asks for
    no names of the sender's own network, and does not give up when all candidates have failed."""
    local = line.startswith("a=candidate:") and ".local" in line
    return not (local or line in _WAYS or line.startswith(("a=group:", "a=end-of-candidates")))


def _refused(section: Sequence[str]) -> list[str]:
    kind, _, rest = section[0].split(maxsplit=2)
    mid = [line for line in section if line.startswith("a=mid:")]
    return [f"{kind} 0 {rest}", "c=IN IP4 0.0.0.0", "a=inactive", *mid]


def _check(sdp: str) -> None:
    """Whether the library reads it, and finds what it needs to answer."""
    try:
        media = SessionDescription.parse(sdp).media[0]
    except Exception:  # of any kind: it reads without checking
        raise BadRequest(f"the offer's audio section is garbled: {AS_IT_CAME}") from None
    offered = {(codec.mimeType.lower(), codec.clockRate) for codec in media.rtp.codecs}
    if ("audio/opus", RATE) not in offered:
        raise UnsupportedFormat("the offer's audio has no Opus at 48 kHz: offer opus/48000/2")
    if media.dtls is None or not media.dtls.fingerprints:
        raise BadRequest("the offer lacks a=setup or a=fingerprint: send both")
    ice = media.ice
    if ice is None or not ice.usernameFragment or not ice.password or not media.rtcp_mux:
        raise BadRequest("the offer lacks a=ice-ufrag, a=ice-pwd or a=rtcp-mux: send all three")
