"""Word times: the cheapest way through the attention, forward in time."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from models.word_times import token_frames

TOKENS, FRAMES, HEADS = 6, 60, 3


def looking(at: list[int], heads: int = HEADS, frames: int = FRAMES) -> NDArray[Any]:
    """Attention [heads, rows, frames] that dwells on one frame a row."""
    places = np.arange(frames)
    rows = [np.exp(-(((places - frame) / 2.0) ** 2)) + 1e-3 for frame in at]
    return np.stack([np.array(rows)] * heads)


def test_tokens_are_where_the_decoder_looked() -> None:
    at = [4, 14, 24, 34, 44, 54]
    found = token_frames(looking(at), 0)
    assert (np.abs(found[1:] - (np.array(at[1:]) - 5)) <= 3).all()


def test_rows_before_the_text_are_left_out() -> None:
    assert len(token_frames(looking([50, 50, 4, 20, 40]), 2)) == 3


def test_a_window_without_sound_has_every_token_at_its_beginning() -> None:
    assert list(token_frames(np.zeros((HEADS, 4, 0), np.float32), 1)) == [0, 0, 0]


@given(
    arrays(np.float32, (2, 5, 17), elements=st.floats(0, 1, width=32)),
    st.integers(0, 4),
)
def test_time_never_goes_back(attention: NDArray[Any], skip: int) -> None:
    found = token_frames(attention, skip)
    assert len(found) == 5 - skip
    assert found[0] == 0
    assert (np.diff(found) >= 0).all()
    assert found[-1] < 17


def test_more_tokens_than_frames_have_times_too() -> None:
    found = token_frames(looking([0, 0, 1, 1, 2], frames=3), 0)
    assert list(found) == sorted(found)
    assert found[-1] <= 2
