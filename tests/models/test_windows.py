"""Windows: the speech whole and in its place, the silence around it counted out to 30 s."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.windows import EDGE, FOLD, FRAME, PAD, PLACES, window
from stream.audio import RATE

LEADS = st.integers(EDGE, 300)
FOLDS = st.integers(1, 64)
PADS = st.integers(0, 60)
SAMPLES = st.integers(0, 28 * RATE)


@given(SAMPLES, LEADS, FOLDS, PADS)
def test_places_go_forward_within_30_seconds(samples: int, lead: int, fold: int, pad: int) -> None:
    made = window(samples, lead, fold=fold, pad=pad)
    assert (np.diff(made.place) > 0).all()
    assert 0 <= made.place[0] <= made.place[-1] < PLACES
    assert len(made.place) == len(made.take) == len(made.weight)


@given(SAMPLES, LEADS, FOLDS, PADS)
def test_every_place_is_stood_for_once(samples: int, lead: int, fold: int, pad: int) -> None:
    weight = window(samples, lead, fold=fold, pad=pad).weight.astype(np.float64)
    assert np.exp(weight).sum() == pytest.approx(PLACES)


@given(SAMPLES, LEADS)
def test_the_speech_is_whole(samples: int, lead: int) -> None:
    made = window(samples, lead)
    speech = slice(made.first, made.last)
    spoken = -(-samples // FRAME)
    start = min(lead, PLACES - PAD - spoken)
    assert made.last - made.first == spoken
    assert list(made.place[speech]) == list(range(start, start + spoken))
    assert list(made.take[speech]) == list(range(EDGE, EDGE + spoken))
    assert not made.weight[speech].any()


@given(SAMPLES, LEADS)
def test_what_is_taken_is_in_the_sound_and_not_at_its_end(samples: int, lead: int) -> None:
    made = window(samples, lead)
    assert made.take.min() >= 0
    assert made.take.max() < made.sound - 1


@given(st.integers(0, 20 * RATE), LEADS)
def test_silence_after_the_speech_stays_whole_for_a_second(samples: int, lead: int) -> None:
    made = window(samples, lead)
    assert not made.weight[made.last : made.last + PAD].any()


@pytest.mark.parametrize(("fold", "pad"), [(FOLD, PAD), (32, 25)])
def test_far_silence_costs_a_frame_in_as_many_as_it_stands_for(fold: int, pad: int) -> None:
    made = window(2 * RATE, 100, fold=fold, pad=pad)
    whole = EDGE + 2 * RATE // FRAME + pad
    assert len(made.place) <= whole + (PLACES - whole) / fold + 2
    assert not made.weight[made.last : made.last + pad].any()


def test_what_does_not_fit_is_left_out_at_the_end() -> None:
    made = window(40 * RATE, 100)
    assert list(made.place) == list(range(PLACES))
    assert (made.first, made.last) == (EDGE, PLACES)


def test_a_lead_shorter_than_the_edge_is_refused() -> None:
    with pytest.raises(ValueError, match="at least the 15"):
        window(RATE, EDGE - 1)
