"""When each token was said, from where the decoder looked while it wrote it.

Some heads of Whisper's attention follow the sound. Their attention, tokens by frames, is made
comparable (each frame's deviation over the tokens), smoothed, and the cheapest way through it
that never goes back in time gives each token its frames (dynamic time warping). Source: OpenAI's
whisper, `timing.py`; the heads' mean is taken before the median here, at an eighth of the work.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

SMOOTH = 7
"""Frames of the median, odd."""
STEADY = 1e-8
"""Keeps the deviation of a frame that no token looks at from being zero."""

Array = NDArray[Any]


def token_frames(attention: Array, skip: int) -> NDArray[np.int64]:
    """First frame of each token, [rows - skip].

    `attention` [heads, rows, frames]: each row is where the decoder looked while it wrote one
    token; rows before `skip` wrote no text.
    """
    if not attention.shape[2]:
        return np.zeros(attention.shape[1] - skip, np.int64)
    part = attention / (attention.sum(axis=2, keepdims=True) + STEADY)
    mean, deviation = part.mean(axis=1, keepdims=True), part.std(axis=1, keepdims=True)
    likely = _smooth(((part - mean) / (deviation + STEADY)).mean(axis=0))[skip:]
    return _first_frames(-likely)


def _smooth(rows: Array) -> Array:
    """The median of SMOOTH frames around each, mirrored at the ends."""
    half = SMOOTH // 2
    if rows.shape[1] <= half:
        return rows
    padded = np.pad(rows, ((0, 0), (half, half)), mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, SMOOTH, axis=1)
    return np.asarray(np.partition(frames, half, axis=2)[..., half])


def _first_frames(cost: Array) -> NDArray[np.int64]:
    """First frame of each row on the cheapest way from the first cell to the last.

    A step goes on in time, to the next row, or both. Along a row the recurrence
    `d[j] = c[j] + min(a[j], d[j - 1])` is a running minimum, so each row is one pass of numpy.
    """
    rows, frames = cost.shape
    total = np.full((rows + 1, frames + 1), np.inf)
    total[0, 0] = 0.0
    for row in range(rows):
        sums = np.concatenate([[0.0], np.cumsum(cost[row])])
        come_from = np.minimum(total[row, :-1], total[row, 1:])
        total[row + 1, 1:] = sums[1:] + np.minimum.accumulate(come_from - sums[:-1])
    first = np.zeros(rows, np.int64)
    row, frame = rows, frames
    while row:
        first[row - 1] = frame - 1
        both, down, on = total[row - 1, frame - 1], total[row - 1, frame], total[row, frame - 1]
        if on < both and on < down:
            frame -= 1
        elif down < both:
            row -= 1
        else:
            row, frame = row - 1, frame - 1
    return first
