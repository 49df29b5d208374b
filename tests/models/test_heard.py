"""Lines as they were heard: what is still known of them."""

from __future__ import annotations

import json
from pathlib import Path

from models.text_input import Said, Turn
from models.training.examples import Example, Marked
from models.training.heard import as_heard, read_heard

TEXT = "My arms went numb after the pen"
LINE = Example(
    "w1-001",
    Said(Turn("customer", TEXT), (Turn("agent", "How was it?"),)),
    {"adverse_event": True},
    (Marked("event", 0, 17), Marked("product", 28, 31)),
    frozenset({"event", "product"}),
)


def test_spans_stand_where_their_words_were_heard() -> None:
    heard = as_heard(LINE, "Well my, My arms went numb after a pen.")
    assert [heard.said.turn.text[mark.start : mark.end] for mark in heard.spans] == [
        "My arms went numb",
        "pen",
    ]
    assert (heard.marked, heard.labels, heard.said.before) == (
        LINE.marked,
        LINE.labels,
        LINE.said.before,
    )


def test_where_a_span_was_misheard_none_is_known() -> None:
    heard = as_heard(LINE, "My arms went numb after the pan.")
    assert (heard.spans, heard.marked) == ((), frozenset())
    assert heard.labels == LINE.labels


def test_only_lines_that_are_asked_for_are_read(tmp_path: Path) -> None:
    rows = [{"id": "w1-001", "text": "My arms went dumb"}, {"id": "w2-002", "text": "Else"}]
    (tmp_path / "heard.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    (heard,) = read_heard({LINE.id: LINE}, tmp_path)
    assert heard.said.turn.text == "My arms went dumb"
