"""Media over plain TCP: Asterisk's AudioSocket.

It has no encryption and no word for who asks: the operator opens its port to the telephone system
alone. Whoever connects names a call by a UUID.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from stream.events import CallStarted
from stream.intake import Intake
from stream.protocols.audiosocket import AudioSocketCodec
from stream.shell import Shell, SocketLimits
from stream.sockets import CLOSED, Gone
from stream.upgrade import Upgrade

READ_BYTES = 16_384
"""Of a read: half a second of 16 kHz, and no more messages than the loop can spare."""


@dataclass(frozen=True, slots=True)
class TcpWire:
    """A TCP connection. Nothing is sent on it: bytes of ours would be played to the caller."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def hear(self) -> bytes:
        """The next bytes, however they were cut. Raises Gone, with a websocket's code for an
        ordinary close where the line did not break."""
        try:
            data = await self.reader.read(READ_BYTES)
        except OSError:
            raise Gone from None
        if not data:
            raise Gone(CLOSED)
        return data

    async def say(self, text: str) -> None:
        """Nothing."""

    async def part(self, code: int, reason: str = "") -> None:
        """Close; the protocol has no place for why."""
        self.writer.close()


@asynccontextmanager
async def audiosocket(
    host: str, port: int, party: str, intake: Intake, limits: SocketLimits
) -> AsyncIterator[int]:
    """Serve AudioSocket while the context is open; gives the port, which 0 leaves to the system.

    `party` is whose voice every connection holds. Raises OSError where it cannot listen.
    """
    shells: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        codec = AudioSocketCodec(party)
        shell = Shell(TcpWire(reader, writer), codec, intake, _anybody, Upgrade(), limits)
        task = asyncio.create_task(shell.serve())
        shells.add(task)
        try:
            await asyncio.wait({task})  # to be cancelled with it would be a fault to asyncio
        finally:
            shells.discard(task)
            writer.close()

    server = await asyncio.start_server(connected, host, port)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for task in shells:
            task.cancel()
        await asyncio.gather(*shells, return_exceptions=True)


def _anybody(started: CallStarted, upgrade: Upgrade) -> None:
    """Whoever reaches the port."""
