"""The resampler: right, seamless, and the same to the bit however it is fed."""

from __future__ import annotations

import json

import numpy as np
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.audio import RATE, Samples
from stream.errors import UnsupportedFormat
from stream.resample import Resampler

COMMON = [8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000]
ODD = [8001, 9600, 37123, 47999]


def noise(count: int, seed: int = 1) -> Samples:
    return np.random.default_rng(seed).uniform(-0.9, 0.9, count).astype(np.float32)


def tone(rate: int, seconds: float, hertz: float = 1000.0) -> Samples:
    return np.sin(2 * np.pi * hertz * np.arange(round(rate * seconds)) / rate).astype(np.float32)


def whole(rate: int, samples: Samples) -> Samples:
    resampler = Resampler(rate)
    return np.concatenate((resampler.feed(samples), resampler.flush()))


def decibels(signal: Samples, reference: Samples) -> float:
    error = np.sqrt(np.mean((signal - reference) ** 2)) / np.sqrt(np.mean(reference**2))
    return float(20 * np.log10(max(error, 1e-12)))


@pytest.mark.parametrize("rate", COMMON + ODD)
def test_a_tone_is_the_ideal_tone_at_its_time(rate: int) -> None:
    out = whole(rate, tone(rate, 2.5))
    middle = slice(RATE // 10, -RATE // 10)
    assert decibels(out[middle], tone(RATE, 2.5)[: len(out)][middle]) < -60


@pytest.mark.parametrize("rate", COMMON + ODD)
def test_blocks_join_as_if_there_were_none(rate: int) -> None:
    """White noise is the worst case: it has all that the filter's long tail can reach."""
    samples = noise(round(rate * 2.3))
    silence = np.zeros(rate, np.float32)
    reference = soxr.resample(np.concatenate((silence, samples, silence)), rate, RATE)[RATE:]
    out = whole(rate, samples)
    assert np.abs(out - reference[: len(out)]).max() < 1e-5


def test_a_low_tone_has_no_clicks_where_blocks_join() -> None:
    out = whole(8000, tone(8000, 1.0, 100.0))[RATE // 10 : -RATE // 10]
    second_difference = np.abs(np.diff(out, 2)).max()
    assert second_difference < 1.1 * (2 * np.pi * 100 / RATE) ** 2


@pytest.mark.parametrize("rate", [8000, 11025, 12000, 22050, 24000, 32000, 44100, 48000])
def test_common_rates_come_soon(rate: int) -> None:
    """What is not out yet is at most a block of 40 ms and the margin."""
    resampler = Resampler(rate)
    out = resampler.feed(noise(rate))
    assert RATE - len(out) <= 0.061 * RATE
    assert (resampler.fed, resampler.given) == (rate, len(out))


def test_16_khz_passes_as_it_is() -> None:
    samples = noise(1000)
    resampler = Resampler(RATE)
    assert resampler.feed(samples) is samples
    assert resampler.flush().shape == (0,)


def test_silence_stays_silence() -> None:
    out = whole(8000, np.zeros(8000, np.float32))
    assert out.shape == (RATE,)
    assert not out.any()


@pytest.mark.parametrize("rate", [0, 7999, 48001])
def test_rates_out_of_range(rate: int) -> None:
    with pytest.raises(UnsupportedFormat, match="send 8000 to 48000 Hz"):
        Resampler(rate)


def test_a_second_of_whole_blocks_gives_at_most_a_second() -> None:
    for rate in range(8000, 48001, 997):
        resampler = Resampler(rate)
        assert 0 < resampler.second <= rate
        for _ in range(3):
            assert len(resampler.feed(np.zeros(resampler.second, np.float32))) <= RATE


def test_after_a_flush_it_starts_anew() -> None:
    resampler = Resampler(8000)
    for _ in range(2):
        out = np.concatenate((resampler.feed(noise(999)), resampler.flush()))
        assert out.tobytes() == whole(8000, noise(999)).tobytes()


@settings(max_examples=60, deadline=None)
@given(
    rate=st.sampled_from(COMMON) | st.integers(8000, 48000),
    milliseconds=st.integers(0, 400),
    cuts=st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=8),
    quiet=st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_cuts_and_restores_do_not_matter(
    rate: int,
    milliseconds: int,
    cuts: list[tuple[float, bool]],
    quiet: tuple[float, float],
) -> None:
    """Any chunks, the state stored and restored at any of the cuts: the same bits."""
    samples = noise(rate * milliseconds // 1000)
    first, last = (round(part * len(samples)) for part in sorted(quiet))
    samples[first:last] = 0  # silence has a way of its own through the resampler
    resampler, start, pieces = Resampler(rate), 0, []
    for part, restore in sorted(cuts):
        end = round(part * len(samples))
        pieces.append(resampler.feed(samples[start:end]))
        start = end
        if restore:
            resampler = Resampler.restore(json.loads(json.dumps(resampler.state())))
    pieces += [resampler.feed(samples[start:]), resampler.flush()]

    out = np.concatenate(pieces)
    assert out.tobytes() == whole(rate, samples).tobytes()
    assert len(out) == round(len(samples) * RATE / rate)
