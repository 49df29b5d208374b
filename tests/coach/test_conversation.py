"""One call as a plain loop: what is heard, in which order it is said, and what consent stops."""

from __future__ import annotations

import json

import numpy as np
import pytest

from coach.consent import Consent
from coach.conversation import Conversation
from coach.events import Draft
from coach.judgement import LAG
from coach.playbook import reading
from models.vad import FRAME, FRAME_SECONDS
from stream.audio import RATE, AudioFrame, Party, PartyId
from stream.timeline import Gap
from tests.coach.scripted_call import AGENT, CALL, CUSTOMER, ScriptedCall, Turn

AGENT_ID, CUSTOMER_ID = AGENT.id, CUSTOMER.id
HELLO = Turn(AGENT_ID, 1.0, 2.0, "hello this is Ana")
RASH = Turn(CUSTOMER_ID, 3.0, 5.0, "I got a rash after the injector")
SORRY = Turn(AGENT_ID, 6.0, 7.5, "I am sorry to hear that")
UNHEARD = Consent(record=True, analyse=False, tone=True)


def test_a_call_says_finals_signals_and_nudges() -> None:
    call = ScriptedCall([HELLO, RASH, SORRY])
    call.feed_all(9.0)
    call.answer_all()
    finals = [
        (d.data["party"], d.data["utterance"], d.data["text"]) for d in call.of("transcript.final")
    ]
    assert finals == [
        ("agent", 1, HELLO.text),
        ("customer", 1, RASH.text),
        ("agent", 2, SORRY.text),
    ]
    noticed = [draft.data["kind"] for draft in call.of("signal")]
    assert "adverse_event" in noticed
    (nudge,) = events(call)
    assert nudge.data["evidence"]["text"] == RASH.text
    assert nudge.data["version"] == reading.load().version
    (case, *_) = call.of("case")
    assert case.data["elements"]["event"]["state"] == "volunteered"
    assert len(call.of("pacing")) == 3
    assert not call.conversation.waiting


def events(call: ScriptedCall) -> list[Draft]:
    """Nudges to the agent about an adverse event."""
    return [draft for draft in call.of("nudge") if draft.data["rule"] == "safety.adverse_event"]


def test_finals_of_a_party_come_in_order_though_results_do_not() -> None:
    turns = [Turn(AGENT_ID, 2.0 + 3 * i, 3.0 + 3 * i, f"number {i}") for i in range(4)]
    call = ScriptedCall(turns)
    call.feed_all(15.0)
    assert len(call.waiting) == 4
    assert call.answer(3) == []
    assert call.answer(1) == []
    assert [d.data["utterance"] for d in call.answer(0) if d.type == "transcript.final"] == [1, 2]
    assert [d.data["utterance"] for d in call.answer(0) if d.type == "transcript.final"] == [3, 4]


@pytest.mark.parametrize("rejected", ["repeat", "no_speech", "failed"])
def test_every_closed_utterance_gets_one_final_also_when_it_is_rejected(rejected: str) -> None:
    call = ScriptedCall([HELLO, RASH, SORRY])
    call.feed_all(9.0)
    result = call.decode(call.waiting.pop(1), rejected)
    call.apply(result)
    call.answer_all()
    call.apply(result)  # what comes twice says nothing twice
    finals = {d.key: d.data for d in call.of("transcript.final")}
    assert len(finals) == len(call.of("transcript.final")) == 3
    empty = finals["final:customer:1"]
    assert (empty["text"], empty["words"], empty["withheld"]) == ("", [], rejected)
    assert {draft.data["party"] for draft in call.of("signal")} == {AGENT_ID}
    assert len(call.of("pacing")) == 2, "those after it are judged"


def test_partials_are_shown_until_the_utterance_closes() -> None:
    call = ScriptedCall([RASH], partials=True)
    call.feed_all(4.5)
    late = call.decode([r for r in call.waiting if r.kind == "partial"][-1])
    while call.waiting:
        call.answer()
    partials = call.of("transcript.partial")
    assert partials
    assert RASH.text.startswith(partials[-1].data["text"])
    call.feed_all(6.0)
    assert [r.kind for r in call.waiting][-1] == "final"
    assert call.apply(late) == [], "its utterance has closed"
    call.waiting = [r for r in call.waiting if r.kind == "final"]
    call.answer_all()
    assert call.apply(late) == []
    assert len(call.of("transcript.final")) == 1


