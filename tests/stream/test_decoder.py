"""Bytes to samples, however they were cut."""

from __future__ import annotations

import struct
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.audio import ENCODINGS, AudioFormat, Encoding, Party, PartyId
from stream.decoder import Decoder
from stream.errors import UnsupportedFormat

AGENT, CUSTOMER = PartyId("agent"), PartyId("customer")


def audio_format(encoding: Encoding, *names: str) -> AudioFormat:
    return AudioFormat(encoding, 16_000, tuple(Party.named(name) for name in names))


def test_s16le_stereo() -> None:
    decoder = Decoder(audio_format("s16le", "agent", "customer"))
    samples = decoder.feed(struct.pack("<4h", 16384, -32768, 32767, 0))
    assert samples[AGENT].tolist() == [0.5, 32767 / 32768]
    assert samples[CUSTOMER].tolist() == [-1.0, 0.0]
    assert all(channel.dtype == np.float32 for channel in samples.values())


def test_companded() -> None:
    mulaw = Decoder(audio_format("mulaw", "agent", "customer")).feed(b"\x80\xff")
    alaw = Decoder(audio_format("alaw", "agent")).feed(b"\xaa")
    assert (mulaw[AGENT] * 32768).tolist() == [32124]
    assert (mulaw[CUSTOMER] * 32768).tolist() == [0]
    assert (alaw[AGENT] * 32768).tolist() == [32256]


def test_floats_are_clipped_and_what_is_no_number_is_silence() -> None:
    values = [0.25, 7.0, -7.0, float("inf"), float("-inf"), float("nan"), 1e-45]
    samples = Decoder(audio_format("f32le", "agent")).feed(struct.pack("<7f", *values))
    expected = np.array([0.25, 1, -1, 0, 0, 0, 1e-45], np.float32)
    assert samples[AGENT].tolist() == expected.tolist()


def test_part_of_a_sample_waits() -> None:
    decoder = Decoder(audio_format("s16le", "agent", "customer"))
    assert decoder.feed(b"\x00\x40\x00")[AGENT].shape == (0,)
    assert decoder.remainder == 3
    assert decoder.feed(b"\x40\x00")[CUSTOMER].tolist() == [0.5]
    assert decoder.remainder == 1


def test_no_channels() -> None:
    with pytest.raises(UnsupportedFormat, match="name one party a channel"):
        Decoder(audio_format("s16le"))


@given(
    encoding=st.sampled_from(ENCODINGS),
    names=st.sampled_from([("agent",), ("agent", "customer")]),
    data=st.binary(max_size=200),
    cuts=st.lists(st.integers(0, 200)),
)
def test_cuts_do_not_matter(
    encoding: Encoding, names: tuple[str, ...], data: bytes, cuts: list[int]
) -> None:
    decoder, whole = (Decoder(audio_format(encoding, *names)) for _ in range(2))
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    pieces = [decoder.feed(data[a:b]) for a, b in pairwise(edges)]
    expected = whole.feed(data)
    for party, samples in expected.items():
        joined = np.concatenate([piece[party] for piece in pieces])
        assert joined.tobytes() == samples.tobytes()
        assert np.isfinite(samples).all()
        assert (np.abs(samples) <= 1).all()
    assert decoder.remainder == whole.remainder == len(data) % whole_bytes(encoding, names)


def whole_bytes(encoding: Encoding, names: tuple[str, ...]) -> int:
    return audio_format(encoding, *names).frame_bytes
