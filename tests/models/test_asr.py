"""Streaming transcription: the sample call through a real VAD, with a stand-in for Whisper.

The stand-in makes a word of each 0.4 s of sound, named after its bits, on a grid of the party's
clock: two requests get the same words only where they hold the same audio. Whisper itself is
tested in test_whisper.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import weights
from models.asr import AsrSettings, Heard, Transcriber
from models.types import DecodeRequest, DecodeResult, Word
from models.vad import FRAME, FRAME_SECONDS, Vad, fresh_state
from stream.audio import RATE, CallId, PartyId, Samples
from stream.files import read_audio
from tests.recorded import CALL

CALL_ID, PARTY = CallId("call"), PartyId("agent")
START = 4_000
"""The party joins a quarter of a second into the call."""
WORD = 13 * FRAME
"""Samples of one word of the stand-in."""
SETTINGS = AsrSettings()
FINALS_ONLY = AsrSettings(partials=False)


class Line(NamedTuple):
    """One party's audio [frames, FRAME] and its speech probabilities."""

    frames: Samples
    probs: list[float]


class Run(NamedTuple):
    """Everything that was asked for, with the frame after which it was."""

    partials: list[tuple[int, DecodeRequest]]
    guesses: list[tuple[int, DecodeRequest]]
    finals: list[tuple[int, DecodeRequest]]
    heard: list[Heard]


