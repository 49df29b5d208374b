"""Which of the encoder's frames are speech; how windows are cut is told in test_tone.py."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.tone_windows import LONGEST_FRAMES, Stretch, spoken
from models.vad import FRAME_SECONDS
from models.voice import FEATURES, PITCH

ENCODER_SECONDS = 0.02


@given(st.lists(st.booleans(), min_size=1, max_size=LONGEST_FRAMES))
def test_a_frame_of_the_encoder_is_speech_where_its_middle_is(speech: list[bool]) -> None:
    found = spoken(np.array(speech))
    seconds = len(speech) * FRAME_SECONDS
    assert len(found) == pytest.approx(seconds / ENCODER_SECONDS, abs=1)
    assert len(found) * ENCODER_SECONDS >= seconds - 1e-9
    for number, told in enumerate(found.tolist()):
        middle = (number + 0.5) * ENCODER_SECONDS
        assert told == speech[min(int(middle / FRAME_SECONDS), len(speech) - 1)]


def test_speech_and_voice_of_a_window_are_counted() -> None:
    rows = np.zeros((10, FEATURES), np.float32)
    rows[:6, PITCH] = 120
    stretch = Stretch(0, rows, np.arange(10) >= 4)
    assert stretch.seconds == pytest.approx(6 * FRAME_SECONDS)
    assert stretch.voiced == 2
