"""Voice activity: how likely each 32 ms frame is speech (Silero VAD, MIT).

`step` is pure: frames and states in, probabilities and states out, a row a channel. Rows do
not touch each other and the result of a row is the same to the last bit in a batch of any
size (a test holds this), so the lane may run all calls' channels at once.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from models import onnx
from stream.audio import RATE, Samples

FRAME = 512
"""Samples a frame: what Silero was trained on at 16 kHz."""
FRAME_SECONDS = FRAME / RATE
_CONTEXT = 64
"""Samples of the frame before that the model wants in front of each."""

Array = npt.NDArray[np.float32]

STATE_SIZE = _CONTEXT + 2 * 128
"""Floats of one channel's state: the end of the last frame, then both halves of the LSTM."""


def fresh_state() -> Array:
    """State of a channel that has heard nothing, [STATE_SIZE]."""
    return np.zeros(STATE_SIZE, np.float32)


class Vad:
    """Silero VAD over any number of channels. Holds weights only, no state; thread-safe."""

    def __init__(self, folder: Path, *, provider: onnx.Provider = "cpu") -> None:
        self._session = onnx.session(folder / "silero_vad.onnx", provider=provider)
        self._rate = np.array(RATE, np.int64)

    def step(self, frames: Samples, states: Array) -> tuple[Array, Array]:
        """Speech probabilities [channels] and new states [channels, STATE_SIZE].

        `frames` is [channels, FRAME], `states` [channels, STATE_SIZE].
        """
        channels = len(frames)
        inputs = np.concatenate((states[:, :_CONTEXT], frames), axis=1)
        lstm = states[:, _CONTEXT:].reshape(channels, 2, 128).transpose(1, 0, 2)
        probs, lstm = self._session.run(
            None,
            {"input": inputs, "state": np.ascontiguousarray(lstm), "sr": self._rate},
        )
        flat = lstm.transpose(1, 0, 2).reshape(channels, 256)
        return probs[:, 0], np.concatenate((frames[:, -_CONTEXT:], flat), axis=1)
