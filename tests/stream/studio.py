"""A server with one media socket route, for tests of the shell."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket
from websockets.asyncio.client import ClientConnection

from stream.errors import MediaError
from stream.events import CallStarted
from stream.intake import Transcribe
from stream.protocols import Codec, MakeCodec
from stream.protocols.pcm import PcmCodec
from stream.server import serve_media
from stream.shell import SocketLimits
from stream.upgrade import Upgrade
from tests.stream.serving import Seat, Seats, closed, dialled, received, serving

START = json.dumps(
    {"call": "one", "format": {"encoding": "s16le", "rate": 8000, "channels": ["agent"]}}
)
STOP = '{"type":"stop"}'
PATIENT = SocketLimits(ack_seconds=60.0)


@dataclass
class Studio:
    """A server with one media socket route, and what it was asked."""

    intake: Seats = field(default_factory=Seats)
    limits: SocketLimits = PATIENT
    codec: Callable[[], Codec] = PcmCodec
    make: MakeCodec | None = None
    """For protocols whose codec wants to see the upgrade."""
    transcribe: Transcribe | None = None
    refusal: MediaError | None = None
    admitted: list[tuple[CallStarted, Upgrade]] = field(default_factory=list)
    served: asyncio.Event = field(default_factory=asyncio.Event)
    address: str = ""

    def admit(self, started: CallStarted, credentials: Upgrade) -> None:
        self.admitted.append((started, credentials))
        if self.refusal is not None:
            raise self.refusal

    async def media(self, socket: WebSocket) -> None:
        await serve_media(
            socket,
            self.make or (lambda upgrade: self.codec()),
            self.intake,
            self.admit,
            limits=self.limits,
            transcribe=self.transcribe,
        )
        self.served.set()

    @asynccontextmanager
    async def client(self, **options: Any) -> AsyncIterator[ClientConnection]:
        async with dialled(self.address, "/media", **options) as client:
            yield client

    @asynccontextmanager
    async def call(self) -> AsyncIterator[tuple[ClientConnection, Seat]]:
        """A client whose call was taken, and its seat."""
        async with self.client() as client:
            await client.send(START)
            assert await received(client) == {"type": "ready", "call": "one"}
            yield client, await self.intake.next()


@asynccontextmanager
async def open_studio() -> AsyncIterator[Studio]:
    studio = Studio()
    app = Starlette(routes=[WebSocketRoute("/media", studio.media)])
    async with serving(app) as studio.address:
        yield studio


async def fault_of(client: ClientConnection, kind: type[MediaError]) -> str:
    """The message of the error that comes, with its close; it is of that kind."""
    error = await received(client)
    assert (error["type"], error["code"]) == ("error", kind.code)
    code, reason = await closed(client)
    assert code == kind.close
    assert error["message"].startswith(reason)
    return str(error["message"])
