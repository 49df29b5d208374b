"""Sets thresholds on lines that trained nothing.

Live is wanted so precise that people in the middle of a call can rely on it, review so low that
hardly anything is missed by somebody who reads afterwards. Of dangers live is wanted complete
instead: a false alert costs a supervisor a look at the call, a missed one may cost a life. A label
of few lines has thresholds that lean on those of all labels together, since its own say little.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from models.text_labels import DANGERS
from models.thresholds import Threshold

Array = NDArray[np.float64]

LIVE_PRECISION = 0.93
"""Wanted of live on the development lines; a little more than is promised."""
DANGER_RECALL = 0.97
"""Wanted of live there of a danger, however precise; a little more than is promised."""
REVIEW_RECALL = 0.99
"""Wanted of review there."""
PRIOR = 20
"""Lines of all labels together that count beside a label's own."""
STEPS = 1000
"""Thresholds are thousandths."""
LOWEST, HIGHEST = 0.02, 0.98
"""Beyond these a probability says nothing more."""


def thresholds(
    names: Sequence[str], truth: Mapping[str, NDArray[np.bool_]], told: Mapping[str, Array]
) -> dict[str, Threshold]:
    """Of each name. `truth`, `told`: by name, what is true of the lines and its probability."""
    all_truth = np.concatenate([truth[name] for name in names])
    all_told = np.concatenate([told[name] for name in names])
    found = {}
    for name in names:
        danger = name in DANGERS
        own, everything = _both(truth[name], told[name], danger), _both(all_truth, all_told, danger)
        weight = int(truth[name].sum())
        share = weight / (weight + PRIOR)
        live, review = (
            float(np.clip(share * a + (1 - share) * b, LOWEST, HIGHEST))
            for a, b in zip(own, everything, strict=True)
        )
        # Rounded so that what is to be precise grows no less so, and what complete no less.
        rounded = floor if danger else ceil
        found[name] = Threshold(
            rounded(live * STEPS) / STEPS, floor(min(live, review) * STEPS) / STEPS
        )
    return found


def _both(truth: NDArray[np.bool_], told: Array, danger: bool) -> tuple[float, float]:
    """Live: the lowest that is as precise as wanted, of a danger the highest that finds as much
    as wanted where that is lower. Review: the highest that finds as much as wanted."""
    order = np.argsort(-told, kind="stable")
    apart = np.append(np.diff(told[order]) != 0, True)  # equal ones count together
    found = np.arange(1, len(order) + 1)[apart]
    right, p = np.cumsum(truth[order])[apart], told[order][apart]
    precise = right >= LIVE_PRECISION * found
    live = p[np.flatnonzero(precise)[-1]] if precise.any() else HIGHEST
    if danger:
        live = min(live, p[np.argmax(right >= DANGER_RECALL * truth.sum())])
    return float(live), float(p[np.argmax(right >= REVIEW_RECALL * truth.sum())])
