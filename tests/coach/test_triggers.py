"""The whole hearing over sounds that made it invent words once, and over short words from afar.

`tests/models/triggers/README.md` says what each sound is and what was made of it.
"""

from __future__ import annotations

import numpy as np
import pytest

from stream.audio import Samples
from tests.coach.ears import Ears
from tests.sounds import SPOKEN, TRIGGERS, sound

RATE = 8_000
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
def ears() -> Ears:
    return Ears()


def heard(ears: Ears, made: Samples) -> list[str]:
    """The text of each closed utterance of a customer who made this sound."""
    line = np.pad(made, (round(BEFORE * RATE), round(AFTER * RATE)))
    return ears.finals({"customer": line}, RATE)


@pytest.mark.parametrize("name", WORDLESS)
def test_no_word_is_made_of_it(name: str, ears: Ears) -> None:
    texts = heard(ears, sound(TRIGGERS, name, RATE))
    assert texts, "voice activity takes it for speech, so that it comes to the guards"
    assert "".join(texts) == ""


def test_there_are_enough_of_them() -> None:
    assert len(WORDLESS) >= 10
    assert {path.stem for path in SPOKEN.glob("*.flac")} == set(SAID)


@pytest.mark.parametrize("name", SAID)
def test_a_short_word_is_kept(name: str, ears: Ears) -> None:
    texts = heard(ears, sound(SPOKEN, name, RATE))
    assert " ".join(texts).lower().rstrip(".!?") == SAID[name]
