"""An ear: whole frames out of any chunks, and the newest words, in whatever order they come."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from coach.ear import Ear
from coach.party_tone import PartyTone
from models.asr import AsrSettings, Transcriber
from models.expected import Expected
from models.vad import FRAME
from stream.audio import CallId
from tests.coach.scripted_call import CUSTOMER, heard, utterance


def ear() -> Ear:
    transcriber = Transcriber(
        CallId("c"), CUSTOMER.id, language="en", expected=Expected("en"), settings=AsrSettings()
    )
    return Ear(CUSTOMER, transcriber, PartyTone(CUSTOMER.id, 0.0, None))


@given(st.lists(st.integers(0, 3 * FRAME), max_size=12))
def test_frames_are_whole_and_nothing_is_lost(chunks: list[int]) -> None:
    sound = np.arange(sum(chunks), dtype=np.float32)
    at = ear()
    pieces = [at.frames(piece) for piece in np.split(sound, np.cumsum(chunks))]
    frames = np.concatenate(pieces)
    assert frames.shape == (len(sound) // FRAME, FRAME)
    assert np.array_equal(np.concatenate([frames.reshape(-1), at.rest]), sound)


def test_words_that_come_late_do_not_take_the_place_of_newer_ones() -> None:
    at = ear()
    assert at.words == ()
    older, newer = (
        heard(utterance(CUSTOMER, n, 10.0 * n, 10.0 * n + 2, f"said {n}")) for n in (1, 2)
    )
    for said in (older, newer, older):
        at.say(said)
    assert at.words == newer.words
