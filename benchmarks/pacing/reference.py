"""The rate that was spoken, from words with times.

An utterance is a party's words with no gap above models.pacing.PAUSE. A word without a time of its
own lies between its neighbours, by its syllables; where it has none on one side it is nowhere, and
so is its utterance there. A word that lies partly in a window counts in part.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from benchmarks.dataset import ReferenceWord
from models.pacing import PAUSE
from models.syllables import syllables

LEAST_SYLLABLE = 0.08
"""Seconds that a syllable takes at least: twelve a second are more than anybody says."""
LEAST_SPEECH = 0.75
"""Part of a window that must be speaking time for it to be judged."""
UNTIMED = 0.25
"""Share of a window's syllables that may come from words without a time of their own."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A word with a time. `own`: whether the data gives it."""

    w: str
    start: float
    end: float
    own: bool


@dataclass(frozen=True, slots=True)
class Window:
    """What was spoken from `start` to `end` (seconds of the file): the rate in syllables a second
    of speaking time. `first`: whether an utterance begins with it."""

    start: float
    end: float
    rate: float
    first: bool


@dataclass(slots=True)
class Row:
    """Words in unbroken order. `begins`, `ends`: whether no words without a place adjoin it."""

    words: list[Placed]
    begins: bool
    ends: bool = True


def placed(words: Sequence[ReferenceWord]) -> list[Row]:
    """The words in rows: a row ends where words lie that have no place."""
    rows: list[Row] = []
    waiting: list[str] = []
    for word in words:
        if word.start is None or word.end is None:
            waiting.append(word.w)
            continue
        between = _between(rows[-1].words if rows else [], waiting, word.start)
        back = bool(rows) and word.start < rows[-1].words[-1].start
        if not rows or back or (waiting and not between):
            if rows:
                rows[-1].ends = not waiting
            rows.append(Row([], begins=not waiting))
        else:
            rows[-1].words += between
        waiting = []
        rows[-1].words.append(Placed(word.w, word.start, word.end, True))
    if rows:
        rows[-1].ends = not waiting
    return rows


def _between(row: Sequence[Placed], words: Sequence[str], end: float) -> list[Placed]:
    """Words between the row's end and `end`; none where there is no room for them."""
    counts = [syllables(word) for word in words]
    least, most = LEAST_SYLLABLE * sum(counts), PAUSE * len(words)
    if not row or not words or not least <= end - row[-1].end <= most:
        return []
    found, now = [], row[-1].end
    share = (end - now) / sum(counts)
    for word, count in zip(words, counts, strict=True):
        found.append(Placed(word, now, now + share * count, False))
        now = found[-1].end
    return found


def utterances(row: Row) -> list[Row]:
    """A row, parted where there is a pause."""
    found = [Row(row.words[:1], row.begins)]
    for before, word in pairwise(row.words):
        if word.start - before.end > PAUSE:
            found.append(Row([], begins=True))
        found[-1].words.append(word)
    found[-1].ends = row.ends
    return found


def windows(words: Sequence[ReferenceWord], seconds: float) -> list[Window]:
    """All that can be judged, one after the other from each utterance's beginning."""
    every = (utterance for row in placed(words) for utterance in utterances(row))
    return [window for utterance in every for window in _windows(utterance, seconds)]


def _windows(utterance: Row, seconds: float) -> Iterator[Window]:
    start, end = utterance.words[0].start, utterance.words[-1].end
    number = 0
    while start + (number + LEAST_SPEECH) * seconds <= end:
        low = start + number * seconds
        if utterance.ends or low + seconds <= end:
            first = utterance.begins and number == 0
            if window := _window(utterance.words, low, low + seconds, first):
                yield window
        number += 1


def _window(words: Sequence[Placed], low: float, high: float, first: bool) -> Window | None:
    """None where too little is spoken or too much of it has no time of its own."""
    within = [(word, _share(word, low, high)) for word in words]
    counts = [(word, share * syllables(word.w)) for word, share in within if share > 0]
    whole = sum(count for _, count in counts)
    unsure = sum(count for word, count in counts if not word.own)
    spoken = min(high, max(word.end for word, _ in counts)) - low if counts else 0.0
    if spoken < LEAST_SPEECH * (high - low) or unsure > UNTIMED * whole:
        return None
    return Window(low, high, whole / spoken, first)


def _share(word: Placed, low: float, high: float) -> float:
    """Part of a word, 0..1, between `low` and `high`."""
    if word.end <= word.start:
        return float(low <= word.start < high)
    return max(0.0, min(word.end, high) - max(word.start, low)) / (word.end - word.start)
