"""ITU-T G.711: the two 8-bit companding laws of telephony.

A code word is a sign, a segment of 3 bits and a step of 4 bits within it; each segment is twice
as wide as the one below. mu-law adds a bias, so that its segments start at powers of two, and
inverts all bits; A-law inverts every second one (0x55) and has no zero. Values are on the 16-bit
scale (mu-law up to 32124, A-law up to 32256), divided by 32768 to lie in -1..1.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stream.audio import Samples

_FULL_SCALE = 32_768
_MULAW_BIAS = 0x84
_MULAW_CLIP = 0x7FFF - _MULAW_BIAS
"""The greatest magnitude that still fits 15 bits with the bias added."""
_ALAW_MASK = 0x55

_Codes = npt.NDArray[np.uint8]


def _mulaw_values() -> Samples:
    """float32 [256]: the value of each mu-law code word."""
    word = ~np.arange(256, dtype=np.uint8)
    segment = (word >> 4 & 7).astype(np.int32)
    step = (word & 15).astype(np.int32)
    magnitude = ((step * 8 + _MULAW_BIAS) << segment) - _MULAW_BIAS
    return (np.where(word & 0x80, -magnitude, magnitude) / _FULL_SCALE).astype(np.float32)


def _alaw_values() -> Samples:
    """float32 [256]: the value of each A-law code word. A set sign bit means positive."""
    word = np.arange(256, dtype=np.uint8) ^ _ALAW_MASK
    segment = (word >> 4 & 7).astype(np.int32)
    step = (word & 15).astype(np.int32)
    # The lowest two segments have the same width; only the others carry a leading one.
    magnitude = (step * 16 + 8 + np.where(segment > 0, 256, 0)) << np.maximum(segment - 1, 0)
    return (np.where(word & 0x80, magnitude, -magnitude) / _FULL_SCALE).astype(np.float32)


def _magnitudes() -> tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
    """Magnitude and sign of every 16-bit value, from -32768 on.

    Negative values by one's complement, as the standard's own software does: a magnitude then
    fits 15 bits, also that of -32768.
    """
    value = np.arange(-_FULL_SCALE, _FULL_SCALE, dtype=np.int32)
    negative = value < 0
    return np.where(negative, ~value, value), negative


def _mulaw_codes() -> _Codes:
    """uint8 [65536]: the mu-law code word of every 16-bit value, from -32768 on."""
    magnitude, negative = _magnitudes()
    biased = np.minimum(magnitude, _MULAW_CLIP) + _MULAW_BIAS
    segment = np.log2(biased).astype(np.int32) - 7
    step = biased >> (segment + 3) & 15
    codes = ~(np.where(negative, 0x80, 0) | segment << 4 | step) & 0xFF
    return np.asarray(codes, np.uint8)


def _alaw_codes() -> _Codes:
    """uint8 [65536]: the A-law code word of every 16-bit value, from -32768 on."""
    magnitude, negative = _magnitudes()
    segment = np.maximum(np.log2(np.maximum(magnitude, 1)).astype(np.int32) - 7, 0)
    step = magnitude >> (np.maximum(segment, 1) + 3) & 15
    codes = (np.where(negative, 0, 0x80) | segment << 4 | step) ^ _ALAW_MASK
    return np.asarray(codes, np.uint8)


_MULAW_VALUES, _ALAW_VALUES = _mulaw_values(), _alaw_values()
_MULAW_CODES, _ALAW_CODES = _mulaw_codes(), _alaw_codes()


def decode_mulaw(payload: bytes) -> Samples:
    """Samples of mu-law bytes, one a byte."""
    return _MULAW_VALUES[np.frombuffer(payload, np.uint8)]


def decode_alaw(payload: bytes) -> Samples:
    """Samples of A-law bytes, one a byte."""
    return _ALAW_VALUES[np.frombuffer(payload, np.uint8)]


def encode_mulaw(samples: Samples) -> bytes:
    """mu-law bytes of samples, one a sample; values beyond -1..1 are clipped, NaN is silence."""
    return _MULAW_CODES[_indices(samples)].tobytes()


def encode_alaw(samples: Samples) -> bytes:
    """A-law bytes of samples, one a sample; values beyond -1..1 are clipped, NaN is silence."""
    return _ALAW_CODES[_indices(samples)].tobytes()


def _indices(samples: Samples) -> npt.NDArray[np.int32]:
    """Places of samples in a table over all 16-bit values from -32768 on."""
    scaled = np.rint(np.nan_to_num(samples, nan=0.0).clip(-1, 1) * _FULL_SCALE)
    indices: npt.NDArray[np.int32] = np.minimum(scaled, _FULL_SCALE - 1).astype(np.int32)
    indices += _FULL_SCALE
    return indices
