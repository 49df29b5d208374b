"""Two systems over the same calls: ours and a peer's latency, words and use of the machine.

A ratio says how many times lower ours is. One sided: the agent's side alone, to ours as a call
with one party, to the peer as one client. Two sided: the call, to the peer as a client a side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.accuracy import all_errors, error_rate
from benchmarks.dataset import ReferenceCall
from benchmarks.latency import Latencies, measure, percentiles
from benchmarks.recording import Recording, server_use

ONE_SIDED = "one-sided streams"
TWO_SIDED = "two-sided calls"
SHOWN_TIMES = {ONE_SIDED: 3.0, TWO_SIDED: 4.0}
"""How many times lower p95 of words shown is to be than the peer's: what the project promises."""
CPU_TIMES = 4.0
"""And how many times fewer CPU seconds a call second."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One system over some calls. `wrong`: word error rate of all that stood there at the end,
    0..1; `use`: of its process, None where unknown; `max_late`: seconds of the feeder."""

    system: str
    latencies: Latencies
    wrong: float
    use: dict[str, float] | None
    max_late: float
    recordings: dict[str, dict[str, Any]]

    @property
    def shown(self) -> dict[str, float]:
        """Percentiles of words shown; empty where none was."""
        return percentiles(self.latencies.series()["words shown"])

    @property
    def cpu(self) -> float | None:
        """CPU seconds a call second."""
        return self.use["cpu_seconds_per_call_second"] if self.use else None

    def body(self) -> dict[str, Any]:
        """For JSON."""
        series = self.latencies.series()
        return {
            "system": self.system,
            "seconds": {
                name: {"count": len(series[name]), **percentiles(series[name])}
                for name in ("words shown", "words stable")
            },
            "words_timed": len(self.latencies.words),
            "words_missing": len(self.latencies.missing),
            "word_error_rate": self.wrong,
            "server": self.use,
            "feeder_max_late": self.max_late,
            "recordings": self.recordings,
        }


def measured(
    system: str, calls: Sequence[ReferenceCall], recordings: Sequence[Recording]
) -> Measured:
    """What the recordings of `calls` by `system` show. Raises ValueError as `measure` does."""
    pairs = list(zip(calls, recordings, strict=True))
    return Measured(
        system,
        measure(pairs),
        error_rate(all_errors(calls, recordings)),
        server_use(recordings),
        max(recording.max_late for recording in recordings),
        {recording.name: recording.settings for recording in recordings},
    )


@dataclass(frozen=True, slots=True)
class Versus:
    """Both systems over the same calls. `what`: ONE_SIDED or TWO_SIDED."""

    what: str
    ours: Measured
    peer: Measured

    def times(self, point: str = "p95") -> float | None:
        """How many times lower ours is at a percentile of words shown; None where one of the
        two showed nothing, or ours needed no time."""
        return _times(self.peer.shown.get(point), self.ours.shown.get(point))

    @property
    def cpu_times(self) -> float | None:
        """How many times fewer CPU seconds ours needs; None where one is unknown."""
        return _times(self.peer.cpu, self.ours.cpu)

    @property
    def passed(self) -> bool:
        """Whether both targets are met. What is unknown is not met."""
        shown, cpu = self.times(), self.cpu_times
        return (
            shown is not None
            and cpu is not None
            and shown >= SHOWN_TIMES[self.what]
            and cpu >= CPU_TIMES
        )

    def body(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "what": self.what,
            "targets": {"p95": SHOWN_TIMES[self.what], "cpu": CPU_TIMES},
            "passed": self.passed,
            "times_lower": {**{p: self.times(p) for p in self.ours.shown}, "cpu": self.cpu_times},
            "ours": self.ours.body(),
            "peer": self.peer.body(),
        }


def _times(peer: float | None, ours: float | None) -> float | None:
    return peer / ours if peer is not None and ours is not None and ours > 0 else None
