"""Rules: which signal becomes which nudge, how often, and what is said of a bad playbook."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from coach.rules import LONGEST_EVENT, MOST_BYTES, Playbook, PlaybookError, Rule, Rules, titled
from models.pacing import Label, PacingWindow
from models.types import Signal, Span, Tier
from stream.audio import Party, PartyId
from tests.coach.scripted_call import AGENT, CUSTOMER, utterance

RULE = {
    "id": "a.rule",
    "when": {"event": "signal", "kind": "adverse_event"},
    "audience": "agent",
    "severity": "info",
    "title": "Heard: {event}.",
    "reason": "It was said.",
    "lifetime": 10,
    "cooldown": 5,
    "most": 3,
}
PACE = {"title": "Slower."}
YAML = """\
# Line 1 is this one.
version: "7"

rules:
  - id: pacing.slow_down
    when: {event: pacing, label: too_fast, role: agent, in_a_row: 2}
    audience: agent
    severity: info
    title: A little slower.
    reason: You spoke faster than usual for a while.
    lifetime: 20
    cooldown: 90
    most: 3
  - id: safety.adverse_event
    when: {event: signal, kind: adverse_event}
    audience: both
    severity: advice
    title: "Possible adverse event: {event}."
    reason: Something happened.
    lifetime: 60
    cooldown: 30
    most: 5
