"""Sets thresholds on lines that trained nothing.

Live is wanted so precise that people in the middle of a call can rely on it, review so low that
hardly anything is missed by somebody who reads afterwards. A label of few lines has
thresholds that lean on those of all labels together, since its own say little.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from models.thresholds import Threshold

Array = NDArray[np.float64]

LIVE_PRECISION = 0.93
"""Wanted of live on the development lines; a little more than is promised."""
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
    everything = _both(
        np.concatenate([truth[name] for name in names]),
        np.concatenate([told[name] for name in names]),
    )
    found = {}
    for name in names:
        own, weight = _both(truth[name], told[name]), int(truth[name].sum())
        share = weight / (weight + PRIOR)
        live, review = (
            float(np.clip(share * a + (1 - share) * b, LOWEST, HIGHEST))
            for a, b in zip(own, everything, strict=True)
        )
        # Rounded so that live grows no less precise, and review no less complete.
        found[name] = Threshold(
            ceil(live * STEPS) / STEPS, floor(min(live, review) * STEPS) / STEPS
        )
    return found


def _both(truth: NDArray[np.bool_], told: Array) -> tuple[float, float]:
    """The lowest that is as precise as wanted, the highest that finds as much as wanted."""
    order = np.argsort(-told, kind="stable")
    apart = np.append(np.diff(told[order]) != 0, True)  # equal ones count together
    found = np.arange(1, len(order) + 1)[apart]
    right, p = np.cumsum(truth[order])[apart], told[order][apart]
    precise, complete = right >= LIVE_PRECISION * found, right >= REVIEW_RECALL * truth.sum()
    live = p[np.flatnonzero(precise)[-1]] if precise.any() else HIGHEST
    review = p[np.argmax(complete)] if complete.any() else LOWEST
    return float(live), float(review)
