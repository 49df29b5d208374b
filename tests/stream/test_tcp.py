"""AudioSocket over a real TCP connection."""

from __future__ import annotations

import asyncio
import socket
import struct
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from stream.events import Media
from stream.shell import SocketLimits
from stream.tcp import audiosocket
from tests.stream.serving import HANG, Seat, Seats, soon

CALL = uuid.UUID("0123456789abcdef0123456789abcdef")
SOUND = b"\1\2" * 160


def message(kind: int, payload: bytes = b"") -> bytes:
    return struct.pack(">BH", kind, len(payload)) + payload


@dataclass
class Line:
    """A client's connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, *messages: bytes) -> None:
        self.writer.write(b"".join(messages))
        await self.writer.drain()

    def reset(self) -> None:
        """No more, without a goodbye: what lingers is thrown away, and TCP says RST."""
        connection = self.writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def over(self) -> bytes:
        """What came, up to the server's close."""
        async with asyncio.timeout(HANG):
            return await self.reader.read()


@pytest.fixture
async def seats() -> Seats:
    return Seats()


@pytest.fixture
async def port(seats: Seats) -> AsyncIterator[int]:
    async with audiosocket("127.0.0.1", 0, "customer", seats, SocketLimits()) as port:
        yield port


@asynccontextmanager
async def dialled(port: int) -> AsyncIterator[Line]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Line(reader, writer)
    finally:
        writer.close()


async def begun(line: Line, seats: Seats) -> Seat:
    """A call that has started, with its first sound taken."""
    await line.send(message(0x01, CALL.bytes), message(0x10, SOUND))
    seat = await seats.next()
    assert await seat.next() == Media(SOUND)
    return seat


async def test_a_call_from_its_uuid_to_the_hangup(port: int, seats: Seats) -> None:
    async with dialled(port) as line:
        seat = await begun(line, seats)
        assert seat.call == str(CALL)
        assert seat.parties == ("customer",)
        await line.send(message(0x00))
        await soon(seat.stopped)
        seat.ended.set()
        assert await line.over() == b"", "what we sent would be played to the caller"
    assert seat.reasons == ["stopped"]


async def test_a_close_is_a_hangup(port: int, seats: Seats) -> None:
    """Asterisk has no other."""
    async with dialled(port) as line:
        seat = await begun(line, seats)
    await soon(seat.stopped)
    assert seat.reasons == ["stopped"]
    assert not seat.vanished.is_set()


async def test_a_line_that_breaks_may_come_back(port: int, seats: Seats) -> None:
    async with dialled(port) as line:
        seat = await begun(line, seats)
        line.reset()
        await soon(seat.vanished)
    assert seat.reasons == []


async def test_a_fault_ends_one_call_and_no_other(port: int, seats: Seats) -> None:
    async with dialled(port) as good, dialled(port) as bad:
        kept = await begun(good, seats)
        await bad.send(b"GET / HTTP/1.1\r\n\r\n")
        assert await bad.over() == b""
        await good.send(message(0x10, SOUND))
        assert await kept.next() == Media(SOUND)


async def test_calls_are_lost_with_the_server(
    seats: Seats, caplog: pytest.LogCaptureFixture
) -> None:
    async with audiosocket("127.0.0.1", 0, "customer", seats, SocketLimits()) as port:
        line = await asyncio.open_connection("127.0.0.1", port)
        seat = await begun(Line(*line), seats)
    await soon(seat.vanished)
    line[1].close()
    await line[1].wait_closed()
    assert caplog.records == [], "that is no fault"
