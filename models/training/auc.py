"""How well scores part what is there from what is not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def auc(truth: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    """The chance that what is there scores higher than what is not; equal scores count half."""
    yes, no = int(truth.sum()), int((~truth).sum())
    if not yes or not no:
        return float("nan")
    _, at, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[at]
    return float((ranks[truth].sum() - yes * (yes + 1) / 2) / (yes * no))
