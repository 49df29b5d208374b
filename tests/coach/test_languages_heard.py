"""Languages with the real weights: English calls stay English, and a German caller is followed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coach.analyze import analyze
from coach.knowledge import Knowledge
from coach.playbook import reading
from models import weights
from models.asr import AsrSettings
from models.onnx_engine import OnnxEngine
from models.types import DecodeRequest, DecodeResult
from models.vad import Vad
from models.whisper import Whisper
from stream.audio import CallId, Samples
from stream.files import read_audio
from stream.g711 import decode_mulaw, encode_mulaw
from tests.coach.scripted_call import vocabulary

RATE = 8_000
ENGLISH = ["0002f70f7386445b", "00d676d7058c49bb", "010eaccb7a23436f"]
"""Among them those in which short words are now and then taken for another language's."""
GERMAN = ["03a01Nc", "03a05Nd", "03b02Na", "03b03Nb", "03b09Nc"]
"""Sentences of two to four seconds; the first is too short to count."""

Decode = Callable[[DecodeRequest], DecodeResult]


def place(name: str) -> Path:
    try:
        return weights.folder(name)
    except weights.MissingWeights as missing:
        pytest.skip(str(missing))


def events(parties: dict[str, Samples], decode: Decode) -> Iterator[dict[str, Any]]:
    return analyze(
        CallId("heard"),
        parties,
        rate=RATE,
        context={},
        knowledge=Knowledge(AsrSettings(partials=False), vocabulary(), reading.load()),
        vad=Vad(place("silero-vad")),
        decode=decode,
        now=lambda: datetime.now(UTC),
    )


def audio(file: Path) -> Samples:
    if not file.is_file():
        pytest.skip(f"no {file}")
    samples: Samples = read_audio(file, RATE)[0][0]
    return samples


@pytest.mark.parametrize("name", ENGLISH)
def test_an_english_call_never_moves(name: str, test_data: Path) -> None:
    """Its languages are told, its words are not sought: they cannot move anything."""
    engine = OnnxEngine(place("whisper-base"))
    told = []

    def tell(request: DecodeRequest) -> DecodeResult:
        assert request.detect
        told.append(engine.hear(request.audio, second=False).language())
        return request.answer(detected=told[-1])

    calls = test_data / "calls" / "harper_valley"
    sides = {"agent": f"{name}.agent.flac", "customer": f"{name}.caller.flac"}
    found = list(events({party: audio(calls / file) for party, file in sides.items()}, tell))
    assert len(told) > 8
    assert sum(detected.language == "en" for detected in told) >= 0.9 * len(told)
    assert not [e for e in found if e["type"] in ("language.changed", "quality")]


def test_a_german_caller_is_followed(test_data: Path) -> None:
    """Acted sentences of one speaker, over the telephone."""
    silence = np.zeros(RATE * 3 // 2, np.float32)
    clips = [audio(test_data / "tone" / "emodb" / f"Neutral.{name}.flac") for name in GERMAN]
    said = np.concatenate([piece for clip in clips for piece in (silence, clip)] + [silence])
    whisper = Whisper(str(place("whisper-base")), workers=1)
    found = list(events({"customer": decode_mulaw(encode_mulaw(said))}, whisper.decode))
    (switch,) = (e for e in found if e["type"] == "language.changed")
    assert (switch["data"]["from"], switch["data"]["to"]) == ("en", "de")
    finals = [e["data"] for e in found if e["type"] == "transcript.final"]
    assert [final["language"] for final in finals] == ["en", "en", "en", "de", "de"]
    assert switch["at"] == finals[3]["start"]
    assert "nach Hause gefahren" in finals[3]["text"], "heard again, in German"
    off = [e["data"]["kind"] for e in found if e["type"] == "quality" and e["at"] == switch["at"]]
    assert off == ["language_unsupported", "safety_detection_off"]
