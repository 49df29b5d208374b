"""Telephone lines: what a studio's sound becomes on its way.

A plain line passes 300 to 3400 Hz at 8 kHz, companded by mu-law. Others hiss, tilt the spectrum as
handsets do, come at another level, or are companded by A-law: what a call comes over is drawn once
for a speaker, since nobody changes the telephone within a sentence.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import soxr

from stream import g711
from stream.audio import RATE, Samples

LINE_RATE = 8_000
LOW, HIGH, EDGE = 300.0, 3_400.0, 150.0
"""Hz of the band, and over how many it falls off beyond."""
LEVEL = 0.07
"""Root mean square of what is loud, -23 dB: corpora have levels of their own."""
LOUD = 0.1
"""Of the highest sample: what lies above it is loud."""
PIVOT, LOWEST = 1_000.0, 100.0
"""Hz at which a tilt changes nothing, and below which it grows no further."""


@dataclass(frozen=True, slots=True)
class Line:
    """`gain`: dB; `tilt`: dB an octave; `snr`: dB of speech above the hiss, None without; `fall`:
    of the hiss's power with the frequency, 0 white, 1 pink."""

    gain: float = 0.0
    tilt: float = 0.0
    snr: float | None = None
    fall: float = 0.0
    alaw: bool = False


PLAIN = Line()


def drawn(rng: np.random.Generator) -> Line:
    """Some line."""
    return Line(
        gain=float(rng.uniform(-10, 6)),
        tilt=float(rng.uniform(-4, 4)),
        snr=float(rng.uniform(8, 30)),
        fall=float(rng.uniform(0, 1)),
        alaw=bool(rng.random() < 0.5),
    )


def over(line: Line, samples: Samples, rng: np.random.Generator) -> Samples:
    """Sound [n] at RATE after the line, [n or one less]; `rng` makes the hiss."""
    low = np.asarray(soxr.resample(samples, RATE, LINE_RATE), np.float64)
    pitch = np.fft.rfftfreq(len(low), 1 / LINE_RATE)
    pass_band = np.clip((pitch - LOW + EDGE) / EDGE, 0, 1) * np.clip(
        (HIGH + EDGE - pitch) / EDGE, 0, 1
    )
    tilt = 10 ** (line.tilt / 20 * np.log2(np.maximum(pitch, LOWEST) / PIVOT))
    said = np.fft.irfft(np.fft.rfft(low) * pass_band * tilt, len(low))
    said /= max(_level(said), 1e-9)
    if line.snr is not None:
        hiss = np.fft.rfft(rng.normal(size=len(low))) * pass_band
        noise = np.fft.irfft(hiss * np.maximum(pitch, LOWEST) ** (-line.fall / 2), len(low))
        said += noise * 10 ** (-line.snr / 20) / np.sqrt(np.mean(noise**2))
    sent = np.clip(said * LEVEL * 10 ** (line.gain / 20), -1, 1).astype(np.float32)
    if line.alaw:
        sent = g711.decode_alaw(g711.encode_alaw(sent))
    else:
        sent = g711.decode_mulaw(g711.encode_mulaw(sent))
    return np.asarray(soxr.resample(sent, LINE_RATE, RATE), np.float32)


def _level(samples: npt.NDArray[np.float64]) -> float:
    loud = np.abs(samples) > LOUD * np.abs(samples).max()
    return float(np.sqrt(np.mean(samples[loud] ** 2))) if loud.any() else 0.0
