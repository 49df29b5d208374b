"""Rows spoken anew: now faster, now slower, less clearly, as people do and synthetic voices do not.

People swallow some syllables and draw others out, and one sound colours the next; a synthetic voice
gives each its due. Here time itself runs unevenly under a row: what is known of it goes along, so a
syllable that is gone in two frames is still one.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.log_mel import Array
from models.pacing_model import FRAMES
from models.training.line_noise import Chance

KNOT = 5
"""Steps from one chance of a new speed to the next: half a syllable, 0.1 s."""
TEMPI = (0.8, 1.3)
"""Times the row's own tempo."""
SWAYS = (0.0, 0.5)
"""Standard deviation of the logarithm of the speed within a row."""
EXTREMES = (0.3, 3.0)
SMEARED = 0.5
"""Share of the rows in which frames run into each other."""
SMEAR = 2
"""Frames on either side that colour one."""


def warped(
    frames: Array, syllables: Array, speech: Array, length: int, chance: Chance
) -> tuple[Array, Array, Array]:
    """Frames [B, FRAMES length, M], syllables and speech [B, length] of rows [B, FRAMES S, M] and
    [B, S] that are longer. No syllable is lost but those after the end."""
    edges = _edges(len(frames), length, syllables.shape[1], chance)
    counted = np.pad(np.cumsum(syllables, axis=1), ((0, 0), (1, 0)))
    counts = np.diff(_at(counted, edges), axis=1)
    middles = (edges[:, :-1] + edges[:, 1:]) / 2
    active = np.take_along_axis(speech, middles.astype(np.intp), axis=1)
    parts = (np.arange(FRAMES) + 0.5) / FRAMES
    inside = edges[:, :-1, None] + np.diff(edges, axis=1)[:, :, None] * parts
    places = np.maximum(FRAMES * inside.reshape(len(frames), -1) - 0.5, 0)
    return _smeared(_at(frames, places), chance), counts.astype(np.float32), active


def _edges(rows: int, length: int, most: int, chance: Chance) -> npt.NDArray[np.float64]:
    """Where, in steps of the row, each step of what comes of it begins, and the last ends."""
    sways = chance.uniform(*SWAYS, (rows, 1))
    knots = chance.normal(0, 1, (rows, length // KNOT + 2)) * sways
    at = np.arange(length) / KNOT
    low, part = at.astype(np.intp), at % 1
    speeds = np.exp(knots[:, low] * (1 - part) + knots[:, low + 1] * part)
    speeds = np.clip(speeds * chance.uniform(*TEMPI, (rows, 1)), *EXTREMES)
    edges = np.pad(np.cumsum(speeds, axis=1), ((0, 0), (1, 0)))
    return np.asarray(edges * np.minimum(1, (most - 1) / edges[:, -1:]))


def _at(rows: npt.NDArray[np.float32], places: npt.NDArray[np.float64]) -> Array:
    """Rows [B, S] or [B, S, M] at places [B, T] that lie between their columns."""
    low = np.minimum(places.astype(np.intp), rows.shape[1] - 2)
    part = (places - low).astype(np.float32)
    if rows.ndim == 3:
        low, part = low[:, :, None], part[:, :, None]
    first = np.take_along_axis(rows, low, axis=1)
    return np.asarray(first + part * (np.take_along_axis(rows, low + 1, axis=1) - first))


def _smeared(frames: Array, chance: Chance) -> Array:
    """Some rows mixed with the mean of their neighbours."""
    amount = chance.uniform(0, 0.8, len(frames)) * (chance.random(len(frames)) < SMEARED)
    padded = np.pad(frames, ((0, 0), (SMEAR, SMEAR), (0, 0)), mode="edge")
    width = frames.shape[1]
    mean = sum(padded[:, at : at + width] for at in range(2 * SMEAR + 1)) / (2 * SMEAR + 1)
    share = amount.astype(np.float32)[:, None, None]
    return np.asarray(frames + share * (mean - frames), dtype=np.float32)
