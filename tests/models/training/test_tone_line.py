"""Telephone lines, and the names of acted clips."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.training.tone_clips import EMODB, RAVDESS, read_clips
from models.training.tone_line import PLAIN, Line, drawn, over
from models.vad import Array
from stream.audio import RATE


def tone(*pitches: float, seconds: float = 1.0) -> Array:
    time = np.arange(int(seconds * RATE)) / RATE
    return sum((np.sin(2 * np.pi * p * time) for p in pitches), np.zeros(len(time))).astype(
        np.float32
    )


def power(sound: Array, pitch: float) -> float:
    """Of a pitch, in dB."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    at = round(pitch * len(sound) / RATE)
    return float(20 * np.log10(spectrum[at - 3 : at + 4].max() + 1e-9))


def sent(line: Line, sound: Array) -> Array:
    return over(line, sound, np.random.default_rng(1))


def test_a_line_passes_the_telephone_band_alone() -> None:
    found = sent(PLAIN, tone(100, 1000, 3000, 5000))
    assert abs(power(found, 1000) - power(found, 3000)) < 1
    for outside in (100, 5000):
        assert power(found, outside) < power(found, 1000) - 30


def test_the_level_of_the_studio_is_lost() -> None:
    rng = np.random.default_rng(2)
    sound = rng.normal(0, 0.01, RATE).astype(np.float32)
    assert sent(PLAIN, sound) == pytest.approx(sent(PLAIN, 8 * sound), abs=1e-3)


def test_hiss_is_as_far_below_as_it_says() -> None:
    speech = tone(1000)
    clean, noisy = sent(PLAIN, speech), sent(Line(snr=15), speech)
    difference = noisy - clean
    ratio = 10 * np.log10(np.mean(clean**2) / np.mean(difference**2))
    assert ratio == pytest.approx(15, abs=2)


def test_a_tilt_is_decibels_an_octave() -> None:
    plain, bright = (sent(line, tone(1000, 2000)) for line in (PLAIN, Line(tilt=4.0)))
    change = [power(each, 2000) - power(each, 1000) for each in (plain, bright)]
    assert change[1] - change[0] == pytest.approx(4, abs=0.7)


def test_the_same_chance_draws_the_same_line() -> None:
    lines = [drawn(np.random.default_rng(seed)) for seed in (1, 1, 2)]
    assert lines[0] == lines[1] != lines[2]
    assert sent(lines[0], tone(700)).tolist() == sent(lines[1], tone(700)).tolist()


def test_silence_stays_finite() -> None:
    assert np.isfinite(sent(drawn(np.random.default_rng(1)), np.zeros(RATE, np.float32))).all()


def test_names_of_clips_are_read(tmp_path: Path) -> None:
    for name in (f"{RAVDESS}/03-01-05-01-02-01-12.flac", f"{EMODB}/Sad.14a02Wb.flac"):
        file = tmp_path / name
        file.parent.mkdir(parents=True)
        file.touch()
    angry, sad = read_clips(tmp_path)
    assert (angry.corpus, angry.emotion, angry.speaker, angry.man) == (
        "RAVDESS", "angry", "RAVDESS 12", False,
    )  # fmt: skip
    assert (sad.corpus, sad.emotion, sad.speaker, sad.man) == ("EmoDB", "sad", "EmoDB 14", False)


def test_clips_that_are_not_there_name_the_mend(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="COACH_TEST_DATA"):
        read_clips(tmp_path)
