"""Whether an hour is as good as its first minutes: one long call, in spans of five minutes.

The long call is the set's calls one after another on the same two lines, over and over, with
PAUSE of silence between them so that no utterance spans two. What was heard is then taken apart
again at the same seams: each part is measured as the call that it was, by benchmarks/latency.py.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import cycle
from typing import Any

import numpy as np

from benchmarks.dataset import ReferenceCall
from benchmarks.latency import Latencies, measure, percentiles
from benchmarks.recording import Arrival, Recording
from benchmarks.run import Progress, record_call
from benchmarks.server import Server, serving
from models.vad import FRAME
from stream.audio import RATE, Context, Samples

PAUSE = 2.0
"""Seconds of silence between two calls, at least: more than closes any utterance."""
SPAN = 300.0
"""Seconds that are measured together."""
SLOWER = 1.2
"""The last span's p95 of words shown, at most so many times the first one's."""
GROWTH = 50 * 2**20
"""Bytes that the server may grow by from the first span to the last."""
LOOK = 1.0
"""Seconds between looks at the server's process."""


@dataclass(frozen=True, slots=True)
class Part:
    """One of the set's calls, from second `at` of the long one on."""

    call: ReferenceCall
    at: float


@dataclass(frozen=True, slots=True)
class LongCall:
    """Calls in a row: what `record_call` needs of a call."""

    name: str
    parts: tuple[Part, ...]
    parties: dict[str, Samples]
    rate: int

    def audio(self) -> tuple[dict[str, Samples], int]:
        """Samples of each party, equally many, and their rate in Hz."""
        return self.parties, self.rate

    @property
    def context(self) -> Context:
        """Nothing is known of the calls in it."""
        return {}

    @property
    def seconds(self) -> float:
        return max(len(samples) for samples in self.parties.values()) / self.rate


@dataclass(frozen=True, slots=True)
class Look:
    """At the server's process: monotonic seconds, CPU seconds so far, bytes resident."""

    wall: float
    cpu_seconds: float
    rss: int


@dataclass(frozen=True, slots=True)
class Span:
    """Some minutes of the long call. `rss`: median bytes; `cpu`: CPU seconds a call second."""

    start: float
    end: float
    latencies: Latencies
    cpu: float | None
    rss: float | None

    @property
    def shown(self) -> dict[str, float]:
        """Percentiles of words shown; empty where none was."""
        return percentiles(self.latencies.series()["words shown"])

    def body(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "start": self.start,
            "end": self.end,
            "seconds": {
                name: {"count": len(values), **percentiles(values)}
                for name, values in self.latencies.series().items()
            },
            "words_missing": len(self.latencies.missing),
            "cpu_seconds_per_call_second": self.cpu,
            "rss_bytes": self.rss,
        }


def chained(calls: Sequence[ReferenceCall], seconds: float) -> LongCall:
    """Calls in a row for `seconds` at least, 2 x SPAN or more. The last span is of the same calls
    as the first, since one call is harder to hear than another.

    Raises ValueError for no calls, or for some of several rates or parties.
    """
    if not calls:
        raise ValueError("no calls to put in a row: name one at least")
    sound = {call.name: call.audio() for call in calls}
    if len({(rate, *sorted(audio)) for audio, rate in sound.values()}) > 1:
        raise ValueError("the calls differ in rate or parties: name some that do not")
    rate = sound[calls[0].name][1]
    lengths = {name: _count(audio, rate) / rate for name, (audio, _) in sound.items()}
    parts: list[Part] = []
    pieces: dict[str, list[Samples]] = {party: [] for party in sound[calls[0].name][0]}
    at = 0.0
    for call in _order(calls, lengths, seconds):
        audio = sound[call.name][0]
        parts.append(Part(call, at))
        for party, samples in audio.items():
            pieces[party].append(np.pad(samples, (0, _count(audio, rate) - len(samples))))
        at += lengths[call.name]
    joined = {party: np.concatenate(those) for party, those in pieces.items()}
    return LongCall("long", tuple(parts), joined, rate)


def _count(audio: dict[str, Samples], rate: int) -> int:
    """Samples that a call takes of the long one: with the pause after it whole frames of the
    hearing's, so that the last span is cut into the same frames as the first. Where they begin
    10 ms later, the hearing of doubtful words is another."""
    step = FRAME * rate // math.gcd(RATE, FRAME * rate)
    return step * math.ceil((max(map(len, audio.values())) + PAUSE * rate) / step)


