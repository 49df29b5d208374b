"""Pacing: how fast each party speaks, how much of the talk is theirs, and what lies between.

Theory. Two rates, as the field has them. Words a minute, pauses included, is what a listener
has to keep up with; syllables a second of speaking time (the articulation rate) is how fast
the mouth moves, and does not fall when somebody pauses between bursts. English conversation
runs near 150 to 210 words a minute and 4.3 syllables a second with its pauses (Tauroza and
Allison 1990), about 5 without them (Jacewicz et al. 2009); what older listeners retain falls
from about 180 words a minute on (Wingfield et al. 1985), and patients are often older.

Rules.
1. An utterance becomes windows of equal length, as few as hold WINDOW seconds each: eleven
   seconds give three of 3.7 s, so no short remainder is left to judge. A word belongs to the
   window that holds its middle. Words count within the bounds of the utterance only: Whisper
   stretches the first and the last over the silence around them.
2. Too fast is many words and many syllables, or a flood of words: "I don't know if you'd like
   me to do it" has many words a minute at a calm pace. Of 1,523 turns of clinicians
   (PriMock57) 47 % pass one of the limits, 13 % both.
3. A label needs rates beyond the absolute limits, and beyond this party's own habit once that
   is known. Some people always talk fast; what matters on a call is when they speed up.
4. Numbers count as they are said: "$134" is five words.
5. Nothing here reads a clock. Utterances of all parties come in order of (end, party), and what
   a window says of the others rests on utterances stepped before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import ceil
from statistics import median
from typing import Any, Literal

from models.syllables import spoken, syllables
from models.types import SpeechSpan, Utterance, Word
from stream.audio import PartyId

WINDOW = 5.0
"""Most seconds of a window: the API promises one at least each 5 s of a party's speech."""
PAUSE = 0.5
"""Seconds between words from which it is a pause, and no speaking time. Shorter ones are the
closures of consonants and the rhythm of a sentence."""
LEAST_SECONDS = 2.0
LEAST_WORDS = 5
"""A window with less has too little to judge: "okay" takes 0.3 s or 1 s for no reason."""

FAST_WPM = 190.0
"""What older listeners follow with ease, and a little; half of conversation lies below."""
FAST_SYLLABLES = 5.3
"""A little above the mean articulation rate of conversation."""
FLOOD_WPM = 250.0
"""So many words are too many however short they are: four a second, with no pause to take in
one. Nobody's habit makes them easier to follow."""
SLOW_WPM = 90.0
"""Half of an ordinary pace: dictation, or somebody who struggles for words."""
FASTER = 1.15
SLOWER = 0.85
"""Ratios to the own habit that count as a change: listeners notice from about a tenth on."""
HABIT_FROM = 4
"""Judged windows from which a habit is known; about 15 s of talk."""
HABIT_WINDOWS = 60
"""Newest judged windows that make the habit: three to five minutes of the party's own talk."""
FULL = 0.5
"""Share beyond the limit at which the score is 1."""

TALK = 60.0
"""Seconds over which the talk ratio looks back."""
KEPT = 120.0
"""Seconds for which spans are kept: TALK, and the longest utterance that may still close."""
LIVE = 3.0
"""Seconds of the moving picture: a needle that follows and does not tremble."""
LIVE_LEAST = 1.0
SHORTEST = 0.3
"""Seconds a rate is taken over at least, so that one clipped word is no 600 words a minute."""

Label = Literal["too_fast", "steady", "slow"]


