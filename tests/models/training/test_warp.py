"""Rows whose time runs unevenly: no syllable is lost, and what is known goes along."""

from __future__ import annotations

import numpy as np
import pytest

from models.log_mel import MELS, Array
from models.training.warp import warped

ROWS, STEPS, LENGTH = 8, 400, 300


def row(chance: np.random.Generator) -> tuple[Array, Array, Array]:
    """A bump of sound, a syllable and speech at the same steps; none after the middle."""
    frames = np.zeros((ROWS, 2 * STEPS, MELS), np.float32)
    syllables = np.zeros((ROWS, STEPS), np.float32)
    speech = np.zeros((ROWS, STEPS), np.float32)
    for number in range(ROWS):
        for at in chance.choice(18, 6, replace=False) * 10 + 10:
            frames[number, 2 * at : 2 * at + 8] = 1
            syllables[number, at : at + 4] = 0.25
            speech[number, at : at + 4] = 1
    return frames, syllables, speech


@pytest.mark.parametrize("seed", range(5))
def test_no_syllable_is_lost_or_won(seed: int) -> None:
    chance = np.random.default_rng(seed)
    _, counts, _ = warped(*row(chance), LENGTH, chance)
    assert counts.sum(axis=1) == pytest.approx(np.full(ROWS, 6.0), abs=1e-3)


def test_what_is_known_goes_along_with_the_sound() -> None:
    chance = np.random.default_rng(1)
    frames, counts, speech = warped(*row(chance), LENGTH, chance)
    assert frames.shape == (ROWS, 2 * LENGTH, MELS)
    assert counts.shape == speech.shape == (ROWS, LENGTH)
    loud = frames.reshape(ROWS, LENGTH, -1).max(axis=2) > 0.5
    assert (loud == (speech > 0)).mean() > 0.95
    assert counts[~loud & (speech == 0)].sum() < 0.05 * counts.sum()


def test_time_runs_unevenly() -> None:
    chance = np.random.default_rng(2)
    _, _, speech = warped(*row(chance), LENGTH, chance)
    assert len(set(speech.sum(axis=1))) > 1


def test_the_same_chance_warps_alike() -> None:
    one, other = (warped(*row(c), LENGTH, c) for c in map(np.random.default_rng, (3, 3)))
    for ours, theirs in zip(one, other, strict=True):
        np.testing.assert_array_equal(ours, theirs)