def test_the_pace_is_shown_once_a_second_while_partials_are() -> None:
    call = ScriptedCall([RASH], partials=True)
    call.feed_all(5.0)
    call.answer_all()
    call.feed_all(6.0)
    paces = [d for d in call.of("pacing.live") if d.data["party"] == CUSTOMER_ID]
    assert [int(d.at) for d in paces] == [1, 2, 3, 4, 5, 6]
    assert paces[0].data["wpm"] == 0.0
    assert paces[-1].data["wpm"] > 0.0
    quiet = ScriptedCall([RASH])
    quiet.feed_all(5.0)
    assert quiet.of("pacing.live") == []


# -- parties ---------------------------------------------------------------------------------


def test_leaving_closes_the_open_utterance() -> None:
    call = ScriptedCall([RASH])
    call.feed_all(4.5)
    assert call.waiting == []
    outcome = call.leave(CUSTOMER_ID)
    assert [r.utterance for r in outcome.requests] == [1]
    assert call.leave(CUSTOMER_ID).requests == [], "it has left already"
    call.answer_all()
    (final,) = call.of("transcript.final")
    assert RASH.text.startswith(final.data["text"])
    assert final.data["end"] == pytest.approx(4.5, abs=FRAME_SECONDS)


def test_a_party_that_comes_back_goes_on() -> None:
    call = ScriptedCall([RASH, Turn(CUSTOMER_ID, 8.0, 9.0, "I am back")])
    call.feed_all(4.5)
    call.leave(CUSTOMER_ID)
    call.conversation.join(CUSTOMER, 0)
    call.feed_all(11.0)
    call.answer_all()
    finals = call.of("transcript.final")
    assert [d.data["utterance"] for d in finals] == [1, 2, 3]
    assert finals[-1].data["text"] == "I am back"
    assert call.conversation.clock == pytest.approx(11.0, abs=FRAME_SECONDS)


def test_a_party_that_left_holds_up_nobodys_judgement() -> None:
    call = ScriptedCall([RASH])
    call.feed_all(2.0)
    call.leave(AGENT_ID)
    call.feed(CUSTOMER_ID, 150)
    call.answer_all()
    assert call.of("signal")


def test_a_party_that_stalls_holds_up_judgement_for_the_lag_only() -> None:
    call = ScriptedCall([RASH])
    call.feed_all(4.0)
    call.feed(CUSTOMER_ID, int(LAG / FRAME_SECONDS))
    call.answer_all()
    assert call.of("transcript.final")
    assert call.of("signal") == []
    call.feed(CUSTOMER_ID)
    assert call.of("signal")


def test_a_party_may_join_later_at_its_own_second() -> None:
    call = ScriptedCall([])
    other = Party(PartyId("spouse"), "other")
    call.conversation.join(other, round(12.5 * RATE))
    assert call.conversation.clock == 12.5
    assert call.conversation.needed_from(other.id) == 12.5 * RATE
    frames = call.conversation.frames(AudioFrame(other.id, 200_000, np.zeros(700, np.float32)))
    assert frames.shape == (1, FRAME)
    frames = call.conversation.frames(AudioFrame(other.id, 200_700, np.zeros(900, np.float32)))
    assert frames.shape == (2, FRAME), "what was left of before is taken with it"
    assert call.conversation.frames(AudioFrame(other.id, 0, np.zeros(1, np.float32))).size == 0


def test_how_far_a_party_is_heard() -> None:
    call = ScriptedCall([RASH])
    assert call.conversation.heard(PartyId("nobody")) == 0.0
    call.feed_all(9.0)
    assert call.conversation.waiting
    # From where the audio of the utterance that waits begins.
    assert 2.5 < call.conversation.heard(CUSTOMER_ID) < 3.0
    assert call.conversation.heard(AGENT_ID) == pytest.approx(9.0, abs=FRAME_SECONDS)
    call.answer_all()
    assert call.conversation.heard(CUSTOMER_ID) == pytest.approx(9.0, abs=FRAME_SECONDS)


# -- consent and context ---------------------------------------------------------------------


def test_without_consent_to_analyse_nothing_is_heard_but_the_clock_runs() -> None:
    """Long enough that a line with no speech on it would be called a fault."""
    call = ScriptedCall([HELLO, RASH, SORRY], consent=UNHEARD, partials=True)
    call.feed_all(65.0)
    call.end()
    assert [d for d in call.said if d.type != "pacing.live"] == []
    assert call.conversation.clock == pytest.approx(65.0, abs=FRAME_SECONDS)
    assert not np.any([r.audio.any() for r in call.waiting])


