"""Sockets that talk in real time, and how long each frame took to be taken."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from benchmarks.sockets.caller import FRAME_SECONDS, PROTOCOLS, Caller, calling
from benchmarks.together import together
from coach.client.senders.dialling import SocketProtocol

EVERY = 2
"""Frames from one whose taking is asked for to the next: to ask costs the server, too. A loop that
is blocked holds up all sockets, of which 20 ask each 2 ms."""


@dataclass(slots=True)
class Talked:
    """What came of it, in seconds. `waits`: by protocol, from each frame's sending until it was
    taken; `late`: how much after its time each frame was sent, which is the client's own lag;
    `sent`: of sound, all calls together."""

    waits: dict[str, list[float]] = field(default_factory=dict)
    late: list[float] = field(default_factory=list)
    sent: float = 0.0


async def talk(url: str, protocols: list[SocketProtocol], seconds: float, name: str) -> Talked:
    """A call of each of `protocols` at once, so many seconds long. `name`: how their ids begin.
    Raises ReplayError."""
    found, frames = Talked(), round(seconds / FRAME_SECONDS)
    async with AsyncExitStack() as stack:
        callers = [
            await stack.enter_async_context(calling(url, protocol, f"{name}-{number}"))
            for number, protocol in enumerate(protocols)
        ]
        await together(_begin(caller) for caller in callers)
        begin = time.monotonic()
        # Spread over a frame's length: calls that nobody began together do not beat together.
        step = FRAME_SECONDS / len(callers)
        await together(
            _talk(caller, begin + number * step, frames, found)
            for number, caller in enumerate(callers)
        )
        await together(caller.hang_up() for caller in callers)
    found.sent = len(callers) * (frames + 1) * FRAME_SECONDS
    return found


def by_turns(count: int) -> list[SocketProtocol]:
    """The protocols of so many sockets."""
    return [PROTOCOLS[number % len(PROTOCOLS)] for number in range(count)]


async def _begin(caller: Caller) -> None:
    """The first frame waits until the call is entered in the database: it is not counted."""
    await caller.speak()
    await caller.taken()


async def _talk(caller: Caller, begin: float, frames: int, found: Talked) -> None:
    async with asyncio.TaskGroup() as asking:
        for number in range(frames):
            due = begin + number * FRAME_SECONDS
            await asyncio.sleep(max(due - time.monotonic(), 0.0))
            sent = time.monotonic()
            found.late.append(sent - due)
            await caller.speak()
            # Beside the frames that follow: one that waits must not keep others from being counted.
            if number % EVERY == 0:
                asking.create_task(_taken(caller, sent, found))


async def _taken(caller: Caller, sent: float, found: Talked) -> None:
    await caller.taken()
    found.waits.setdefault(caller.protocol, []).append(time.monotonic() - sent)
