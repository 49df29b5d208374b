"""What pacing is learnt from: voices that tell their vowels, and lines that change them."""

from __future__ import annotations

import shutil
from contextlib import suppress

import numpy as np
import pytest

from models.pacing_model import STEP_SECONDS
from models.training.line_noise import through_line
from models.training.pacing_data import (
    JOINED,
    KEPT,
    LEARNT,
    ROW,
    STEPS,
    Rows,
    rows,
    speech_by_step,
    syllables_by_step,
)
from models.training.voices import Espeak, Speak, Spoken, VoiceMissing, flite, spoken
from stream.audio import RATE, Samples

TEXT = "Both arms, since Sunday."
SYLLABLES = 5


def voices() -> list[tuple[str, Speak]]:
    found: list[tuple[str, Speak]] = []
    if shutil.which("flite"):
        found += [("flite", flite("slt"))]
    with suppress(VoiceMissing):
        found += [("espeak-ng", Espeak().voice("en-us+f3"))]
    return found


@pytest.mark.parametrize("pace", [0.8, 1.0, 1.6])
def test_voices_tell_their_vowels(pace: float) -> None:
    if not voices():
        pytest.skip("neither flite nor espeak-ng is installed")
    for name, speak in voices():
        said = speak(TEXT, pace)
        assert len(said.vowels) == SYLLABLES, name
        starts = [start for start, _ in said.vowels]
        assert starts == sorted(starts)
        assert said.sounds[-1][1] <= len(said.samples) / RATE + 0.01
        loud = [power(said.samples, *vowel) for vowel in said.vowels]
        assert min(loud) > 0.1 * power(said.samples, 0, len(said.samples) / RATE), name


def power(samples: Samples, low: float, high: float) -> float:
    return float(np.mean(np.square(samples[round(low * RATE) : round(high * RATE)])))


def test_a_faster_voice_is_shorter() -> None:
    if not voices():
        pytest.skip("neither flite nor espeak-ng is installed")
    for _, speak in voices():
        slow, fast = (speak(TEXT, pace).sounds for pace in (0.8, 1.6))
        assert fast[-1][1] < 0.75 * slow[-1][1]


def test_parts_of_speech_by_phonemes() -> None:
    said = spoken(
        np.zeros(10, np.float32),
        [("pau", 0.0, 0.2), ("b", 0.2, 0.3), ("ow", 0.3, 0.5), ("pau", 0.5, 0.9)],
        "ow|aa",
        "pau",
    )
    assert said.vowels == ((0.3, 0.5),)
    assert said.sounds == ((0.2, 0.3), (0.3, 0.5))


def test_syllables_by_step_are_as_many_as_vowels() -> None:
    vowels = [(0.3, 0.4), (0.5, 0.52), (2.0, 2.3)]
    counts = syllables_by_step(vowels, 1.0)
    assert counts.sum() == pytest.approx(3, abs=0.01)
    assert int(counts.argmax()) in range(round(1.2 / STEP_SECONDS), round(1.7 / STEP_SECONDS))
    middle = round(3.15 / STEP_SECONDS)
    assert counts[middle - 10 : middle + 10].sum() == pytest.approx(1, abs=0.01)


def test_short_silences_are_speech_and_long_ones_are_not() -> None:
    sounds = [(0.0, 0.5), (0.5 + 0.5 * JOINED, 1.0), (1.0 + 2 * JOINED, 2.0)]
    active = speech_by_step(sounds, 1.0) > 0
    seconds = (np.arange(STEPS) + 0.5) * STEP_SECONDS
    assert not active[seconds < 1].any()
    assert active[(seconds > 1) & (seconds < 2)].all()
    assert not active[(seconds > 2) & (seconds < 2 + 2 * JOINED)].any()
    assert active[(seconds > 2 + 2 * JOINED) & (seconds < 3)].all()
    assert not active[seconds > 3].any()


def sample_speech() -> Samples:
    at = np.arange(2 * RATE) / RATE
    return (0.2 * np.sin(2 * np.pi * 700 * at) * (np.sin(2 * np.pi * 2 * at) > 0)).astype(
        np.float32
    )


def test_a_seed_makes_the_same_line() -> None:
    speech = sample_speech()
    one, other = (through_line(speech, np.random.default_rng(9)) for _ in range(2))
    np.testing.assert_array_equal(one, other)
    assert one.dtype == np.float32
    assert not np.array_equal(one, through_line(speech, np.random.default_rng(10)))


def test_lines_keep_the_length_and_differ_in_level() -> None:
    lines = [through_line(sample_speech(), np.random.default_rng(seed)) for seed in range(12)]
    assert {len(line) for line in lines} == {2 * RATE}
    levels = [float(np.sqrt(np.mean(np.square(line)))) for line in lines]
    assert max(levels) > 4 * min(levels)
    assert all(np.isfinite(line).all() for line in lines)


def made() -> Rows:
    said = Spoken(sample_speech(), ((0.0, 0.25), (0.5, 0.75)), ((0.0, 0.25), (0.5, 0.75)))
    return rows({"one": [said] * 5}, 2, np.random.default_rng(2), lambda what, share: None)


def test_rows_hold_every_line_once_a_round() -> None:
    found = made()
    assert found.frames.shape == (len(found.voices), 2 * STEPS, 40)
    assert found.syllables.sum() == pytest.approx(2 * 5 * 2, abs=0.1)
    speech = found.speech.sum() * STEP_SECONDS
    assert speech == pytest.approx(2 * 5 * 0.5, rel=0.05)
    assert ROW >= STEPS * STEP_SECONDS * RATE


def test_the_same_chance_makes_the_same_rows() -> None:
    one, other = made(), made()
    np.testing.assert_array_equal(one.frames, other.frames)


def test_no_voice_is_both_learnt_and_kept() -> None:
    assert not set(LEARNT) & set(KEPT)
