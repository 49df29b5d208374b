"""A sender's bytes become samples, however the bytes were cut into messages."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from stream.audio import AudioFormat, Encoding, PartyId, Samples
from stream.errors import UnsupportedFormat
from stream.g711 import decode_alaw, decode_mulaw


class Decoder:
    """Decodes one stream of interleaved samples at the source rate.

    Bytes that are only part of a sample of all channels wait for the next chunk, so the samples
    do not depend on where the chunks were cut.

    A protocol that sends each party in messages of its own (Twilio) needs a decoder a party,
    each with a format of that party alone.
    """

    def __init__(self, format: AudioFormat) -> None:
        """Raises UnsupportedFormat for a format without channels."""
        if not format.parties:
            raise UnsupportedFormat("the format has no channels: name one party a channel")
        self._parties = [party.id for party in format.parties]
        self._frame_bytes = format.frame_bytes
        self._decode = _DECODERS[format.encoding]
        self._held = b""

    @property
    def remainder(self) -> int:
        """Bytes held for the next chunk: less than one sample of every channel."""
        return len(self._held)

    def feed(self, payload: bytes) -> dict[PartyId, Samples]:
        """The samples that `payload` completes: of every party, equally many, perhaps none."""
        data = self._held + payload
        whole = len(data) - len(data) % self._frame_bytes
        self._held = data[whole:]
        channels = self._decode(data[:whole]).reshape(-1, len(self._parties)).T
        return {
            party: np.ascontiguousarray(samples)
            for party, samples in zip(self._parties, channels, strict=True)
        }


def _decode_s16le(payload: bytes) -> Samples:
    return np.frombuffer(payload, "<i2").astype(np.float32) / np.float32(32_768)


def _decode_f32le(payload: bytes) -> Samples:
    """Values that are no number become silence: one of them would spoil every filter after."""
    values = np.frombuffer(payload, "<f4").astype(np.float32)
    return np.where(np.isfinite(values), values, np.float32(0)).clip(-1, 1)


_DECODERS: dict[Encoding, Callable[[bytes], Samples]] = {
    "s16le": _decode_s16le,
    "mulaw": decode_mulaw,
    "alaw": decode_alaw,
    "f32le": _decode_f32le,
}
