"""G.711 against its published values, itself and, where Python still has it, audioop."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from stream.g711 import decode_alaw, decode_mulaw, encode_alaw, encode_mulaw

EVERY_CODE = bytes(range(256))
EVERY_VALUE = np.arange(-32768, 32768, dtype=np.int16)
SAMPLES = (EVERY_VALUE / 32768).astype(np.float32)


def test_known_mulaw_values() -> None:
    values = decode_mulaw(bytes([0x00, 0x80, 0x7F, 0xFF, 0xFE, 0xF0, 0xEF])) * 32768
    assert values.tolist() == [-32124, 32124, 0, 0, 8, 120, 132]
    assert values.dtype == np.float32


def test_known_alaw_values() -> None:
    values = decode_alaw(bytes([0x2A, 0xAA, 0x55, 0xD5, 0xD4, 0xC5])) * 32768
    assert values.tolist() == [-32256, 32256, -8, 8, 24, 264]
    assert values.dtype == np.float32


def test_every_code_comes_back() -> None:
    assert encode_alaw(decode_alaw(EVERY_CODE)) == EVERY_CODE
    # mu-law has two zeros; the negative one comes back as the positive.
    assert encode_mulaw(decode_mulaw(EVERY_CODE)) == EVERY_CODE.replace(b"\x7f", b"\xff")


@pytest.mark.parametrize(
    ("decode", "encode"), [(decode_mulaw, encode_mulaw), (decode_alaw, encode_alaw)]
)
def test_error_is_within_a_step(decode, encode) -> None:  # type: ignore[no-untyped-def]
    """Companding keeps the relative error small: half a step of a 16th of a segment."""
    back = decode(encode(SAMPLES)) * 32768
    error = np.abs(back - EVERY_VALUE)
    assert (error <= np.maximum(16, np.abs(EVERY_VALUE) / 32 + 1)).mean() > 0.98
    assert (np.diff(back) >= 0).all(), "a greater sample never gets a smaller value"


def test_clips_and_survives_what_is_no_number() -> None:
    odd = np.array([np.inf, 2.0, -2.0, -np.inf, np.nan], np.float32)
    assert (decode_mulaw(encode_mulaw(odd)) * 32768).tolist() == [32124, 32124, -32124, -32124, 0]
    assert (decode_alaw(encode_alaw(odd)) * 32768).tolist() == [32256, 32256, -32256, -32256, 8]


def test_empty() -> None:
    assert decode_mulaw(b"").shape == decode_alaw(b"").shape == (0,)
    assert encode_mulaw(SAMPLES[:0]) == encode_alaw(SAMPLES[:0]) == b""


def test_agrees_with_audioop() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        audioop = pytest.importorskip("audioop", reason="Python 3.13 has no audioop")
    for decode, reference in (
        (decode_mulaw, audioop.ulaw2lin),
        (decode_alaw, audioop.alaw2lin),
    ):
        expected = np.frombuffer(reference(EVERY_CODE, 2), "<i2")
        assert (decode(EVERY_CODE) * 32768).tolist() == expected.tolist()
    # audioop rounds negative values another way; on the positive ones there is no choice.
    positive = SAMPLES[32768:]
    pcm = EVERY_VALUE[32768:].astype("<i2").tobytes()
    assert encode_mulaw(positive) == audioop.lin2ulaw(pcm, 2)
    assert encode_alaw(positive) == audioop.lin2alaw(pcm, 2)
