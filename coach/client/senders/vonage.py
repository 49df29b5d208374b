"""Vonage's websocket: one party a socket, joined by the call id that its application gives."""

from __future__ import annotations

import json

from coach.client.senders import Address, Block, Message
from coach.client.senders.encoders import interleaved
from stream.audio import Context

VONAGE_RATE = 16_000


class VonageSender:
    """One party's socket."""

    address = Address("/v1/media/vonage")
    answers = False

    def __init__(
        self,
        call: str,
        parties: tuple[str, ...],
        *,
        token: str | None = None,
        context: Context | None = None,
    ) -> None:
        if len(parties) != 1:
            raise ValueError(f"{len(parties)} parties on one vonage socket: it carries one")
        self.parties: tuple[str, ...] = parties
        self._greeting: dict[str, object] = {
            "event": "websocket:connected",
            "content-type": f"audio/l16;rate={VONAGE_RATE}",
            "call": call,
            "party": parties[0],
        }
        if token:
            self._greeting["token"] = token
        if context:
            self._greeting["context"] = context

    def hello(self) -> list[Message]:
        return [json.dumps(self._greeting)]

    def audio(self, block: Block) -> list[Message]:
        return [interleaved(block, "s16le")]

    def stop(self) -> list[Message]:
        return []

    def hear(self, text: str) -> None:
        """A server has nothing to say on this protocol but audio, which ours does not send."""
