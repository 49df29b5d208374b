"""What rules wait for: a kind word before a question, and words that should be said."""

from __future__ import annotations

import pytest

from coach.floor import TurnEnd
from stream.audio import Party
from tests.coach.rulebook import ABSENCE, GATED, HEARD, KIND, Talk, names, rules
from tests.coach.scripted_call import AGENT, CUSTOMER

# -- gates -----------------------------------------------------------------------------------


def test_a_gate_opens_with_its_word() -> None:
    talk = Talk(rules(GATED))
    assert not talk.say(CUSTOMER, 0, 5, "so", "heard")
    assert not talk.say(AGENT, 6, 7)
    (nudge,) = talk.say(AGENT, 8, 9, "so", "acknowledgement")
    assert (nudge.at, nudge.utterance) == (9, 1)
    assert not talk.say(AGENT, 10, 11, "so", "acknowledgement"), "only once"


def test_a_kind_word_of_before_opens_no_gate() -> None:
    talk = Talk(rules(GATED))
    talk.say(CUSTOMER, 0, 5, "so", "heard")
    assert not talk.say(AGENT, 3, 6, "so", "acknowledgement"), "it was about something else"
    assert talk.say(AGENT, 4.6, 7, "so", "acknowledgement"), "some answer a little early"


def test_a_gate_opens_at_its_deadline_and_when_the_call_closes() -> None:
    talk = Talk(rules(GATED))
    talk.say(CUSTOMER, 0, 5, "so", "heard")
    assert talk.rules.next_at() == 50
    assert not talk.rules.tick(49.9, {})
    assert [nudge.at for nudge in talk.rules.tick(50, {})] == [50]
    assert talk.rules.next_at() is None
    talk.say(CUSTOMER, 60, 65, "so", "heard")
    assert names(talk.say(AGENT, 70, 71, "Anything else?", "closing")) == ["rule.a"]


def test_what_was_said_behind_a_gate_makes_the_nudge_needless() -> None:
    talk = Talk(rules({**GATED, "unless": {"says": ["when did it start"]}}))
    talk.say(CUSTOMER, 0, 5, "so", "heard")
    assert not talk.say(AGENT, 6, 7, "When did it start?", "acknowledgement")
    assert not talk.rules.tick(100, {})


# -- absences --------------------------------------------------------------------------------


def test_what_a_turn_should_have_held() -> None:
    talk = Talk(rules({"when": ABSENCE}))
    talk.say(CUSTOMER, 0, 5, "so", "heard")
    short, other = TurnEnd("agent", 6, 7, 2), TurnEnd("customer", 6, 9, 20)
    early, whole = TurnEnd("agent", -1, 3, 9), TurnEnd("agent", 6, 9, 9)
    assert not talk.rules.turns([short, other, early], 9, {})
    (nudge,) = talk.rules.turns([whole], 9.7, {})
    assert (nudge.at, nudge.utterance, nudge.evidence.party) == (9.7, 1, "customer")
    assert not talk.rules.turns([TurnEnd("agent", 12, 15, 9)], 15, {}), "only the next turn"


@pytest.mark.parametrize("who", [AGENT, CUSTOMER])
def test_only_who_should_say_it_can(who: Party) -> None:
    talk = Talk(rules({"when": ABSENCE}))
    talk.say(CUSTOMER, 0, 5, "so", "heard")
    talk.say(who, 6, 8, "so", "acknowledgement")
    assert bool(talk.rules.turns([TurnEnd("agent", 6, 9, 9)], 9.7, {})) == (who == CUSTOMER)


def test_what_is_long_past_is_no_longer_waited_for() -> None:
    talk = Talk(rules({"when": ABSENCE}))
    talk.say(CUSTOMER, 0, 5, "so", "heard")
    talk.say(CUSTOMER, 130, 140)
    assert not talk.rules.turns([TurnEnd("agent", 141, 145, 9)], 146, {})


def test_what_should_be_said_within_seconds() -> None:
    talk = Talk(rules({"when": {**ABSENCE, "by": 20}}))
    talk.say(AGENT, 0, 1)
    talk.say(CUSTOMER, 1, 5, "so", "heard")
    assert talk.rules.next_at() == 25
    assert names(talk.rules.tick(25, {})) == ["rule.a"]
    talk.say(CUSTOMER, 30, 35, "so", "heard")
    talk.say(AGENT, 36, 37, "so", "acknowledgement")
    assert talk.rules.next_at() is None


def test_from_the_beginning_and_only_of_who_is_there() -> None:
    when = {"event": "absence", "of": [KIND], "by": 30}
    assert rules({"when": when}).next_at() == 30
    talk = Talk(rules({"when": when}))
    talk.say(CUSTOMER, 0, 20)
    assert not talk.rules.tick(30, {}), "there is no agent yet"
    talk = Talk(rules({"when": when}))
    talk.say(AGENT, 0, 20)
    assert names(talk.rules.tick(30, {})) == ["rule.a"]
    assert talk.rules.next_at() is None


def test_what_should_be_said_before_closing() -> None:
    talk = Talk(rules({"when": {**ABSENCE, "by": "closing"}}))
    talk.say(CUSTOMER, 0, 5, "so", "heard")
    assert names(talk.say(AGENT, 50, 51, "Anything else?", "closing")) == ["rule.a"]
    talk = Talk(rules({"when": {**ABSENCE, "by": "closing"}}))
    talk.say(CUSTOMER, 0, 5, "so", "heard")
    assert not talk.say(AGENT, 50, 51, "Anything else?", "closing", "acknowledgement")


def test_what_is_said_in_the_same_breath_is_not_waited_for() -> None:
    when = {"event": "absence", "after": {**HEARD, "role": "agent"}, "of": [KIND], "by": "closing"}
    talk = Talk(rules({"when": when}))
    talk.say(AGENT, 0, 5, "so", "heard", "acknowledgement")
    assert not talk.say(AGENT, 50, 51, "Anything else?", "closing")
