"""What a sender of audio says, per protocol: the mirror image of the codecs in stream/.

Pure, like them: samples in, messages out; replay.py owns the socket and the clock. Each
sender feeds one socket; `parties` are the channels it carries, in the order of its samples.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from stream.audio import Context, Encoding
from stream.g711 import encode_alaw, encode_mulaw

SendProtocol = Literal["pcm", "twilio"]
SEND_PROTOCOLS: tuple[SendProtocol, ...] = ("pcm", "twilio")

TWILIO_RATE = 8000
TWILIO_TRACKS = {"customer": "inbound", "agent": "outbound"}
"""Party -> track, as the server reads them by default."""

Message = str | bytes
Block = npt.NDArray[np.float32]
"""(channels, samples), -1..1, at the sender's rate."""


class Sender(Protocol):
    """One socket's messages. `answers`: whether the server speaks back on this protocol."""

    path: str
    answers: bool
    parties: tuple[str, ...]

    def hello(self) -> list[Message]:
        """What opens the stream."""
        ...

    def audio(self, block: Block) -> list[Message]:
        """The next samples of every party of this socket."""
        ...

    def stop(self) -> list[Message]:
        """What says that these parties are done."""
        ...


def _s16le(samples: Block) -> bytes:
    # The scale decoders divide by, so that 16-bit files arrive as they are; +1.0 must not wrap.
    return np.clip(np.rint(samples * 32768), -32768, 32767).astype("<i2").tobytes()


ENCODERS: dict[Encoding, Callable[[Block], bytes]] = {
    "s16le": _s16le,
    "mulaw": encode_mulaw,
    "alaw": encode_alaw,
    "f32le": lambda samples: samples.astype("<f4").tobytes(),
}


class PcmSender:
    """Our own protocol: a JSON greeting, then interleaved binary audio."""

    path = "/v1/media/pcm"
    answers = True

    def __init__(
        self,
        call: str,
        parties: tuple[str, ...],
        *,
        rate: int,
        encoding: Encoding = "s16le",
        context: Context | None = None,
    ) -> None:
        if not 1 <= len(parties) <= 2:
            raise ValueError(
                f"{len(parties)} parties on one pcm socket; it carries one or two: "
                "use the layout 'sockets' for more"
            )
        self.parties = parties
        self._encode = ENCODERS[encoding]
        self._greeting: dict[str, Any] = {
            "call": call,
            "format": {"encoding": encoding, "rate": rate, "channels": list(parties)},
            "at": 0.0,
        }
        if context is not None:
            self._greeting["context"] = context

    def hello(self) -> list[Message]:
        return [json.dumps(self._greeting)]

    def audio(self, block: Block) -> list[Message]:
        return [self._encode(np.ascontiguousarray(block.T).reshape(-1))]

    def stop(self) -> list[Message]:
        return ['{"type":"stop"}']


class TwilioSender:
    """Twilio Media Streams with both tracks: text JSON whose numbers are strings."""

    path = "/v1/media/twilio"
    answers = False

    def __init__(
        self,
        call: str,
        parties: tuple[str, ...],
        *,
        token: str | None = None,
        context: Context | None = None,
    ) -> None:
        if unknown := [party for party in parties if party not in TWILIO_TRACKS]:
            raise ValueError(
                f"twilio has tracks for {' and '.join(TWILIO_TRACKS)} only, "
                f"not for {', '.join(unknown)}: use the protocol pcm"
            )
        self.parties = parties
        self._tracks = [TWILIO_TRACKS[party] for party in parties]
        self._call = call
        self._account = "AC" + "0" * 32
        self._stream = "MZ" + "0" * 32
        self._parameters = {"token": token} if token else {}
        if context:
            # Parameters are strings on this protocol, so the context travels as JSON in one.
            self._parameters["context"] = json.dumps(context)
        self._sequence = 0
        self._chunk = 0
        self._sent = 0

    def hello(self) -> list[Message]:
        start = {
            "streamSid": self._stream,
            "accountSid": self._account,
            "callSid": self._call,
            "tracks": self._tracks,
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": TWILIO_RATE, "channels": 1},
            "customParameters": self._parameters,
        }
        connected = {"event": "connected", "protocol": "Call", "version": "1.0.0"}
        return [json.dumps(connected), self._numbered("start", start)]

    def audio(self, block: Block) -> list[Message]:
        self._chunk += 1
        stamp = str(round(self._sent * 1000 / TWILIO_RATE))
        self._sent += block.shape[1]
        return [
            self._numbered(
                "media",
                {
                    "track": track,
                    "chunk": str(self._chunk),
                    "timestamp": stamp,
                    "payload": base64.b64encode(encode_mulaw(samples)).decode("ascii"),
                },
            )
            for track, samples in zip(self._tracks, block, strict=True)
        ]

    def stop(self) -> list[Message]:
        return [self._numbered("stop", {"accountSid": self._account, "callSid": self._call})]

    def _numbered(self, event: str, body: dict[str, Any]) -> str:
        self._sequence += 1
        return json.dumps(
            {
                "event": event,
                "sequenceNumber": str(self._sequence),
                "streamSid": self._stream,
                event: body,
            }
        )
