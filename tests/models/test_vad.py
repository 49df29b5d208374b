"""Silero VAD: pure, and the same to the last bit in a batch of any size."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from models import weights
from models.vad import FRAME, STATE_SIZE, Vad, fresh_state
from stream.audio import RATE

FRAMES = 60
Signal = npt.NDArray[np.float32]


@pytest.fixture(scope="module")
def vad() -> Vad:
    try:
        return Vad(weights.folder("silero-vad"))
    except weights.MissingWeights as missing:
        pytest.skip(str(missing))


def voice(pitch: float, seconds: float, seed: int = 0) -> Signal:
    """Vowels after a fashion: pulses at `pitch` Hz through two resonances, in syllables."""
    rng = np.random.default_rng(seed)
    count = int(seconds * RATE)
    time = np.arange(count) / RATE
    source = (np.diff(np.floor(time * pitch), prepend=0.0) > 0).astype(np.float64)
    for formant in (600.0 + 100 * seed, 1500.0):
        decay = np.exp(-2 * np.pi * 80 / RATE * np.arange(800))
        ring = decay * np.cos(2 * np.pi * formant / RATE * np.arange(800))
        source = np.convolve(source, ring)[:count]
    source *= np.clip(np.sin(2 * np.pi * 4 * time) + 0.5, 0, 1) / np.abs(source).max()
    return (0.4 * source + 0.002 * rng.standard_normal(count)).astype(np.float32)


def channels() -> Signal:
    """[7, FRAMES, FRAME]: voices, noise, silence, a tone."""
    seconds = FRAMES * FRAME / RATE
    rng = np.random.default_rng(1)
    count = FRAMES * FRAME
    tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(count) / RATE)
    rows = [voice(pitch, seconds, seed) for seed, pitch in enumerate((95.0, 120.0, 180.0, 220.0))]
    others = [0.1 * rng.standard_normal(count), np.zeros(count), tone]
    rows += [row.astype(np.float32) for row in others]
    return np.stack(rows).reshape(len(rows), FRAMES, FRAME)


def run(vad: Vad, audio: Signal) -> tuple[Signal, Signal]:
    """Probabilities [frames, channels] and the last states [channels, STATE_SIZE]."""
    states = np.stack([fresh_state() for _ in audio])
    probs = []
    for frames in audio.transpose(1, 0, 2):
        prob, states = vad.step(frames, states)
        probs.append(prob)
    return np.stack(probs), states


def test_a_row_of_a_batch_is_the_row_alone_to_the_last_bit(vad: Vad) -> None:
    audio = channels()
    alone = [run(vad, audio[i : i + 1]) for i in range(len(audio))]
    for size in (2, 3, 5, 7):
        probs, states = run(vad, audio[:size])
        for row in range(size):
            assert np.array_equal(probs[:, row], alone[row][0][:, 0])
            assert np.array_equal(states[row], alone[row][1][0])


def test_a_row_does_not_depend_on_its_place_or_neighbours(vad: Vad) -> None:
    audio = channels()
    probs, states = run(vad, audio)
    turned, turned_states = run(vad, audio[::-1])
    assert np.array_equal(turned[:, ::-1], probs)
    assert np.array_equal(turned_states[::-1], states)


def test_a_state_carries_all_that_was_heard(vad: Vad) -> None:
    audio = channels()[:1]
    whole, last = run(vad, audio)
    states = np.stack([fresh_state()])
    for i in range(20):
        _, states = vad.step(audio[:, i], states)
    kept = np.frombuffer(states.tobytes(), np.float32).reshape(1, STATE_SIZE)
    for i in range(20, FRAMES):
        prob, kept = vad.step(audio[:, i], kept)
        assert prob[0] == whole[i, 0]
    assert np.array_equal(kept, last)


def test_a_step_changes_none_of_its_arguments(vad: Vad) -> None:
    audio, states = channels()[:2, 0], np.stack([fresh_state(), fresh_state()])
    frames, before = audio.copy(), states.copy()
    vad.step(audio, states)
    vad.step(audio, states)
    assert np.array_equal(audio, frames)
    assert np.array_equal(states, before)


def test_voices_are_speech_and_the_rest_is_not(vad: Vad) -> None:
    probs, _ = run(vad, channels())
    assert probs.min() >= 0
    assert probs.max() <= 1
    voices, others = probs[10:, :4].max(axis=0), probs[10:, 4:]
    assert (voices > 0.5).any()
    assert np.median(others, axis=0).max() < 0.35
