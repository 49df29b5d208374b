"""PsyTAR: what patients wrote of four psychiatric drugs, by sentence (Zolnoori et al. 2019).

Written, with labels of its own. Every other sentence is learnt as the turn of somebody who writes
("post"), so that the model can tell the two manners; the rest as a caller's, since that is how
`coach analyze --text` reads a written sentence.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from models.text_input import Said, Turn
from models.training.examples import Example, Marked

FOLDER = "text/psytar"
LABELS = {"adverse_event": "ADR", "lack_of_effect": "INF"}
EVENT = "ADR"
"""Kind of span that is an event."""


def read_sentences(data: Path, split: str, roles: Sequence[str]) -> Iterator[Example]:
    """The sentences of `train`, `dev` or `test` below the folder of shared data, as turns of one of
    `roles` after the other. Raises OSError."""
    with (data / FOLDER / f"{split}.csv").open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file, delimiter="\t"), 1):
            yield Example(
                id=f"psytar-{split}-{number}",
                said=Said(Turn(roles[number % len(roles)], row["sentences"])),
                labels={ours: row[theirs] == "1" for ours, theirs in LABELS.items()},
            )


def read_spans(data: Path, split: str) -> Iterator[Example]:
    """The same sentences, other than in their order, with the words that tell an event."""
    text = (data / FOLDER / f"spans.{split}.conll").read_text(encoding="utf-8")
    for number, block in enumerate(text.split("\n\n"), 1):
        rows = [line.split("\t") for line in block.splitlines() if "\t" in line]
        if rows:
            joined, marks = _joined(rows)
            yield Example(
                id=f"psytar-spans-{split}-{number}",
                said=Said(Turn("post", joined)),
                labels={},
                spans=marks,
                marked=frozenset({"event"}),
            )


def _joined(rows: list[list[str]]) -> tuple[str, tuple[Marked, ...]]:
    """The sentence, a space between words, and its events."""
    text, marks = "", list[Marked]()
    for word, tag in rows:
        start = len(text) + bool(text)
        text = f"{text} {word}" if text else word
        if tag == f"B-{EVENT}":
            marks.append(Marked("event", start, len(text)))
        elif tag == f"I-{EVENT}" and marks:
            marks[-1] = Marked("event", marks[-1].start, len(text))
    return text, tuple(marks)
