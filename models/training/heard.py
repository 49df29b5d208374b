"""Lines as our own hearing left them, when a synthetic voice spoke them over a telephone line.

`heard/*.jsonl`, one object a line: `id` of the line that was spoken, `text` that was heard. What
the line tells is told of both; coach/demo/hear_lines.py makes them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from models.text_input import Said, Turn
from models.training.examples import Example, Marked, occurrences

HEARD = Path(__file__).with_name("heard")


def read_heard(lines: Mapping[str, Example], folder: Path = HEARD) -> Iterator[Example]:
    """Of the lines, by id, those that were heard. Raises OSError, ValueError for a broken file."""
    for file in sorted(folder.glob("*.jsonl")):
        for text in file.read_text(encoding="utf-8").splitlines():
            heard = json.loads(text)
            if heard["id"] in lines:
                yield as_heard(lines[heard["id"]], heard["text"])


def as_heard(line: Example, text: str) -> Example:
    """The line with other words. Its spans are known only where all of them were heard."""
    words = line.said.turn.text
    spans = [
        Marked(span.label, start, end)
        for span in line.spans
        for start, end in occurrences(text, words[span.start : span.end])
    ]
    whole = all(
        any(text[found.start : found.end] == words[span.start : span.end] for found in spans)
        for span in line.spans
    )
    turn = Turn(line.said.turn.role, text)
    return replace(
        line,
        id=f"{line.id}-heard",
        said=Said(turn, line.said.before),
        spans=tuple(dict.fromkeys(spans)) if whole else (),
        marked=line.marked if whole else frozenset(),
    )
