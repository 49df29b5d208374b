"""Guards: each against a failure that was recorded, sound or decoding, and seen to be needed there.

Of a decoding all that a guard may look at was written down, as Whisper base found it. The sounds
are described in triggers/README.md.
"""

from __future__ import annotations

import numpy as np
import pytest

from models import ct2_engine, weights
from models.ct2_engine import Ct2Sound
from models.engine import Prompt
from models.guards import NO_SPEECH, doubt, without_tail
from models.opinions import LOUD, lifted, likelier
from models.search import Written
from models.types import DecodeRequest, Word
from models.whisper import TOKENS_AT_LEAST, Whisper
from stream.audio import RATE, CallId, PartyId
from tests.sounds import SPOKEN, TRIGGERS, sound

SATURDAY = """
    And now it's Saturday, it's a real Saturday, it's a real Saturday, it's a real Saturday,
    it's a real Saturday.
"""  # a read sentence played backwards; 30 s window
HELP = ["Help", "me"] * 13  # 0.8 s of "help me" (espeak-ng), 3 s window of CTranslate2
OFFICE = (  # 0.4 s of "stop it" (espeak-ng), 3 s window of CTranslate2
    Word("office", 0.0, 0.28, 0.81),
    Word("office", 0.28, 0.38, 0.35),
    *[Word("office", 0.38, 0.38, p) for p in (0.84, 0.98, *[0.99] * 9)],
)


@pytest.fixture(scope="module")
def whisper() -> Whisper:
    return Whisper(str(weights.folder("whisper-base")), workers=1)


def final(name: str) -> DecodeRequest:
    audio = sound(TRIGGERS, name, RATE)
    return DecodeRequest(*(CallId("call"), PartyId("customer"), 1, "final", audio, 0.0, "en", 0.0))


# -- decodings -------------------------------------------------------------------------------


def test_a_sentence_told_again_and_again() -> None:
    assert doubt(SATURDAY.split(), seconds=5.79, no_speech=0.365, score=-0.631) == "repeat"


def test_more_words_than_anybody_says_and_whisper_sure_of_them() -> None:
    assert doubt(HELP, seconds=0.8, no_speech=0.769, score=-0.237) == "too_many_words"


def test_words_after_the_sound_was_over() -> None:
    assert without_tail(OFFICE, end=0.4) == OFFICE[:2]


# -- sounds ----------------------------------------------------------------------------------


def test_the_click_at_a_calls_end_says_nothing(whisper: Whisper) -> None:
    result = whisper.decode(final("hang_up"))
    assert (result.words, result.rejected) == ((), NO_SPEECH)


def test_a_loop_is_no_speech_however_sure_whisper_is(whisper: Whisper) -> None:
    result = whisper.decode(final("inverted"))
    assert result.words == ()
    assert result.rejected


def test_tokens_end_where_speech_could_hold_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a window of 3 s Whisper says "Third" to the end of its places, and is sure of it."""
    monkeypatch.setattr(ct2_engine, "SHORTEST_WINDOW", 3.0)
    monkeypatch.setattr(ct2_engine, "WINDOW_STEP", 1.0)
    written: list[Written] = []
    write = Ct2Sound.write

    def watched(self: Ct2Sound, prompt: Prompt, limit: int) -> Written:
        written.append(write(self, prompt, limit))
        return written[-1]

    monkeypatch.setattr(Ct2Sound, "write", watched)
    model = Whisper(str(weights.folder("whisper-base")), workers=1, engine="ctranslate2")
    model.decode(final("short_window"))
    assert len(written[0].tokens) <= TOKENS_AT_LEAST + 5  # of 0.6 s; without an end, 112


# -- two opinions ----------------------------------------------------------------------------


def test_where_the_second_hears_nobody_nobody_spoke() -> None:
    request = final("hang_up")
    first = request.answer((Word("Hey.", 0.0, 0.68, 0.23),), score=-0.65, sure=False)
    second = request.answer(rejected=NO_SPEECH, score=-0.94)
    assert likelier(first, second).words == ()
    loop = request.answer(rejected="repeat", score=-0.1)
    assert likelier(first, loop).words == first.words


def test_the_second_hears_a_voice_from_afar_louder() -> None:
    far = sound(SPOKEN, "help_from_afar", RATE)
    near = lifted(far)
    assert np.abs(far).max() < LOUD / 5
    assert np.abs(near).max() == pytest.approx(LOUD)
    assert near.dtype == np.float32
    loud = near * np.float32(1.5)
    assert lifted(loud) is loud
