"""Judgement: the same conclusions in whatever order words and sound come in."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.events import Draft
from coach.judgement import LAG
from coach.noticing import Vocabulary
from models.announcements import announced
from models.types import Utterance
from tests.coach.judged import READ, Judged
from tests.coach.scripted_call import AGENT, CUSTOMER, utterance, vocabulary

CERTAIN = 0.1
"""Seconds of speech after which it is known to be some."""
CLOSES = 0.6
"""Seconds of silence after which an utterance is closed, in these tests."""
TEXTS = (
    "",
    "hello there",
    "I got a rash after the injector",
    "and it started after the second shot",
    "have you had any side effects",
    "yes",
    "my number is 555 123",
    "4567 and I feel dizzy since the injection",
    "we will now go over every single one of the many steps of this complicated procedure together",
)


def types(drafts: Sequence[Draft]) -> list[tuple[str, str]]:
    return [(d.type, d.data.get("party") or d.data.get("state") or "") for d in drafts]


def in_order(said: Sequence[Utterance], known: Vocabulary | None = None) -> list[Draft]:
    """What the utterances mean, heard one after the other in their own order."""
    judged = Judged(known)
    for each in sorted(said, key=lambda each: each.start):
        judged.judgement.opened(each.role, each.start)
    for each in sorted(said, key=lambda each: (each.end, each.party)):
        judged.expect(each)
        judged.hear(each)
        judged.settle()
    judged.end(over(said))
    return judged.drafts


def over(said: Sequence[Utterance]) -> float:
    """When a conversation is over, and every timer of its last words with it."""
    return max((each.end for each in said), default=0.0) + 2


# -- the order -------------------------------------------------------------------------------


def test_a_later_utterance_waits_for_the_words_of_an_earlier_one() -> None:
    judged = Judged()
    early = utterance(CUSTOMER, 1, 1.0, 2.0, "hello there")
    late = utterance(AGENT, 1, 2.2, 3.0, "good morning")
    both = {"agent": (9.0, 9.0), "customer": (9.0, 9.0)}
    judged.expect(early)
    judged.expect(late)
    judged.hear(late)
    assert judged.settle(**both) == []
    judged.hear(early)
    paces = [each for each in types(judged.settle(**both)) if each[0] == "pacing"]
    assert paces == [("pacing", "customer"), ("pacing", "agent")]


def test_an_utterance_waits_while_another_party_may_close_an_earlier_one() -> None:
    judged = Judged()
    said = utterance(AGENT, 1, 1.0, 2.0, "hello there")
    judged.expect(said)
    judged.hear(said)
    assert judged.settle(agent=(2.6, 2.6), customer=(2.6, 1.9)) == []
    assert judged.settle(agent=(2.6, 2.6), customer=(2.6, 2.0)), "one of 2.0 would come after it"


def test_of_two_that_end_together_the_party_decides() -> None:
    judged = Judged()
    said = utterance(CUSTOMER, 1, 1.0, 2.0, "hello there")
    judged.expect(said)
    judged.hear(said)
    assert judged.settle(agent=(2.6, 2.0), customer=(2.6, 2.6)) == [], "agent comes first"
    assert judged.settle(agent=(2.6, 2.001), customer=(2.6, 2.6))


def test_a_party_that_left_holds_nobody_up() -> None:
    judged = Judged()
    said = utterance(CUSTOMER, 1, 1.0, 2.0, "hello there")
    judged.expect(said)
    judged.hear(said)
    assert judged.settle(customer=(2.6, 2.6))


def test_a_lagging_party_holds_nobody_up_beyond_the_lag() -> None:
    judged = Judged()
    said = utterance(AGENT, 1, 4.0, 5.0, "hello there")
    judged.expect(said)
    judged.hear(said)
    stalled = 4.5
    assert judged.settle(agent=(stalled + LAG, 6.0), customer=(stalled, stalled)) == []
    assert judged.settle(agent=(stalled + LAG + 0.1, 6.0), customer=(stalled, stalled))


def test_a_party_in_a_long_pause_does_not_lag() -> None:
    """Its clock is with the others': only how its speech will end is open."""
    judged = Judged()
    said = utterance(AGENT, 1, 4.0, 15.0, "hello there")
    judged.expect(said)
    judged.hear(said)
    assert judged.settle(agent=(15.2, 15.2), customer=(15.1, 13.0)) == []


