"""A far end that speaks as a WhisperLive server does: options in, ready; audio in, segments."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from stream.audio import Samples

Rows = list[dict[str, Any]]
Says = tuple[int, Rows]
"""Samples after which the server sends a message, and its segments."""


def segment(start: float, end: float, text: str, *, completed: bool = False) -> dict[str, Any]:
    """A segment as the server writes it: seconds as text with three decimals."""
    return {"start": f"{start:.3f}", "end": f"{end:.3f}", "text": text, "completed": completed}


HELLO: tuple[Says, ...] = (
    (320, [segment(0, 0.02, " Hell")]),
    (960, [segment(0, 0.04, " Hello", completed=True), segment(0.04, 0.06, " there")]),
)


@dataclass
class WhisperLivePeer:
    """Says `says` to each client as its audio comes in; sends away more clients than `places`.

    `mischief` may answer a socket instead, with (peer, socket, its options).
    """

    says: Sequence[Says] = HELLO
    places: int = 4
    mischief: Callable[[WhisperLivePeer, ServerConnection, dict[str, Any]], Awaitable[None]] | (
        None
    ) = None
    address: str = ""
    options: list[dict[str, Any]] = field(default_factory=list)
    audio: list[Samples] = field(default_factory=list)
    ended: int = 0
    here: int = 0

    async def __call__(self, socket: ServerConnection) -> None:
        options = json.loads(await socket.recv())
        self.options.append(options)
        uid = options["uid"]
        if self.here >= self.places:
            await socket.send(json.dumps({"uid": uid, "status": "WAIT", "message": 9.5}))
            return
        self.here += 1
        try:
            if self.mischief is not None:
                await self.mischief(self, socket, options)
            else:
                await self.listen(socket, uid)
        except ConnectionClosed:
            return
        finally:
            self.here -= 1

    async def listen(self, socket: ServerConnection, uid: str) -> None:
        await ready(socket, uid)
        heard: list[Samples] = []
        left = list(self.says)
        async for message in socket:
            if message == b"END_OF_AUDIO":
                self.ended += 1
                break
            assert isinstance(message, bytes)
            heard.append(np.frombuffer(message, dtype=np.float32))
            while left and sum(map(len, heard)) >= left[0][0]:
                await socket.send(json.dumps({"uid": uid, "segments": left.pop(0)[1]}))
        if heard:
            self.audio.append(np.concatenate(heard))


async def ready(socket: ServerConnection, uid: str) -> None:
    await socket.send(
        json.dumps({"uid": uid, "message": "SERVER_READY", "backend": "faster_whisper"})
    )


@asynccontextmanager
async def listening(peer: WhisperLivePeer) -> AsyncIterator[WhisperLivePeer]:
    async with serve(peer, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        peer.address = f"ws://127.0.0.1:{port}"
        yield peer
