"""Guesses: words up to a pause that may be the end, shown until the final comes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.types import Word
from models.vad import FRAME_SECONDS
from stream.audio import RATE
from tests.models.line import SETTINGS, Line, decode, run, steps, transcriber


def test_a_guess_is_the_final_where_nothing_more_is_said(line: Line) -> None:
    found = run(line)
    guessed = {(r.utterance, r.start, r.audio.tobytes()) for _, r in found.guesses}
    right = [r for _, r in found.finals if (r.utterance, r.start, r.audio.tobytes()) in guessed]
    # The others closed without a pause: at the longest, or at the least closing silence.
    assert len(right) > len(found.finals) / 2
    assert len(found.guesses) > len(right)  # and some pauses were not the end


def test_what_was_guessed_is_shown_and_not_decoded_again(line: Line) -> None:
    ears, guess, later = transcriber(), None, None
    for _, request in steps(ears, line):
        if request.kind == "guess":
            guess = request
            pause = request.start + len(request.audio) / RATE
            heard = ears.apply(replace(decode(request), words=(Word("so", 0, 1, 0.9),)))
            assert heard is not None
            assert (heard.final, [w.stable for w in heard.words]) == (False, [True])
        elif request.kind == "partial" and guess and request.utterance == guess.utterance:
            later = request
            break
    assert later is not None
    assert later.start == pytest.approx(pause - SETTINGS.endpoint.trail, abs=FRAME_SECONDS)
    assert later.draft == ()


def test_a_guess_that_comes_late_is_shown_until_the_final_comes(line: Line) -> None:
    ears, guess = transcriber(), None
    for _, request in steps(ears, line):
        if request.kind == "guess":
            guess = request
        elif request.kind == "final" and guess and guess.end == request.end:
            late = replace(decode(guess), words=(Word("so", 0, 1, 0.9),))
            heard = ears.apply(late)
            assert heard is not None
            assert (heard.utterance, heard.final) == (request.utterance, False)
            final = ears.apply(decode(request))
            assert final is not None
            assert heard.start == pytest.approx(final.start, abs=0.001)
            assert ears.apply(late) is None, "the final has come"
            return
    pytest.fail("nobody stopped after a guess")


def test_a_guess_is_dropped_once_more_was_said(line: Line) -> None:
    ears, guess = transcriber(), None
    for _, request in steps(ears, line):
        if request.kind == "partial" and guess and request.utterance == guess.utterance:
            assert ears.apply(decode(guess)) is None
            return
        guess = request if request.kind == "guess" else guess
    pytest.fail("nobody went on after a pause")
