"""Sound to scores, with the real encoder and the shipped model: hearing is the run-time's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from models.tone_labels import HIGH
from models.tone_model import LearnedTone, ToneModel
from models.training.tone_clips import Clip, read_clips
from models.training.tone_heard import Hearing, whole
from models.training.tone_line import PLAIN, over
from models.vad import FRAME
from models.weights import MissingWeights
from stream.audio import RATE, PartyId
from stream.files import read_audio

ACTOR = "RAVDESS 05"


@pytest.fixture(scope="module")
def hearing() -> Hearing:
    try:
        return Hearing()
    except MissingWeights as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def clips(test_data: Path) -> list[Clip]:
    return [clip for clip in read_clips(test_data) if clip.speaker == ACTOR]


def played(clip: Clip) -> np.ndarray:
    channels, _ = read_audio(clip.file, RATE)
    return whole(over(PLAIN, channels[0], np.random.default_rng(0)))


def activation(hearing: Hearing, clips: Sequence[Clip]) -> list[float]:
    """Of the windows of a call in which these clips follow one another."""
    model = ToneModel()
    tone = LearnedTone(PartyId("customer"), 0.0, model.calibration)
    sound = np.concatenate([played(clip) for clip in clips])
    return [
        tone.judge(window, model.score(hearing.states(sound, window), window.speech)).activation
        for window in hearing.windows(sound)
    ]


def test_who_turns_angry_after_calm_speech_is_active(hearing: Hearing, clips: list[Clip]) -> None:
    neutral, angry, sad = (
        [clip for clip in clips if clip.emotion == emotion]
        for emotion in ("neutral", "angry", "sad")
    )
    before = neutral * 3
    usual = activation(hearing, before)
    assert max(usual) < HIGH
    raised, lowered = (
        activation(hearing, [*before, *each])[len(usual) :] for each in (angry[-3:], sad[-3:])
    )
    assert np.mean(raised) > HIGH > np.mean(lowered)


def test_a_clip_is_heard_over_each_line_in_the_same_windows(
    hearing: Hearing, clips: list[Clip]
) -> None:
    heard = hearing.clip(clips[0], copies=3)
    assert heard.means.shape == (3, len(heard.windows), 1152)
    assert len({means.tobytes() for means in heard.means}) == 3
    again = hearing.clip(clips[0], copies=1)
    assert (again.means[0] == heard.means[0]).all()
    (mean,) = [hearing.mean(played(clips[0]), window) for window in heard.windows]
    assert mean == pytest.approx(heard.means[0, 0], abs=1e-6)


def test_silence_after_a_sound_closes_its_window(hearing: Hearing, clips: list[Clip]) -> None:
    for length in (1, FRAME, 3 * FRAME + 7):
        assert len(whole(np.zeros(length, np.float32))) % FRAME == 0
    assert len(hearing.windows(played(clips[0]))) == 1