def _order(
    calls: Sequence[ReferenceCall], lengths: dict[str, float], seconds: float
) -> list[ReferenceCall]:
    """Some calls, then all in turn, then those first ones again."""
    turn = cycle(calls)
    first: list[ReferenceCall] = []
    while sum(lengths[call.name] for call in first) < SPAN:
        first.append(next(turn))
    ends = 2 * sum(lengths[call.name] for call in first)
    between: list[ReferenceCall] = []
    while ends + sum(lengths[call.name] for call in between) < seconds:
        between.append(next(turn))
    return [*first, *between, *first]


async def record_long(
    call: LongCall, *, on_progress: Progress | None = None
) -> tuple[Recording, list[Look]]:
    """Feeds the long call in real time to a server of its own, and watches its process.

    Raises ServerFailed, ReplayError, TimeoutError, ConnectionError.
    """
    async with serving() as server, _watched(server) as looks:
        return await record_call(server, call, on_progress=on_progress), looks


@asynccontextmanager
async def _watched(server: Server) -> AsyncIterator[list[Look]]:
    looks: list[Look] = []

    async def watch() -> None:
        while True:
            cpu, rss = server.cpu_seconds(), server.rss()
            if cpu is not None and rss is not None:
                looks.append(Look(time.monotonic(), cpu, rss))
            await asyncio.sleep(LOOK)

    watching = asyncio.create_task(watch())
    try:
        yield looks
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


def spans(call: LongCall, recording: Recording, looks: Sequence[Look]) -> list[Span]:
    """The long call in spans of SPAN seconds at least, cut where one call follows another."""
    began = min(recording.started.values())
    found: list[Span] = []
    for group in _groups(call):
        start, end = group[0][0].at, group[-1][1]
        seen = [look for look in looks if start <= look.wall - began < end]
        measured = measure((part.call, _part(recording, part, before)) for part, before in group)
        found.append(Span(start, end, measured, _cpu(seen), _rss(seen)))
    return found


def _groups(call: LongCall) -> Iterator[list[tuple[Part, float]]]:
    """Parts with their ends, as many to a group as fill SPAN; the last group as the first."""
    ends = [*(part.at for part in call.parts[1:]), call.seconds]
    parts = list(zip(call.parts, ends, strict=True))
    first = next(i for i, (_, end) in enumerate(parts, 1) if end >= SPAN)
    last = parts[-first:]
    group: list[tuple[Part, float]] = []
    for part, end in parts[:-first]:
        group.append((part, end))
        if end - group[0][0].at >= SPAN:
            yield group
            group = []
    if group:
        yield group
    yield last


def _part(recording: Recording, part: Part, before: float) -> Recording:
    """What was heard from the part's begin to second `before`, as if it were the whole call."""
    return replace(
        recording,
        started={party: start + part.at for party, start in recording.started.items()},
        arrivals=tuple(_moved(recording, part.at, before)),
    )


def _moved(recording: Recording, at: float, before: float) -> Iterator[Arrival]:
    for party in recording.started:
        for arrival in recording.transcript(party):
            data = arrival.event["data"]
            if at <= data["start"] < before:
                moved = {**data, "start": data["start"] - at, "end": data["end"] - at}
                yield replace(arrival, event={**arrival.event, "data": moved})


def _cpu(seen: Sequence[Look]) -> float | None:
    if len(seen) < 2:
        return None
    first, last = seen[0], seen[-1]
    return (last.cpu_seconds - first.cpu_seconds) / (last.wall - first.wall)


def _rss(seen: Sequence[Look]) -> float | None:
    return float(np.median([look.rss for look in seen])) if seen else None


@dataclass(frozen=True, slots=True)
class Endurance:
    """The last span against the first. `slower`: ratio of p95 of words shown; `growth` bytes;
    None where one was not measured."""

    slower: float | None
    growth: float | None

    @property
    def passed(self) -> bool:
        """Whether the last minutes are as good as the first."""
        if self.slower is None or self.growth is None:
            return False
        return self.slower <= SLOWER and self.growth <= GROWTH


def compared(found: Sequence[Span]) -> Endurance:
    """How the last span did against the first."""
    first, last = found[0], found[-1]
    slower = last.shown["p95"] / first.shown["p95"] if first.shown and last.shown else None
    growth = None if first.rss is None or last.rss is None else last.rss - first.rss
    return Endurance(slower, growth)
