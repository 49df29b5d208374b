"""The order in which results come, and restarts, change nothing of what a call says."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from coach.judgement import LAG
from coach.tones import Scorer
from models.vad import FRAME_SECONDS
from tests.coach.scripted_call import AGENT, CUSTOMER, ScriptedCall, Turn
from tests.coach.scripted_tone import ScriptedScorer

TEXTS = (
    "hello there how are you",
    "I got a rash after the injector",
    "my number is 555 123",
    "4567 and I feel dizzy since the injection",
    "yes",
    "we will now go over every one of the many steps of this complicated procedure together",
)


@st.composite
def scripts(draw: st.DrawFn) -> list[Turn]:
    """Turns of both parties, some so long that they are cut, with pauses that do not close."""
    turns = []
    for party in (AGENT.id, CUSTOMER.id):
        clock = 0.0
        for _ in range(draw(st.integers(0, 3))):
            start = clock + draw(st.sampled_from((0.3, 0.7, 1.5, 4.0)))
            clock = start + draw(st.sampled_from((0.05, 0.5, 2.0, 5.0, 17.0)))
            turns.append(Turn(party, start, clock, draw(st.sampled_from(TEXTS))))
    return turns


def seconds_of(turns: list[Turn]) -> float:
    return max((turn.end for turn in turns), default=0.0) + 2.5


def straight(turns: list[Turn], scorer: Scorer | None) -> ScriptedCall:
    """Both parties side by side, each final decoded and each window scored at once."""
    call = ScriptedCall(turns, scorer=scorer)
    while min(call.sent.values()) * FRAME_SECONDS < seconds_of(turns):
        for party in call.sent:
            call.feed(party)
        call.answer_all()
    call.end()
    return call


def crooked(turns: list[Turn], scorer: Scorer | None, chance: random.Random) -> ScriptedCall:
    """Parties run ahead of each other by less than LAG, finals and scores come late and out of
    order, and the process is replaced on the way."""
    call = ScriptedCall(turns, scorer=scorer)
    end = round(seconds_of(turns) / FRAME_SECONDS) + 1
    ahead = round(LAG / FRAME_SECONDS) - 1
    while min(call.sent.values()) < end:
        behind = min(call.sent.values())
        party = chance.choice([p for p, sent in call.sent.items() if sent < end])
        call.feed(
            party,
            min(chance.randint(1, 40), end - call.sent[party], behind + ahead - call.sent[party]),
        )
        while call.waiting and chance.random() < 0.3:
            call.answer(chance.randrange(len(call.waiting)))
        while call.unscored and chance.random() < 0.3:
            call.score(chance.randrange(len(call.unscored)))
        if chance.random() < 0.02:
            call.restart()
    chance.shuffle(call.waiting)
    chance.shuffle(call.unscored)
    call.end()
    return call


@settings(max_examples=20)
@given(scripts(), st.integers(0, 2**32))
def test_the_log_is_the_same_in_any_order(turns: list[Turn], seed: int) -> None:
    assert crooked(turns, None, random.Random(seed)).durable == straight(turns, None).durable


@settings(max_examples=20)
@given(scripts(), st.integers(0, 2**32))
def test_so_it_is_where_windows_of_tone_wait_for_scores(turns: list[Turn], seed: int) -> None:
    scorer = ScriptedScorer()
    call = crooked(turns, scorer, random.Random(seed))
    assert call.durable == straight(turns, scorer).durable
    assert not call.conversation.waiting


def test_scores_make_a_difference_in_these_calls() -> None:
    """Else the test above would hold nothing."""
    turns = [Turn(AGENT.id, 0.5, 17.5, TEXTS[-1])]
    scored = [draft.data["activation"] for draft in straight(turns, ScriptedScorer()).of("tone")]
    assert len(scored) == len(straight(turns, None).of("tone")) > 5
    assert len(set(scored)) > 3