@dataclass(frozen=True, slots=True)
class PacingWindow:
    """A party's pace from its first to its last word in a stretch of an utterance.

    `start`, `end`: media seconds, rounded to 0.001; the other numbers are rounded to 0.01.
    `wpm`: words a minute from `start` to `end`. `syllables_per_s`: over speaking time, that is
    without gaps between words of more than PAUSE. `talk_ratio`: this party's share, 0..1, of the
    speech of all parties in the last TALK seconds up to `end`. `overlap_s`: seconds of the window
    in which another party's utterance overlaps. `silence_s`: seconds in which nobody spoke, of
    the window itself and of the gap before it, which runs from the end of the speech before
    (anybody's; none before the first on the call) to `start`.
    `score`: 0..1, how far the rates lie beyond their limits (the lesser of both in too_fast);
    0 where `label` is steady.
    """

    party: PartyId
    start: float
    end: float
    wpm: float
    syllables_per_s: float
    talk_ratio: float
    overlap_s: float
    silence_s: float
    label: Label
    score: float


Rates = tuple[float, float]
"""Words a minute and syllables a second."""


@dataclass(slots=True)
class Pacing:
    """One call's pacing. Synchronous, no clock. `state()` and `restore()` carry it over."""

    _spans: list[SpeechSpan] = field(default_factory=list)
    _habits: dict[PartyId, list[Rates]] = field(default_factory=dict)

    def step(self, utterance: Utterance) -> list[PacingWindow]:
        """The windows of a closed utterance; none where it has no words.

        Utterances come in order of (end, party). A window begins where the one before it
        ended, if its first word does.
        """
        edge = max((span.end for span in self._spans if span.start < utterance.start), default=None)
        own = SpeechSpan(utterance.party, utterance.start, utterance.end)
        self._spans = [span for span in self._spans if span.end > own.end - KEPT] + [own]
        found: list[PacingWindow] = []
        for words in _windows(_within(utterance)):
            start = max(words[0].start, found[-1].end) if found else words[0].start
            before = max((x for x in (edge, found[-1].end if found else None) if x), default=start)
            found.append(self._window(utterance.party, words, start, before))
        return found

    def hand_over(self, party: PartyId) -> None:
        """Another person speaks as this party from here on: their habit is not known."""
        self._habits.pop(party, None)

    def _window(
        self, party: PartyId, words: Sequence[Word], start: float, before: float
    ) -> PacingWindow:
        start, end = round(start, 3), round(max(word.end for word in words), 3)
        rates = _rates(words, end - start)
        label: Label = "steady"
        score = 0.0
        if end - start >= LEAST_SECONDS and len(words) >= LEAST_WORDS:
            habit = self._habits.setdefault(party, [])
            label, score = _judged(rates, habit)
            habit.append(rates)
            del habit[:-HABIT_WINDOWS]
        others = [(s.start, s.end) for s in self._spans if s.party != party]
        anyone = others + [(word.start, word.end) for word in words]
        silence = max(0.0, start - before) + (end - start) - _covered(anyone, start, end)
        return PacingWindow(
            party,
            start,
            end,
            *rates,
            talk_ratio=self._talk_ratio(party, end),
            overlap_s=round(_covered(others, start, end), 2),
            silence_s=round(silence, 2),
            label=label,
            score=score,
        )

    def _talk_ratio(self, party: PartyId, end: float) -> float:
        shares: dict[PartyId, float] = {}
        for span in self._spans:
            part = min(span.end, end) - max(span.start, end - TALK)
            shares[span.party] = shares.get(span.party, 0.0) + max(0.0, part)
        whole = sum(shares.values())
        return round(shares[party] / whole, 2) if whole > 0 else 0.0

    def state(self) -> dict[str, Any]:
        """All that later windows depend on, JSON-able."""
        return {
            "spans": [[span.party, span.start, span.end] for span in self._spans],
            "habits": {
                party: [list(rates) for rates in kept] for party, kept in self._habits.items()
            },
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take up the state of `state()`."""
        self._spans = [SpeechSpan(PartyId(p), start, end) for p, start, end in state["spans"]]
        self._habits = {
            PartyId(party): [(wpm, rate) for wpm, rate in kept]
            for party, kept in state["habits"].items()
        }


def live_rate(words: Sequence[Word], now: float) -> Rates:
    """Words a minute and syllables a second of the last LIVE seconds before media second `now`.

    A word that lies partly in them counts in part. Speech that began less than LIVE seconds ago
    is measured from its beginning, over LIVE_LEAST seconds at least. (0.0, 0.0) after silence.
    """
    since = now - LIVE
    counted = beats = 0.0
    for word in words:
        share = _share(word, since, now)
        counted += share * len(spoken(word.w))
        beats += share * syllables(word.w)
    if not counted:
        return 0.0, 0.0
    began = max(since, min(word.start for word in words))
    seen = [word for word in words if _share(word, since, now)]
    speaking = now - began - sum(gap for gap in _gaps(seen) if gap > PAUSE)
    whole = max(LIVE_LEAST, now - began)
    return round(60 * counted / whole, 2), round(beats / max(LIVE_LEAST, speaking), 2)


def _share(word: Word, since: float, now: float) -> float:
    """Part of a word, 0..1, that lies between `since` and `now`."""
    if word.end <= word.start:
        return float(since < word.start <= now)
    return max(0.0, min(word.end, now) - max(word.start, since)) / (word.end - word.start)


def _within(utterance: Utterance) -> list[Word]:
    """The words, clipped to the utterance's bounds; tokens that nobody says are left out."""
    low, high = utterance.start, utterance.end
    return [
        Word(word.w, min(max(word.start, low), high), min(max(word.end, low), high), word.p)
        for word in utterance.words
        if spoken(word.w)
    ]


def _windows(words: Sequence[Word]) -> list[list[Word]]:
    """The words by window: as few as hold WINDOW seconds each, all of equal length."""
    if not words:
        return []
    first = words[0].start
    length = max(word.end for word in words) - first
    count = max(1, ceil(round(length, 3) / WINDOW))
    rows: list[list[Word]] = [[] for _ in range(count)]
    row = 0
    for word in words:
        middle = (word.start + word.end) / 2 - first
        row = max(row, min(count - 1, int(count * middle / length))) if length else 0
        rows[row].append(word)
    return [row for row in rows if row]


def _rates(words: Sequence[Word], seconds: float) -> Rates:
    speaking = seconds - sum(gap for gap in _gaps(words) if gap > PAUSE)
    counted = sum(len(spoken(word.w)) for word in words)
    beats = sum(syllables(word.w) for word in words)
    return (
        round(60 * counted / max(SHORTEST, seconds), 2),
        round(beats / max(SHORTEST, speaking), 2),
    )


def _gaps(words: Sequence[Word]) -> Iterable[float]:
    return (after.start - before.end for before, after in pairwise(words))


def _judged(rates: Rates, habit: Sequence[Rates]) -> tuple[Label, float]:
    """Label and score of a window's rates, given those of the party's earlier windows."""
    wpm, rate = rates
    fast_wpm, fast_rate, slow_wpm = FAST_WPM, FAST_SYLLABLES, SLOW_WPM
    if len(habit) >= HABIT_FROM:
        usual = median(kept[0] for kept in habit)
        fast_wpm = max(fast_wpm, FASTER * usual)
        fast_rate = max(fast_rate, FASTER * median(kept[1] for kept in habit))
        slow_wpm = min(slow_wpm, SLOWER * usual)
    if wpm >= fast_wpm and rate >= fast_rate:
        return "too_fast", _score(min(wpm / fast_wpm, rate / fast_rate) - 1)
    if wpm >= FLOOD_WPM:
        return "too_fast", _score(wpm / FLOOD_WPM - 1)
    if wpm <= slow_wpm:
        return "slow", _score(1 - wpm / slow_wpm)
    return "steady", 0.0


def _score(beyond: float) -> float:
    return round(min(1.0, beyond / FULL), 2)


def _covered(spans: Iterable[tuple[float, float]], start: float, end: float) -> float:
    """Seconds between `start` and `end` that at least one of the spans covers."""
    total, reached = 0.0, start
    for low, high in sorted(spans):
        low, high = max(low, reached), min(high, end)
        if high > low:
            total += high - low
            reached = high
    return total
