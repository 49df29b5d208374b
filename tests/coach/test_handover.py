"""A call that is handed on: another person speaks as a party, judged by no habit of the last."""

from __future__ import annotations

import pytest

from coach.handover import handed_over
from models.vad import FRAME_SECONDS
from stream.audio import Context, Party
from tests.coach.scripted_call import AGENT, CUSTOMER, GRANTED, ScriptedCall, Turn
from tests.coach.scripted_tone import ScriptedScorer

ANA: Context = {"agent": {"id": "ana"}, "customer": {"name": "Maria", "role": "patient"}}
BEN: Context = {**ANA, "agent": {"id": "ben"}}
HURRIED = (
    "remember taking every tablet daily after dinner with water and never take another one "
    "before the next evening"
)
"""18 words of 32 syllables: too fast in five seconds for whoever is not known to speak so."""
HURRY = [Turn(AGENT.id, at, at + 5.0, HURRIED) for at in range(1, 61, 6)]


@pytest.mark.parametrize(
    ("before", "after", "roles"),
    [
        (ANA, ANA, []),
        (ANA, BEN, ["agent"]),
        (ANA, {**ANA, "customer": {"name": "Maria", "role": "caregiver"}}, ["customer"]),
        (ANA, {"agent": {"id": "ben"}, "customer": {"name": "Joe"}}, ["agent", "customer"]),
        ({}, ANA, []),
        (ANA, {}, []),
        ({"agent": {}, "customer": {"role": "patient"}}, ANA, []),
        ({"agent": "ana", "customer": None}, {"agent": 5, "customer": {"name": "Joe"}}, []),
    ],
)
def test_whom_the_context_tells_apart(before: Context, after: Context, roles: list[str]) -> None:
    assert handed_over(before, after) == roles


def labels(call: ScriptedCall) -> list[str]:
    return [draft.data["label"] for draft in call.of("pacing")]


def test_the_pace_of_another_agent_is_judged_anew() -> None:
    """Once a fast agent's habit is known, it is no news; of the next one nothing is known."""
    call = ScriptedCall(HURRY, context=ANA)
    call.feed_all(36.0)
    call.answer_all()
    assert labels(call)[0] == "too_fast"
    assert labels(call)[-1] == "steady"
    known = len(labels(call))
    told = call.conversation.change(BEN, GRANTED, 36.0)
    assert [draft.type for draft in told] == ["context.changed", "participant.changed"]
    assert told[1].data == {"party": "agent", "role": "agent"}
    call.feed_all(64.0)
    call.answer_all()
    assert labels(call)[known] == "too_fast"


def test_what_was_said_before_is_judged_by_the_old_habit_though_its_words_come_later() -> None:
    call = ScriptedCall(HURRY, context=ANA)
    call.feed_all(36.0)
    call.conversation.change(BEN, GRANTED, 36.0)
    call.feed_all(64.0)
    call.answer_all()
    by_end = {draft.data["window"][1]: draft.data["label"] for draft in call.of("pacing")}
    before = [label for end, label in by_end.items() if end < 36.0]
    after = [label for end, label in by_end.items() if end > 36.0]
    assert (before[-1], after[0]) == ("steady", "too_fast")


@pytest.mark.parametrize("parties", [(AGENT,), (AGENT, CUSTOMER)], ids=["alone", "both"])
def test_what_was_said_before_is_judged_by_the_old_habit_though_it_closes_later(
    parties: tuple[Party, ...],
) -> None:
    """The voice is over, but the silence that closes the utterance comes after the hand-over."""
    call = ScriptedCall(HURRY, context=ANA, parties=parties)
    call.feed_all(36.3)
    call.answer_all()
    call.conversation.change(BEN, GRANTED, 36.3)
    call.feed_all(64.0)
    call.answer_all()
    before, after = labels(call)[:6], labels(call)[6:]
    assert (before[-1], after[0]) == ("steady", "too_fast")


def test_tone_that_waits_for_scores_is_of_nobody() -> None:
    turns = [Turn(CUSTOMER.id, 1.0, 15.0, "word " * 30)]
    call = ScriptedCall(turns, context=ANA, scorer=ScriptedScorer())
    call.feed_all(9.0)
    late = len(call.unscored)
    assert late
    call.conversation.change({**ANA, "customer": {"name": "Joe"}}, GRANTED, 9.0)
    call.feed_all(18.0)
    call.end()
    told = [draft.data["window"] for draft in call.of("tone")]
    assert told
    assert all(start > 9.0 - FRAME_SECONDS for start, _ in told)
    assert not call.conversation.waiting


def test_a_hand_over_that_waits_for_its_turn_outlives_a_restart() -> None:
    def rest(restarted: bool) -> list[str]:
        call = ScriptedCall(HURRY, context=ANA)
        call.feed_all(36.0)
        call.conversation.change(BEN, GRANTED, 36.0)
        if restarted:
            call.restart()
        call.feed_all(64.0)
        call.answer_all()
        return labels(call)

    assert rest(restarted=True) == rest(restarted=False)
