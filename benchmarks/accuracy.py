"""Word error rate of the finals against the same weights run offline.

The reference is faster-whisper as anyone would run it over a finished file: int8 on the CPU,
beam 5, English, its own VAD filter, computed in the same run and kept nowhere. What a live
system pays for being live is the difference of the two error rates: the point estimate
decides, and a paired bootstrap over calls says how far to trust it.

Both sides pass Whisper's English text normaliser, which drops markup in brackets, fillers
(uh, um, mhm), punctuation and case, and writes numbers as digits. Nothing else is removed
from either. Errors are pooled: all errors over all words said, both parties of every call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import jiwer
import numpy as np
from whisper_normalizer.english import EnglishTextNormalizer

from benchmarks.alignment import without_markup
from benchmarks.dataset import ReferenceCall
from benchmarks.recording import Recording

MARGIN = 0.02
"""Finals may be this much worse than the offline reference: two points of error rate."""

RESAMPLES = 10_000
"""Bootstrap resamples: the interval's ends then move by less than a tenth of a point."""

SEED = 20_200_501
INTERVAL = (2.5, 97.5)
"""Percentiles of the 95% interval."""


@dataclass(frozen=True, slots=True)
class Errors:
    """Word errors of one side of a call. `words` counts what was said, normalised."""

    call: str
    party: str
    words: int
    substitutions: int
    deletions: int
    insertions: int
    said: str
    heard: str

    @property
    def total(self) -> int:
        return self.substitutions + self.deletions + self.insertions


@dataclass(frozen=True, slots=True)
class Comparison:
    """The finals against the reference. Rates are 0..1; `interval` is of the difference."""

    live: float
    reference: float
    interval: tuple[float, float]
    words: int
    calls: int

    @property
    def difference(self) -> float:
        return self.live - self.reference

    @property
    def passed(self) -> bool:
        # Rounded, so that two points exactly are not two points and a float's last bit.
        return round(self.difference, 9) <= MARGIN


def count_errors(call: str, party: str, said: str, heard: str) -> Errors:
    """Word errors of `heard` against `said`, both normalised. Either may be empty."""
    normalise = EnglishTextNormalizer()
    truth, guess = normalise(without_markup(said)), normalise(without_markup(heard))
    output = jiwer.process_words([truth], [guess])
    return Errors(
        call,
        party,
        len(truth.split()),
        output.substitutions,
        output.deletions,
        output.insertions,
        truth,
        guess,
    )


def error_rate(errors: Iterable[Errors]) -> float:
    """All errors over all words said. Raises ValueError where nothing was said."""
    rows = list(errors)
    words = sum(row.words for row in rows)
    if not words:
        raise ValueError("no words in the reference: an error rate needs something said")
    return sum(row.total for row in rows) / words


def all_errors(calls: Sequence[ReferenceCall], fed: Sequence[Recording]) -> list[Errors]:
    """Of each party of each call, what was heard in the end; the recordings in the calls' order."""
    return [
        count_errors(call.name, side.party, side.text, recording.heard(side.party))
        for call, recording in zip(calls, fed, strict=True)
        for side in call.sides
    ]


def offline_errors(
    calls: Sequence[ReferenceCall], weights: Path, on_side: Callable[[], None] = lambda: None
) -> list[Errors]:
    """Errors of faster-whisper over each side's file. About ten seconds of CPU a side."""
    from faster_whisper import WhisperModel

    model = WhisperModel(str(weights), device="cpu", compute_type="int8")
    rows: list[Errors] = []
    for call in calls:
        for side in call.sides:
            segments, _ = model.transcribe(
                str(side.file), beam_size=5, language="en", vad_filter=True
            )
            heard = " ".join(segment.text for segment in segments)
            rows.append(count_errors(call.name, side.party, side.text, heard))
            on_side()
    return rows


def compare(live: Sequence[Errors], reference: Sequence[Errors]) -> Comparison:
    """Pooled rates of both and the paired bootstrap interval of their difference, by call.

    Raises ValueError where the two do not hold the same sides of the same calls.
    """
    if [(e.call, e.party, e.words) for e in live] != [
        (e.call, e.party, e.words) for e in reference
    ]:
        raise ValueError("live and reference hold different calls; run both over the same ones")
    names = sorted({row.call for row in live})
    words, ours, theirs = (
        np.array([sum(pick(e) for e in rows if e.call == name) for name in names])
        for rows, pick in ((live, _words), (live, _total), (reference, _total))
    )
    draws = np.random.default_rng(SEED).integers(0, len(names), (RESAMPLES, len(names)))
    spread = (ours - theirs)[draws].sum(axis=1) / words[draws].sum(axis=1)
    low, high = np.percentile(spread, INTERVAL)
    return Comparison(
        error_rate(live),
        error_rate(reference),
        (float(low), float(high)),
        int(words.sum()),
        len(names),
    )


def _words(errors: Errors) -> int:
    return errors.words


def _total(errors: Errors) -> int:
    return errors.total
