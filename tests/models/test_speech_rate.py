"""The rate that is heard: the same however the audio comes, and near to what was said."""

from __future__ import annotations

from dataclasses import replace
from statistics import median

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.demo import CALL, SCRIPT
from coach.demo.script import load_script
from coach.demo.timing import read_timing
from models.log_mel import HOP, WINDOW, Array
from models.pacing_model import DELAY, FRAMES, STEP, STEP_SECONDS, PacingModel, fresh_state
from models.speech_rate import KEPT, LEAST, PIECE, Rate, SpeechRate
from models.syllables import syllables
from models.types import Word
from stream.audio import RATE, Samples
from stream.files import read_audio

SECONDS = 3.0


class Told(PacingModel):
    """Tells what it was made to tell, a step after the other."""

    def __init__(self, told: Array, speech: Array) -> None:
        self._told, self._speech, self._at = told, speech, 0

    def step(self, frames: Array, states: Array) -> tuple[Array, Array, Array]:
        now = slice(self._at, self._at + frames.shape[1] // FRAMES)
        self._at = now.stop
        return self._told[None, now], self._speech[None, now], states


def steps(seconds: float, each: float) -> Array:
    return np.full(round(seconds / STEP_SECONDS), each, np.float32)


def after(told: Array, speech: Array) -> SpeechRate:
    """Of audio that is told so, DELAY steps late, after silence that fills the first piece."""
    late = np.full(DELAY, 9.0, np.float32)  # of no step: must not count
    past = np.zeros(-(len(told) + DELAY) % PIECE, np.float32)
    rate = SpeechRate(
        Told(np.concatenate((late, past, told)), np.concatenate((late, past, speech)))
    )
    rate.step(np.zeros((len(late) + len(past) + len(told)) * STEP + WINDOW - HOP, np.float32))
    assert rate.at == pytest.approx((len(past) + len(told)) * STEP_SECONDS)
    return rate


def word(rate: SpeechRate, w: str, start: float, end: float) -> Word:
    """A word so many seconds before the rate's newest step."""
    return Word(w, rate.at - start, rate.at - end, 0.9)


@pytest.fixture(scope="module")
def model() -> PacingModel:
    return PacingModel()


@pytest.fixture(scope="module")
def sides() -> dict[str, Samples]:
    """The sample call's two sides, on a line of noise."""
    channels, _ = read_audio(CALL, RATE)
    return {"agent": channels[0], "customer": channels[1]}


def heard(model: PacingModel, samples: Samples, sizes: list[int]) -> SpeechRate:
    rate, at = SpeechRate(model), 0
    for size in sizes:
        rate.step(samples[at : at + size])
        at += size
    rate.step(samples[at:])
    return rate


def assert_same(one: SpeechRate, other: SpeechRate) -> None:
    assert one.at == other.at
    assert one.rate().syllables == pytest.approx(other.rate().syllables, abs=0.02)
    assert one.rate().speaking == pytest.approx(other.rate().speaking, abs=0.03)
    assert one.speech == pytest.approx(other.speech, abs=1e-3)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 6_000), max_size=20))
def test_pieces_of_any_size_are_the_whole(sizes: list[int]) -> None:
    model = PacingModel()
    channels, _ = read_audio(CALL, RATE)
    samples = channels[0][RATE : RATE + round(SECONDS * RATE)]
    assert_same(heard(model, samples, sizes), heard(model, samples, []))


def test_a_party_that_came_later_is_told_of_on_the_calls_clock(
    model: PacingModel, sides: dict[str, Samples]
) -> None:
    early, late = SpeechRate(model), SpeechRate(model, 60.0)
    for rate in (early, late):
        rate.step(sides["agent"][: 4 * RATE])
    assert late.at == early.at + 60.0
    said = Word("tablets", early.at - 1.0, early.at - 0.5, 0.9)
    moved = replace(said, start=said.start + 60.0, end=said.end + 60.0)
    assert late.rate(2.0, [moved]).syllables == early.rate(2.0, [said]).syllables


def test_channels_do_not_touch_each_other(model: PacingModel) -> None:
    frames = np.random.default_rng(3).normal(0, 1, (4, 20, 40)).astype(np.float32)
    states = np.stack([fresh_state()] * 4)
    together = model.step(frames, states)
    for row in range(4):
        alone = model.step(frames[row : row + 1], states[:1])
        for one, all_ in zip(alone, together, strict=True):
            np.testing.assert_allclose(one[0], all_[row], atol=1e-5)


