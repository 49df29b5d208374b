"""Log-mel frames: how many there are, and what stands in them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.log_mel import HIGH, LOW, MELS, SCALE, SHIFT, frames_in, log_mel
from stream.audio import RATE, Samples


def tone(hertz: float, height: float = 0.1, seconds: float = 0.2) -> Samples:
    at = np.arange(int(seconds * RATE)) / RATE
    return (height * np.sin(2 * np.pi * hertz * at)).astype(np.float32)


def loudest(samples: Samples) -> int:
    return int(log_mel(samples).mean(axis=0).argmax())


@given(st.integers(0, 3_000))
def test_there_are_as_many_frames_as_are_promised(size: int) -> None:
    frames = log_mel(np.zeros(size, np.float32))
    assert frames.shape == (frames_in(size), MELS)
    assert frames.dtype == np.float32


def test_a_band_is_loudest_of_a_tone_in_it() -> None:
    bands = [loudest(tone(hertz)) for hertz in (150, 300, 700, 1_500, 3_000, 3_700)]
    assert bands == sorted(set(bands))
    assert bands[0] <= 1
    assert bands[-1] >= MELS - 2


def test_ten_times_the_height_is_two_decades_of_power() -> None:
    quiet, loud = log_mel(tone(1_000, 0.05)).max(), log_mel(tone(1_000, 0.5)).max()
    assert loud - quiet == pytest.approx(2 * SCALE, abs=0.01)


def test_what_no_telephone_carries_is_not_read() -> None:
    inside = log_mel(tone((LOW + HIGH) / 2)).max()
    outside = log_mel(tone(1.5 * HIGH)).max()
    assert outside < inside - 3 * SCALE


def test_silence_is_a_floor() -> None:
    frames = log_mel(np.zeros(RATE, np.float32))
    assert np.all(frames == frames[0, 0])
    assert frames[0, 0] == pytest.approx(SCALE * (SHIFT - 9))
