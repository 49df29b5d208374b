"""A real server for a test's application, and a scripted place in a call for its sockets."""

from __future__ import annotations

import asyncio
import json
import math
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
import uvicorn
from starlette.types import ASGIApp
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from stream.audio import CallId, PartyId
from stream.errors import MediaError
from stream.events import CallStarted, Media
from stream.intake import LegEvent
from stream.limits import MAX_MESSAGE_BYTES

HANG = 10.0
"""Seconds until a test that waits for what never comes fails instead of hanging."""


@asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[str]:
    """The application on a port of loopback; its "host:port". The socket listens before the
    server starts, so that nobody needs to wait for it."""
    config = uvicorn.Config(
        app,
        ws="websockets-sansio",
        ws_max_size=2 * MAX_MESSAGE_BYTES,
        ws_per_message_deflate=False,
        ws_ping_interval=None,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve([listener]))
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        await task


@asynccontextmanager
async def dialled(
    address: str, path: str, token: str | None = None, **options: Any
) -> AsyncIterator[ClientConnection]:
    """A client's websocket; `token` travels as a subprotocol, as from a browser."""
    if token is not None:
        options["subprotocols"] = [Subprotocol(f"bearer.{token}")]
    url = f"ws://{address}{path}"
    async with connect(url, proxy=None, compression=None, ping_interval=None, **options) as client:
        yield client


async def received(client: ClientConnection) -> dict[str, Any]:
    """The next message."""
    async with asyncio.timeout(HANG):
        return cast(dict[str, Any], json.loads(await client.recv()))


async def closed(client: ClientConnection) -> tuple[int, str]:
    """Code and reason of the close that comes next."""
    async with asyncio.timeout(HANG):
        with pytest.raises(ConnectionClosed) as end:
            await client.recv()
    assert end.value.rcvd is not None, "the server went away without a close"
    return end.value.rcvd.code, end.value.rcvd.reason


async def soon(event: asyncio.Event) -> None:
    async with asyncio.timeout(HANG):
        await event.wait()


@dataclass
class Seat:
    """A place in a call whose audio goes nowhere; the test reads what it was told."""

    started: CallStarted
    taken: asyncio.Queue[LegEvent] = field(default_factory=asyncio.Queue)
    replaced: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    vanished: asyncio.Event = field(default_factory=asyncio.Event)
    room: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when something waits for room."""
    reasons: list[str] = field(default_factory=list)
    bytes_kept: int = 0
    fault: Exception | None = None
    patience: float | None = None
    """Seconds that the place of a party that is lost is kept."""

    def __post_init__(self) -> None:
        self.room.set()

    @property
    def call(self) -> CallId:
        return self.started.call

    @property
    def parties(self) -> tuple[PartyId, ...]:
        return tuple(party.id for party in self.started.format.parties)

    async def take(self, event: LegEvent) -> None:
        if not self.room.is_set():
            self.waiting.set()
            await self.room.wait()
        if self.fault is not None:
            raise self.fault
        if isinstance(event, Media):
            self.bytes_kept += len(event.payload)
        self.taken.put_nowait(event)

    @property
    def origin(self) -> float:
        return self.started.at or 0.0

    def kept(self) -> dict[PartyId, float]:
        format = self.started.format
        return dict.fromkeys(self.parties, self.bytes_kept / format.frame_bytes / format.rate)

    async def stop(self, reason: str) -> None:
        self.reasons.append(reason)
        self.stopped.set()

    def lost(self, patience: float = math.inf) -> None:
        self.patience = patience
        self.vanished.set()

    async def next(self) -> LegEvent:
        async with asyncio.timeout(HANG):
            return await self.taken.get()


@dataclass
class Seats:
    """An Intake that gives each socket a Seat, or refuses with `fault`."""

    fault: MediaError | None = None
    given: asyncio.Queue[Seat] = field(default_factory=asyncio.Queue)
    room: bool = True
    """Whether seats take events at once."""

    async def join(self, started: CallStarted) -> Seat:
        if self.fault is not None:
            raise self.fault
        seat = Seat(started)
        if not self.room:
            seat.room.clear()
        self.given.put_nowait(seat)
        return seat

    async def next(self) -> Seat:
        async with asyncio.timeout(HANG):
            return await self.given.get()
