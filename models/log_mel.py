"""Log-mel frames of audio as it comes: what pacing.onnx reads.

The bands end where a telephone's do, so that a call over a narrow line and one over a wide line
look alike. A frame is WINDOW samples, one each HOP; frame k begins at sample k HOP of the stream.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from stream.audio import RATE, Samples

Array = npt.NDArray[np.float32]

WINDOW = 400
"""Samples of a frame: 25 ms, in which speech holds still."""
HOP = 160
"""Samples from frame to frame: 10 ms."""
FFT = 512
MELS = 40
LOW = 120.0
HIGH = 3_800.0
"""Hz: a telephone line carries 300 to 3,400, with slopes."""
FLOOR = 1e-9
"""Power below which it is silence: less than the steps of 16 bits make."""
SHIFT = 2.0
SCALE = 0.5
"""Bring the logarithms (base 10) of speech to about -1..1."""


def log_mel(samples: Samples) -> Array:
    """Frames [n, MELS] of all that `samples` (at RATE) fill; none where they are too few."""
    if len(samples) < WINDOW:
        return np.zeros((0, MELS), np.float32)
    whole = np.ascontiguousarray(samples, np.float32)
    shape, steps = (frames_in(len(whole)), WINDOW), (HOP * whole.itemsize, whole.itemsize)
    cut = np.ndarray(shape, np.float32, whole, strides=steps)  # a view, as cheap as can be
    spectrum = np.fft.rfft(cut * _hann(), FFT, axis=1)
    power = np.square(spectrum.real) + np.square(spectrum.imag)
    logarithms = np.log10(power @ _filters() + np.float32(FLOOR))
    frames: Array = np.float32(SCALE) * (logarithms + np.float32(SHIFT))
    return frames


def frames_in(samples: int) -> int:
    """How many frames so many samples fill."""
    return max(0, 1 + (samples - WINDOW) // HOP)


@cache
def _hann() -> Array:
    turn = 2 * np.pi * np.arange(WINDOW) / WINDOW
    return np.asarray(0.5 - 0.5 * np.cos(turn), dtype=np.float32)


@cache
def _filters() -> Array:
    """Triangles [FFT // 2 + 1, MELS] that stand evenly on the mel scale, each of sum 1 / FFT."""
    edges = _hertz(np.linspace(_mel(LOW), _mel(HIGH), MELS + 2))
    at = np.arange(FFT // 2 + 1) * RATE / FFT
    low, middle, high = edges[:-2], edges[1:-1], edges[2:]
    rising = (at[:, None] - low) / (middle - low)
    falling = (high - at[:, None]) / (high - middle)
    rows = np.clip(np.minimum(rising, falling), 0, None)
    return np.asarray(rows / rows.sum(axis=0) / FFT, dtype=np.float32)


def _mel(hertz: float) -> float:
    """The scale of O'Shaughnessy (1987)."""
    return float(2595 * np.log10(1 + hertz / 700))


def _hertz(mel: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return 700 * (10 ** (mel / 2595) - 1)
