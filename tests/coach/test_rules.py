"""Rules: what happened becomes nudges, as often as the playbook says and no oftener."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from coach.floor import Moment, MomentKind, TurnEnd
from coach.rules import CLOSING, OFFERED, OPENING, Rules
from models.pacing import Label, PacingWindow
from models.tone import ToneWindow
from stream.audio import Party
from tests.coach.rulebook import ABSENCE, GATED, HEARD, KIND, Talk, names, playbook, rules, signal
from tests.coach.scripted_call import AGENT, CUSTOMER


def pace(label: Label, start: float, end: float) -> PacingWindow:
    return PacingWindow(AGENT.id, start, end, 200.0, 6.0, 0.5, 0.0, 0.0, label, 0.5)


def tone(label: Any, end: float, party: Party = CUSTOMER) -> ToneWindow:
    return ToneWindow(party.id, end - 2, end, 0.5, 0.5, None, 0.9, label)


def moment(kind: MomentKind, start: float, end: float, party: Party = AGENT) -> Moment:
    return Moment(kind, party.id, party.role, start, end)


# -- triggers --------------------------------------------------------------------------------


def test_a_signal_of_the_kind_tier_role_and_attributes_fires() -> None:
    when = {**HEARD, "role": "customer", "where": {"what": ["rash", "fever"]}, "score": 0.5}
    talk = Talk(rules({"when": when}))
    assert not talk.say(AGENT, 0, 1, "so", "heard", what="rash")
    assert not talk.say(CUSTOMER, 1, 2, "so", "heard", what="cold")
    assert not talk.say(CUSTOMER, 2, 3, "so", "heard", what="rash", tier="review")
    (nudge,) = talk.say(CUSTOMER, 3, 4, "so", "heard", what="Fever")
    assert (nudge.id, nudge.at, nudge.expires, nudge.utterance) == ("rule.a-customer-4", 4, 14, 4)


def test_a_phrase_fires_in_whatever_spelling() -> None:
    talk = Talk(rules({"when": {"event": "phrase", "says": ["don't know"], "role": "agent"}}))
    assert not talk.say(CUSTOMER, 0, 1, "I don't know")
    assert not talk.say(AGENT, 1, 2, "I do know")
    (nudge,) = talk.say(AGENT, 2, 3, "Well, I dont, know.") or talk.say(
        AGENT, 3, 4, "I DON’T know!"
    )
    assert nudge.rule.id == "rule.a"


def test_pacing_needs_so_many_windows_in_a_row() -> None:
    when = {"event": "pacing", "label": "too_fast", "role": "agent", "in_a_row": 2}
    talk = Talk(rules({"when": when, "cooldown": 100}))
    labels: list[Label] = ["too_fast", "steady", "too_fast", "too_fast", "too_fast"]
    fired = []
    for i, label in enumerate(labels):
        said = talk.utterance(AGENT, 5 * i, 5 * i + 4, "words")
        fired.append(names(talk.rules.pacing(pace(label, 5 * i, 5 * i + 4), said, {})))
    assert fired == [[], [], [], ["rule.a"], []]
    caller = talk.utterance(CUSTOMER, 50, 54, "words")
    assert not talk.rules.pacing(pace("too_fast", 50, 54), caller, {})


def test_tone_needs_so_many_windows_in_a_row_of_the_role() -> None:
    when = {"event": "tone", "role": "customer", "labels": ["tense", "distressed"], "in_a_row": 3}
    made = rules({"when": when, "most": 1})
    labels = ["tense", "distressed", "unsure", "tense", "tense", "distressed", "tense"]
    fired = [
        names(made.tone(tone(label, 2.0 * i), "customer", 2.0 * i, {}))
        for i, label in enumerate(labels)
    ]
    assert fired == [[], [], [], [], [], ["rule.a"], []]
    assert not made.tone(tone("tense", 30, AGENT), "agent", 30, {})


def test_silences_are_those_that_rules_ask_for() -> None:
    made = rules(
        {"when": {"event": "silence", "seconds": 6}},
        {"when": {"event": "silence", "seconds": 4.5}},
        {"when": {"event": "silence", "seconds": 6}},
    )
    assert made.silences == (4.5, 6.0)
    assert names(made.moments([moment("silence", 10.1, 16.1)], 16.1, {})) == ["rule.a", "rule.c"]
    assert names(made.moments([moment("silence", 20.1, 24.6)], 24.6, {})) == ["rule.b"]


def test_a_monologue_is_told_once_however_long_it_goes_on() -> None:
    made = rules({"when": {"event": "monologue", "role": "agent", "seconds": 45}})
    ends = (40, 50, 60, 200)
    fired = [names(made.moments([moment("monologue", 0, end)], end, {})) for end in ends]
    assert fired == [[], ["rule.a"], [], []]
    assert names(made.moments([moment("monologue", 210, 260)], 260, {})) == ["rule.a"]
    assert not made.moments([moment("monologue", 300, 360, CUSTOMER)], 360, {})


def test_interruptions_are_counted_within_their_time() -> None:
    when = {"event": "interruption", "role": "agent", "times": 2, "within": 60}
    made = rules({"when": when})
    fired = [
        names(made.moments([moment("interruption", at, at + 1, party)], at + 1, {}))
        for at, party in ((0, AGENT), (10, CUSTOMER), (61, AGENT), (100, AGENT))
    ]
    assert fired == [[], [], [], ["rule.a"]]


def test_a_signal_of_no_single_utterance_fires_too() -> None:
    made = rules({"when": {**HEARD, "role": "agent"}})
    assert names(made.noticed(signal("heard"), "agent", 9.0, {})) == ["rule.a"]
    assert not made.noticed(signal("heard"), "customer", 19.0, {})
    assert not made.noticed(signal("other"), "agent", 29.0, {})


# -- conditions ------------------------------------------------------------------------------


def test_context_narrows_and_excludes() -> None:
    made = playbook({"only": {"context": {"customer.role": ["patient", "caregiver"]}}})
    for role, fires in (("patient", True), ("hcp", False), (None, False)):
        talk = Talk(Rules(made), {"customer": {"role": role}} if role else {})
        assert bool(talk.say(CUSTOMER, 0, 1, "so", "heard")) == fires
    made = playbook({"unless": {"context": {"customer.role": "hcp"}}})
    for role, fires in (("patient", True), ("HCP", False)):
        talk = Talk(Rules(made), {"customer": {"role": role}})
        assert bool(talk.say(CUSTOMER, 0, 1, "so", "heard")) == fires


def test_words_of_the_utterance_exclude() -> None:
    talk = Talk(rules({"unless": {"says": ["just kidding"]}}))
    assert not talk.say(CUSTOMER, 0, 1, "Just kidding, of course!", "heard")
    assert talk.say(CUSTOMER, 1, 2, "No, I mean it.", "heard")


def test_only_seen_asks_for_something_earlier() -> None:
    talk = Talk(rules({"only": {"seen": [HEARD], "within": 30}}))
    assert not talk.say(CUSTOMER, 0, 1, "so", "heard"), "the very first is none earlier"
    assert talk.say(CUSTOMER, 20, 31, "so", "heard")
    assert not talk.say(CUSTOMER, 60, 62, "so", "heard"), "too long ago"


def test_unless_seen_counts_what_is_said_in_the_same_breath() -> None:
    made = {"unless": {"seen": [{"event": "signal", "kind": "danger"}], "within": 30}}
    talk = Talk(rules(made))
    assert not talk.say(CUSTOMER, 0, 1, "so", "heard", "danger")
    assert not talk.say(CUSTOMER, 20, 31, "so", "heard")
    assert talk.say(CUSTOMER, 40, 41, "so", "heard")


def test_phases_of_a_call() -> None:
    made = rules({"only": {"phase": ["closing"]}})
    talk = Talk(made)
    assert [made.phase(at) for at in (0, OPENING - 1, OPENING)] == ["opening", "opening", "middle"]
    assert not talk.say(CUSTOMER, 40, 41, "so", "heard")
    assert talk.say(AGENT, 50, 51, "anything else?", "closing", "heard")
    assert made.phase(51 + CLOSING) == "closing"
    assert made.phase(51 + CLOSING + 0.1) == "middle"


def test_an_unknown_slot_of_a_title_makes_no_nudge_and_costs_nothing() -> None:
    talk = Talk(rules({"title": "Heard: {what}", "most": 1}))
    assert not talk.say(CUSTOMER, 0, 1, "so", "heard")
    assert talk.say(CUSTOMER, 1, 2, "so", "heard", what="a rash")


# -- how often -------------------------------------------------------------------------------


def test_cooldown_and_most() -> None:
    talk = Talk(rules({"cooldown": 10, "most": 2}))
    fired = [bool(talk.say(CUSTOMER, at - 1, at, "so", "heard")) for at in (1, 10, 11, 40)]
    assert fired == [True, False, True, False]


def test_without_cooldown_never_twice_at_the_same_moment() -> None:
    made = rules({"when": {"event": "pacing", "label": "slow", "role": "agent"}})
    said = Talk(made).utterance(AGENT, 0, 8, "words")
    assert made.pacing(pace("slow", 0, 4), said, {})
    assert not made.pacing(pace("slow", 4, 8), said, {}), "its id is taken"


def test_phrases_come_two_at_a_time_and_never_twice() -> None:
    phrases = ["One.", "For {what}.", "Two.", "Three."]
    talk = Talk(rules({"phrases": phrases}, {"phrases": ["Three.", "Four."]}))
    offered: list[list[tuple[str, ...]]] = [
        [nudge.phrases for nudge in talk.say(CUSTOMER, at, at + 1, "so", "heard")]
        for at in range(3)
    ]
    assert offered == [
        [("One.", "Two."), ("Three.", "Four.")],
        [(), ()],
        [(), ()],
    ]
    assert OFFERED == 2


# -- drafts and state ------------------------------------------------------------------------


def test_drafts_run_where_that_is_asked_for() -> None:
    made = playbook({"status": "draft"})
    assert not Talk(Rules(made)).say(CUSTOMER, 0, 1, "so", "heard")
    assert Talk(Rules(made, drafts=True)).say(CUSTOMER, 0, 1, "so", "heard")


EVERYTHING = (
    {"cooldown": 7, "most": 3, "phrases": ["One.", "Two.", "Three.", "Four."]},
    {"when": ABSENCE, "phrases": ["Three.", "Five."]},
    {"when": {**ABSENCE, "by": 9}},
    {"when": {**ABSENCE, "by": "closing"}},
    {**GATED, "cooldown": 5},
    {"only": {"seen": [KIND], "within": 20}},
    {"unless": {"seen": [KIND], "within": 20}},
    {"when": {"event": "interruption", "role": "agent", "times": 2, "within": 20}},
)
STEP = st.tuples(
    st.sampled_from(["said", "turn", "tick", "interruption", "monologue"]),
    st.sampled_from([AGENT, CUSTOMER]),
    st.sets(st.sampled_from(["heard", "acknowledgement", "closing"])),
)


def went(talk: Talk, number: int, step: tuple[str, Party, set[str]]) -> list[str]:
    what, party, kinds = step
    at = 4.0 * number
    if what == "said":
        return [n.id for n in talk.say(party, at - 3, at, "so it is", *sorted(kinds))]
    if what == "turn":
        return [n.id for n in talk.rules.turns([TurnEnd(party.role, at - 3, at, 9)], at, {})]
    if what == "tick":
        return [n.id for n in talk.rules.tick(at, {})]
    found = moment("interruption" if what == "interruption" else "monologue", at - 3, at, party)
    return [n.id for n in talk.rules.moments([found], at, {})]


@given(st.lists(STEP, max_size=25), st.integers(0, 25))
def test_a_restart_at_any_moment_changes_nothing(
    steps: list[tuple[str, Party, set[str]]], cut: int
) -> None:
    through, restarted = Talk(rules(*EVERYTHING)), Talk(rules(*EVERYTHING))
    for number, step in enumerate(steps, 1):
        if number == cut:
            restarted.restart(rules(*EVERYTHING))
        assert went(through, number, step) == went(restarted, number, step)
    assert through.rules.state() == restarted.rules.state()
    assert through.rules.next_at() == restarted.rules.next_at()


@given(st.lists(STEP, max_size=25))
def test_ids_are_never_used_twice(steps: list[tuple[str, Party, set[str]]]) -> None:
    talk = Talk(rules(*EVERYTHING))
    ids = [nudge for number, step in enumerate(steps, 1) for nudge in went(talk, number, step)]
    assert len(ids) == len(set(ids))


def test_a_restart_with_another_playbook_forgets_what_is_gone() -> None:
    talk = Talk(rules({}, GATED, {"when": {**ABSENCE, "by": 9}}))
    (nudge,) = talk.say(CUSTOMER, 0, 5, "so", "heard")
    kept = talk.rules.put(nudge)
    talk.restart(Rules(playbook()))
    assert talk.rules.next_at() is None
    assert talk.rules.take(kept) is None
    assert not talk.say(AGENT, 6, 7, "so", "acknowledgement", "closing")


def test_a_nudge_comes_back_whole() -> None:
    talk = Talk(rules({"phrases": ["One."]}))
    (nudge,) = talk.say(CUSTOMER, 0, 5, "so", "heard", what="a rash")
    assert talk.rules.take(talk.rules.put(nudge)) == nudge
