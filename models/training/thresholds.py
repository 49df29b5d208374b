"""Sets thresholds on lines that trained nothing.

Live is wanted so precise that people in the middle of a call can rely on it, review so low that
hardly anything is missed by somebody who reads afterwards. Of dangers live may be wrong more often:
a false alert costs a supervisor a look at the call, a missed one may cost a life. But only a little
more often: in calls danger is a hundred times rarer than in these lines, and alerts that come in
every fifth quiet call, as they did where one of five was wrong here, are soon not looked at. A
label of few lines has thresholds that lean on those of all labels together, since its own say
little.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from models.text_labels import DANGERS, EVENT
from models.thresholds import Threshold

Array = NDArray[np.float64]

LIVE_PRECISION = 0.93
"""Wanted of live on the development lines; a little more than is promised."""
DANGER_PRECISION = 0.9
"""Wanted of live there of a danger."""
REVIEW_RECALL = 0.95
"""Wanted of review there: each of many labels brings its own false ones."""
EVENT_RECALL = 0.99
"""Wanted of review there of adverse events, which above all must not be missed."""
PRIOR = 10
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
        wanted = (
            DANGER_PRECISION if name in DANGERS else LIVE_PRECISION,
            EVENT_RECALL if name == EVENT else REVIEW_RECALL,
        )
        own, everything = (
            _both(truth[name], told[name], *wanted),
            _both(all_truth, all_told, *wanted),
        )
        weight = int(truth[name].sum())
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


def _both(
    truth: NDArray[np.bool_], told: Array, precision: float, recall: float
) -> tuple[float, float]:
    """The lowest that is as precise as wanted, the highest that finds as much as wanted."""
    order = np.argsort(-told, kind="stable")
    apart = np.append(np.diff(told[order]) != 0, True)  # equal ones count together
    found = np.arange(1, len(order) + 1)[apart]
    right, p = np.cumsum(truth[order])[apart], told[order][apart]
    precise, complete = right >= precision * found, right >= recall * truth.sum()
    live = p[np.flatnonzero(precise)[-1]] if precise.any() else HIGHEST
    return float(live), float(p[np.argmax(complete)])