def test_what_a_stalled_party_says_late_is_judged_late() -> None:
    judged = Judged()
    now = utterance(AGENT, 1, 9.0, 10.0, "hello there")
    judged.expect(now)
    judged.hear(now)
    assert judged.settle(agent=(11.0, 11.0), customer=(1.0, 1.0))
    before = utterance(CUSTOMER, 1, 1.0, 2.0, "I got a rash after the injector")
    judged.expect(before)
    judged.hear(before)
    late = judged.settle(agent=(11.0, 11.0), customer=(11.0, 11.0))
    assert {"pacing", "signal", "nudge"} <= {draft.type for draft in late}


def test_expecting_twice_forgets_no_words() -> None:
    judged = Judged()
    said = utterance(AGENT, 1, 1.0, 2.0, "hello there")
    judged.expect(said)
    judged.hear(said)
    judged.expect(said)
    assert judged.settle()
    assert judged.settle() == []


# -- nudges ----------------------------------------------------------------------------------


def nudged(*ends: float) -> Judged:
    """A nudge at 2.0 that goes at 7.0, then words without meaning at `ends`."""
    judged = Judged()
    told = utterance(CUSTOMER, 1, 1.0, 2.0, "I got a rash after the injector")
    for said in [told, *(utterance(CUSTOMER, 2 + i, e - 1, e, "so") for i, e in enumerate(ends))]:
        judged.expect(said)
        judged.hear(said)
    return judged


def updates(drafts: Sequence[Draft]) -> list[tuple[float, Any]]:
    return [(d.at, d.data) for d in drafts if d.type == "nudge.update"]


def test_a_nudge_expires_once_and_at_its_own_second() -> None:
    judged = nudged(6.9, 9.0, 20.0)
    (nudge,) = [draft for draft in judged.settle() if draft.type == "nudge"]
    gone = {"id": nudge.data["id"], "state": "expired", "by": "coach"}
    assert updates(judged.drafts) == [(7.0, gone)]
    assert nudge.data["expires"] == 7.0


def test_a_nudge_that_a_person_dealt_with_does_not_expire() -> None:
    judged = nudged()
    (nudge,) = [draft for draft in judged.settle() if draft.type == "nudge"]
    judged.judgement.updated("another")
    judged.judgement.updated(nudge.data["id"])
    said = utterance(CUSTOMER, 9, 59.0, 60.0, "so")
    judged.expect(said)
    judged.hear(said)
    assert updates(judged.settle()) == []


def test_what_expired_before_it_is_said_before_what_comes() -> None:
    judged = nudged()
    said = utterance(CUSTOMER, 2, 7.0, 8.0, "and I have a fever from the injector")
    judged.expect(said)
    judged.hear(said)
    judged.settle()
    kinds = [draft.type for draft in judged.drafts if draft.type.startswith("nudge")]
    assert kinds == ["nudge", "nudge.update", "nudge"]


def test_evidence_is_masked_by_what_came_before_it_not_by_what_came_since() -> None:
    """The half of a number stays hidden also where the party's next final came first."""
    judged = Judged()
    for number, text in enumerate(("my number is 555 123", TEXTS[7], "hello there"), 1):
        said = utterance(CUSTOMER, number, 3.0 * number, 3.0 * number + 2, text)
        judged.expect(said)
        judged.hear(said)
    drafts = [
        draft
        for draft in judged.settle()
        if draft.type == "nudge" or draft.data.get("kind") == "adverse_event"
    ]
    assert [draft.type for draft in drafts] == ["signal", "case", "nudge"]
    for draft in judged.drafts:
        assert "4567" not in json.dumps(draft.data)
    drafts = [draft for draft in drafts if draft.type != "case"]
    for draft in drafts:
        assert "4567" not in json.dumps(draft.data)
        assert draft.verbatim is not None
        assert "4567" in draft.verbatim["evidence"]["text"]


# -- whatever the order ----------------------------------------------------------------------


@st.composite
def conversations(draw: st.DrawFn) -> list[Utterance]:
    """Utterances of two parties; a party's own do not overlap."""
    said = []
    for party in (AGENT, CUSTOMER):
        clock = 0.0
        for number in range(1, draw(st.integers(0, 6)) + 1):
            start = clock + CLOSES + draw(st.integers(0, 30)) / 10
            clock = start + draw(st.integers(2, 40)) / 10
            text = draw(st.sampled_from(TEXTS))
            said.append(utterance(party, number, round(start, 3), round(clock, 3), text))
    return said


