"""Playbooks: what may stand in one, what is said of a bad one, and the default one."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from coach.playbook import DEFAULT, commands, examples, reading
from coach.playbook.examples import Result
from coach.playbook.reading import MOST_BYTES, PlaybookError, load
from coach.playbook.schema import Playbook, Rule
from coach.settings import Settings
from tests.coach.scripted_call import knowledge, lexicon, reading_knowledge

TONE = frozenset({"tone.lower_and_slower", "emotion.tenser_than_before", "moments.grew_calmer"})
"""Rules that only a voice sets off."""
DOUBT = frozenset({"listening.unsure"})
"""Rules that only a badly heard word sets off: written words are never in doubt."""

YAML = """\
# Line 1 is this one.
version: "7"
budget: {on_screen: 1, every: 20}

checklist:
  - id: notice
    text: Say that the call is recorded
    done: [{event: signal, kind: statement, where: {name: recording_notice}}]
    by: 30

rules:
  - id: pacing.slow_down
    row: 1
    when: {event: pacing, label: too_fast, role: agent, in_a_row: 2}
    audience: agent
    severity: info
    title: A little slower.
    phrases: ["Let me pause there."]
    reason: You spoke faster than usual for a while.
    lifetime: 20
    cooldown: 90
    most: 3
  - id: safety.adverse_event
    when: {event: signal, kind: adverse_event}
    unless: {says: [just kidding]}
    audience: both
    severity: advice
    title: "Mentioned: {event}."
    reason: Something happened.
    lifetime: 15
    cooldown: 30
    most: 5
    examples:
      fires:
        - |
          customer: I got a rash after the injection.
      quiet:
        - "customer: I'm fine."
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "mine.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def told(folder: Path, text: str) -> str:
    """What is said of the text, without the file's name."""
    file = written(folder, text)
    with pytest.raises(PlaybookError) as fault:
        load(file)
    name, said = str(fault.value).split(str(file))
    assert name == "playbook "
    return said.lstrip(", ")


# -- what may stand in one -------------------------------------------------------------------


def test_a_playbook_is_read(tmp_path: Path) -> None:
    made = load(written(tmp_path, YAML))
    assert made.version == "7"
    assert [rule.id for rule in made.rules] == ["pacing.slow_down", "safety.adverse_event"]
    assert made.rules[1].unless.says == ("just kidding",)
    assert (made.checklist[0].by, made.budget.every) == (30, 20)


FAULTS = [
    ("version", 'version: "7"', "", "line 3, version: Field required"),
    ("id", "id: pacing.slow_down", "id: Pacing!", "line 12, rules.0.id: String should match"),
    ("unknown", "    row: 1", "    rows: 1", "line 13, rules.0.rows: Extra inputs are not"),
    ("row", "row: 1", "row: 19", "line 13, rules.0.row: Input should be less than or equal to 18"),
    ("event", "event: pacing", "event: pace", "line 14, rules.0.when: Input tag 'pace'"),
    ("label", "label: too_fast", "label: fast", "line 14, rules.0.when.pacing.label: Input should"),
    ("type", "in_a_row: 2", "in_a_row: two", "line 14, rules.0.when.pacing.in_a_row: Input should"),
    ("audience", "audience: agent", "audience: all", "line 15, rules.0.audience: Input should be"),
    ("slot", "title: A little slower.", 'title: "{speed}"', "line 17, rules.0.title: there is no"),
    ("form", "title: A little slower.", 'title: "{what:>9}"', "line 17, rules.0.title: there is"),
    ("brace", "title: A little slower.", 'title: "a { brace"', "line 17, rules.0.title: "),
    ("empty", "title: A little slower.", 'title: ""', "line 17, rules.0.title: String should have"),
    ("long", "title: A little slower.", f"title: {'x' * 91}", "line 17, rules.0.title: String"),
    ("phrase", "Let me pause there.", "x" * 121, "line 18, rules.0.phrases.0: String should have"),
    ("slot2", "Let me pause there.", "{nothing}", "line 18, rules.0.phrases.0: there is no slot"),
    ("negative", "lifetime: 20", "lifetime: 0", "line 20, rules.0.lifetime: Input should be"),
    ("infinite", "lifetime: 20", "lifetime: .inf", "line 20, rules.0.lifetime: Input should be"),
    ("wordless", "[just kidding]", '["--"]', "line 25, rules.1.unless.says.0: there is no word"),
    ("unheard", "[just kidding]", '["{event}"]', "line 25, rules.1.unless.says.0: nobody can be"),
    (
        "twice",
        "id: safety.adverse_event",
        "id: pacing.slow_down",
        "two are called pacing.slow_down",
    ),
    ("key", "    row: 1", "    id: again", "line 13: id stands here a second time; leave one"),
    ("yaml", "rules:", "rules: [", "no YAML"),
    ("tab", "    row: 1", "\trow: 1", "line 13: no YAML"),
    ("date", 'version: "7"', "version: 2026-13-01", "no YAML"),
    ("item", "by: 30", "by: later", "line 9, checklist.0.by"),
    ("budget", "every: 20", "every: -1", "line 3, budget.every: Input should be greater"),
]