"""
ON_PACING = {"event": "pacing", "label": "too_fast", "role": "agent", "in_a_row": 2}


def rules(*changes: dict[str, Any]) -> Rules:
    made = [{**RULE, "id": f"rule.{'abc'[i]}", **change} for i, change in enumerate(changes)]
    return Rules(Playbook.model_validate({"version": "1", "rules": made}))


def signal(text: str = "I got a rash", *, tier: Tier = "live", spans: tuple[Span, ...] = ()) -> Any:
    return Signal("adverse_event", tier, CUSTOMER.id, 0.8, text, 1.0, 2.0, spans)


def noticed(at_work: Rules, end: float, number: int = 1, of: Any = None) -> list[str]:
    said = utterance(CUSTOMER, number, end - 1, end, "I got a rash")
    return [nudge.id for nudge in at_work.signal(of or signal(), said)]


def paced(at_work: Rules, label: Label, end: float, party: Party = AGENT) -> list[str]:
    window = PacingWindow(party.id, end - 4, end, 240.0, 6.0, 0.5, 0.0, 0.0, label, 0.5)
    said = utterance(party, 1, end - 4, end + 1, "so many words")
    return [nudge.id for nudge in at_work.pacing(window, said)]


# -- when a rule fires -----------------------------------------------------------------------


def test_a_signal_fires_the_rules_of_its_kind_and_tier() -> None:
    at_work = rules({}, {"when": {"event": "signal", "kind": "adverse_event", "tier": "review"}})
    assert noticed(at_work, 5.0) == ["rule.a-customer-1"]
    assert noticed(at_work, 6.0, 2, signal(tier="review")) == ["rule.b-customer-2"]
    other = Signal("jargon", "live", CUSTOMER.id, 0.8, "subcutaneous", 1.0, 2.0)
    assert noticed(at_work, 90.0, 3, other) == []


def test_a_nudge_says_when_it_came_and_when_it_goes() -> None:
    said = utterance(CUSTOMER, 7, 1.0, 2.345, "I got a rash")
    (nudge,) = rules({"lifetime": 1.5}).signal(signal(), said)
    assert (nudge.at, nudge.expires) == (2.345, 3.845)
    assert nudge.title == "Heard: I got a rash."


def test_a_cooldown_runs_from_the_last_nudge_and_ends_at_its_second() -> None:
    at_work = rules({"cooldown": 5})
    assert noticed(at_work, 10.0, 1)
    assert not noticed(at_work, 14.99, 2)
    assert noticed(at_work, 15.0, 3), "a nudge that was held back starts no cooldown"
    assert not noticed(at_work, 19.0, 4)


def test_at_most_so_many_a_call() -> None:
    at_work = rules({"cooldown": 0, "most": 2}, {"cooldown": 0, "most": 1})
    fired = [noticed(at_work, float(number), number) for number in (1, 2, 3)]
    assert [len(ids) for ids in fired] == [2, 1, 0]


def test_a_streak_is_of_one_label_in_a_row() -> None:
    at_work = rules({**PACE, "when": ON_PACING, "cooldown": 0})
    labels: list[Label] = ["too_fast", "steady", "too_fast", "slow", "too_fast", "too_fast"]
    assert [bool(paced(at_work, label, 5.0 * i)) for i, label in enumerate(labels)] == [
        *[False] * 5,
        True,
    ]


def test_a_streak_goes_on_while_the_rule_cools_down() -> None:
    at_work = rules({**PACE, "when": ON_PACING, "cooldown": 8, "most": 9})
    fired = [bool(paced(at_work, "too_fast", 5.0 * i)) for i in range(5)]
    assert fired == [False, True, False, True, False]


def test_another_role_neither_fires_nor_breaks_a_streak() -> None:
    at_work = rules({**PACE, "when": ON_PACING})
    assert not paced(at_work, "too_fast", 5.0)
    assert not paced(at_work, "steady", 6.0, CUSTOMER)
    assert not paced(at_work, "too_fast", 7.0, CUSTOMER)
    assert paced(at_work, "too_fast", 10.0) == ["rule.a-agent-6.00"]


def test_two_parties_of_one_role_have_streaks_of_their_own() -> None:
    at_work = rules({**PACE, "when": {**ON_PACING, "role": "unknown"}})
    one, two = (Party(PartyId(name), "unknown") for name in ("left", "right"))
    assert not paced(at_work, "too_fast", 5.0, one)
    assert not paced(at_work, "too_fast", 6.0, two)
    assert paced(at_work, "too_fast", 10.0, one)


def test_rules_do_not_touch_each_other() -> None:
    at_work = rules({"cooldown": 100}, {"cooldown": 0})
    assert noticed(at_work, 1.0, 1) == ["rule.a-customer-1", "rule.b-customer-1"]
    assert noticed(at_work, 2.0, 2) == ["rule.b-customer-2"]


# -- titles ----------------------------------------------------------------------------------


def title(text: str, *spans: Span, template: str = "{event}") -> str:
    return titled(Rule.model_validate({**RULE, "title": template}), text, spans)


def test_a_title_names_the_first_event_else_the_whole_text() -> None:
    spans = (Span("Injecta", 0, 7, "product"), Span("rash", 3, 7, "event"))
    assert title("…", *spans, Span("fever", 9, 14, "event")) == "rash"
    assert title("She fell.", spans[0]) == "She fell."


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x" * LONGEST_EVENT, "x" * LONGEST_EVENT),
        ("word " * 12, "word " * 12),
        ("word " * 12 + "more", "word word word word word word word word word word word word …"),
        ("words " * 12, "words words words words words words words words words words …"),
        ("x" * 80, "x" * LONGEST_EVENT + " …"),
    ],
)
def test_a_long_quote_is_cut_at_a_word(text: str, shown: str) -> None:
    assert title(text) == shown
    assert title("", Span(text, 0, len(text), "event")) == shown


def test_braces_in_what_was_said_are_only_text() -> None:
    assert title("a {event} {0}", template="Heard: {event}") == "Heard: a {event} {0}"


# -- state -----------------------------------------------------------------------------------


def test_restored_rules_remember_what_was_fired() -> None:
    changes = ({"cooldown": 5, "most": 2}, {**PACE, "when": ON_PACING})
    first = rules(*changes)
    noticed(first, 10.0)
    paced(first, "too_fast", 10.0)
    state = first.state()
    second = rules(*changes)
    second.restore(json.loads(json.dumps(state)))
    assert second.state() == state
    for at_work in (first, second):
        assert not noticed(at_work, 14.0, 2)
        assert noticed(at_work, 15.0, 3)
        assert not noticed(at_work, 99.0, 4)
        assert paced(at_work, "too_fast", 15.0)


def test_a_state_does_not_change_with_what_comes_after_it() -> None:
    at_work = rules({}, {**PACE, "when": ON_PACING})
    noticed(at_work, 10.0)
    paced(at_work, "too_fast", 10.0)
    state = at_work.state()
    before = json.dumps(state)
    noticed(at_work, 60.0, 2)
    paced(at_work, "too_fast", 60.0)
    assert json.dumps(state) == before


# -- the playbook ----------------------------------------------------------------------------


def test_the_default_playbook_carries_both_signals_to_people() -> None:
    playbook = Playbook.load()
    by_id = {rule.id: rule for rule in playbook.rules}
    assert playbook.version
    assert by_id["safety.adverse_event"].audience == "both"
    assert by_id["pacing.slow_down"].when.event == "pacing"
    for rule in playbook.rules:
        assert rule.phrases, f"{rule.id}: give the words to say"
        assert len(titled(rule, "w" * LONGEST_EVENT, ())) <= 90, f"{rule.id}: too long a title"


def written(tmp_path: Path, text: str | bytes) -> Path:
    file = tmp_path / "mine.yaml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


def load_fault(tmp_path: Path, text: str | bytes) -> str:
    file = written(tmp_path, text)
    with pytest.raises(PlaybookError) as fault:
        Playbook.load(file)
    said = str(fault.value)
    assert str(file) in said
    assert "\n" not in said
    return said


def test_a_playbook_of_ones_own_is_read(tmp_path: Path) -> None:
    assert [rule.most for rule in Playbook.load(written(tmp_path, YAML)).rules] == [3, 5]


@pytest.mark.parametrize(
    ("line", "instead", "place", "what"),
    [
        ('version: "7"', "version: 2026-11-22", "line 2, version: ", "valid string"),
        ("    most: 3", "    most: 0", "line 13, rules.0.most: ", "greater than or equal to 1"),
        ("    most: 3", "    most: three", "line 13, rules.0.most: ", "valid integer"),
        ("    most: 3", "    mots: 3", "line 5, rules.0.most: ", "Field required"),
        ("    cooldown: 90", "    cooldown: .inf", "line 12, rules.0.cooldown: ", "finite"),
        ("    lifetime: 20", "    lifetime: 0", "line 11, rules.0.lifetime: ", "greater than 0"),
        ("    title: A little slower.", "    title: A {litle} slower.", "line 9, rules.0.title: ",
         "write {event} or no braces"),
        ("    title: A little slower.", "    title: '{event!r}'", "line 9, ", "write {event}"),
        ("    title: A little slower.", "    title: '{event:>9}'", "line 9, ", "write {event}"),
        ("    title: A little slower.", "    title: '{event.x}'", "line 9, ", "write {event}"),
        ("    title: A little slower.", "    title: 'half {'", "line 9, ", "Single '{'"),
        ("  - id: pacing.slow_down", "  - id: Slow Down", "line 5, rules.0.id: ", "pattern"),
        ("  - id: pacing.slow_down", "  - id: safety.adverse_event", "line 4, rules: ",
         "two rules are called safety.adverse_event"),
        ("role: agent,", "role: agnet,", "line 6, rules.0.when.pacing.role: ", "'agent'"),
        ("event: pacing,", "event: pace,", "line 6, rules.0.when: ", "'pacing', 'signal'"),
    ],
)  # fmt: skip
def test_a_fault_names_its_line_and_place(
    tmp_path: Path, line: str, instead: str, place: str, what: str
) -> None:
    assert YAML.count(line) == 1
    said = load_fault(tmp_path, YAML.replace(line, instead))
    assert place in said
    assert what in said
    assert said.endswith("mend it there")


def test_an_unknown_key_is_named_where_it_stands(tmp_path: Path) -> None:
    said = load_fault(tmp_path, YAML.replace("    reason: You", "    raeson: x\n    reason: You"))
    assert ", line 10, rules.0.raeson: Extra inputs are not permitted" in said


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "line 1, the top"),
        ("- 1\n- 2\n", "line 1, the top"),
        ("version: '1'\n", "line 1, rules: Field required"),
        ("version: '1'\nrules:\n  - [1\n", "line 4: no YAML"),
        ("version: 2026-13-45\nrules: []\n", "no YAML"),
        ("version: !!python/object:os.x {}\nrules: []\n", "line 1: no YAML"),
        ("rules: []\nversion: '1'\n? [a, b]\n: 1\n", "no YAML"),
        (b"version: \xff\n", "not text in UTF-8: save it"),
        ("#" * (MOST_BYTES + 1), "is it the right file?"),
    ],
)
def test_what_is_no_playbook_is_refused_in_one_line(
    tmp_path: Path, text: str | bytes, what: str
) -> None:
    assert what in load_fault(tmp_path, text)


def test_a_file_that_cannot_be_read_names_the_setting(tmp_path: Path) -> None:
    for file in (tmp_path, tmp_path / "none.yaml"):
        with pytest.raises(PlaybookError, match=r"cannot read playbook .*playbook\.file"):
            Playbook.load(file)
