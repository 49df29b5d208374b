"""Tone on ordinary calls, where nobody is beside themselves: how often a label says so.

The eight calls of Harper Valley are short, friendly and role-played, and taught nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from time import thread_time

import numpy as np
import soxr

from benchmarks.dataset import ReferenceCall
from models.tone import Tone, ToneWindow
from models.tone_labels import TENSE
from models.tone_model import LearnedTone, ToneModel
from models.training.tone_heard import Hearing, Tell, whole
from stream.audio import RATE, PartyId, Samples

STRAINED = frozenset({"tense", "distressed"})


@dataclass(frozen=True, slots=True)
class Labels:
    """`windows` by label; `strained`: tense or distressed; `high`: windows as tense as a label
    wants, certain or not."""

    windows: Mapping[str, int]
    strained: int
    high: int


@dataclass(frozen=True, slots=True)
class Calls:
    """Labels of both ways of telling, and seconds that a core worked for each window: on the
    encoder's request, and on the model beyond it. What else the machine does is no part of it."""

    sides: int
    model: Labels
    fallback: Labels
    encode: tuple[float, ...]
    beyond: tuple[float, ...]


def listen(calls: Iterable[ReferenceCall], model: ToneModel, tell: Tell) -> Calls:
    """Both sides of each call, each against its own habit."""
    hearing = Hearing()
    heard: list[ToneWindow] = []
    measured: list[ToneWindow] = []
    encode: list[float] = []
    beyond: list[float] = []
    sounds = [sound for call in calls for sound in _sides(call)]
    for number, sound in enumerate(sounds):
        tell("ordinary calls", number / len(sounds))
        party = PartyId("customer")
        tone, fallback = LearnedTone(party, 0.0, model.calibration), Tone(party, 0.0)
        for window in hearing.windows(sound):
            begun = thread_time()
            states = hearing.states(sound, window)
            between = thread_time()
            heard.append(tone.judge(window, model.score(states, window.speech)))
            beyond.append(thread_time() - between)
            encode.append(between - begun)
            measured.append(fallback.judge(window))
    return Calls(len(sounds), labels(heard), labels(measured), tuple(encode), tuple(beyond))


def labels(windows: Iterable[ToneWindow]) -> Labels:
    """Their labels, counted."""
    told = list(windows)
    counts = Counter(window.label for window in told)
    return Labels(
        dict(counts.most_common()),
        sum(counts[label] for label in counts if label in STRAINED),
        sum(window.tension >= TENSE for window in told),
    )


def _sides(call: ReferenceCall) -> list[Samples]:
    parties, rate = call.audio()
    return [
        whole(np.asarray(soxr.resample(samples, rate, RATE), np.float32))
        for samples in parties.values()
    ]