def front(said: Sequence[Utterance], clock: float) -> tuple[float, float]:
    """How far a party's hearing is when its clock stands there."""
    speaking = [u for u in said if u.start <= clock < u.end + CLOSES]
    return clock, min([clock, *(u.end for u in speaking)])


@settings(max_examples=100)
@given(conversations(), st.integers(0, 2**32), st.booleans())
def test_the_same_words_mean_the_same_in_any_order(
    said: list[Utterance], seed: int, read: bool
) -> None:
    """Clocks run apart by less than LAG, words come late and out of order, what is read comes
    later still, and it restarts."""
    known = READ if read else vocabulary()
    judged, chance = Judged(known, slow=True), random.Random(seed)
    own = {party: [u for u in said if u.party == party.id] for party in (AGENT, CUSTOMER)}
    clocks = dict.fromkeys(own, 0.0)
    undecoded: list[Utterance] = []
    end = over(said)
    while min(clocks.values()) < end or undecoded:
        behind = min(clocks.values())
        steps = [party for party, at in clocks.items() if at < end and at - behind < LAG - 0.5]
        choice = chance.randrange(len(steps) + len(undecoded) + 1)
        if choice < len(steps):
            party, was = steps[choice], clocks[steps[choice]]
            clocks[party] = min(end, round(was + chance.choice((0.1, 0.25, 0.5)), 3))
            for each in own[party]:
                if was < each.start + CERTAIN <= clocks[party]:
                    judged.judgement.opened(each.role, each.start)
                if was < each.end + CLOSES <= clocks[party]:
                    judged.expect(each)
                    undecoded.append(each)
        elif choice < len(steps) + len(undecoded):
            judged.hear(_pop_in_turn(undecoded, choice - len(steps)))
        elif judged.unread and chance.random() < 0.8:
            judged.answer()
        else:
            judged.restart()
        judged.settle(**{party.id: front(own[party], at) for party, at in clocks.items()})
    judged.end(end)
    assert judged.drafts == in_order(said, known)


def _pop_in_turn(undecoded: list[Utterance], index: int) -> Utterance:
    """One of the waiting; of its party the first, as the conversation hands finals on."""
    party = undecoded[index].party
    return undecoded.pop(next(i for i, u in enumerate(undecoded) if u.party == party))


@pytest.mark.parametrize("count", range(4))
def test_a_state_does_not_change_with_what_comes_after_it(count: int) -> None:
    judged = nudged(*[6.0, 9.0, 12.0][:count])
    state = judged.judgement.state()
    before = json.dumps(state)
    judged.settle()
    judged.settle()
    assert json.dumps(state) == before


# -- recordings ------------------------------------------------------------------------------


def test_a_recording_is_told_and_not_coached() -> None:
    """It is nobody's pace, nor a silence that the agent has to fill."""
    judged = Judged()
    queue = utterance(
        AGENT, 1, 1.0, 3.0, "Your call is important to us. You are number two in line."
    )
    judged.expect(queue)
    judged.hear(queue)
    drafts = judged.settle(agent=(30.0, 30.0), customer=(30.0, 30.0))
    assert types(drafts) == [("signal", "agent")]
    assert drafts[0].data["kind"] == "announcement"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("All our nurses are currently busy. She stopped breathing.", "emergency"),
        (
            "The pump said to press two to stop the flow, and the patient fainted and was taken to "
            "hospital.",
            "adverse_event",
        ),
        ("If you or a loved one are thinking of suicide, press one.", "self_harm"),
    ],
)
def test_harm_in_the_words_of_a_recording_is_heard(text: str, kind: str) -> None:
    judged = Judged()
    said = utterance(CUSTOMER, 1, 1.0, 6.0, text)
    assert announced(said) is not None
    judged.expect(said)
    judged.hear(said)
    drafts = judged.settle(agent=(30.0, 30.0), customer=(30.0, 30.0))
    live = [d.data["kind"] for d in drafts if d.type == "signal" and d.data["tier"] == "live"]
    assert kind in live
    assert "announcement" not in live


def test_what_of_a_recording_may_be_harm_is_kept_for_review() -> None:
    judged = Judged()
    text = "To report an adverse event or a side effect, press four."
    said = utterance(CUSTOMER, 1, 1.0, 6.0, text)
    judged.expect(said)
    judged.hear(said)
    drafts = judged.settle(agent=(30.0, 30.0), customer=(30.0, 30.0))
    assert [(d.data["kind"], d.data["tier"]) for d in drafts] == [
        ("announcement", "live"),
        ("adverse_event", "review"),
    ]