@pytest.fixture(scope="module")
def line() -> Line:
    """The sample call, both sides on one line, as Silero hears it."""
    try:
        vad = Vad(weights.folder("silero-vad"))
    except weights.MissingWeights as missing:
        pytest.skip(str(missing))
    audio = read_audio(CALL, RATE)[0].sum(axis=0)
    frames = audio[: len(audio) // FRAME * FRAME].reshape(-1, FRAME)
    state, probs = fresh_state()[None], []
    for frame in frames:
        prob, state = vad.step(frame[None], state)
        probs.append(float(prob[0]))
    return Line(frames, probs)


def decode(request: DecodeRequest) -> DecodeResult:
    """A word from each line of the grid to the next; one that has not ended is not heard."""
    start = round(request.start * RATE) - START
    end = start + len(request.audio)
    lines = [start, *range((start // WORD + 1) * WORD, end + 1, WORD)]
    words = tuple(
        Word(
            f"w{crc32(request.audio[a - start : b - start].tobytes()):08x}",
            (START + a) / RATE,
            (START + b) / RATE,
            0.9,
        )
        for a, b in pairwise(lines)
    )
    return DecodeResult(
        request.call,
        request.party,
        request.utterance,
        request.kind,
        words,
        request.language,
        since=request.since,
        until=request.end,
    )


def transcriber(settings: AsrSettings = SETTINGS, start: int = START) -> Transcriber:
    return Transcriber(CALL_ID, PARTY, language="en", settings=settings, start=start)


def steps(ears: Transcriber, line: Line, first: int = 0) -> Iterator[tuple[int, DecodeRequest]]:
    """All requests from frame `first` on, the last ones by the end of the audio."""
    for i in range(first, len(line.frames)):
        for request in ears.step(line.frames[i], line.probs[i]):
            yield i, request
    for request in ears.finish():
        yield len(line.frames), request


def run(line: Line, settings: AsrSettings = SETTINGS) -> Run:
    """The whole line, every request answered at once but guesses, of which the stand-in's
    words would reach into the silence."""
    ears, found = transcriber(settings), Run([], [], [], [])
    asked = {"final": found.finals, "partial": found.partials, "guess": found.guesses}
    for i, request in steps(ears, line):
        asked[request.kind].append((i, request))
        if request.kind == "guess":
            continue
        heard = ears.apply(decode(request))
        if heard is not None:
            found.heard.append(heard)
    return found


def facts(request: DecodeRequest) -> tuple[object, ...]:
    """All of a request but its deadline, which is later where it is asked for again."""
    return (
        request.party,
        request.utterance,
        request.kind,
        request.start,
        request.language,
        request.prefix,
        request.prompt,
        request.audio.tobytes(),
    )


# -- finals ----------------------------------------------------------------------------------


def test_every_closed_utterance_gets_one_final(line: Line) -> None:
    found = run(line)
    finals = [heard for heard in found.heard if heard.final]
    numbers = [request.utterance for _, request in found.finals]
    assert numbers == [heard.utterance for heard in finals] == list(range(1, len(numbers) + 1))
    assert len(numbers) > 5
    for (_, request), heard in zip(found.finals, finals, strict=True):
        assert heard.words == decode(request).words
        assert request.start <= heard.start < heard.end <= request.start + 16
    ends = [heard.end for heard in finals]
    assert ends == sorted(ends)


def test_a_final_holds_the_audio_of_its_time_and_no_sound_twice(line: Line) -> None:
    audio, reached = line.frames.reshape(-1), 0
    for _, request in run(line).finals:
        first = round(request.start * RATE) - START
        assert first >= reached
        reached = first + len(request.audio)
        assert np.array_equal(request.audio, audio[first:reached])
        assert (request.prefix, request.prompt, request.since) == ((), "", None)


def test_finals_are_the_same_with_and_without_partials(line: Line) -> None:
    with_partials, without = run(line), run(line, FINALS_ONLY)
    assert without.partials == []
    assert [(i, facts(r)) for i, r in without.finals] == [
        (i, facts(r)) for i, r in with_partials.finals
    ]


def test_finals_may_come_late_and_in_any_order(line: Line) -> None:
    expected = [heard for heard in run(line).heard if heard.final]
    ears = transcriber(FINALS_ONLY)
    requests = [request for _, request in steps(ears, line)]
    assert [number for number, _ in ears.waiting] == [heard.utterance for heard in expected]
    late = [ears.apply(decode(request)) for request in reversed(requests)]
    assert late[::-1] == expected
    assert ears.waiting == []


def test_a_final_counts_once(line: Line) -> None:
    ears = transcriber(FINALS_ONLY)
    _, request = next(steps(ears, line))
    result = decode(request)
    assert ears.apply(replace(result, utterance=99)) is None
    assert ears.apply(result) is not None
    assert ears.apply(result) is None


def test_a_final_may_have_no_words(line: Line) -> None:
    ears = transcriber(FINALS_ONLY)
    _, request = next(steps(ears, line))
    heard = ears.apply(replace(decode(request), words=(), rejected="no_speech"))
    assert heard is not None
    assert (heard.final, heard.words, heard.rejected) == (True, (), "no_speech")


def test_the_end_of_the_audio_closes_once() -> None:
    ears = transcriber()
    for _ in range(20):
        ears.step(np.ones(FRAME, np.float32), 0.9)
    (request,) = ears.finish()
    assert (request.kind, len(request.audio)) == ("final", 20 * FRAME)
    assert ears.finish() == []


# -- partials --------------------------------------------------------------------------------


def test_partials_come_in_time_and_before_their_final(line: Line) -> None:
    found = run(line)
    closed_at = {request.utterance: i for i, request in found.finals}
    before: dict[int, int] = {}
    for i, request in found.partials:
        assert i < closed_at[request.utterance]
        every = (i - before.get(request.utterance, -100)) * FRAME_SECONDS
        assert every >= SETTINGS.partial_every
        before[request.utterance] = i
        now = (START + (i + 1) * FRAME) / RATE
        assert request.start + len(request.audio) / RATE == pytest.approx(now)
        assert request.deadline == pytest.approx(now + SETTINGS.partial_slack)


def test_who_saw_a_partial_gets_a_final(line: Line) -> None:
    found = run(line)
    shown = {heard.utterance for heard in found.heard if not heard.final}
    assert shown
    assert shown <= {heard.utterance for heard in found.heard if heard.final}


def test_a_partial_after_its_utterance_closed_is_dropped(line: Line) -> None:
    ears, late = transcriber(), []
    for _, request in steps(ears, line):
        if request.kind == "partial":
            late.append(request)
        elif request.kind == "final":
            assert [ears.apply(decode(old)) for old in late] == [None] * len(late)
    assert late


def test_a_doubted_or_empty_partial_shows_nothing(line: Line) -> None:
    ears = transcriber()
    request = next(r for _, r in steps(ears, line) if r.kind == "partial")
    result = decode(request)
    assert ears.apply(replace(result, words=())) is None
    assert ears.apply(replace(result, rejected="repeat")) is None
    assert ears.apply(result) is not None


def test_partials_grow_and_settle(line: Line) -> None:
    """The stand-in hears the same bits as the same word, so passes agree."""
    long = max(run(line).finals, key=lambda item: len(item[1].audio))[1]
    shown = [h for h in run(line).heard if not h.final and h.utterance == long.utterance]
    for old, new in pairwise(shown):
        assert len(new.words) >= len(old.words)
        assert sum(w.stable for w in new.words) >= sum(w.stable for w in old.words)
        assert [w.w for w in new.words[: len(old.words)]] == [w.w for w in old.words]
    assert any(word.stable for word in shown[-1].words)


def test_a_long_utterance_costs_a_partial_no_more(line: Line) -> None:
    """Settled sound is left out, and yet every word of it is shown."""
    found = run(line)
    long = max(found.finals, key=lambda item: len(item[1].audio))[1]
    asked = [r for _, r in found.partials if r.utterance == long.utterance]
    assert len(long.audio) > 8 * RATE
    assert max(len(request.audio) for request in asked) < 8 * RATE
    shown = [h for h in found.heard if not h.final and h.utterance == long.utterance][-1]
    whole = decode(long).words
    assert [w.w for w in shown.words] == [w.w for w in whole[: len(shown.words)]]
    assert len(whole) - len(shown.words) <= 2


# -- guesses ---------------------------------------------------------------------------------


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
    assert later.prefix == ()


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


# -- where we are ----------------------------------------------------------------------------


def test_what_is_promised_never_goes_back(line: Line) -> None:
    ears = transcriber()
    quiet, needed, heard = ears.quiet_since, ears.needed_from, ears.heard
    pending: list[DecodeRequest] = []
    for i, (frame, prob) in enumerate(zip(line.frames, line.probs, strict=True)):
        waited = bool(ears.waiting)
        closed = [r for r in ears.step(frame, prob) if r.kind == "final"]
        for request in closed:
            assert dict(ears.waiting)[request.utterance] >= quiet
            assert round(request.start * RATE) >= needed
        pending += closed
        assert quiet <= ears.quiet_since <= ears.clock
        assert needed <= ears.needed_from <= ears.clock * RATE
        assert not waited or ears.heard >= heard, "only a closing utterance sets it back"
        if pending and i % 50 == 0:
            ears.apply(decode(pending.pop(0)))
        assert ears.heard == ears.clock or ears.waiting
        assert ears.needed_from / RATE <= ears.heard <= ears.clock
        quiet, needed, heard = ears.quiet_since, ears.needed_from, ears.heard


def test_time_starts_where_the_party_joined(line: Line) -> None:
    early, late = transcriber(start=0), transcriber(start=RATE * 7)
    requests = zip(steps(early, line), steps(late, line), strict=True)
    assert all(b.start - a.start == 7.0 for (_, a), (_, b) in requests)
    assert late.clock == early.clock + 7.0


# -- restarts --------------------------------------------------------------------------------


def finals(requests: Iterable[DecodeRequest]) -> list[tuple[object, ...]]:
    return [facts(request) for request in requests if request.kind == "final"]


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_restored_at_any_frame_it_asks_for_the_same_finals(line: Line, data: st.DataObject) -> None:
    expected = finals(request for _, request in run(line, FINALS_ONLY).finals)
    cut = data.draw(st.integers(0, len(line.frames)))
    answered = data.draw(st.sets(st.integers(1, len(expected))))
    before = transcriber()
    done: list[tuple[object, ...]] = []
    for frame, prob in zip(line.frames[:cut], line.probs[:cut], strict=True):
        for request in before.step(frame, prob):
            if request.kind == "final" and request.utterance in answered:
                before.apply(decode(request))
                done.append(facts(request))
    state = json.dumps(before.state())
    audio = line.frames[:cut].reshape(-1)[before.needed_from - START :]
    after, again = Transcriber.restore(
        CALL_ID, PARTY, settings=SETTINGS, state=json.loads(state), audio=audio
    )
    assert json.dumps(after.state()) == state
    assert (after.clock, after.quiet_since, after.needed_from, after.heard, after.waiting) == (
        before.clock,
        before.quiet_since,
        before.needed_from,
        before.heard,
        before.waiting,
    )
    done += finals(again)
    done += finals(request for _, request in steps(after, line, cut))
    assert sorted(done, key=lambda kept: kept[1]) == expected  # type: ignore[arg-type, return-value]


def test_after_a_restart_partials_go_on(line: Line) -> None:
    cut = next(i for i, _ in run(line).partials) + 1
    before = transcriber()
    for frame, prob in zip(line.frames[:cut], line.probs[:cut], strict=True):
        before.step(frame, prob)
    audio = line.frames[:cut].reshape(-1)[before.needed_from - START :]
    after, again = Transcriber.restore(
        CALL_ID, PARTY, settings=SETTINGS, state=before.state(), audio=audio
    )
    assert again == []
    _, request = next(steps(after, line, cut))
    assert (request.kind, request.utterance, request.prefix) == ("partial", 1, ())
    first = round(request.start * RATE) - START
    whole = line.frames.reshape(-1)[first : first + len(request.audio)]
    assert np.array_equal(request.audio, whole)
