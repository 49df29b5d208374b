"""How many calls a machine carries: how late words come while so many calls go on at once.

All calls of a load begin together and are fed in real time. A load is carried while words shown
keep within LIMIT at the 95th percentile; the capacity is the largest load that is. Loads grow
until one is not carried; of those beyond it only the largest is fed to ours, to see what overload
does (benchmarks/load/aftermath.py). How ours is fed is in benchmarks/load/run.py.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.accuracy import all_errors
from benchmarks.dataset import ReferenceCall
from benchmarks.latency import Latencies, measure, percentiles
from benchmarks.load.aftermath import Aftermath
from benchmarks.loop_lag import described
from benchmarks.recording import Recording, Usage

LIMIT = 2.0
"""Seconds within which 95 of 100 words are shown: later, a nudge is about what is over."""
LOADS = (1, 2, 4, 6, 8, 10, 12)
"""Two-sided calls at once."""
ONE_SIDED_LOADS = (1, 2, 3, 4, 6, 8, 10, 12, 14, 16, 20, 24)
"""One-sided streams at once: about twice as many, each as much work as half a call."""


@dataclass(frozen=True, slots=True)
class Fed:
    """Calls that were fed at once, and what the system used for all of them. `aftermath` None
    where nobody looked."""

    recordings: list[Recording]
    usage: Usage | None
    aftermath: Aftermath | None = None


@dataclass(frozen=True, slots=True)
class Load:
    """So many calls at once, and how it went. `usage`: of the server, over all of them; `errors`,
    `words`: of the finals, against what was said."""

    calls: int
    seconds: float
    latencies: Latencies
    max_late: float
    usage: Usage | None
    errors: int = 0
    words: int = 0
    aftermath: Aftermath | None = None

    @property
    def shown(self) -> dict[str, float]:
        """Percentiles of words shown; empty where none was."""
        return percentiles(self.latencies.series()["words shown"])

    @property
    def carried(self) -> bool:
        """Whether words came in time."""
        return bool(self.shown) and self.shown["p95"] <= LIMIT

    @property
    def error_rate(self) -> float | None:
        """Words wrong in the finals, 0..1."""
        return self.errors / self.words if self.words else None

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
            "word_error_rate": self.error_rate,
            "feeder_max_late": self.max_late,
            "cpu_seconds_per_call_second": self.cpu,
            "rss_bytes": self.usage.rss if self.usage else None,
            "loop_lag": described(self.usage.lag) if self.usage else None,
            "carried": self.carried,
            "aftermath": self.aftermath.body() if self.aftermath else None,
        }


def capacity(loads: Iterable[Load]) -> int:
    """The largest load that was carried; 0 where none was."""
    return max((load.calls for load in loads if load.carried), default=0)


async def grow(
    calls: Sequence[ReferenceCall],
    loads: Sequence[int],
    feed: Callable[[Sequence[ReferenceCall]], Awaitable[Fed]],
    *,
    beyond: bool = False,
) -> AsyncIterator[Load]:
    """Load after load by `feed`, whatever system that feeds, until one is not carried; with
    `beyond` then the largest.

    With more calls at once than there are recordings, some are fed more than once.
    """
    carried = True
    for count in sorted(loads):
        if carried or (beyond and count == max(loads)):
            chosen = [calls[i % len(calls)] for i in range(count)]
            load = _load(chosen, await feed(chosen))
            carried &= load.carried
            yield load


def _load(chosen: Sequence[ReferenceCall], fed: Fed) -> Load:
    pairs = list(zip(chosen, fed.recordings, strict=True))
    errors = all_errors(chosen, fed.recordings)
    return Load(
        len(chosen),
        sum(recording.seconds for recording in fed.recordings),
        measure(pairs),
        max(recording.max_late for recording in fed.recordings),
        fed.usage,
        sum(row.total for row in errors),
        sum(row.words for row in errors),
        fed.aftermath,
    )