def test_the_sample_calls_turns_are_heard_at_their_rate(
    model: PacingModel, sides: dict[str, Samples]
) -> None:
    """The agent's voice is one that nothing was learnt from."""
    errors: dict[str, list[float]] = {"agent": [], "customer": []}
    turns = zip(
        load_script(SCRIPT).turns, read_timing(CALL.with_suffix(".toml")).turns, strict=True
    )
    for turn, when in turns:
        until = when.end + (DELAY + PIECE) * STEP_SECONDS
        if not 2 < until - when.start < KEPT:
            continue
        rate = SpeechRate(model)
        rate.step(sides[turn.speaker][: round(until * RATE)])
        heard = rate.rate(rate.at - when.start).syllables
        errors[turn.speaker].append(heard / syllables(turn.text) - 1)
    assert min(map(len, errors.values())) >= 5
    for found in errors.values():
        assert median(map(abs, found)) < 0.2


def test_nobody_speaks_in_silence_or_noise(model: PacingModel) -> None:
    for height in (0.0, 0.0005, 0.01):
        noise = np.random.default_rng(1).normal(0, 1, 4 * RATE) * height
        rate = heard(model, noise.astype(np.float32), [])
        assert rate.speech < 0.5
        assert rate.rate().rate == 0.0


def test_what_was_heard_long_ago_is_forgotten_in_silence(
    model: PacingModel, sides: dict[str, Samples]
) -> None:
    """A turn after a long silence is heard as the first of a call is."""
    turn = sides["agent"][RATE // 2 : 4 * RATE]
    hiss = (1e-3 * np.random.default_rng(5).standard_normal(8 * RATE)).astype(np.float32)
    late = heard(model, np.concatenate((turn, hiss, turn)), [])
    early = heard(model, np.concatenate((hiss[: 8 * RATE - RATE // 2], turn)), [])
    assert late.rate().syllables == pytest.approx(early.rate().syllables, rel=0.1)


def test_before_any_sound_there_is_no_rate(model: PacingModel) -> None:
    assert SpeechRate(model).rate() == Rate(0.0, 0.0, 0.0)
    assert SpeechRate(model).speech == 0.0


def test_what_is_told_of_no_step_does_not_count() -> None:
    rate = after(steps(2, 0.1), steps(2, 1.0)).rate(9.0)
    assert (rate.syllables, rate.speaking) == (10.0, 2.0)


def test_silence_before_and_after_speech_is_no_speaking_time() -> None:
    speech = np.concatenate((steps(0.6, 0), steps(1, 1), steps(0.4, 0)))
    rate = after(np.concatenate((steps(0.6, 0), steps(1, 0.1), steps(0.4, 0))), speech).rate()
    assert (rate.syllables, rate.speaking, rate.rate) == (5.0, 1.0, 5.0)


@pytest.mark.parametrize(("gap", "speaking"), [(0.4, 2.0), (0.6, 1.4)])
def test_a_pause_is_no_speaking_time_and_a_short_gap_is(gap: float, speaking: float) -> None:
    side = steps((2 - gap) / 2, 1)
    rate = after(steps(2, 0.1), np.concatenate((side, steps(gap, 0), side))).rate()
    assert rate.speaking == pytest.approx(speaking)


def test_too_little_speech_has_no_rate() -> None:
    speech = np.concatenate((steps(2 - LEAST + 0.1, 0), steps(LEAST - 0.1, 1)))
    rate = after(steps(2, 0.1), speech).rate()
    assert rate.speaking == pytest.approx(LEAST - 0.1)
    assert rate.rate == 0.0


def test_words_count_as_far_as_they_go() -> None:
    rate = after(steps(4, 0.1), steps(4, 1.0))
    words = [word(rate, "tablets", 2.0, 1.5), word(rate, "syringe", 1.5, 1.0)]
    assert rate.rate(2.0, words).syllables == pytest.approx(4 + 5)
    assert rate.rate(2.0, words).speaking == pytest.approx(2.0)


def test_a_word_that_began_before_the_window_counts_in_part() -> None:
    rate = after(steps(4, 0.0), steps(4, 1.0))
    assert rate.rate(2.0, [word(rate, "tablets", 2.5, 1.5)]).syllables == pytest.approx(1.0)


def test_words_outside_the_window_do_not_count() -> None:
    rate = after(steps(4, 0.1), steps(4, 1.0))
    assert rate.rate(2.0, [word(rate, "tablets", 3.5, 2.5)]) == rate.rate(2.0)


def test_what_is_kept_is_bounded() -> None:
    rate = after(steps(KEPT + 20, 0.1), steps(KEPT + 20, 1.0))
    assert rate.rate(60.0).speaking == pytest.approx(KEPT)
