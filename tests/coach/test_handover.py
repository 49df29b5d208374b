"""A call that is handed on: another person speaks as a party, judged by no habit of the last."""

from __future__ import annotations

from typing import Any

import pytest

from coach.handover import handed_over
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
        (ANA, {"customer": {"name": "Lopez, MARIA", "role": "patient"}}, []),
        ({"customer": {"name": "Maria Lopez"}}, {"customer": {"name": "Maria Diaz"}}, ["customer"]),
        ({"agent": {"id": "ana"}}, {"agent": {"id": "ana b"}}, ["agent"]),
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


MARIA = Turn(CUSTOMER.id, 1.0, 8.2, "word " * 14)
JOE = Turn(CUSTOMER.id, 9.5, 17.0, "word " * 15)


def tones(*turns: Turn, late: bool = False, restarted: bool = False) -> list[dict[str, Any]]:
    """The customer's windows of tone, where another takes over at second 9; `late`: scores come
    when all is said."""
    call = ScriptedCall(turns, context=ANA, scorer=ScriptedScorer())
    for until in (9.0, 18.0):
        call.feed_all(until)
        while call.unscored and not late:
            call.score()
        if until == 9.0:
            call.conversation.change({**ANA, "customer": {"name": "Joe"}}, GRANTED, 9.0)
            if restarted:
                call.restart()
    call.end()
    assert not call.conversation.waiting
    return [draft.data for draft in call.of("tone")]


def test_the_tone_of_another_customer_is_judged_anew() -> None:
    told = tones(MARIA, JOE)
    after = [data for data in told if data["window"][0] > 9.0]
    assert 0 < len(after) < len(told)
    assert after == tones(JOE)


def test_tone_does_not_hang_on_when_scores_come() -> None:
    told = tones(MARIA, JOE)
    assert tones(MARIA, JOE, late=True) == told
    assert tones(MARIA, JOE, late=True, restarted=True) == told


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
