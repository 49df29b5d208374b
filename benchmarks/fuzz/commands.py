"""`coach bench fuzz`: a table and JSON."""

from __future__ import annotations

import gc
import os
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.progress import Progress, TaskID

from benchmarks.fuzz.streams import Stream, spoilt, streams
from benchmarks.progress import progress
from benchmarks.progress import tell as told
from benchmarks.report import print_table, write_json
from benchmarks.surroundings import surroundings
from stream.errors import MediaError
from stream.events import CallStarted
from stream.protocols import Ended, Failed, Ready

GROWTH = 1.0
"""MiB that a protocol may take more once its caches are full."""
SETTLED = 0.2
"""Part of the time after which they are."""


@dataclass(slots=True)
class Course:
    """What became of a protocol's calls. `faults`: documented ones by code; `others`: exceptions
    that are none, by name; `growth`: MiB."""

    calls: int = 0
    messages: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    others: Counter[str] = field(default_factory=Counter)
    growth: float = 0.0

    @property
    def sound(self) -> bool:
        """Whether nothing happened that is not documented."""
        return not self.others and self.growth <= GROWTH

    def body(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "calls": self.calls,
            "messages": self.messages,
            "faults": dict(self.faults),
            "others": dict(self.others),
            "growth_mib": self.growth,
        }


Tell = Callable[[float], None]
"""Told how many seconds have gone."""


def bench_fuzz(*, out: Path, seconds: float, protocols: tuple[str, ...], seed: int) -> bool:
    """Send each codec spoilt calls for so many seconds; whether nothing but documented faults came
    of it, and memory stayed. Raises ValueError for a protocol that is not known."""
    known = streams()
    if unknown := [name for name in protocols if name not in known]:
        raise ValueError(f"no protocol {unknown[0]!r}: take of {', '.join(known)}")
    found: dict[str, Course] = {}
    with progress() as bar:
        for name in protocols or tuple(known):
            task = bar.add_task(name, total=seconds)
            rng = random.Random(f"{seed} {name}")
            found[name] = run(known[name], seconds, rng, partial(_moved, bar, task))
    columns = ("protocol", "calls", "messages", "ended by a fault", "other exceptions", "MiB more")
    print_table(Console(), "Spoilt calls", columns, [_row(*each) for each in found.items()])
    body = {**surroundings(), "seed": seed, "seconds": seconds}
    courses = {name: course.body() for name, course in found.items()}
    told(write_json(out, "fuzz", {**body, "courses": courses}))
    return all(course.sound for course in found.values())


def _moved(bar: Progress, task: TaskID, at: float) -> None:
    bar.update(task, completed=at)


def run(stream: Stream, seconds: float, rng: random.Random, tell: Tell) -> Course:
    """Spoilt calls of one protocol for so many seconds."""
    course, begun, before, said = Course(), time.monotonic(), 0.0, 0.0
    while (now := time.monotonic() - begun) < seconds:
        _call(stream, rng, course)
        if before == 0.0 and now > seconds * SETTLED:
            before = _memory()
        if now > said + 0.5:
            tell(now)
            said = now
    gc.collect()
    course.growth = _memory() - before if before else 0.0
    return course


def _call(stream: Stream, rng: random.Random, course: Course) -> None:
    """One call, to its end or to the first fault, as the shell would lead it."""
    codec = stream.make()
    course.calls += 1
    try:
        for message in spoilt(stream.messages, rng):
            course.messages += 1
            events = codec.receive(message)
            if any(isinstance(event, CallStarted) for event in events):
                codec.tell(Ready())
        codec.tell(Ended())
    except MediaError as fault:
        course.faults[fault.code] += 1
        codec.tell(Failed(fault))
    except Exception as error:
        course.others[type(error).__name__] += 1


def _memory() -> float:
    """Resident, MiB."""
    return float(psutil.Process(os.getpid()).memory_info().rss) / 2**20


def _row(name: str, course: Course) -> tuple[str, ...]:
    faults = ", ".join(f"{code} {count}" for code, count in course.faults.most_common())
    others = ", ".join(f"{code} {count}" for code, count in course.others.most_common()) or "none"
    counts = (f"{course.calls:,}", f"{course.messages:,}")
    return (name, *counts, faults, others, f"{course.growth:+.1f}")