def test_consent_holds_from_the_frame_on_at_which_it_was_given() -> None:
    call = ScriptedCall([HELLO, RASH, SORRY], consent=UNHEARD)
    call.feed_all(2.5)
    (said,) = call.conversation.change({}, Consent(True, True, True), 2.5)
    assert said.data["consent"]["analyse"] is True
    call.feed_all(5.8)
    call.conversation.change({}, UNHEARD, 5.8)
    call.feed_all(9.0)
    call.end()
    assert [d.data["text"] for d in call.of("transcript.final")] == [RASH.text]


def test_sound_from_before_consent_is_in_no_request() -> None:
    """The lead of an utterance reaches back, but not to what might not be heard."""
    call = ScriptedCall([Turn(CUSTOMER_ID, 1.0, 4.0, "so I said to him")], consent=UNHEARD)
    call.feed_all(2.0)
    given = call.conversation.clock
    call.conversation.change({}, Consent(True, True, True), given)
    call.feed_all(6.0)
    (request,) = call.waiting
    early = round((given - request.start) * RATE)
    assert early > 0
    assert not request.audio[:early].any()
    assert request.audio[early:].all()


def test_the_context_that_is_known_later_masks_from_then_on() -> None:
    call = ScriptedCall([Turn(CUSTOMER_ID, 1.0, 2.0, "it is Maria")])
    (said,) = call.conversation.change(
        {"customer": {"name": "Maria"}}, Consent(True, True, True), 0.0
    )
    assert said.data["context"] == {"customer": {"name": "[name]"}}
    call.feed_all(4.0)
    call.answer_all()
    assert [d.data["text"] for d in call.of("transcript.final")] == ["it is [name]"]


def test_the_language_is_the_contexts_or_the_services() -> None:
    for context, language in (({"language": "de"}, "de"), ({"language": ""}, "en"), ({}, "en")):
        call = ScriptedCall([RASH], context=context)
        call.feed_all(7.0)
        assert [r.language for r in call.waiting] == [language]
        call.answer_all()
        assert bool(call.of("signal")) == (language == "en")


def test_names_hold_from_the_utterance_on_that_begins_after_they_came() -> None:
    call = ScriptedCall([RASH, Turn(CUSTOMER_ID, 8.0, 9.0, "again")], context={"product": "Tysel"})
    call.feed_all(4.0)
    context = {"product": "Tysel", "vocabulary": ["Enbrel"]}
    call.conversation.change(context, Consent(record=True, analyse=True, tone=True), 4.0)
    call.feed_all(12.0)
    assert [request.names for request in call.waiting] == [("Tysel",), ("Tysel", "Enbrel")]


def test_a_gap_is_said() -> None:
    call = ScriptedCall([])
    (draft,) = call.conversation.gap(Gap(AGENT_ID, 1.0, 2.0, "lost"))
    assert draft.data == {"party": "agent", "start": 1.0, "seconds": 2.0, "reason": "lost"}


def test_a_nudge_that_somebody_dealt_with_does_not_expire() -> None:
    for dealt_with in (False, True):
        call = ScriptedCall([RASH, Turn(CUSTOMER_ID, 25.0, 26.0, "anything else")])
        call.feed_all(7.0)
        call.answer_all()
        (nudge,) = events(call)
        if dealt_with:
            call.conversation.nudge_updated(nudge.data["id"])
        call.feed_all(28.0)
        call.answer_all()
        gone = [draft.data["id"] for draft in call.of("nudge.update")]
        assert (nudge.data["id"] in gone) == (not dealt_with)


# -- its state ------------------------------------------------------------------------------


def test_a_state_of_another_version_is_refused() -> None:
    call = ScriptedCall([])
    state = {**call.conversation.state(), "version": 0}
    with pytest.raises(ValueError, match="version 0"):
        Conversation.restore(CALL, call.knowledge, state, {})


def test_a_state_does_not_change_with_what_comes_after_it() -> None:
    call = ScriptedCall([HELLO, RASH, SORRY])
    call.feed_all(5.5)
    state = call.conversation.state()
    before = json.dumps(state)
    call.feed_all(9.0)
    call.answer_all()
    assert json.dumps(state) == before
