"""Samples as the bytes of each wire encoding."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from coach.client.senders import Block
from stream.audio import Encoding
from stream.g711 import encode_alaw, encode_mulaw


def _s16le(samples: Block) -> bytes:
    # The scale decoders divide by, so that 16-bit files arrive as they are; +1.0 must not wrap.
    return np.clip(np.rint(samples * 32768), -32768, 32767).astype("<i2").tobytes()


ENCODERS: dict[Encoding, Callable[[Block], bytes]] = {
    "s16le": _s16le,
    "mulaw": encode_mulaw,
    "alaw": encode_alaw,
    "f32le": lambda samples: samples.astype("<f4").tobytes(),
}


def interleaved(block: Block, encoding: Encoding) -> bytes:
    """The samples of all channels by turns."""
    return ENCODERS[encoding](np.ascontiguousarray(block.T).reshape(-1))
