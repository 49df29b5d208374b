"""Figures of a detector: how its scores order what is there and what is not, and counts of both.

An interval is the middle 95 of 100: of a share by Wilson, of anything else by bootstrap over
examples.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

Truth = NDArray[np.bool_]
Scores = NDArray[np.float64]

Z = 1.96
"""Deviations of the middle 95 of 100."""
DRAWS = 1000
SEED = 20
TAIL = 2.5


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with its interval, and of how many examples it is."""

    value: float
    low: float
    high: float
    count: int


def share(hits: int, count: int) -> Figure:
    """`hits` of `count`, by Wilson; of nothing nothing is known: nan, 0 to 1."""
    if not count:
        return Figure(float("nan"), 0.0, 1.0, 0)
    p = hits / count
    middle = (p + Z * Z / (2 * count)) / (1 + Z * Z / count)
    width = Z / (1 + Z * Z / count) * sqrt(p * (1 - p) / count + Z * Z / (4 * count * count))
    # At 0 and 1 the interval ends there, but for rounding.
    return Figure(p, max(0.0, min(p, middle - width)), min(1.0, max(p, middle + width)), count)


def recall(truth: Truth, scores: Scores, threshold: float) -> Figure:
    """Of what is there, how much scores `threshold` or more."""
    return share(int((truth & (scores >= threshold)).sum()), int(truth.sum()))


def precision(truth: Truth, scores: Scores, threshold: float) -> Figure:
    """Of what scores `threshold` or more, how much is there."""
    found = scores >= threshold
    return share(int((truth & found).sum()), int(found.sum()))


def best_f1(truth: Truth, scores: Scores) -> float:
    """The highest F1 of any threshold."""
    found, right = _curve(truth, scores)
    return float((2 * right / (found + truth.sum())).max())


def precision_at(truth: Truth, scores: Scores, wanted: float) -> float:
    """The highest precision of any threshold at which recall is `wanted` or more."""
    found, right = _curve(truth, scores)
    enough = right >= wanted * truth.sum()
    return float((right / found)[enough].max())


def with_interval(figure: Callable[[Truth, Scores], float], truth: Truth, scores: Scores) -> Figure:
    """A figure with its bootstrap interval over examples; nan, 0 to 1 where all are of one kind."""
    rng = np.random.default_rng(SEED)
    drawn = []
    for _ in range(DRAWS):
        taken = rng.integers(0, len(truth), len(truth))
        if truth[taken].any() and not truth[taken].all():
            drawn.append(figure(truth[taken], scores[taken]))
    if not drawn:
        return Figure(float("nan"), 0.0, 1.0, len(truth))
    low, high = np.percentile(drawn, [TAIL, 100 - TAIL])
    return Figure(figure(truth, scores), float(low), float(high), len(truth))


def _curve(truth: Truth, scores: Scores) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """At each threshold that parts the scores: how many are found, and how many of these are
    there."""
    order = np.argsort(-scores, kind="stable")
    last = np.append(np.diff(scores[order]) != 0, True)
    right = np.cumsum(truth[order].astype(np.int64))[last]
    return np.arange(1, len(truth) + 1, dtype=np.int64)[last], right
