"""A server, one socket at a time on it, many at once, and one at a time again.

The server is `coach serve` as it is, with three settings: consent that nobody gave is denied, so
that calls are taken, kept in time and followed by voice activity on silence, but nobody listens and
nothing is transcribed; so many calls may be live; and a socket may be silent for the whole run.
Consent is taken for this, and not weights that are left out, since it is what customers can ask of
a call, and since nothing of ours is put in anything's place. That nothing was decoded is read from
the server's metrics.

Idle and talking sockets are led by a process each, of their own.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence

from benchmarks.loop_lag import gauge, summed
from benchmarks.rest import get
from benchmarks.server import Meter, Server, serving
from benchmarks.sockets.caller import PROTOCOLS
from benchmarks.sockets.figures import Measured, Told
from benchmarks.sockets.holding import Held
from benchmarks.sockets.processes import ClientFailed, leading
from benchmarks.sockets.talking import Talked, by_turns

ALONE = 6
"""Part of the load's time that each protocol's one socket talks, before it and after it."""
SPARE_SECONDS = 600.0
"""A silent socket may be so beyond the load's time: while sockets open and close."""
LOOKS = 300
"""At the metrics until so many calls are live as should be; ten a second."""
LOOK_SECONDS = 0.1

Tell = Callable[[str, float], None]
"""Told what begins, and how many seconds it takes."""


async def measure(idle: int, talking: int, seconds: float, tell: Tell) -> Measured:
    """The whole run. Raises ServerFailed, ClientFailed."""
    async with serving(environment=_settings(idle + talking, seconds)) as server:
        before = await _alone(server, seconds / ALONE, "before", tell)
        async with leading("hold", server.url, count=idle) as holding:
            await holding.ready()
            await _live(server, idle)
            tell(f"{idle} idle, {talking} talking", seconds)
            meter, machine = Meter(server), os.getloadavg()[0]
            loaded = await _talked(server, by_turns(talking), seconds, "talking")
            usage, averages = await meter.stop(), (machine, os.getloadavg()[0])
            held = Held(**await holding.found())
        await _live(server, 0)
        after = await _alone(server, seconds / ALONE, "after", tell)
        await _live(server, 0)
        told = _told(await get(server.url, "/metrics"))
    return Measured(idle, talking, (before, after), loaded, held, told, usage, averages)


def _settings(calls: int, seconds: float) -> dict[str, str]:
    return {
        "COACH_CONSENT_DEFAULT": "denied",
        "COACH_CALL_LIMIT": str(calls),
        "COACH_CALL_IDLE_SECONDS": str(seconds + SPARE_SECONDS),
    }


async def _alone(server: Server, seconds: float, name: str, tell: Tell) -> Talked:
    """Each protocol's one socket, one after the other, with nobody else there."""
    found = Talked()
    for protocol in PROTOCOLS:
        tell(f"{protocol} alone, {name}", seconds)
        await _live(server, 0)
        one = await _talked(server, [protocol], seconds, f"{name}-{protocol}")
        found.waits.update(one.waits)
        found.late += one.late
        found.sent += one.sent
    return found


async def _talked(server: Server, protocols: Sequence[str], seconds: float, name: str) -> Talked:
    options = {"protocols": protocols, "seconds": seconds, "name": name}
    async with leading("talk", server.url, **options) as talking:
        return Talked(**await talking.found())


async def _live(server: Server, calls: int) -> None:
    """Returns when so many calls are live. Raises ClientFailed where that never comes."""
    live = None
    for _ in range(LOOKS):
        live = gauge(await get(server.url, "/metrics"), "coach_calls_live")
        if live == calls:
            return
        await asyncio.sleep(LOOK_SECONDS)
    raise ClientFailed(f"{live} calls are live on the server, and not {calls}")


def _told(metrics: str) -> Told:
    return Told(
        decodings=round(summed(metrics, "coach_decode_seconds_count")),
        taken=summed(metrics, "coach_media_seconds_total"),
    )
