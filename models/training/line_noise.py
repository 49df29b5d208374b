"""What a telephone line and a room do to speech: band, colour, echo, noise, companding, level.

Wide ranges, for the voices are few and the lines of customers are not known. Chance comes from the
generator that is handed in, so the same seed makes the same lines.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import soxr

from stream.audio import RATE, Samples

Chance = np.random.Generator

NARROW = 8_000
"""Hz, samples a second of a telephone line."""
TELEPHONE = 0.65
"""Share of the lines that are a telephone's."""
COMPANDED = 0.6
"""Of those, the share in mu-law; the rest in 16 bits."""
LEVELS = (-42.0, -12.0)
"""dBFS of speech where it is loud."""
SNRS = (8.0, 45.0)
"""dB between speech and noise."""
TILT = 9.0
"""dB by which a line raises or lowers a band at most."""
ECHOED = 0.35
HUMMED = 0.1
MU = 255.0


def through_line(speech: Samples, chance: Chance) -> Samples:
    """`speech` at RATE as it may arrive at RATE."""
    x = speech
    if chance.random() < ECHOED:
        x = _room(x, chance)
    x = _coloured(x, chance)
    loud = float(np.sqrt(np.mean(np.square(x[np.abs(x) > 0.1 * np.abs(x).max()]))) + 1e-9)
    level = 10 ** (chance.uniform(*LEVELS) / 20)
    quiet = level * 10 ** (-chance.uniform(*SNRS) / 20)
    x = (x * (level / loud) + _noise(len(x), chance) * quiet).astype(np.float32)
    return _telephone(x, chance) if chance.random() < TELEPHONE else x


def _filtered(x: Samples, gains: npt.NDArray[Any]) -> Samples:
    """`x` with its spectrum times `gains`, at most as long as these are made for."""
    size = 2 * (len(gains) - 1)
    return np.asarray(np.fft.irfft(np.fft.rfft(x, size) * gains, size)[: len(x)], np.float32)


def _hertz(size: int, rate: int) -> Samples:
    """Frequencies of a spectrum of `size` samples or a little more: a power of two is fast."""
    whole = 1 << (size - 1).bit_length()
    return np.fft.rfftfreq(whole, 1 / rate).astype(np.float32)


def _room(x: Samples, chance: Chance) -> Samples:
    """An echo that dies away in 0.1 to 0.4 s."""
    length = int(RATE * chance.uniform(0.05, 0.3))
    dying = np.exp(-6.9 * np.arange(length, dtype=np.float32) / length)
    tail = chance.standard_normal(length, np.float32) * dying
    tail *= chance.uniform(0.1, 0.5) / np.sqrt(np.sum(tail**2))
    tail[0] += 1
    return _filtered(x, np.fft.rfft(tail, 2 * (len(_hertz(len(x), RATE)) - 1)))


def _coloured(x: Samples, chance: Chance) -> Samples:
    """A response that bends by up to TILT in eight places from 100 to 8,000 Hz."""
    at = np.log(np.maximum(_hertz(len(x), RATE), 50))
    bends = np.log(np.geomspace(100, RATE / 2, 8))
    decibels = np.interp(at, bends, chance.uniform(-TILT, TILT, 8)).astype(np.float32)
    return _filtered(x, 10 ** (decibels / 20))


def _noise(size: int, chance: Chance) -> Samples:
    """Of mean power 1: white to brown, that swells and ebbs; at times with hum."""
    at = np.maximum(_hertz(size, RATE), 50) / 1_000
    shape = at ** np.float32(-chance.uniform(0, 1))
    noise = _filtered(chance.standard_normal(size, np.float32), shape)
    swell = np.interp(np.arange(size), np.linspace(0, size, 12), chance.uniform(0.5, 1.5, 12))
    noise = noise * swell.astype(np.float32)
    if chance.random() < HUMMED:
        turn = 2 * np.pi * chance.choice([50, 60, 100, 120, 440]) / RATE
        noise += 0.7 * noise.std() * np.sin(turn * np.arange(size)).astype(np.float32)
    return np.asarray(noise / noise.std())


def _telephone(x: Samples, chance: Chance) -> Samples:
    """8 kHz, 300 to 3,400 Hz with slopes, companded or not."""
    narrow = soxr.resample(x.astype(np.float32), RATE, NARROW)
    at = _hertz(len(narrow), NARROW)
    low, high = chance.uniform(150, 320), chance.uniform(3_300, 3_700)
    kept = np.clip((at - low + 150) / 150, 0, 1) * np.clip((high + 150 - at) / 150, 0, 1)
    narrow = np.clip(_filtered(narrow, kept), -1, 1)
    if chance.random() < COMPANDED:
        narrow = _companded(narrow)
    return np.asarray(soxr.resample(narrow, NARROW, RATE), dtype=np.float32)


def _companded(x: Samples) -> Samples:
    """Through mu-law's 8 bits (ITU-T G.711), by its smooth formula."""
    pressed = np.sign(x) * np.log1p(MU * np.abs(x)) / np.log1p(MU)
    steps = np.round(pressed * 127) / 127
    return np.asarray(np.sign(steps) * np.expm1(np.abs(steps) * np.log1p(MU)) / MU)
