"""What every training does at each of its steps."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch


def rate_share(done: float, warm: float) -> float:
    """Of the learning rate: it rises until `warm` of the whole is done, then falls to nothing."""
    return done / warm if done < warm else max(0.0, (1 - done) / (1 - warm))


def follow(mean: dict[str, Any], weights: Iterable[tuple[str, Any]], keep: float) -> None:
    """Take named weights into their running mean, of which `keep` is kept."""
    with torch.no_grad():
        for name, value in weights:
            mean[name].lerp_(value, 1 - keep)
