"""Sets what deviations of the tone model mean, on scores of speakers that taught it nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import atanh, inf

import numpy as np
import numpy.typing as npt

from models.habit import Habit
from models.tone_labels import HIGH, TENSE
from models.tone_model import SCORES, Calibration, Score, Scores
from models.training.tone_clips import Emotion
from models.training.tone_rows import Acted, Floats, Mask

UNSURE = 0.1
"""The share of windows whose activation is too near to the middle for a label."""
FALSE = 0.01
"""The share of windows of neutral, calm and sad speech that are tense all the same. Of fear,
disgust and surprise more are, and may be."""
MIDDLING = 0.5
"""Valence of half of the windows that have one, either way."""

Sides = Mapping[Score, tuple[frozenset[Emotion], frozenset[Emotion]]]


def calibrate(of: Acted, raw: Sequence[Floats], chosen: Mask, sides: Sides) -> Calibration:
    """Of raw scores [windows, scores] of the chosen clips.

    ValueError where activation cannot be told from them at all.
    """
    priors = _priors(of, raw, chosen)
    emotions, beyond = _deviations(of, raw, chosen, priors)
    high, low = (np.isin(emotions, list(side)) for side in sides["activation"])
    activation, tension, valence = beyond.T
    middle = _middle(activation[high], activation[low])
    if middle <= 0:
        raise ValueError("active clips score no higher than calm ones: check the data's names")
    band = float(np.quantile(np.abs(activation[high | low] - middle), UNSURE))
    tense = float(np.quantile(tension[low], 1 - FALSE))
    told = np.isin(emotions, [each for side in sides["valence"] for each in side])
    gains: dict[Score, float] = {
        "activation": atanh(HIGH) / middle,
        "tension": atanh(TENSE) / tense,
        "valence": atanh(MIDDLING) / float(np.median(np.abs(valence[told]))),
    }
    return Calibration(priors, gains, middle, band)


def _priors(of: Acted, raw: Sequence[Floats], chosen: Mask) -> Scores:
    """Standard deviations of neutral windows from the speaker's other neutral ones."""
    beyond = [
        raw[clip] - np.concatenate([raw[each] for each in of.before[clip]]).mean(axis=0)
        for clip in np.flatnonzero(chosen).tolist()
        if of.clips[clip].emotion == "neutral"
    ]
    return dict(zip(SCORES, np.concatenate(beyond).std(axis=0).tolist(), strict=True))


def _deviations(
    of: Acted, raw: Sequence[Floats], chosen: Mask, priors: Scores
) -> tuple[npt.NDArray[np.str_], Floats]:
    """Of each window of the chosen clips: its emotion, and its deviations [windows, scores]."""
    emotions: list[Emotion] = []
    found: list[list[float]] = []
    for clip in np.flatnonzero(chosen).tolist():
        habit = Habit(priors, extreme=inf)
        for other, number in of.lead(clip):
            habit.learn(named(raw[other][number]), of.heard[other].windows[number].seconds)
        for number, window in enumerate(of.heard[clip].windows):
            scores = named(raw[clip][number])
            found.append(list(habit.deviations(scores).values()))
            habit.learn(scores, window.seconds)
            emotions.append(of.clips[clip].emotion)
    return np.array(emotions), np.array(found)


def named(raw: Floats) -> Scores:
    """Raw scores [scores] by their names."""
    return dict(zip(SCORES, raw.tolist(), strict=True))


def _middle(high: Floats, low: Floats) -> float:
    """Where as great a share of `high` lies below as of `low` above."""
    at = np.sort(np.concatenate([high, low]))
    below = np.searchsorted(np.sort(high), at) / len(high)
    above = 1 - np.searchsorted(np.sort(low), at) / len(low)
    return float(at[np.argmax(below >= above)])
