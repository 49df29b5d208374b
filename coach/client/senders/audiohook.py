"""Genesys AudioHook v2 as its client speaks it: numbered JSON, and mu-law of both sides."""

from __future__ import annotations

import json
import uuid
from typing import Any

from coach.client.senders import Address, Block, Message, Refused, Said, ordered
from coach.client.senders.encoders import interleaved
from stream.audio import Context
from stream.protocols import Ended, Ready

AUDIOHOOK_RATE = 8000
AUDIOHOOK_CHANNELS = {"customer": "external", "agent": "internal"}
"""Party -> channel, as the server reads them by default."""
PING_SECONDS = 5
"""Of audio between two pings."""
REASONS = {"unauthorized": "unauthorised", "completed": "call_ended", "error": "bad_request"}
"""Reasons of a disconnect as codes of the API."""


class AudioHookSender:
    """A session of one call."""

    answers = True

    def __init__(
        self, call: str, parties: tuple[str, ...], *, context: Context | None = None
    ) -> None:
        self.parties = ordered(parties, tuple(AUDIOHOOK_CHANNELS), "audiohook")
        self._session, self._organization = str(uuid.uuid4()), str(uuid.uuid4())
        self._custom = {"call": call, **({"context": context} if context else {})}
        self._seq = self._serverseq = 0
        self._sent = self._pings = 0
        self.address = Address(
            "/v1/media/audiohook",
            headers={
                "Audiohook-Organization-Id": self._organization,
                "Audiohook-Session-Id": self._session,
                "Audiohook-Correlation-Id": str(uuid.uuid4()),
                "X-API-KEY": "coach-replay",
            },
        )

    def hello(self) -> list[Message]:
        channels = [AUDIOHOOK_CHANNELS[party] for party in self.parties]
        media = {
            "type": "audio",
            "format": "PCMU",
            "channels": channels,
            "rate": AUDIOHOOK_RATE,
        }
        participant = {"id": str(uuid.uuid4()), "ani": "", "aniName": "", "dnis": ""}
        return [
            self._numbered(
                "open",
                {
                    "organizationId": self._organization,
                    "conversationId": str(uuid.uuid4()),
                    "participant": participant,
                    "media": [media],
                    "customConfig": self._custom,
                },
            )
        ]

    def audio(self, block: Block) -> list[Message]:
        messages: list[Message] = [interleaved(block, "mulaw")]
        self._sent += block.shape[1]
        if self._sent >= (self._pings + 1) * PING_SECONDS * AUDIOHOOK_RATE:
            self._pings += 1
            messages.append(self.ping())
        return messages

    def ping(self) -> Message:
        """What the server answers once all before it was taken."""
        return self._numbered("ping", {})

    def pause(self) -> Message:
        """Says that no sound comes for a while."""
        return self._numbered("paused", {})

    def stop(self) -> list[Message]:
        return [self._numbered("close", {"reason": "end"})]

    def hear(self, text: str) -> Said | None:
        message: dict[str, Any] = json.loads(text)
        self._serverseq = int(message["seq"])
        match message["type"]:
            case "opened":
                return Ready()
            case "closed":
                return Ended()
            case "disconnect":
                told = message["parameters"]
                code = REASONS.get(str(told["reason"]), "internal")
                return Refused(code, str(told.get("info", "the server disconnects")))
        return None

    def _numbered(self, kind: str, parameters: dict[str, Any]) -> str:
        self._seq += 1
        return json.dumps(
            {
                "version": "2",
                "type": kind,
                "id": self._session,
                "seq": self._seq,
                "serverseq": self._serverseq,
                "position": f"PT{self._sent / AUDIOHOOK_RATE:.3f}S",
                "parameters": parameters,
            }
        )
