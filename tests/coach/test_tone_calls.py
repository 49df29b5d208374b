"""Tone by the model in a call: in its place among what is judged, and only with consent."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from coach import conversation
from coach.consent import Consent
from coach.conversation import Conversation
from coach.tones import ToneRequest
from models import voice
from models.vad import FRAME, FRAME_SECONDS, Array
from stream.audio import RATE, Samples
from tests.coach.scripted_call import AGENT, CALL, CUSTOMER, GRANTED, ScriptedCall, Turn
from tests.coach.scripted_tone import ScriptedScorer

TALE = Turn(CUSTOMER.id, 1.0, 6.4, "I got a rash after the injector and it is still there")
UNTONED = Consent(record=True, analyse=True, tone=False)
HELLO = Turn(AGENT.id, 8.0, 9.0, "I am sorry to hear that")


def talking(scorer: ScriptedScorer | None = None, consent: Consent = GRANTED) -> ScriptedCall:
    return ScriptedCall([TALE, HELLO], scorer=scorer or ScriptedScorer(), consent=consent)


def judged(call: ScriptedCall) -> list[str]:
    """What was concluded, in its order."""
    return [d.key for d in call.said if d.type in ("tone", "pacing", "signal", "nudge", "case")]


def test_windows_are_judged_by_the_model() -> None:
    call, voice = talking(), ScriptedCall([TALE, HELLO])
    for each in (call, voice):
        each.feed_all(11.0)
        each.answer_all()
    ours, theirs = call.of("tone"), voice.of("tone")
    assert [(d.at, d.data["window"]) for d in ours] == [(d.at, d.data["window"]) for d in theirs]
    assert len(ours) >= 4
    assert {d.data["valence"] for d in theirs} == {None}
    assert None not in {d.data["valence"] for d in ours}


def test_what_ended_later_waits_for_the_score_as_it_waits_for_words() -> None:
    call = talking()
    call.feed_all(11.0)
    while call.waiting:
        call.answer()
    assert call.of("transcript.final"), "words are shown at once"
    assert not call.of("signal")
    assert not call.of("pacing")
    assert call.conversation.waiting
    while call.unscored:
        call.score()
    assert call.of("signal")
    assert not call.conversation.waiting
    prompt = talking()
    while prompt.conversation.clock < 11.0:
        prompt.feed_all(prompt.conversation.clock + 0.1)
        prompt.answer_all()
    assert judged(call) == judged(prompt), "and then all is said in the same order"


def test_a_score_that_fails_costs_its_window_alone() -> None:
    whole, call = talking(), talking()
    for each in (whole, call):
        each.feed_all(11.0)
    lost = call.unscored.pop(1)
    call.said += call.conversation.tone(lost.answer(None)).drafts
    for each in (whole, call):
        each.answer_all()
    starts = [[d.data["window"][0] for d in each.of("tone")] for each in (whole, call)]
    assert len(starts[0]) == len(starts[1]) + 1
    assert set(starts[1]) < set(starts[0])
    assert [d.key for d in call.of("signal")] == [d.key for d in whole.of("signal")]
    assert not call.conversation.waiting


@pytest.mark.parametrize("consent", [UNTONED, Consent(record=True, analyse=False, tone=True)])
def test_without_consent_nothing_is_scored(consent: Consent) -> None:
    call = talking(consent=consent)
    call.feed_all(11.0)
    assert call.unscored == []
    call.answer_all()
    assert call.conversation.needed_from(CUSTOMER.id) > 8 * RATE, "nor any sound kept for it"


def test_a_voice_that_nobody_may_judge_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    measured: list[int] = []

    def features(frames: Samples, tail: Samples) -> tuple[Array, Samples]:
        measured.append(len(frames))
        return voice.features(frames, tail)

    monkeypatch.setattr(conversation, "features", features)
    call = talking(consent=UNTONED)
    call.feed_all(2.0)
    assert not measured
    call.conversation.change({}, GRANTED, 2.0)
    call.feed_all(2.1)
    assert measured


def test_no_sound_of_a_window_is_from_before_consent_or_after_it() -> None:
    call = talking(consent=UNTONED)
    call.feed_all(2.0)
    given = call.sent[CUSTOMER.id]
    call.conversation.change({}, GRANTED, 2.0)
    call.feed_all(5.0)
    taken = call.sent[CUSTOMER.id]
    call.conversation.change({}, UNTONED, 5.0)
    call.feed_all(11.0)
    (request,) = call.unscored
    assert given * FRAME_SECONDS == pytest.approx(2.0, abs=FRAME_SECONDS)
    first = request.audio[0]
    assert first == pytest.approx(0.1 + given / 10_000), "the script's sound tells its place"
    assert request.audio[-1] < 0.1 + taken / 10_000
    call.answer_all()
    (told,) = call.of("tone")
    assert told.data["party"] == CUSTOMER.id


def test_whose_tone_may_not_be_judged_is_not_scored() -> None:
    call = talking()
    known = replace(call.knowledge, tone_of=frozenset({"customer"}))
    call.conversation = Conversation(CALL, known, {}, GRANTED)
    for party in (AGENT, CUSTOMER):
        call.conversation.join(party, 0)
    call.feed_all(11.0)
    assert {each.party for each in call.unscored} == {CUSTOMER.id}


def test_who_comes_later_is_scored_on_their_own_clock() -> None:
    call = ScriptedCall([Turn(CUSTOMER.id, 0.5, 4.0, "hello")], scorer=ScriptedScorer(), parties=())
    call.conversation.join(CUSTOMER, 60 * RATE + 7)
    call.sent[CUSTOMER.id] = 0
    call.feed(CUSTOMER.id, 200)
    first = 60 * RATE + 7 + round(0.5 * RATE / FRAME) * FRAME
    assert call.conversation.needed_from(CUSTOMER.id) <= first
    call.answer_all()
    told = call.of("tone")[0]
    assert told.data["window"][0] == pytest.approx(first / RATE, abs=FRAME_SECONDS)


def test_sound_that_waits_for_scores_counts_as_not_heard() -> None:
    """So a call whose scores are late takes no more than its buffer holds."""
    call = talking()
    call.feed_all(7.9)
    while call.waiting:
        call.answer()
    assert call.conversation.heard(CUSTOMER.id) == pytest.approx(1.0, abs=FRAME_SECONDS)
    call.answer_all()
    assert call.conversation.heard(CUSTOMER.id) == pytest.approx(7.9, abs=FRAME_SECONDS)


def in_order(call: ScriptedCall) -> list[ToneRequest]:
    """Windows that wait, by party."""
    return sorted(call.unscored, key=lambda each: (each.party, each.window))


def test_windows_that_wait_are_asked_again_after_a_restart() -> None:
    call = talking()
    call.feed_all(11.0)
    before = in_order(call)
    call.answer()
    call.restart()
    call.feed_all(11.2)
    assert len(before) > 3
    for one, other in zip(in_order(call), before, strict=True):
        assert (one.party, one.window) == (other.party, other.window)
        assert np.array_equal(one.audio, other.audio)
        assert np.array_equal(one.speech, other.speech)


def test_a_call_goes_on_without_the_model_it_was_begun_with() -> None:
    call = talking()
    call.feed_all(7.0)
    assert call.unscored
    call.knowledge = replace(call.knowledge, tone=None)
    call.restart()
    call.feed_all(11.0)
    call.end()
    assert call.of("signal"), "nothing waits for ever"
    assert {d.data["valence"] for d in call.of("tone")} == {None}
    assert not call.conversation.waiting
