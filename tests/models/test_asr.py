"""Streaming transcription: the sample call through a real VAD, with a stand-in for Whisper.

Whisper itself is tested in test_whisper.py, guesses in test_asr_guesses.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.asr import Transcriber
from models.types import DecodeRequest
from models.vad import FRAME, FRAME_SECONDS
from stream.audio import RATE
from tests.models.line import (
    CALL_ID,
    FINALS_ONLY,
    NAMES,
    PARTY,
    SETTINGS,
    START,
    Line,
    decode,
    facts,
    run,
    steps,
    transcriber,
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
        assert (request.draft, request.names, request.since) == ((), NAMES, None)


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
    assert (request.kind, request.utterance, request.draft) == ("partial", 1, ())
    first = round(request.start * RATE) - START
    whole = line.frames.reshape(-1)[first : first + len(request.audio)]
    assert np.array_equal(request.audio, whole)
