"""Voices made of harmonics, to test hearing with: what they do is known to the sample."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models import voice
from models.vad import FRAME, Array
from stream.audio import RATE, Samples

_FORMANTS = ((550.0, 120.0), (1400.0, 160.0), (2500.0, 220.0))
"""Centre and width in Hz: something between the vowels."""
_TOP = 3800
"""Hz up to which there are harmonics: no telephone passes more."""


def sung(pitch: npt.NDArray[np.float64], *, slope: float = -12.0) -> npt.NDArray[np.float64]:
    """A vowel whose pitch in Hz is given for each sample; RMS 0.1.

    `slope`: dB an octave by which the harmonics of the source fall; nearer 0 is pressed.
    """
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    grid = np.arange(1.0, _TOP + 2)  # by hertz
    shape = grid ** (slope / 20 / np.log10(2)) * sum(
        1 / np.hypot(1, (grid - centre) / width * 2) for centre, width in _FORMANTS
    )
    whole = np.zeros(len(pitch))
    for harmonic in range(1, int(_TOP / pitch.min()) + 1):
        height = np.minimum(harmonic * pitch, _TOP + 1).astype(np.intp)
        gain = np.where(height < _TOP, shape[height - 1], 0)
        whole += gain * np.cos(harmonic * phase + harmonic**2)
    return np.asarray(0.1 * whole / np.sqrt(np.mean(whole**2)))


def vowel(pitch: float, seconds: float = 1.0) -> npt.NDArray[np.float64]:
    """A steady vowel of that pitch."""
    return sung(np.full(int(seconds * RATE), pitch))


def telephone(samples: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """What a telephone passes: 300 to 3400 Hz, falling off steeply."""
    count = 1 << len(samples).bit_length()  # a round one: Fourier transforms of others are slow
    spectrum = np.fft.rfft(samples, count)
    height = np.fft.rfftfreq(count, 1 / RATE)
    low = 1 / (1 + (300 / np.maximum(height, 1)) ** 8)
    high = 1 / (1 + (height / 3400) ** 16)
    return np.asarray(np.fft.irfft(spectrum * low * high)[: len(samples)])


def noisy(samples: npt.NDArray[np.float64], snr: float, seed: int = 1) -> npt.NDArray[np.float64]:
    """On a telephone line whose noise, in the same band, is `snr` dB below the voice."""
    clean, noise = telephone(samples), np.random.default_rng(seed).normal(size=len(samples))
    noise = telephone(noise)
    ratio = np.sqrt(np.mean(clean**2) / np.mean(noise**2)) * 10 ** (-snr / 20)
    return np.asarray(clean + noise * ratio)


def framed(samples: npt.NDArray[np.floating]) -> Samples:
    """The whole frames of it, [k, FRAME]."""
    return np.asarray(samples[: len(samples) // FRAME * FRAME], np.float32).reshape(-1, FRAME)


def heard(samples: npt.NDArray[np.floating]) -> Array:
    """The features of it, [k, FEATURES]."""
    return voice.features(framed(samples), np.zeros(FRAME, np.float32))[0]


@dataclass(frozen=True, slots=True)
class Manner:
    """How somebody speaks: Hz, syllables a second, dB an octave, semitones of melody."""

    pitch: float = 120.0
    rate: float = 4.5
    slope: float = -12.0
    melody: float = 2.0


def talk(
    manner: Manner, seconds: float, rng: np.random.Generator
) -> tuple[npt.NDArray[np.float64], Array]:
    """Phrases of about 2.5 s with pauses of 0.4 s, and each frame's speech probability.

    Phrases differ by a semitone and a twelfth of pace, syllables in pitch and loudness, as
    they do when nothing moves the speaker.
    """
    parts: list[npt.NDArray[np.float64]] = []
    speech: list[npt.NDArray[np.float64]] = []
    length = 0
    while length < seconds * RATE:
        phrase = _phrase(manner, rng)
        pause = np.zeros(int(0.4 * RATE))
        parts += [phrase, pause]
        speech += [np.ones(len(phrase)), pause]
        length += len(phrase) + len(pause)
    samples = np.concatenate(parts) + 1e-4 * rng.normal(size=length)
    shares = framed(np.concatenate(speech)).mean(axis=1)
    return samples[: len(shares) * FRAME], np.asarray(0.02 + 0.96 * shares, np.float32)


def _phrase(manner: Manner, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    rate = manner.rate * rng.normal(1, 0.08)
    count = max(4, round(2.5 * rate))
    length = int(count / rate * RATE)
    at = np.linspace(0, count, length, endpoint=False)
    accents = np.repeat(rng.normal(0, manner.melody / 2, count + 1), 2)
    course = np.interp(at, np.arange(0, count + 1, 0.5), accents[: 2 * count + 2])
    course += manner.melody * (0.5 - at / count) + rng.normal(0, 0.5)
    loud = rng.uniform(0.6, 1.0, count)[np.minimum(at.astype(int), count - 1)]
    beat = 0.06 + 0.94 * np.sin(np.pi * (at % 1)) ** 2
    slope = manner.slope + rng.normal(0, 0.5)
    return np.asarray(sung(manner.pitch * 2 ** (course / 12), slope=slope) * beat * loud)
