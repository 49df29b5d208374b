"""How a busy socket shares the event loop: a turn a message, and one a quarter of a second."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass

import pytest

from stream.protocols.pcm import PcmCodec
from stream.shell import PIECE_SECONDS, Shell, SocketLimits
from stream.sockets import Gone
from stream.upgrade import Upgrade
from tests.stream.serving import Seats

RATE = 16_000
FRAME = bytes(2 * RATE // 50)
HELLO = json.dumps(
    {"call": "turns", "format": {"encoding": "s16le", "rate": RATE, "channels": ["agent"]}}
)
MANY = 50


@dataclass
class Full:
    """A connection whose every message is here already."""

    messages: list[str | bytes]

    async def hear(self) -> str | bytes:
        if not self.messages:
            raise Gone
        return self.messages.pop(0)

    async def say(self, text: str) -> None:
        pass

    async def part(self, code: int, reason: str = "") -> None:
        pass


async def turns_of(audio: list[bytes]) -> int:
    """Turns that others have while a socket says this."""
    count = 0

    async def other() -> None:
        nonlocal count
        while True:
            await asyncio.sleep(0)
            count += 1

    wire, seats = Full([HELLO, *audio]), Seats()
    shell = Shell(wire, PcmCodec(), seats, lambda started, upgrade: None, Upgrade(), SocketLimits())
    waiting = asyncio.create_task(other())
    await shell.serve()
    waiting.cancel()
    seat = await seats.next()
    assert seat.bytes_kept == sum(map(len, audio))
    return count


async def test_each_message_gives_others_one_turn() -> None:
    nothing = await turns_of([])
    assert await turns_of([FRAME] * MANY) - nothing == pytest.approx(MANY, abs=2)


async def test_a_long_message_gives_others_a_turn_a_piece() -> None:
    nothing = await turns_of([])
    seconds = MANY * PIECE_SECONDS
    long = bytes(round(2 * RATE * seconds))
    assert await turns_of([long]) - nothing == pytest.approx(MANY, abs=2)
