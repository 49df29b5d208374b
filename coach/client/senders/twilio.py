"""Twilio Media Streams with both tracks: text JSON whose numbers are strings."""

from __future__ import annotations

import base64
import json
from typing import Any

from coach.client.senders import Address, Block, Message, known
from stream.audio import Context
from stream.g711 import encode_mulaw

TWILIO_RATE = 8000
TWILIO_TRACKS = {"customer": "inbound", "agent": "outbound"}
"""Party -> track, as the server reads them by default."""


class TwilioSender:
    """A call's stream of one or both tracks."""

    address = Address("/v1/media/twilio")
    answers = False

    def __init__(
        self,
        call: str,
        parties: tuple[str, ...],
        *,
        token: str | None = None,
        context: Context | None = None,
    ) -> None:
        known(parties, tuple(TWILIO_TRACKS), "twilio")
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

    def hear(self, text: str) -> None:
        """A server says nothing on this protocol."""

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
