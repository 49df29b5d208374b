"""Our own protocol: a JSON greeting, then interleaved binary audio."""

from __future__ import annotations

import json
from typing import Any

from coach.client.senders import Address, Block, Message, Refused, Said
from coach.client.senders.encoders import interleaved
from stream.audio import Context, Encoding, PartyId
from stream.protocols import Ack, Ended, Ready


class PcmSender:
    """A call's socket of one or two parties."""

    address = Address("/v1/media/pcm")
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
        self._encoding: Encoding = encoding
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
        return [interleaved(block, self._encoding)]

    def pause(self) -> Message:
        """Says that no sound comes for a while."""
        return '{"type":"pause"}'

    def stop(self) -> list[Message]:
        return ['{"type":"stop"}']

    def hear(self, text: str) -> Said | None:
        message: dict[str, Any] = json.loads(text)
        match message.get("type"):
            case "ready":
                return Ready()
            case "ack":
                return Ack(PartyId(str(message["party"])), float(message["at"]))
            case "ended":
                return Ended()
            case "error":
                return Refused(str(message["code"]), str(message["message"]))
        return None