@pytest.mark.parametrize(
    ("old", "new", "said"), [each[1:] for each in FAULTS], ids=[each[0] for each in FAULTS]
)
def test_a_fault_is_told_with_its_line_and_the_mend(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    assert old in YAML
    found = told(tmp_path, YAML.replace(old, new, 1))
    assert said in found
    assert any(mend in found for mend in ("mend", "leave one", "rename one"))


def test_an_absence_by_turn_needs_what_it_answers(tmp_path: Path) -> None:
    when = "{event: absence, of: [{event: signal, kind: recap}]}"
    text = YAML.replace("{event: signal, kind: adverse_event}", when)
    assert "line 24, rules.1.when.absence: by: turn needs `after`" in told(tmp_path, text)


@pytest.mark.parametrize("text", ["", "[]", "just words", "- a\n- b"])
def test_what_is_no_playbook_at_all(tmp_path: Path, text: str) -> None:
    assert "line 1, the top: " in told(tmp_path, text)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(PlaybookError, match=r"cannot read .*playbook\.file"):
        load(tmp_path / "none.yaml")
    (tmp_path / "latin.yaml").write_bytes("version: é".encode("latin-1"))
    with pytest.raises(PlaybookError, match="not text in UTF-8"):
        load(tmp_path / "latin.yaml")
    with pytest.raises(PlaybookError, match=f"more than {MOST_BYTES} bytes"):
        load(written(tmp_path, "# " + "x" * MOST_BYTES))


def test_nothing_that_yaml_can_make_is_run(tmp_path: Path) -> None:
    assert "no YAML" in told(tmp_path, "version: !!python/object/apply:os.getcwd []")
    assert "no YAML" in told(tmp_path, "[" * 5000)
    assert "line 1, " in told(tmp_path, "a: &a [*a]")


# -- the default one -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def default() -> Playbook:
    return load()


def test_every_row_of_the_table_has_a_live_rule(default: Playbook) -> None:
    rows = {rule.row for rule in default.rules if rule.status == "live"}
    assert rows >= set(range(1, 19))
    pacing = {rule.when.event for rule in default.rules if rule.row == 1}
    assert pacing == {"pacing", "monologue", "silence", "interruption"}


def texts(rule: Rule) -> Iterator[str]:
    yield from (rule.title, rule.text, *rule.phrases)


def test_nothing_is_said_twice(default: Playbook) -> None:
    said = Counter(text for rule in default.rules for text in texts(rule) if text)
    assert [text for text, times in said.items() if times > 1] == []


def test_words_to_avoid(default: Playbook) -> None:
    """Formulas, apologies that admit a cause, guesses at somebody's gender."""
    avoid = ("how you feel", "our fault", "sorry that our", " he ", " she ", " her ", " him ")
    for rule in default.rules:
        for text in texts(rule):
            assert not any(bad in f" {text.lower()} " for bad in avoid), f"{rule.id}: {text}"


def test_what_is_urgent_comes_first(default: Playbook) -> None:
    urgent = [rule for rule in default.rules if rule.severity == "urgent"]
    assert {rule.row for rule in urgent} == {15}
    assert all(rule.audience == "both" and rule.priority >= 95 for rule in urgent)
    assert max(rule.priority for rule in default.rules if rule not in urgent) == 90


def test_rules_have_examples_of_both_kinds(default: Playbook) -> None:
    for rule in default.rules:
        assert len(rule.examples.quiet) >= 2, rule.id
        assert len(rule.examples.fires) >= 2 or rule.id in TONE | DOUBT, rule.id


def test_the_examples_hold() -> None:
    results = list(examples.run(reading_knowledge()))
    failed = [f"{each.rule} {each.kind} {each.number}: {each.told}" for each in results]
    failed = [told for told, each in zip(failed, results, strict=True) if not each.passed]
    assert not failed, "\n".join(failed)
    assert len(results) == examples.count(load())


# -- examples --------------------------------------------------------------------------------


def test_an_example_shows_what_came_instead(tmp_path: Path) -> None:
    text = YAML.replace("I got a rash after the injection.", "I'm fine.").replace(
        '"customer: I\'m fine."', "somebody said something"
    )
    made = replace(knowledge(), playbook=load(written(tmp_path, text)))
    fires, quiet = examples.run(made)
    assert not fires.passed
    assert fires.told == "should fire, and nothing came"
    assert not quiet.passed
    assert "cannot be read: line 1: begin it with `agent:`" in quiet.told
    came = Result("a.rule", "quiet", 1, (("a.rule", "Its title"),))
    assert (came.passed, came.told) == (False, "should stay quiet, and a.rule: Its title came")


def test_drafts_are_tested_too(tmp_path: Path) -> None:
    text = YAML.replace("    unless: {says: [just kidding]}", "    status: draft")
    made = replace(knowledge(), playbook=load(written(tmp_path, text)))
    assert [result.passed for result in examples.run(made)] == [True, True]


def test_places_of_examples(tmp_path: Path) -> None:
    file = written(tmp_path, YAML)
    wanted = [("rules", 1, "examples", kind, 0) for kind in ("fires", "quiet")]
    lines = file.read_text().splitlines()
    found = [lines[line - 1].strip() for line in reading.places(file, wanted)]
    assert found == ["- |", '- "customer: I\'m fine."']


# -- commands --------------------------------------------------------------------------------


def test_check_tells_each_fault_in_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = written(tmp_path, YAML), tmp_path / "bad.yaml"
    bad.write_text(YAML.replace("row: 1", "row: 19"))
    assert commands.check([good])
    assert not commands.check([bad, good, tmp_path / "none.yaml"])
    out, err = capsys.readouterr()
    assert out.splitlines()[0] == f"{good}: version 7, 2 rules, 2 examples"
    assert len(out.splitlines()) == 2
    first, second = err.splitlines()
    assert first.startswith(f"playbook {bad}, line 13, rules.0.row: ")
    assert "none.yaml" in second


def test_without_files_it_is_the_default_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.check([])
    assert capsys.readouterr().out.startswith(f"{DEFAULT}: version ")


def test_failed_examples_are_told_with_their_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lexicon()
    good = written(tmp_path, YAML)
    settings = Settings.load(None, {"COACH_MODELS_TEXT": "none"})
    assert commands.run_examples([good], settings)
    assert "1 of 1" in capsys.readouterr().out
    bad = tmp_path / "bad.yaml"
    bad.write_text(YAML.replace("I got a rash after the injection.", "Hello."))
    assert not commands.run_examples([good, bad], settings)
    out, err = capsys.readouterr()
    assert "0 of 1" in out
    line = next(i for i, text in enumerate(YAML.splitlines(), 1) if text.strip() == "- |")
    failed, unread = err.splitlines()
    assert failed == f"{bad}, line {line}: safety.adverse_event: should fire, and nothing came"
    assert "no text model reads here" in unread
    assert "models.text" in unread
    assert not commands.run_examples([tmp_path / "none.yaml"], settings)


def test_the_command_line(tmp_path: Path) -> None:
    file = written(tmp_path, YAML.replace("row: 1", "row: 19"))
    command = [sys.executable, "-m", "coach", "playbook", "check", str(file)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith(f"playbook {file}, line 13, ")
    assert len(ran.stderr.splitlines()) == 1
