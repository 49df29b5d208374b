"""jambonz `listen`: metadata as JSON, then interleaved binary audio; closing the socket ends it."""

from __future__ import annotations

import json

from coach.client.senders import Address, Block, Message, ordered
from coach.client.senders.encoders import interleaved
from stream.audio import Context

CHANNELS = ("customer", "agent")
"""Parties in the order of the channels, as the server reads them by default."""


class JambonzSender:
    """A call's stream: both sides by turns, or one alone."""

    address = Address("/v1/media/jambonz", ("audio.jambonz.org",))
    answers = False

    def __init__(
        self,
        call: str,
        parties: tuple[str, ...],
        *,
        rate: int,
        token: str | None = None,
        context: Context | None = None,
    ) -> None:
        self.parties = ordered(parties, CHANNELS, "jambonz")
        custom: dict[str, object] = {"call": call}
        if len(parties) == 1:
            custom["party"] = parties[0]
        if token:
            custom["token"] = token
        if context:
            custom["context"] = context
        self._metadata = {
            "sampleRate": rate,
            "mixType": "stereo" if len(parties) == 2 else "mono",
            "callSid": call,
            "direction": "inbound",
            "customerData": custom,
        }

    def hello(self) -> list[Message]:
        return [json.dumps(self._metadata)]

    def audio(self, block: Block) -> list[Message]:
        return [interleaved(block, "s16le")]

    def stop(self) -> list[Message]:
        return []

    def hear(self, text: str) -> None:
        """What a server may ask for here (to play, to mark) is not for a sender of files."""
