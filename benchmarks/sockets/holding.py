"""Sockets that say nothing, and whether they are still alive in the end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from websockets.exceptions import ConnectionClosed

from benchmarks.sockets.caller import Caller, calling
from benchmarks.sockets.talking import by_turns
from benchmarks.together import together
from coach.client.link import ReplayError

PING_SECONDS = 5.0
"""Between two pings of a socket: AudioHook's own, since its clients send one as often; of the
others the websocket's, which the call does not see."""
LOST_SECONDS = 30.0
"""After which a socket that answers nothing is held to be dead."""


@dataclass(slots=True)
class Held:
    """What became of them. `alive`: by protocol, sockets that answered in the end; `waits`: by
    protocol, seconds until each ping was answered; `faults`: of sockets that died, why."""

    alive: dict[str, int] = field(default_factory=dict)
    waits: dict[str, list[float]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


async def hold(url: str, count: int, ready: Callable[[], None], over: asyncio.Event) -> Held:
    """So many calls that have begun and send no sound, by turns a paused one of pcm, one of Twilio,
    a paused one of AudioHook, one of jambonz; until `over`. `ready` is told when all are there.
    Raises ReplayError where one cannot begin."""
    found = Held()
    async with AsyncExitStack() as stack:
        callers = []
        for number, protocol in enumerate(by_turns(count)):
            caller = await stack.enter_async_context(calling(url, protocol, f"idle-{number}"))
            await caller.pause()
            callers.append(caller)
        ready()
        step = PING_SECONDS / max(count, 1)
        await together(
            _hold(caller, number * step, found, over) for number, caller in enumerate(callers)
        )
    return found


async def _hold(caller: Caller, after: float, found: Held, over: asyncio.Event) -> None:
    """Ping now and then, and once more in the end: that one of all sockets at once is not timed."""
    pause = after
    try:
        while not await _set_within(over, pause):
            waited = await _ping(caller)
            found.waits.setdefault(caller.protocol, []).append(waited)
            pause = PING_SECONDS
        await _ping(caller)
        found.alive[caller.protocol] = found.alive.get(caller.protocol, 0) + 1
        await caller.hang_up()
    except (ReplayError, ConnectionClosed, TimeoutError) as fault:
        found.faults.append(f"{caller.protocol}: {fault or type(fault).__name__}")


async def _ping(caller: Caller) -> float:
    """Seconds until it was answered. Raises TimeoutError, ReplayError."""
    sent = time.monotonic()
    async with asyncio.timeout(LOST_SECONDS):
        await caller.taken()
    return time.monotonic() - sent


async def _set_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True
