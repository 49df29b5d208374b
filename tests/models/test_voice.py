"""Voice: pitch without its fundamental, level and tilt, and what nobody should trip over."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.vad import FRAME, FRAME_SECONDS
from models.voice import (
    ENERGY,
    FEATURES,
    MEASURES,
    PITCH,
    PITCH_HIGH,
    PITCH_LOW,
    TILT,
    VOICING,
    features,
    nuclei,
    prosody,
)
from stream.audio import RATE
from tests.models.voices import Manner, framed, heard, noisy, sung, talk, telephone, vowel

HEIGHTS = [80, 95, 110, 130, 160, 190, 220, 250, 300]
SILENCE = np.zeros(FRAME, np.float32)


# -- pitch ---------------------------------------------------------------------------------


@pytest.mark.parametrize("height", HEIGHTS)
@pytest.mark.parametrize("line", ["wide", "telephone", "telephone at 10 dB"])
def test_pitch_of_a_steady_vowel(height: int, line: str) -> None:
    samples = vowel(height)
    if line != "wide":
        samples = telephone(samples) if line == "telephone" else noisy(samples, 10)
    rows = heard(samples)[2:-2]
    assert np.all(np.abs(rows[:, PITCH] / height - 1) < 0.03)


@pytest.mark.parametrize("height", [62, 390, 480])
def test_pitch_reaches_the_ends_of_its_range(height: int) -> None:
    rows = heard(vowel(height))[2:-2]
    assert np.all(np.abs(rows[:, PITCH] / height - 1) < 0.03)


@pytest.mark.parametrize("slope", [-18.0, -6.0])
def test_pitch_does_not_depend_on_the_colour_of_the_voice(slope: float) -> None:
    rows = heard(telephone(sung(np.full(RATE, 140.0), slope=slope)))[2:-2]
    assert np.all(np.abs(rows[:, PITCH] / 140 - 1) < 0.03)


def test_pitch_follows_a_glide() -> None:
    course = np.geomspace(110, 220, 2 * RATE)
    rows = heard(telephone(sung(course)))
    middles = course[np.arange(len(rows)) * FRAME]  # a frame's window is centred on its start
    assert np.all(np.abs(rows[2:-2, PITCH] / middles[2:-2] - 1) < 0.03)


def test_noise_has_hardly_any_pitch() -> None:
    noise = telephone(np.random.default_rng(3).normal(0, 0.1, 10 * RATE))
    assert np.mean(heard(noise)[:, PITCH] > 0) < 0.02


def test_a_telephone_line_changes_little() -> None:
    wide, narrow = heard(vowel(150)), heard(telephone(vowel(150)))
    for column, bound in ((ENERGY, 2.5), (TILT, 2.5), (VOICING, 0.1)):
        assert np.all(np.abs(wide[2:-2, column] - narrow[2:-2, column]) < bound)


# -- level and tilt ------------------------------------------------------------------------


def test_energy_is_in_decibels_below_full_scale() -> None:
    tone = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE)
    assert heard(tone)[2:, ENERGY] == pytest.approx(20 * np.log10(0.5) - 3.01, abs=0.05)


@pytest.mark.parametrize("gain", [-12, 12])
def test_gain_moves_energy_alone(gain: int) -> None:
    samples = noisy(vowel(120), 20)
    before, after = heard(samples)[2:], heard(samples * 10 ** (gain / 20))[2:]
    assert after[:, ENERGY] - before[:, ENERGY] == pytest.approx(gain, abs=0.01)
    for column in (PITCH, VOICING, TILT):
        assert after[:, column] == pytest.approx(before[:, column], rel=1e-3, abs=1e-3)


def test_a_pressed_voice_tilts_up() -> None:
    soft = heard(telephone(sung(np.full(RATE, 120.0), slope=-15)))
    hard = heard(telephone(sung(np.full(RATE, 120.0), slope=-9)))
    assert np.median(hard[2:, TILT]) > np.median(soft[2:, TILT]) + 3


# -- what lines carry beside voices --------------------------------------------------------

_t = np.arange(2 * RATE) / RATE
ODD: dict[str, npt.NDArray[np.float64]] = {
    "silence": np.zeros(2 * RATE),
    "DC": np.full(2 * RATE, 0.5),
    "full scale DC": np.full(2 * RATE, -1.0),
    "one click": np.eye(1, 2 * RATE, 5000)[0],
    "hum": 0.3 * np.sin(2 * np.pi * 50 * _t) + 0.1 * np.sin(2 * np.pi * 100 * _t),
    "least bits": np.random.default_rng(1).integers(-1, 2, 2 * RATE) / 32768,
    "clipped": np.clip(40 * vowel(120, 2), -1, 1),
    "square": np.sign(np.sin(2 * np.pi * 50 * _t)),
    "denormal": np.full(2 * RATE, 1e-40),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_sounds_give_numbers(name: str) -> None:
    rows = heard(ODD[name])
    assert np.isfinite(rows).all()
    assert np.all((rows[:, VOICING] >= 0) & (rows[:, VOICING] <= 1))
    assert np.all((rows[:, PITCH] == 0) | (rows[:, PITCH] >= PITCH_LOW))
    assert np.all(rows[:, PITCH] <= PITCH_HIGH)


@pytest.mark.parametrize("name", ["silence", "DC", "least bits", "denormal"])
def test_what_is_no_sound_has_no_pitch(name: str) -> None:
    assert not heard(ODD[name])[2:, PITCH].any()


def test_clipping_and_direct_current_leave_the_pitch() -> None:
    assert np.all(np.abs(heard(ODD["clipped"])[2:-2, PITCH] / 120 - 1) < 0.03)
    assert np.all(np.abs(heard(vowel(120) + 0.4)[2:-2, PITCH] / 120 - 1) < 0.03)


@given(st.integers(0, 2**32 - 1), st.lists(st.integers(1, 9), min_size=1, max_size=6))
def test_how_many_frames_come_at_once_makes_no_difference(seed: int, counts: list[int]) -> None:
    rng = np.random.default_rng(seed)
    frames = framed(noisy(vowel(rng.uniform(80, 300), 2), 20, seed))[: sum(counts)]
    whole, last = features(frames, SILENCE)
    tail, parts = SILENCE, []
    for count in counts:
        rows, tail = features(frames[:count], tail)
        frames = frames[count:]
        parts.append(rows)
    assert np.concatenate(parts).tobytes() == whole.tobytes()
    assert tail.tobytes() == last.tobytes()


def test_no_frames_are_no_rows() -> None:
    tail = np.full(FRAME, 0.1, np.float32)
    rows, after = features(np.zeros((0, FRAME), np.float32), tail)
    assert rows.shape == (0, FEATURES)
    assert np.array_equal(after, tail)


# -- over a stretch ------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [3.0, 4.5, 6.0])
@pytest.mark.parametrize("height", [100.0, 210.0])
def test_syllables_of_a_voice_are_counted(rate: float, height: float) -> None:
    samples, probs = talk(Manner(height, rate), 30, np.random.default_rng(7))
    speech = probs >= 0.5
    counted = prosody(heard(telephone(samples)), speech)["rate"]
    assert counted == pytest.approx(rate, rel=0.12)


def test_measures_of_a_known_voice() -> None:
    glide = sung(100 * 2 ** (np.linspace(0, 12, 2 * RATE) / 12))
    rows = heard(np.concatenate((glide, np.zeros(RATE))))
    speech = np.arange(len(rows)) < 2 / FRAME_SECONDS
    found = prosody(rows, speech)
    assert found.keys() == set(MEASURES)
    assert found["pitch"] == pytest.approx(6, abs=0.4)  # semitones above 100 Hz
    assert found["spread"] == pytest.approx(0.8 * 12, abs=0.6)
    assert found["jitter"] < 0.1
    assert found["pause"] == pytest.approx(1 / 3, abs=0.02)


def test_a_trembling_voice_has_more_jitter() -> None:
    rng = np.random.default_rng(2)
    knots = np.arange(0, 2 * RATE + 1, 800)
    found = []
    for tremble in (0.1, 0.8):
        course = np.interp(np.arange(2 * RATE), knots, rng.normal(0, tremble, len(knots)))
        rows = heard(telephone(sung(130 * 2 ** (course / 12))))
        found.append(prosody(rows, np.ones(len(rows), bool))["jitter"])
    assert found[1] > 2 * found[0]


def test_a_whisper_has_level_and_rate_but_no_pitch() -> None:
    whisper = telephone(np.random.default_rng(4).normal(0, 0.05, 2 * RATE))
    rows = heard(whisper)
    rows[:, PITCH] = 0
    found = prosody(rows, np.ones(len(rows), bool))
    assert found.keys() == {"level", "swing", "rate", "pause"}
    assert found["rate"] == 0


def test_a_pitch_that_only_jumps_octaves_is_none() -> None:
    rows = np.tile(np.array([-20, 80, 0.9, -5], np.float32), (40, 1))
    rows[::2, PITCH] = 450
    assert "pitch" not in prosody(rows, np.ones(40, bool))


def test_one_frame_is_a_stretch() -> None:
    found = prosody(heard(vowel(120))[:1], np.ones(1, bool))
    assert found["pause"] == 0
    assert "pitch" not in found


@pytest.mark.parametrize(
    ("energy", "count"),
    [
        ([], 0),
        ([-20], 1),
        ([-30, -20, -30], 1),
        ([-30, -20, -21, -20, -30], 1),  # no dip worth the name
        ([-30, -20, -24, -19, -30], 2),
        ([-20, -50, -48, -60, -20], 2),  # the faint one between is breath
    ],
)
def test_nuclei(energy: list[float], count: int) -> None:
    assert nuclei(energy, [True] * len(energy)) == count
    assert nuclei(energy, [False] * len(energy)) == 0


def test_a_consonant_is_no_nucleus() -> None:
    assert nuclei([-30, -20, -30, -18, -30], [True, True, True, False, True]) == 1


# -- a voice nobody here made --------------------------------------------------------------


def test_a_synthetic_speaker(tmp_path: Path) -> None:
    """Flite's slt speaks at about 180 Hz, and this sentence has 17 syllables."""
    if not shutil.which("flite"):
        pytest.skip("flite is not installed: apt-get install flite")
    path = tmp_path / "said.wav"
    text = "the nurse will show you how to hold the pen before you take the first dose"
    subprocess.run(["flite", "-voice", "slt", "-t", text, "-o", str(path)], check=True)
    with av.open(str(path)) as container:
        resampler = av.AudioResampler("flt", "mono", RATE)
        pieces = [p for frame in container.decode(audio=0) for p in resampler.resample(frame)]
    rows = heard(telephone(np.concatenate([p.to_ndarray()[0] for p in pieces]).astype(float)))
    speech = rows[:, ENERGY] > rows[:, ENERGY].max() - 30
    found = prosody(rows, speech)
    assert 150 < 100 * 2 ** (found["pitch"] / 12) < 210
    assert found["rate"] * speech.sum() * FRAME_SECONDS == pytest.approx(17, abs=4)
