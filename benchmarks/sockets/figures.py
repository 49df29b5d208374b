"""What the sockets' times make: who waited how long, and what the load added.

- A reader was blocked no longer than the longest time after which a frame, or a ping of an idle
  socket, was answered. That holds the way to and fro and the client's own lag too, so it is more
  than the truth.
- What was added to a frame is its time less the median of its protocol on an otherwise empty
  server, before the load and after it: the median and not a percentile of it, since whatever makes
  single frames late there must not excuse the load.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.loop_lag import described
from benchmarks.recording import Usage
from benchmarks.sockets.caller import FRAME_SECONDS
from benchmarks.sockets.holding import Held
from benchmarks.sockets.talking import Talked

BLOCKED = 0.050
"""Seconds that a reader may be blocked."""
ADDED = 0.005
"""Seconds that the load may add to ingest, p99 of any protocol."""

Points = dict[str, float]
"""p50, p90, p99 and max in seconds; empty where nothing was timed."""


def points(values: Sequence[float]) -> Points:
    """Of seconds."""
    if not values:
        return {}
    p50, p90, p99 = np.percentile(np.asarray(values), (50, 90, 99))
    return {"p50": float(p50), "p90": float(p90), "p99": float(p99), "max": max(values)}


@dataclass(frozen=True, slots=True)
class Told:
    """What the server's metrics said in the end. `decodings`: that it has made of speech; `taken`:
    seconds of sound, of all calls."""

    decodings: int
    taken: float


@dataclass(frozen=True, slots=True)
class Measured:
    """A run. `alone`: one socket at a time, before the load and after it; `machine`: load averages
    of a minute before it and at its end."""

    idle: int
    talking: int
    alone: tuple[Talked, Talked]
    loaded: Talked
    held: Held
    told: Told
    usage: Usage | None = None
    machine: tuple[float, float] = (0.0, 0.0)

    def added(self) -> dict[str, list[float]]:
        """By protocol, what the load added to each frame, in seconds."""
        return {
            protocol: [wait - _median(self.alone, protocol) for wait in waits]
            for protocol, waits in self.loaded.waits.items()
        }

    @property
    def added_p99(self) -> float:
        """Seconds: of the protocol that fared worst."""
        return max(points(values)["p99"] for values in self.added().values())

    @property
    def blocked(self) -> float:
        """Seconds that a reader was blocked at most, of talking and of idle sockets."""
        series = (*self.loaded.waits.values(), *self.held.waits.values())
        return max(wait for waits in series for wait in waits)

    @property
    def alive(self) -> int:
        """Idle sockets that answered in the end."""
        return sum(self.held.alive.values())

    @property
    def sent(self) -> float:
        """Seconds of sound that were sent in all."""
        return self.loaded.sent + sum(talked.sent for talked in self.alone)

    @property
    def whole(self) -> bool:
        """Whether all that was sent was taken, of each call to half a frame."""
        calls = self.talking + sum(len(talked.waits) for talked in self.alone)
        return abs(self.told.taken - self.sent) <= calls * FRAME_SECONDS / 2

    @property
    def passed(self) -> bool:
        """Whether it is as wanted, and was what it says: all sockets there, nothing decoded."""
        quick = self.blocked <= BLOCKED and self.added_p99 <= ADDED
        return quick and self.alive == self.idle and self.whole and not self.told.decodings

    def body(self) -> dict[str, Any]:
        """As JSON."""
        before, after = self.alone
        courses = {"before": before, "loaded": self.loaded, "after": after}
        return {
            "limits": {"blocked": BLOCKED, "added_p99": ADDED},
            "sockets": {"idle": self.idle, "talking": self.talking, "alive": self.held.alive},
            "blocked": self.blocked,
            "added": _each(self.added()),
            "added_p99": self.added_p99,
            "passed": self.passed,
            "taken": {name: _each(talked.waits) for name, talked in courses.items()},
            "idle_answered": _each(self.held.waits),
            "client_late": {name: points(talked.late) for name, talked in courses.items()},
            "loop_lag": described(self.usage.lag) if self.usage else None,
            "server_cpu_seconds": self.usage.cpu_seconds if self.usage else None,
            "decodings": self.told.decodings,
            "sound": {"sent": self.sent, "taken": self.told.taken},
            "faults": self.held.faults,
            "load_average": {"before": self.machine[0], "after": self.machine[1]},
        }


def _each(series: Mapping[str, Sequence[float]]) -> dict[str, dict[str, float]]:
    return {name: {"count": len(values), **points(values)} for name, values in series.items()}


def _median(alone: Sequence[Talked], protocol: str) -> float:
    return float(np.median([wait for talked in alone for wait in talked.waits[protocol]]))
