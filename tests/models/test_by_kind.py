"""Two sets of weights: the small one's words in partials, the larger one's in all else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.by_kind import ByKind
from models.types import DecodeKind, DecodeRequest
from models.weights import MissingWeights, folder
from models.whisper import Whisper
from stream.audio import RATE, CallId, PartyId
from stream.files import read_audio
from tests.recorded import CALL


@pytest.fixture(scope="module")
def weights() -> ByKind:
    try:
        found = [Whisper(str(folder(name))) for name in ("whisper-base", "whisper-tiny.en")]
    except MissingWeights as missing:
        pytest.skip(str(missing))
    return ByKind(*found)


@pytest.fixture(scope="module")
def request_of_six_seconds() -> DecodeRequest:
    audio = read_audio(CALL, RATE)[0][0][20 * RATE : 26 * RATE]
    return DecodeRequest(CallId("call"), PartyId("agent"), 1, "final", audio, 0.0, "en", 1.0)


@pytest.mark.parametrize(
    ("kind", "language", "small"),
    [
        ("partial", "en", True),
        ("guess", "en", False),
        ("final", "en", False),
        ("partial", "es", False),
    ],
)
def test_each_kind_has_its_weights(
    weights: ByKind,
    request_of_six_seconds: DecodeRequest,
    kind: DecodeKind,
    language: str,
    small: bool,
) -> None:
    request = replace(request_of_six_seconds, kind=kind, language=language)
    by_both = weights.decode(request)
    assert by_both == (weights.partials if small else weights.finals).decode(request)
    if small:
        assert by_both.score != weights.finals.decode(request).score
