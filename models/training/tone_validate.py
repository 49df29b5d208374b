"""What the tone model tells of speakers, and of corpora, that taught it nothing.

Each clip is judged as a call would be: the run-time's own arithmetic, after LEAD seconds of the
speaker's own neutral speech, window for window; a clip's numbers are the means of its windows',
weighed by their speech.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.tone import Tone, ToneWindow
from models.tone_model import LearnedTone, Scores
from models.tone_windows import Stretch
from models.training.tone_calibrate import named
from models.training.tone_clips import CORPORA
from models.training.tone_fit import Learned, learn, parts, raw_scores
from models.training.tone_heard import Tell
from models.training.tone_rows import Acted, Mask
from stream.audio import PartyId

FOLDS = 8
"""Groups of speakers, each left out once: of RAVDESS three actors, of EmoDB one or two."""
PARTY = PartyId("customer")

Judge = Callable[[Stretch, Scores], ToneWindow]


@dataclass(frozen=True, slots=True)
class ClipTone:
    """What is told of a clip: means over its windows, and their labels."""

    activation: float
    tension: float
    valence: float | None
    confidence: float
    labels: tuple[str, ...]


Told = Mapping[int, ClipTone]
"""By the number of the clip."""


@dataclass(frozen=True, slots=True)
class Validated:
    """`unseen`: of every useful clip, by a model that learnt from both corpora but not from its
    speaker; `hissing`: the same over a line that is drawn; `across`: by a model that learnt from
    the other corpus alone; `fallback`: by the measures of the voice (models/tone.py)."""

    unseen: Told
    hissing: Told
    across: Told
    fallback: Told


def validate(of: Acted, tell: Tell) -> Validated:
    """All of it; FOLDS + 2 times of learning."""
    unseen: dict[int, ClipTone] = {}
    hissing: dict[int, ClipTone] = {}
    across: dict[int, ClipTone] = {}
    part = parts(of, of.useful, FOLDS)
    for fold in range(FOLDS):
        tell(f"learning without group {fold + 1}", fold / (FOLDS + 2))
        held_out = part == fold
        learned = learn(of, of.useful & ~held_out)
        unseen |= tell_clips(of, learned, held_out)
        hissing |= tell_clips(of, learned, held_out, copy=1)
    for number, corpus in enumerate(CORPORA):
        tell(f"learning without {corpus}", (FOLDS + number) / (FOLDS + 2))
        other = of.of(corpus)
        across |= tell_clips(of, learn(of, of.useful & ~other), other)
    return Validated(unseen, hissing, across, fallback(of))


def tell_clips(of: Acted, learned: Learned, chosen: Mask, copy: int = 0) -> dict[int, ClipTone]:
    """What a model tells of the chosen clips, over one of their lines."""
    raw = raw_scores(of, learned.weights[None], np.where(chosen, 0, -1), copy)
    return {
        clip: _clip(of, clip, lambda of_clip, n: named(raw[of_clip][n]), _learned(learned))
        for clip in np.flatnonzero(chosen).tolist()
    }


def fallback(of: Acted) -> dict[int, ClipTone]:
    """What the measures of the voice alone tell of all useful clips."""
    found = {}
    for clip in np.flatnonzero(of.useful).tolist():
        found[clip] = _clip(of, clip, lambda *_: {}, _measured(Tone(PARTY, 0.0)))
    return found


def _learned(learned: Learned) -> Judge:
    return LearnedTone(PARTY, 0.0, learned.calibration).judge


def _measured(tone: Tone) -> Judge:
    return lambda window, _: tone.judge(window)


def _clip(of: Acted, clip: int, scores: Callable[[int, int], Scores], judge: Judge) -> ClipTone:
    """Neutral speech, then the clip."""
    for other, number in of.lead(clip):
        judge(of.heard[other].windows[number], scores(other, number))
    windows = of.heard[clip].windows
    told = [judge(window, scores(clip, number)) for number, window in enumerate(windows)]
    weights = [window.seconds for window in windows]
    valence = [each.valence for each in told if each.valence is not None]
    return ClipTone(
        _mean((each.activation for each in told), weights),
        _mean((each.tension for each in told), weights),
        _mean(valence, weights) if valence else None,
        _mean((each.confidence for each in told), weights),
        tuple(each.label for each in told),
    )


def _mean(values: Iterable[float], weights: Sequence[float]) -> float:
    return float(np.average(list(values), weights=weights))
