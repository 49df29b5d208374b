"""The whole hearing over sounds that made it invent words once, and over short words from afar.

`tests/models/triggers/README.md` says what each sound is and what was made of it.
"""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from coach.analyze import analyze
from coach.app import vocabulary
from coach.conversation import Knowledge
from coach.playbook import reading
from models.asr import AsrSettings
from models.vad import Vad
from models.weights import folder
from models.whisper import Whisper
from stream.audio import CallId, Samples
from tests.sounds import SPOKEN, TRIGGERS, sound

RATE = 8_000
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
BEFORE, AFTER = 0.4, 1.2
"""Seconds of silence about a recording: the line was open before it, and stays so."""
PARTS = frozenset({"hang_up", "short_window"})
"""Pieces of a line that voice activity closed: tests/models hears them as they are."""
WORDLESS = sorted({path.stem for path in TRIGGERS.glob("*.flac")} - PARTS)
SAID = {
    "help_from_afar": "help",
    "help_me": "help me",
    "help_me_over_music": "help me",
    "help_whispered": "help",
    "it_hurts": "it hurts",
    "it_hurts_over_music": "it hurts",
    "no": "no",
    "sorry_from_afar": "sorry",
    "stop_it": "stop it",
    "thank_you": "thank you",
    "thank_you_from_afar": "thank you very much",
    "two_from_afar": "two",
    "yes_from_afar": "yes",
}


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return Knowledge(AsrSettings(partials=False), vocabulary(), reading.load())


@pytest.fixture(scope="module")
def vad() -> Vad:
    return Vad(folder("silero-vad"))


@pytest.fixture(scope="module")
def whisper() -> Whisper:
    return Whisper(str(folder("whisper-base")), workers=1)


def finals(heard: Samples, knowledge: Knowledge, vad: Vad, whisper: Whisper) -> list[str]:
    """The text of each closed utterance of a customer who made this sound."""
    line = np.pad(heard, (round(BEFORE * RATE), round(AFTER * RATE)))
    events = analyze(
        CallId("trigger"),
        {"customer": line},
        rate=RATE,
        context={},
        knowledge=knowledge,
        vad=vad,
        decode=whisper.decode,
        now=lambda: NOW,
    )
    return [event["data"]["text"] for event in events if event["type"] == "transcript.final"]


@pytest.mark.parametrize("name", WORDLESS)
def test_no_word_is_made_of_it(name: str, knowledge: Knowledge, vad: Vad, whisper: Whisper) -> None:
    texts = finals(sound(TRIGGERS, name, RATE), knowledge, vad, whisper)
    assert texts, "voice activity takes it for speech, so that it comes to the guards"
    assert "".join(texts) == ""


def test_there_are_enough_of_them() -> None:
    assert len(WORDLESS) >= 10
    assert {path.stem for path in SPOKEN.glob("*.flac")} == set(SAID)


@pytest.mark.parametrize("name", SAID)
def test_a_short_word_is_kept(name: str, knowledge: Knowledge, vad: Vad, whisper: Whisper) -> None:
    texts = finals(sound(SPOKEN, name, RATE), knowledge, vad, whisper)
    assert " ".join(texts).lower().rstrip(".!?") == SAID[name]
