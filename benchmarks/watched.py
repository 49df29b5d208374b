"""Scripted calls fed in real time and watched on the agent's page."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Browser

from benchmarks.nudges import Delays, match, on_media_clock
from benchmarks.screen import browsing, showing
from benchmarks.scripted import ScriptedCall
from benchmarks.server import serving
from coach.client.replay import replay, subscribe

LAST_EVENTS_SECONDS = 60.0
"""After the server said that all events are out they are only on their way."""

Progress = Callable[[str, float], None]
"""Called with a call's name and the media seconds sent."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One call as it went. `max_late`: worst lateness of the feeder, seconds; `finals`: who
    said what by the server, to see why a due was missed."""

    call: str
    delays: Delays
    max_late: float
    finals: tuple[str, ...]


async def watch_all(
    calls: Sequence[ScriptedCall],
    *,
    url: str | None = None,
    on_progress: Progress | None = None,
) -> list[Seen]:
    """The calls one at a time in real time over one server, which is started here unless `url`
    names a running one in development mode.

    Raises ServerFailed, ReplayError, RuntimeError.
    """
    async with serving(url) as server, browsing() as browser:
        return [await watch(server.url, browser, call, on_progress=on_progress) for call in calls]


async def watch(
    url: str,
    browser: Browser,
    call: ScriptedCall,
    *,
    on_progress: Progress | None = None,
) -> Seen:
    """Feeds one call while the agent's page is open. Errors as for `watch_all`."""
    # A name of its own each time: a finished call's id is never taken again.
    name = f"bench-{call.name}-{secrets.token_hex(4)}"
    page = f"{url}/agent?call={name}"
    async with showing(browser, page) as screen, subscribe(url, name) as events:
        listener = asyncio.create_task(_collect(events))
        try:
            report = await replay(
                url,
                call.parties,
                rate=call.rate,
                call=name,
                context=call.context,
                on_progress=(lambda at: on_progress(call.name, at)) if on_progress else None,
            )
            async with asyncio.timeout(LAST_EVENTS_SECONDS):
                arrivals, finals = await listener
        finally:
            listener.cancel()
            await asyncio.gather(listener, return_exceptions=True)
        seen = await screen.painted()
    painted = on_media_clock(seen, min(report.started.values()), screen.offset, arrivals)
    return Seen(
        call.name, match(call.name, call.dues, painted, call.script.may), report.max_late, finals
    )


async def _collect(events: Any) -> tuple[dict[str, float], tuple[str, ...]]:
    """When each nudge's event came, and the finals, up to the call's end."""
    arrivals: dict[str, float] = {}
    finals: list[str] = []
    async for event in events:
        data = event.get("data", {})
        if event["type"] == "nudge":
            arrivals.setdefault(str(data["id"]), time.monotonic())
        elif event["type"] == "transcript.final" and data["text"]:
            finals.append(f"{data['start']:.1f}-{data['end']:.1f} {data['party']}: {data['text']}")
        elif event["type"] == "call.ended":
            return arrivals, tuple(finals)
    raise ConnectionError("the server closed the events before call.ended; see its log")
