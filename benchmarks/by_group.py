"""Figures with intervals over groups: clips of one person, windows of one call are not so many
witnesses.

An interval is the middle 95 of 100 of a bootstrap that draws whole groups.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isnan

import numpy as np
from numpy.typing import NDArray

from benchmarks.detection.scores import DRAWS, SEED, TAIL, Figure

Taken = NDArray[np.intp]
"""Numbers of examples; one that is drawn twice stands there twice."""


def by_group(value: Callable[[Taken], float], groups: NDArray[np.str_]) -> Figure:
    """A figure of examples whose groups are given, [examples]; draws that have none do not
    count."""
    own = [np.flatnonzero(groups == each) for each in np.unique(groups)]
    rng = np.random.default_rng(SEED)
    drawn = []
    for _ in range(DRAWS):
        taken = rng.integers(0, len(own), len(own))
        found = value(np.concatenate([own[each] for each in taken]))
        if not isnan(found):
            drawn.append(found)
    low, high = np.percentile(drawn, [TAIL, 100 - TAIL]) if drawn else (0.0, 1.0)
    whole = value(np.arange(len(groups)))
    return Figure(whole, float(low), float(high), len(groups))
