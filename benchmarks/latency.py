"""How long after it was said a word stands on the screen, and stays.

A snapshot is what a reader of a party's transcript sees after an event: each utterance by
its newest partial, or by its final once that is there. After each snapshot the party's
whole transcript is aligned with all that is said in the call (alignment.py). A word is

- shown at the first snapshot from which it stays matched in every later one,
- stable at the first from which it stays matched by words flagged stable, or in a final.

Its latency is that arrival less the moment at which it ended in the audio. A snapshot that
came before the word began cannot hold it, whatever the alignment says: it counts as not
matched. Words never shown have no latency; they are counted and reported apart, since a
system that shows nothing would otherwise be the fastest. Words without a time of their own
take part in the alignment and are left out of the figures.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.alignment import matched, tokens
from benchmarks.dataset import ReferenceCall, ReferenceWord
from benchmarks.recording import Arrival, Recording

TARGET_P50 = 0.6
TARGET_P95 = 1.8
"""Seconds within which words are shown: what the project promises."""

PERCENTILES = (50, 90, 95, 99)


@dataclass(frozen=True, slots=True)
class WordLatency:
    """One word with a time of its own: `end` in media seconds of its side; `shown`, `stable`
    in seconds after it, None where it never came to stay."""

    call: str
    party: str
    w: str
    end: float
    shown: float | None
    stable: float | None


@dataclass(frozen=True, slots=True)
class UtteranceLatency:
    """One utterance that said something. `first_partial`: seconds after its start (None: it
    showed none); `final`: seconds after its end."""

    call: str
    party: str
    utterance: int
    first_partial: float | None
    final: float


@dataclass(frozen=True, slots=True)
class Latencies:
    """All words and utterances of some calls. `untimed` words have no time of their own."""

    words: tuple[WordLatency, ...]
    utterances: tuple[UtteranceLatency, ...]
    untimed: int

    def series(self) -> dict[str, list[float]]:
        """Name of a metric -> its latencies in seconds."""
        return {
            "first partial": _known(u.first_partial for u in self.utterances),
            "words shown": _known(w.shown for w in self.words),
            "words stable": _known(w.stable for w in self.words),
            "finals": [u.final for u in self.utterances],
        }

    @property
    def missing(self) -> list[WordLatency]:
        """Timed words that were never shown to stay."""
        return [word for word in self.words if word.shown is None]

    @property
    def passed(self) -> bool:
        """Whether words are shown as fast as promised."""
        shown = percentiles(self.series()["words shown"])
        return bool(shown) and shown["p50"] <= TARGET_P50 and shown["p95"] <= TARGET_P95


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """p50, p90, p95, p99 of `values`; empty where there are none."""
    if not values:
        return {}
    points = np.percentile(np.asarray(values), PERCENTILES)
    return {f"p{p}": float(point) for p, point in zip(PERCENTILES, points, strict=True)}


def measure(calls: Iterable[tuple[ReferenceCall, Recording]]) -> Latencies:
    """Latencies of recorded calls. Raises ValueError for one not fed in real time."""
    words: list[WordLatency] = []
    utterances: list[UtteranceLatency] = []
    untimed = 0
    for call, recording in calls:
        if recording.speed != 1.0:
            raise ValueError(
                f"{call.name} was fed at speed {recording.speed:g}; latency needs real time: "
                "record it again at speed 1"
            )
        for side in call.sides:
            started = recording.started[side.party]
            arrivals = list(recording.transcript(side.party))
            utterances += _utterances(call.name, side.party, arrivals, started)
            for word, shown, stable in word_times(side.words, arrivals, started):
                if word.end is None:
                    untimed += 1
                    continue
                words.append(
                    WordLatency(
                        call.name,
                        side.party,
                        word.w,
                        word.end,
                        _after(shown, started + word.end),
                        _after(stable, started + word.end),
                    )
                )
    return Latencies(tuple(words), tuple(utterances), untimed)


@dataclass(slots=True)
class _Screen:
    """What a reader sees of one party: tokens and whether each is stable, by utterance."""

    utterances: dict[int, list[tuple[str, bool]]] = field(default_factory=dict)
    closed: set[int] = field(default_factory=set)

    def take(self, event: dict[str, Any]) -> bool:
        """Applies a partial or a final; whether anything on the screen changed."""
        data = event["data"]
        number, final = int(data["utterance"]), event["type"] == "transcript.final"
        if number in self.closed:
            return False
        if final:
            self.closed.add(number)
        shown = [
            (token, final or bool(word.get("stable", False)))
            for word in data.get("words") or [{"w": data["text"]}]
            for token in tokens(word["w"])
        ]
        changed = shown != self.utterances.get(number, [])
        self.utterances[number] = shown
        return changed

    def tokens(self) -> list[tuple[str, bool]]:
        return [token for number in sorted(self.utterances) for token in self.utterances[number]]


def word_times(
    said: Sequence[ReferenceWord], arrivals: Iterable[Arrival], started: float
) -> Iterator[tuple[ReferenceWord, float | None, float | None]]:
    """Each word with the wall times from which it stays shown and stable, None for never.

    `arrivals` are one party's partials and finals in order of arrival, `started` the wall
    time of its sample 0.
    """
    spoken = [word.w for word in said]
    earliest = [started + (word.start or 0.0) for word in said]
    shown: list[float | None] = [None] * len(said)
    stable: list[float | None] = [None] * len(said)
    screen = _Screen()
    for arrival in arrivals:
        if not screen.take(arrival.event):
            continue
        seen = screen.tokens()
        pairs = matched(spoken, [token for token, _ in seen])
        for i in range(len(said)):
            here = pairs.get(i) if arrival.wall >= earliest[i] else None
            shown[i] = _since(shown[i], here is not None, arrival.wall)
            stable[i] = _since(stable[i], here is not None and seen[here][1], arrival.wall)
    return zip(said, shown, stable, strict=True)


def _since(before: float | None, holds: bool, now: float) -> float | None:
    """Since when something holds without a break."""
    if not holds:
        return None
    return now if before is None else before


def _utterances(
    call: str, party: str, arrivals: Sequence[Arrival], started: float
) -> list[UtteranceLatency]:
    first: dict[int, float] = {}
    found: list[UtteranceLatency] = []
    for arrival in arrivals:
        data = arrival.event["data"]
        number = int(data["utterance"])
        if not data["text"].strip():
            continue
        if arrival.event["type"] == "transcript.partial":
            first.setdefault(number, arrival.wall)
            continue
        found.append(
            UtteranceLatency(
                call,
                party,
                number,
                _after(first.get(number), started + data["start"]),
                arrival.wall - started - data["end"],
            )
        )
    return found


def _after(wall: float | None, moment: float) -> float | None:
    return None if wall is None else wall - moment


def _known(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]
