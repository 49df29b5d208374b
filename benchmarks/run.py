"""Feeds calls to a server and records what comes back, and when.

Feeder and listener share this process and its monotonic clock, so an arrival less the
moment at which a word was spoken needs no clock to be set.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from benchmarks.recording import Arrival, Recording
from benchmarks.server import Meter, Server, serving
from benchmarks.surroundings import surroundings
from coach.client.replay import Layout, replay, subscribe
from stream.audio import Context, Encoding, Samples

LAST_EVENTS_SECONDS = 60.0
"""After the server said that all events are out they are only on their way."""

Progress = Callable[[str, float], None]
"""Called with a call's name and the media seconds sent."""


class Playable(Protocol):
    """A call that can be fed: one of a set's, or several in a row."""

    @property
    def name(self) -> str: ...

    @property
    def context(self) -> Context: ...

    def audio(self) -> tuple[dict[str, Samples], int]:
        """Samples of each party, and their rate in Hz."""
        ...


async def record_call(
    server: Server,
    call: Playable,
    *,
    speed: float = 1.0,
    layout: Layout = "stereo",
    encoding: Encoding = "s16le",
    token: str | None = None,
    on_progress: Progress | None = None,
) -> Recording:
    """Feeds one call and records its events up to call.ended.

    Raises ReplayError where the server refuses it, TimeoutError where call.ended is absent.
    """
    parties, rate = call.audio()
    # A name of its own each time: a finished call's id is never taken again.
    name = f"bench-{call.name}-{secrets.token_hex(4)}"
    async with subscribe(server.url, name, token=token) as events:
        listener = asyncio.create_task(_collect(events))
        meter = Meter(server, token)
        try:
            report = await replay(
                server.url,
                parties,
                rate=rate,
                call=name,
                speed=speed,
                context=call.context,
                encoding=encoding,
                layout=layout,
                token=token,
                on_progress=(lambda at: on_progress(call.name, at)) if on_progress else None,
            )
            async with asyncio.timeout(LAST_EVENTS_SECONDS):
                arrivals = await listener
        finally:
            usage = await meter.stop()
            listener.cancel()
            await asyncio.gather(listener, return_exceptions=True)
    return Recording(
        name=call.name,
        call=name,
        started=report.started,
        seconds=max(report.sent_seconds.values()),
        speed=speed,
        max_late=report.max_late,
        arrivals=tuple(arrivals),
        usage=usage,
        settings={
            "encoding": encoding,
            "rate": rate,
            "layout": layout,
            "protocol": "pcm",
            "model": server.model,
            "surroundings": surroundings(),
        },
    )


async def _collect(events: AsyncIterator[dict[str, Any]]) -> list[Arrival]:
    arrivals: list[Arrival] = []
    async for event in events:
        arrivals.append(Arrival(time.monotonic(), event))
        if event.get("type") == "call.ended":
            return arrivals
    raise ConnectionError("the server closed the events before call.ended; see its log")


async def record_all(
    calls: Sequence[Playable],
    *,
    speed: float = 1.0,
    url: str | None = None,
    pid: int | None = None,
    token: str | None = None,
    folder: Path | None = None,
    on_progress: Progress | None = None,
) -> list[Recording]:
    """The calls one at a time over one server, in real time; started here unless `url` names it.

    `folder`: recordings there are taken instead of feeding the call again, and new ones are
    kept there.
    """
    kept = {call.name: Recording.load(folder, call.name) for call in calls} if folder else {}
    recordings: list[Recording] = [found for found in kept.values() if found]
    missing = [call for call in calls if not kept.get(call.name)]
    if missing:
        async with serving(url, pid=pid) as server:
            for call in missing:
                recording = await record_call(
                    server, call, speed=speed, token=token, on_progress=on_progress
                )
                if folder:
                    recording.save(folder)
                recordings.append(recording)
    order = [call.name for call in calls]
    return sorted(recordings, key=lambda recording: order.index(recording.name))
