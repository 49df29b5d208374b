"""Replay over TCP, to the port that AudioSocket has of its own."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator

import pytest

from coach.client.replay import ReplayError, ReplayReport, replay
from stream.events import Media
from stream.shell import SocketLimits
from stream.tcp import audiosocket
from tests.coach.peer import RATE, speech
from tests.stream.serving import HANG, Seat, Seats, soon

CALL = str(uuid.UUID("0123456789abcdef0123456789abcdef"))


@pytest.fixture
async def seats() -> Seats:
    return Seats()


@pytest.fixture
async def url(seats: Seats) -> AsyncIterator[str]:
    async with audiosocket("127.0.0.1", 0, "customer", seats, SocketLimits()) as port:
        yield f"tcp://127.0.0.1:{port}"


def playing(url: str, seconds: float = 0.4, speed: float = 0.0) -> asyncio.Task[ReplayReport]:
    """A replay that has begun."""
    voice = {"customer": speech(seconds)}
    return asyncio.create_task(
        replay(url, voice, rate=RATE, call=CALL, protocol="audiosocket", speed=speed)
    )


async def sound(seat: Seat, size: int) -> None:
    """Waits for so many bytes of it."""
    while size > 0:
        event = await seat.next()
        assert isinstance(event, Media)
        size -= len(event.payload)
    assert size == 0


async def test_a_call_from_its_uuid_to_the_close(url: str, seats: Seats) -> None:
    feeding = playing(url)
    seat = await seats.next()
    assert (seat.call, seat.parties, seat.started.format.rate) == (CALL, ("customer",), RATE)
    await sound(seat, 2 * round(0.4 * RATE))
    await soon(seat.stopped)
    seat.ended.set()
    report = await feeding
    assert report.sent_seconds == {"customer": 0.4}
    assert (report.acked, report.ended) == ({}, False)


async def test_a_server_that_closes_is_told(url: str, seats: Seats) -> None:
    """A call has a minute more to say when it is ended elsewhere."""
    feeding = playing(url, 60, speed=1)
    seat = await seats.next()
    seat.ended.set()
    with pytest.raises(ReplayError, match="see its log") as caught:
        async with asyncio.timeout(HANG):
            await feeding
    assert caught.value.code == "closed"


async def test_cancelling_closes(url: str, seats: Seats) -> None:
    feeding = playing(url, 60, speed=1)
    seat = await seats.next()
    feeding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await feeding
    await soon(seat.stopped)


async def test_nobody_listens(seats: Seats) -> None:
    async with audiosocket("127.0.0.1", 0, "customer", seats, SocketLimits()) as port:
        pass
    with pytest.raises(ReplayError, match=r"is asterisk.audiosocket_port of") as caught:
        await playing(f"tcp://127.0.0.1:{port}")
    assert caught.value.code == "unreachable"


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:8080", "127.0.0.1:9092", "tcp://127.0.0.1", "tcp://:9092", "tcp://h:70000"],
)
async def test_an_address_that_is_no_port_of_it(url: str) -> None:
    with pytest.raises(ValueError, match=r"asterisk\.audiosocket_port, like tcp://127"):
        await playing(url)
