"""Which sockets a call has on each protocol."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, assert_never

from coach.client.senders import Sender
from coach.client.senders.asterisk import ASTERISK_RATE, AsteriskSender
from coach.client.senders.audiohook import AUDIOHOOK_RATE, AudioHookSender
from coach.client.senders.audiosocket import AUDIOSOCKET_RATE, AudioSocketSender
from coach.client.senders.jambonz import JambonzSender
from coach.client.senders.pcm import PcmSender
from coach.client.senders.twilio import TWILIO_RATE, TwilioSender
from coach.client.senders.vonage import VONAGE_RATE, VonageSender
from stream.audio import Context, Encoding

SocketProtocol = Literal[
    "pcm", "twilio", "audiohook", "jambonz", "vonage", "asterisk", "audiosocket"
]
SendProtocol = SocketProtocol | Literal["whip"]
"""WHIP has no socket: coach/client/whip.py plays it."""
LIVE: tuple[SendProtocol, ...] = ("vonage", "asterisk", "whip")
"""Whose parties come by connections of their own that are told nothing: they meet by the clock
alone, which must be that of speech."""
UNTOLD: tuple[SendProtocol, ...] = ("asterisk", "whip")
"""Which have no place for a call's context: the API of the same server takes it before."""
Layout = Literal["stereo", "sockets"]

JAMBONZ_RATE = 16_000
"""What a telephone's 8 kHz fits into, and wideband too."""


@dataclass(frozen=True, slots=True)
class Dialled:
    """A call's senders, and the rate at which they take samples."""

    rate: int
    senders: list[Sender]


def dial(
    protocol: SocketProtocol,
    call: str,
    parties: tuple[str, ...],
    *,
    layout: Layout,
    rate: int,
    encoding: Encoding,
    context: Context | None,
    token: str | None,
) -> Dialled:
    """`layout`, `rate` and `encoding` are those of pcm; the others have theirs.

    Raises ValueError for what the protocol cannot say: parties, a call id, a context.
    """
    match protocol:
        case "pcm":
            groups = [parties] if layout == "stereo" else [(party,) for party in parties]
            return Dialled(
                rate,
                [
                    PcmSender(call, group, rate=rate, encoding=encoding, context=context)
                    for group in groups
                ],
            )
        case "twilio":
            return Dialled(TWILIO_RATE, [TwilioSender(call, parties, token=token, context=context)])
        case "audiohook":
            return Dialled(AUDIOHOOK_RATE, [AudioHookSender(call, parties, context=context)])
        case "jambonz":
            sender = JambonzSender(call, parties, rate=JAMBONZ_RATE, token=token, context=context)
            return Dialled(JAMBONZ_RATE, [sender])
        case "vonage":
            # The context goes with the first: what joins a call need not say it again.
            said = [context, *(None for _ in parties[1:])]
            return Dialled(
                VONAGE_RATE,
                [
                    VonageSender(call, (party,), token=token, context=each)
                    for party, each in zip(parties, said, strict=True)
                ],
            )
        case "asterisk":
            return Dialled(
                ASTERISK_RATE, [AsteriskSender(call, (party,), token=token) for party in parties]
            )
        case "audiosocket":
            return Dialled(AUDIOSOCKET_RATE, [AudioSocketSender(call, parties, context=context)])
    assert_never(protocol)
