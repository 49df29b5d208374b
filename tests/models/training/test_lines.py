"""The lines that the text model learns from: whole, different, and enough of each kind."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from models.text_labels import LABELS, REPORTABLE, SAYS, SPECIAL
from models.training.examples import occurrences
from models.training.lines import LINES, BadLine, example, read_lines

WHOLE: dict[str, Any] = {
    "id": "w0-1",
    "topic": "rash",
    "context": [{"party": "agent", "text": "And how have you been?"}],
    "party": "customer",
    "text": "A rash on one arm, and a rash on the other.",
    "adverse_event": True,
    "serious": False,
    "special": [],
    "complaint": False,
    "self_harm": False,
    "emergency": False,
    "attributes": ["recovered"],
    "hard": False,
    "spans": [{"label": "event", "text": "rash"}],
    "says": [],
}


def test_every_line_is_whole_and_none_is_there_twice() -> None:
    lines = list(read_lines())
    assert len({line.id for line in lines}) == len({_said(line) for line in lines}) == len(lines)
    for line in lines:
        assert set(line.labels) == set(LABELS)
        assert len(line.said.before) <= 2
        assert re.fullmatch(r"w\d+-\d+", line.id), line.id
        assert line.labels["adverse_event"] or not line.labels["serious"], line.id


def _said(line: Any) -> tuple[str, ...]:
    return tuple(turn.text for turn in (*line.said.before, line.said.turn))


def test_there_is_enough_of_each_kind() -> None:
    lines = list(read_lines())
    count = Counter(name for line in lines for name, yes in line.labels.items() if yes)
    nothing = [line for line in lines if not any(line.labels[name] for name in REPORTABLE)]
    assert len(lines) >= 3000
    assert len(nothing) >= 0.4 * len(lines)
    assert min(count[name] for name in (*SPECIAL, *SAYS)) >= 50


def test_a_line_becomes_an_example() -> None:
    found = example(WHOLE)
    assert found.said.turn.text == WHOLE["text"]
    assert [name for name, yes in found.labels.items() if yes] == ["adverse_event", "recovered"]
    assert [(each.start, each.end) for each in found.spans] == [(2, 6), (25, 29)]


@pytest.mark.parametrize(
    "fault",
    [
        {"special": ["magic"]},
        {"says": ["hello"]},
        {"spans": [{"label": "event", "text": "itch"}]},
        {"spans": [{"label": "when", "text": "rash"}]},
        {"context": [{"party": "agent"}]},
        {"context": [{"party": "agent", "text": "So?"}] * 3},
        {"party": "custmer"},
        {"text": " "},
        {"id": "mine"},
        {"id": 7},
        {"complaint": "false"},
    ],
)
def test_a_line_that_is_not_whole_names_its_place(tmp_path: Path, fault: dict[str, Any]) -> None:
    text = json.dumps(WHOLE) + "\n" + json.dumps(WHOLE | fault)
    (tmp_path / "mine.jsonl").write_text(text, encoding="utf-8")
    with pytest.raises(BadLine, match=r"mine\.jsonl, line 2"):
        list(read_lines(tmp_path))


def test_the_lines_lie_where_they_are_read() -> None:
    assert (LINES / "README.md").is_file()


@pytest.mark.parametrize(
    ("text", "part", "found"),
    [
        ("my arms and my arm", "arm", [(15, 18)]),
        ("headache", "ache", [(4, 8)]),
        ("pain, pain.", "pain", [(0, 4), (6, 10)]),
        ("nothing", "pain", []),
    ],
)
def test_words_are_found_whole_where_they_are(
    text: str, part: str, found: list[tuple[int, int]]
) -> None:
    assert list(occurrences(text, part)) == found
