"""How many calls a machine carries: how late words come while so many calls go on at once.

All calls of a load begin together and are fed in real time. A load is carried while words shown
keep within LIMIT at the 95th percentile; the capacity is the largest load that is. Loads grow
until one is not carried, since those beyond it would only be worse.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.dataset import ReferenceCall
from benchmarks.latency import Latencies, measure, percentiles
from benchmarks.recording import Recording, Usage
from benchmarks.run import Progress, record_call
from benchmarks.server import Meter, Server, listener, serving
from benchmarks.together import together

LIMIT = 2.0
"""Seconds within which 95 of 100 words are shown: later, a nudge is about what is over."""
LOADS = (1, 2, 4, 6, 8, 10, 12)
"""Two-sided calls at once."""
ONE_SIDED_LOADS = (1, 2, 3, 4, 6, 8, 10, 12, 14, 16, 20, 24)
"""One-sided streams at once: about twice as many, each as much work as half a call."""

Together = tuple[list[Recording], Usage | None]
"""What calls at once gave, and what the system used for all of them."""


@dataclass(frozen=True, slots=True)
class Load:
    """So many calls at once, and how it went. `usage`: of the server, over all of them."""

    calls: int
    seconds: float
    latencies: Latencies
    delays: int
    max_late: float
    usage: Usage | None

    @property
    def shown(self) -> dict[str, float]:
        """Percentiles of words shown; empty where none was."""
        return percentiles(self.latencies.series()["words shown"])

    @property
    def carried(self) -> bool:
        """Whether words came in time."""
        return bool(self.shown) and self.shown["p95"] <= LIMIT

    @property
    def cpu(self) -> float | None:
        """CPU seconds of the server a call second."""
        return self.usage.cpu_seconds / self.seconds if self.usage else None

    def body(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "calls": self.calls,
            "call_seconds": self.seconds,
            "seconds": {
                name: {"count": len(values), **percentiles(values)}
                for name, values in self.latencies.series().items()
            },
            "words_timed": len(self.latencies.words),
            "words_missing": len(self.latencies.missing),
            "delay_events": self.delays,
            "feeder_max_late": self.max_late,
            "cpu_seconds_per_call_second": self.cpu,
            "rss_bytes": self.usage.rss if self.usage else None,
            "carried": self.carried,
        }


def capacity(loads: Iterable[Load]) -> int:
    """The largest load that was carried; 0 where none was."""
    return max((load.calls for load in loads if load.carried), default=0)


async def record_together(
    server: Server, calls: Sequence[ReferenceCall], *, on_progress: Progress | None = None
) -> Together:
    """All calls at once, in real time, and what the server used meanwhile.

    Raises ReplayError, TimeoutError, ConnectionError as soon as one call fails.
    """
    meter = Meter(server)
    try:
        recordings = await together(
            record_call(Server(server.url), call, on_progress=on_progress if not i else None)
            for i, call in enumerate(calls)
        )
    finally:
        usage = await meter.stop()
    return recordings, usage


async def measure_loads(
    calls: Sequence[ReferenceCall],
    loads: Sequence[int] = LOADS,
    *,
    url: str | None = None,
    on_progress: Progress | None = None,
) -> AsyncIterator[Load]:
    """Load after load, over one server of ours, until one is not carried.

    Raises as `record_together` does, and ServerFailed.
    """
    async with serving(url, pid=listener(url) if url else None) as server:

        async def feed(chosen: Sequence[ReferenceCall]) -> Together:
            return await record_together(server, chosen, on_progress=on_progress)

        async for load in grow(calls, loads, feed):
            yield load


async def grow(
    calls: Sequence[ReferenceCall],
    loads: Sequence[int],
    feed: Callable[[Sequence[ReferenceCall]], Awaitable[Together]],
) -> AsyncIterator[Load]:
    """Load after load by `feed`, whatever system that feeds, until one is not carried.

    With more calls at once than there are recordings, some are fed more than once.
    """
    for count in sorted(loads):
        chosen = [calls[i % len(calls)] for i in range(count)]
        load = _load(chosen, *await feed(chosen))
        yield load
        if not load.carried:
            return


def _load(
    chosen: Sequence[ReferenceCall], recordings: Sequence[Recording], usage: Usage | None
) -> Load:
    events = (arrival.event for recording in recordings for arrival in recording.arrivals)
    return Load(
        len(chosen),
        sum(recording.seconds for recording in recordings),
        measure(zip(chosen, recordings, strict=True)),
        sum(event.get("type") == "delay" for event in events),
        max(recording.max_late for recording in recordings),
        usage,
    )
