"""The hand-written lines: what people say on a patient-support line, and how agents answer.

`lines/*.jsonl`, one object a line; lines/README.md tells the form and how each label is meant.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from models.text_input import SPEAKERS, TURNS, Said, Turn
from models.text_labels import ATTRIBUTES, DANGERS, LABELS, SAYS, SPANS, SPECIAL
from models.training.examples import Example, Marked, occurrences

LINES = Path(__file__).with_name("lines")
ID = re.compile(r"\w+-\d+")
"""Of a line: its writer, and a number."""


class BadLine(ValueError):
    """A line that cannot be meant. The message names it, the fault and the mend."""


def read_lines(folder: Path = LINES) -> Iterator[Example]:
    """All lines of all files. Raises BadLine, OSError."""
    for file in sorted(folder.glob("*.jsonl")):
        for number, text in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            try:
                yield example(json.loads(text))
            except (ValueError, KeyError, TypeError) as fault:
                raise BadLine(f"{file.name}, line {number}: {fault!r}; see README.md") from fault


def example(line: dict[str, Any]) -> Example:
    """One line. Raises ValueError, KeyError or TypeError for one that is not whole."""
    text = line["text"]
    if not ID.fullmatch(line["id"]):
        raise ValueError(f"the id {line['id']!r} is no writer and number, like w1-001")
    before = tuple(_turn(turn) for turn in line["context"])
    if len(before) > TURNS:
        raise ValueError(f"{len(before)} turns of context: {TURNS} are read, so give the newest")
    named = {*line["special"], *line["attributes"], *line["says"]}
    if unknown := named - {*SPECIAL, *ATTRIBUTES, *SAYS}:
        raise ValueError(f"no such label: {', '.join(sorted(unknown))}")
    flags = ("adverse_event", "serious", "complaint", *DANGERS)
    if unclear := [flag for flag in flags if not isinstance(line[flag], bool)]:
        raise ValueError(f"{', '.join(unclear)} must be true or false")
    labels = {name: name in named for name in LABELS} | {flag: line[flag] for flag in flags}
    return Example(
        id=line["id"],
        said=Said(_turn(line), before),
        labels=labels,
        spans=tuple(_marks(text, line["spans"])),
        marked=frozenset(SPANS),
    )


def _turn(turn: dict[str, Any]) -> Turn:
    if turn["party"] not in SPEAKERS or not turn["text"].strip():
        raise ValueError(f"a turn needs a text, and a party of {', '.join(SPEAKERS)}")
    return Turn(turn["party"], turn["text"])


def _marks(text: str, spans: list[dict[str, str]]) -> Iterator[Marked]:
    for span in spans:
        places = list(occurrences(text, span["text"]))
        if span["label"] not in SPANS or not places:
            raise ValueError(f"span {span['text']!r} is no {span['label']} of the text")
        for start, end in places:
            yield Marked(span["label"], start, end)
