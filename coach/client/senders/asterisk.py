"""Asterisk's chan_websocket as its dialplan is set up for us: one party a socket, which the address
names; closing the socket ends it."""

from __future__ import annotations

import uuid
from urllib.parse import urlencode

from coach.client.senders import Address, Block, Message
from coach.client.senders.encoders import interleaved

ASTERISK_RATE = 16_000
PACKET_SECONDS = 0.02
"""Of audio in a message, as Asterisk announces it; nobody here depends on it."""


class AsteriskSender:
    """One party's socket."""

    answers = False

    def __init__(self, call: str, parties: tuple[str, ...], *, token: str | None = None) -> None:
        if len(parties) != 1:
            raise ValueError(f"{len(parties)} parties on one asterisk socket: it carries one")
        self.parties: tuple[str, ...] = parties
        query = {"call": call, "party": parties[0], **({"access_token": token} if token else {})}
        self.address = Address(f"/v1/media/asterisk?{urlencode(query)}", ("media",))

    def hello(self) -> list[Message]:
        told = {
            "connection_id": str(uuid.uuid4()),
            "channel": "WebSocket/coach/0x1",
            "channel_id": "1.1",
            "format": "slin16",
            "optimal_frame_size": round(2 * ASTERISK_RATE * PACKET_SECONDS),
            "ptime": round(1000 * PACKET_SECONDS),
        }
        return [" ".join(["MEDIA_START", *(f"{key}:{value}" for key, value in told.items())])]

    def audio(self, block: Block) -> list[Message]:
        return [interleaved(block, "s16le")]

    def stop(self) -> list[Message]:
        return []

    def hear(self, text: str) -> None:
        """What a server says here are commands to a real Asterisk."""
