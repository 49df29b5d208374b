"""Fits the tone model: a ridge regression for each score, of what is beyond the speaker's usual.

Windows count by their speech, clips alike within an emotion's side and a corpus, sides and corpora
alike. How strong the ridge is, speakers that it was not fitted on decide: PARTS groups of speakers
are left out in turn. What the left-out fits say also makes the calibration. So one call of `learn`
uses nothing but the clips it is given, and a validation may call it for each fold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from models.tone_model import SCORES, Calibration, Score
from models.training.auc import auc
from models.training.tone_calibrate import calibrate
from models.training.tone_clips import CORPORA, Emotion
from models.training.tone_rows import Acted, Floats, Mask, Rows, rows
from models.vad import Array

SIDES: Mapping[Score, tuple[frozenset[Emotion], frozenset[Emotion]]] = {
    "activation": (frozenset({"angry", "happy"}), frozenset({"neutral", "calm", "sad"})),
    "tension": (
        frozenset({"angry"}),
        frozenset({"neutral", "calm", "sad", "happy", "fearful", "disgust", "surprised"}),
    ),
    "valence": (frozenset({"happy", "calm"}), frozenset({"angry", "sad"})),
}
"""Emotions of the high and of the low side of each score; others teach it nothing."""
PARTS = 5
STRENGTHS = (0.3, 1.0, 3.0, 10.0, 30.0)
"""Of the ridge, in units of a standardised feature's variance."""


@dataclass(frozen=True, slots=True)
class Learned:
    """`weights`: [scores, width] of mean states; `strengths`: of the ridge of each score."""

    weights: Array
    calibration: Calibration
    strengths: Mapping[Score, float]


def learn(of: Acted, chosen: Mask) -> Learned:
    """Learn from the clips that are chosen."""
    taught = rows(of, chosen)
    scale = taught.beyond.std(axis=0) + 1e-6
    taught = Rows(taught.clip, taught.seconds, taught.beyond / scale)
    part = parts(of, chosen, PARTS)
    weights, strengths = [], {}
    unseen = np.zeros((PARTS, len(SCORES), len(scale)))
    for number, name in enumerate(SCORES):
        fits, strengths[name], whole = _fit(of, taught, part[taught.clip], name)
        unseen[:, number] = fits / scale
        weights.append(whole / scale)
    raw = raw_scores(of, unseen, part)
    calibration = calibrate(of, raw, chosen & of.useful, SIDES)
    return Learned(np.array(weights, np.float32), calibration, strengths)


def raw_scores(of: Acted, weights: Array | Floats, part: Array, copy: int = 0) -> list[Floats]:
    """Raw scores [windows, scores] of one copy of each clip, by the weights [parts, scores, width]
    of its part; none of clips of part -1."""
    return [
        heard.means[copy].astype(np.float64) @ weights[number].T
        if number >= 0 and len(heard.windows)
        else np.zeros((0, len(SCORES)))
        for heard, number in zip(of.heard, part, strict=True)
    ]


def parts(of: Acted, chosen: Mask, count: int) -> Array:
    """A part for each chosen clip, -1 for others, [clips]: speakers stay together, and each corpus
    is spread over all parts."""
    found = np.full(len(of.clips), -1)
    for corpus in CORPORA:
        inside = chosen & of.of(corpus)
        speakers = sorted({of.clips[each].speaker for each in np.flatnonzero(inside)})
        for number, group in enumerate(np.array_split(np.array(speakers), count)):
            found[inside & np.array([clip.speaker in set(group) for clip in of.clips])] = number
    return found


def _fit(of: Acted, taught: Rows, part: Array, name: Score) -> tuple[Floats, float, Floats]:
    """Weights [PARTS, width] that do not know a part each, the best strength, weights of all."""
    target, weight = _targets(of, taught, name)
    with_one = np.hstack([taught.beyond, np.ones((len(target), 1), np.float32)])
    grams, sums = [], []
    for number in range(PARTS):
        inside = (part == number) & (weight > 0)
        x, w = with_one[inside], weight[inside].astype(np.float32)
        grams.append((x.T @ (x * w[:, None])).astype(np.float64))
        sums.append((x.T @ (w * target[inside])).astype(np.float64))
    gram, total = sum(grams), sum(sums)
    best, fits = -1.0, np.zeros(0)
    strength = STRENGTHS[0]
    for each in STRENGTHS:
        left = np.array(
            [
                _solve(gram - g, total - s, each * weight[part != number].sum())
                for number, (g, s) in enumerate(zip(grams, sums, strict=True))
            ]
        )
        found = _unseen_auc(of, taught, part, left, target, weight)
        if found > best:
            best, fits, strength = found, left, each
    return fits, strength, _solve(gram, total, strength * weight.sum())


def _targets(of: Acted, taught: Rows, name: Score) -> tuple[Array, Floats]:
    """1 or -1 of each row, and what it counts: nothing where its emotion is of no side."""
    emotions = np.array([clip.emotion for clip in of.clips])[taught.clip]
    corpora = np.array([clip.corpus for clip in of.clips])[taught.clip]
    of_clip = np.bincount(taught.clip, taught.seconds, len(of.clips))
    share = taught.seconds / of_clip[taught.clip]
    weight = np.zeros(len(share))
    high, low = (np.isin(emotions, list(side)) for side in SIDES[name])
    for corpus in CORPORA:
        for side in (high, low):
            inside = side & (corpora == corpus)
            if inside.any():
                weight[inside] = share[inside] / share[inside].sum()
    return np.where(high, 1, -1).astype(np.float32), weight


def _solve(gram: Floats, total: Floats, penalty: float) -> Floats:
    """Weights without the constant, which no habit needs: it drops out of differences."""
    ridge = np.full(len(gram), penalty)
    ridge[-1] = 1e-9
    return np.asarray(np.linalg.solve(gram + np.diag(ridge), total)[:-1])


def _unseen_auc(
    of: Acted, taught: Rows, part: Array, fits: Floats, target: Array, weight: Floats
) -> float:
    """Of windows by fits that do not know their speakers, the mean over corpora."""
    told = np.einsum("nw,nw->n", taught.beyond, fits[part].astype(np.float32))
    corpora = np.array([clip.corpus for clip in of.clips])[taught.clip]
    inside = [(corpora == corpus) & (weight > 0) for corpus in CORPORA]
    found = [auc(target[each] > 0, told[each].astype(np.float64)) for each in inside if each.any()]
    return float(np.mean(found))
