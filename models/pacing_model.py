"""pacing.onnx: how many syllables each 20 ms of audio holds, and how likely it is speech.

A step is two log-mel frames. The graph tells of a step DELAY steps after it has read it: a vowel is
known for one when it has been heard. `step` is pure: frames and states in, what they tell and
states out, a row a channel.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from models import onnx
from models.log_mel import HOP, MELS, Array
from stream.audio import RATE

WEIGHTS = Path(__file__).with_name("weights") / "pacing"
"""The model that the project ships, where it ships one."""
GRAPH = "pacing.onnx"

FRAMES = 2
"""Log-mel frames of a step."""
STEP = FRAMES * HOP
STEP_SECONDS = STEP / RATE
DELAY = 5
"""Steps: 0.1 s."""
WIDTH = FRAMES * MELS
"""Numbers of a step."""
PAST = 2
"""Steps before each that are read with it."""
UNITS = 64
"""Of each of the two recurrent layers."""
STATE_SIZE = PAST * WIDTH + 2 * UNITS
"""Floats of one channel's state: the last PAST steps, then both layers."""


def fresh_state() -> Array:
    """State of a channel that has heard nothing, [STATE_SIZE]."""
    return np.zeros(STATE_SIZE, np.float32)


class PacingModel:
    """pacing.onnx over any number of channels. Holds weights only, no state; thread-safe."""

    def __init__(self, folder: Path = WEIGHTS, *, provider: onnx.Provider = "cpu") -> None:
        """`folder`: of GRAPH."""
        self._session = onnx.session(folder / GRAPH, provider=provider)

    def step(self, frames: Array, states: Array) -> tuple[Array, Array, Array]:
        """Syllables and speech probabilities, both [channels, steps], and new states.

        `frames` is [channels, FRAMES steps, MELS], `states` [channels, STATE_SIZE]. What is told
        at step k is true of step k - DELAY.
        """
        channels, count, _ = frames.shape
        steps = np.concatenate(
            (
                states[:, : PAST * WIDTH].reshape(channels, PAST, WIDTH),
                frames.reshape(channels, count // FRAMES, WIDTH),
            ),
            axis=1,
        )
        layers = states[:, PAST * WIDTH :].reshape(channels, 2, UNITS).transpose(1, 0, 2)
        syllables, speech, layers = self._session.run(
            None, {"steps": steps, "layers": np.ascontiguousarray(layers)}
        )
        past = steps[:, steps.shape[1] - PAST :].reshape(channels, PAST * WIDTH)
        flat = layers.transpose(1, 0, 2).reshape(channels, 2 * UNITS)
        return syllables, speech, np.concatenate((past, flat), axis=1)
