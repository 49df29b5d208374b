"""Batches of speech probabilities, with the real voice activity model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from coach.lane.speech import ROWS, STEPS, SpeechBatcher
from models import weights
from models.vad import FRAME, STATE_SIZE, Array, Vad, fresh_state
from stream.audio import Samples


@pytest.fixture(scope="module")
def vad() -> Vad:
    try:
        return Vad(weights.folder("silero-vad"))
    except weights.MissingWeights as missing:
        pytest.skip(f"no voice activity model: {missing}")


class Watched:
    """A batcher, and how many rows each of its ticks had."""

    def __init__(self, vad: Vad) -> None:
        self.rows: list[float] = []
        self.ticked = asyncio.Event()
        self.batcher = SpeechBatcher(vad, observe=self._observe)

    def _observe(self, name: str, value: float) -> None:
        assert name == "vad.rows"
        self.rows.append(value)
        self.ticked.set()

    async def speech(self, frames: Samples, state: Array | None = None) -> tuple[Array, Array]:
        return await self.batcher.speech(frames, fresh_state() if state is None else state)


@pytest.fixture
async def watched(vad: Vad) -> AsyncIterator[Watched]:
    made = Watched(vad)
    yield made
    await made.batcher.close()


def sound(seed: int, frames: int) -> Array:
    """Something voice-like: a buzz that comes and goes, in noise."""
    chance = np.random.default_rng(seed)
    time = np.arange(frames * FRAME) / 16_000
    buzz = np.sign(np.sin(2 * np.pi * chance.uniform(90, 250) * time)) * np.sin(9 * time) ** 2
    noisy = 0.2 * buzz + chance.normal(0, 0.05, len(time))
    return np.asarray(noisy, np.float32).reshape(frames, FRAME)


def alone(vad: Vad, frames: Samples) -> tuple[Array, Array]:
    """The plain way: one channel, frame by frame."""
    state, probs = fresh_state()[None], []
    for frame in frames:
        prob, state = vad.step(frame[None], state)
        probs.append(prob[0])
    return np.array(probs, np.float32), state[0]


async def test_channels_of_any_length_are_heard_together_as_if_alone(
    vad: Vad, watched: Watched
) -> None:
    lengths = [1, 2, 3, STEPS, STEPS + 1, 3 * STEPS + 5, 1]
    channels = [sound(seed, frames) for seed, frames in enumerate(lengths)]
    answers = await asyncio.gather(*(watched.speech(frames) for frames in channels))
    for frames, (probs, state) in zip(channels, answers, strict=True):
        expected_probs, expected_state = alone(vad, frames)
        assert_array_equal(probs, expected_probs)
        assert_array_equal(state, expected_state)
    assert watched.rows == [7, 2, 1, 1]


async def test_a_channel_goes_on_from_its_state(vad: Vad, watched: Watched) -> None:
    frames = sound(7, 20)
    first, state = await watched.speech(frames[:11])
    second, state = await watched.speech(frames[11:], state)
    probs, end = alone(vad, frames)
    assert_array_equal(np.concatenate((first, second)), probs)
    assert_array_equal(state, end)
    assert state.base is None, "a state must not keep its batch alive"


async def test_a_bulk_sender_does_not_hold_up_a_live_one(watched: Watched) -> None:
    bulk = asyncio.create_task(watched.speech(sound(1, 40 * STEPS)))
    await watched.ticked.wait()
    probs, _ = await watched.speech(sound(2, 1))
    assert len(probs) == 1
    assert not bulk.done()
    probs, _ = await bulk
    assert len(probs) == 40 * STEPS


async def test_a_tick_has_a_bound_and_the_rest_follows(watched: Watched) -> None:
    frames = sound(3, 1)
    answers = await asyncio.gather(*(watched.speech(frames) for _ in range(ROWS + 3)))
    assert watched.rows == [ROWS, 3]
    assert len({float(probs[0]) for probs, _ in answers}) == 1


async def test_no_frames_need_no_tick(watched: Watched) -> None:
    state = np.ones(STATE_SIZE, np.float32)
    probs, after = await watched.speech(np.zeros((0, FRAME), np.float32), state)
    assert (len(probs), watched.rows) == (0, [])
    assert_array_equal(after, state)


@pytest.mark.parametrize("shape", [(FRAME,), (2, FRAME - 1), (1, 1, FRAME)])
async def test_other_shapes_are_refused_and_harm_no_other(
    watched: Watched, shape: tuple[int, ...]
) -> None:
    good = asyncio.create_task(watched.speech(sound(4, 2)))
    with pytest.raises(ValueError, match="do not fit"):
        await watched.speech(np.zeros(shape, np.float32))
    with pytest.raises(ValueError, match="do not fit"):
        await watched.speech(sound(4, 1), np.zeros(3, np.float32))
    assert len((await good)[0]) == 2


async def test_who_gives_up_is_left_out(watched: Watched) -> None:
    bulk = asyncio.create_task(watched.speech(sound(5, 40 * STEPS)))
    await watched.ticked.wait()
    bulk.cancel()
    await watched.speech(sound(5, 1))
    ticks = len(watched.rows)
    await watched.speech(sound(5, 1))
    assert watched.rows[ticks:] == [1]


async def test_a_model_that_fails_fails_those_of_its_tick_only() -> None:
    class Moody:
        fails = True

        def step(self, frames: Samples, states: Array) -> tuple[Array, Array]:
            if self.fails:
                raise StopIteration
            return frames.max(axis=1), states

    model = Moody()
    batcher = SpeechBatcher(model, observe=lambda name, value: None)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="StopIteration"):
            await batcher.speech(sound(1, 1), fresh_state())
    model.fails = False
    assert len((await batcher.speech(sound(1, 3), fresh_state()))[0]) == 3
    await batcher.close()


async def test_closing_refuses_those_who_wait(vad: Vad) -> None:
    made = Watched(vad)
    bulk = asyncio.create_task(made.speech(sound(6, 40 * STEPS)))
    await made.ticked.wait()
    await made.batcher.close()
    with pytest.raises(RuntimeError, match="closed"):
        await bulk
    with pytest.raises(RuntimeError, match="closed"):
        await made.speech(sound(6, 1))
