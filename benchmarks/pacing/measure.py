"""The rate that is heard against the rate that was spoken, window by window.

A window's rate is read at its end and from the audio up to there alone, and from the words that
were shown by then, so what the model has not told yet is missing from it as it is in a call.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.by_group import by_group
from benchmarks.detection.scores import Figure
from benchmarks.pacing.reference import windows
from benchmarks.pacing.sets import Recorded
from models.pacing_model import PacingModel
from models.speech_rate import WINDOW, SpeechRate
from stream.audio import RATE, Samples

CHUNK = 3_200
"""Samples that a call hands over at once in the measure of time: 0.2 s."""


@dataclass(frozen=True, slots=True)
class Read:
    """A window's rates in syllables a second: `heard` by the model, and spoken."""

    name: str
    group: str
    start: float
    first: bool
    heard: float
    spoken: float

    @property
    def error(self) -> float:
        """As a part of what was spoken; below 0 where too little was heard."""
        return self.heard / self.spoken - 1


def reads(model: PacingModel, recorded: Recorded, seconds: float = WINDOW) -> list[Read]:
    """Every window of one party that can be judged, in order of their ends."""
    rate, fed = SpeechRate(model), 0
    found: list[Read] = []
    for window in sorted(windows(recorded.words, seconds), key=lambda each: each.end):
        until = round(window.end * RATE)
        rate.step(recorded.samples[fed:until])
        fed = until
        found.append(
            Read(
                recorded.name,
                recorded.group,
                start=window.start,
                first=window.first,
                heard=rate.rate(seconds, recorded.shown.at(window.end)).rate,
                spoken=window.rate,
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class Figures:
    """Of some windows of `groups` calls or clips. `error`: the median of the errors' sizes; `bias`:
    the median of the errors, above 0 where too much is heard; `correlation` of heard and spoken
    rates (Pearson)."""

    error: Figure
    bias: Figure
    correlation: float
    groups: int


def figures(found: Sequence[Read]) -> Figures:
    """Intervals are by resampling whole calls or clips. `found`: two windows at least."""
    pairs = np.array([(each.heard, each.spoken) for each in found])
    errors = np.array([each.error for each in found])
    groups = np.array([each.group for each in found])
    return Figures(
        by_group(lambda taken: float(np.median(np.abs(errors[taken]))), groups),
        by_group(lambda taken: float(np.median(errors[taken])), groups),
        float(np.corrcoef(pairs.T)[0, 1]),
        len(set(groups)),
    )


def seconds_a_second(model: PacingModel, samples: Samples) -> float:
    """CPU seconds that a second of audio takes, handed over in pieces of CHUNK."""
    rate = SpeechRate(model)
    begun = time.process_time()
    for first in range(0, len(samples), CHUNK):
        rate.step(samples[first : first + CHUNK])
    return (time.process_time() - begun) / (len(samples) / RATE)
