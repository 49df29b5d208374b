"""A far end on a real websocket: reads with the project's codecs, answers as the API says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import numpy as np
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from stream.audio import Samples
from stream.events import CallEnded, CallStarted, Media, StreamEvent
from stream.protocols import Ack, Codec, Ended, Ready
from stream.protocols.spoken import spoken
from stream.upgrade import Upgrade

RATE = 8000


def speech(seconds: float) -> Samples:
    t = np.arange(round(seconds * RATE)) / RATE
    return (0.3 * np.sin(2 * np.pi * 300 * t)).astype(np.float32)


@dataclass
class Peer:
    """The far end: reads with the project's codecs, answers as the API says.

    `mischief` may answer a socket instead, with (peer, socket, its path).
    """

    mischief: Callable[[Peer, ServerConnection], Any] | None = None
    url: str = ""
    sockets: list[list[StreamEvent]] = field(default_factory=list)
    headers: list[str | None] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    hearing: asyncio.Event = field(default_factory=asyncio.Event)
    readied: list[str] = field(default_factory=list)

    async def __call__(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        path = socket.request.path
        self.paths.append(path)
        self.headers.append(socket.request.headers.get("Authorization"))
        if self.mischief is not None:
            await self.mischief(self, socket)
        elif "/events" in path:
            for event in self.events:
                await socket.send(json.dumps(event))
            await socket.wait_closed()
        else:
            address = urlsplit(path)
            make = spoken()[address.path.rpartition("/")[2]]
            await self.media(socket, make(Upgrade(query=dict(parse_qsl(address.query)))))

    async def media(self, socket: ServerConnection, codec: Codec) -> None:
        heard: list[StreamEvent] = []
        self.sockets.append(heard)
        try:
            async for message in socket:
                for event in codec.receive(message):
                    heard.append(event)
                    await self.answer(socket, codec, event)
        except ConnectionClosed:
            return

    async def answer(self, socket: ServerConnection, codec: Codec, event: StreamEvent) -> None:
        if isinstance(event, CallStarted):
            self.readied.append(event.format.parties[0].id)
            for text in codec.tell(Ready()):
                await socket.send(text)
            for party in event.format.parties:
                for text in codec.tell(Ack(party.id, 0.5)):
                    await socket.send(text)
        elif isinstance(event, Media):
            self.hearing.set()
        elif isinstance(event, CallEnded):
            for text in codec.tell(Ended()):
                await socket.send(text)


@asynccontextmanager
async def running(peer: Peer) -> AsyncIterator[Peer]:
    async with serve(peer, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        peer.url = f"http://127.0.0.1:{port}"
        yield peer
