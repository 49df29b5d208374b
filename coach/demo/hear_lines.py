"""Hears the lines that the text model learns from, so that it learns what our hearing leaves too.

Each chosen line is spoken by a synthetic voice over a telephone line and transcribed as a call
would be. What comes out is kept as it is, mistakes included, unless hardly a word of it is right.

    python -m coach.demo.hear_lines [--one-of 3] [--out models/training/heard]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path

from rapidfuzz.distance import Levenshtein

from coach import cli
from coach.demo.listening import listening, spoken_again
from coach.machine import cores
from models.training.examples import Example
from models.training.heard import HEARD
from models.training.lines import read_lines
from models.weights import folder
from models.whisper import Whisper

MODEL = "whisper-base"
RIGHT = 0.5
"""Least share of letters that must be right: below it nobody knows what the line still tells."""


def chosen(lines: list[Example], one_of: int) -> list[Example]:
    """One of so many lines, the same each time."""
    return [
        line
        for line in lines
        if int(hashlib.sha256(line.id.encode()).hexdigest(), 16) % one_of == 0
    ]


def right(written: str, heard: str) -> bool:
    """Whether enough of it was heard for anybody to know what it tells."""
    return Levenshtein.normalized_similarity(written.lower(), heard.lower()) >= RIGHT


def main() -> None:
    parser = argparse.ArgumentParser(description="Hear the lines that the text model learns from.")
    parser.add_argument("--one-of", type=int, default=3, help="one of so many lines")
    parser.add_argument("--out", type=Path, default=HEARD, help="folder")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    listen = listening(Whisper(str(folder(MODEL)), workers=cores()).decode)
    lines = chosen(list(read_lines()), asked.one_of)
    with cli.progress() as bar:
        task = bar.add_task("hearing", total=len(lines))
        on: Callable[[int], None] = lambda count: bar.advance(task, count)  # noqa: E731
        heard = spoken_again([line.said for line in lines], listen, cores(), on)
    pairs = [(line, said.turn.text) for line, said in zip(lines, heard, strict=True)]
    kept = [(line.id, text) for line, text in pairs if right(line.said.turn.text, text)]
    with (asked.out / "heard.jsonl").open("w", encoding="utf-8") as file:
        for name, text in kept:
            file.write(json.dumps({"id": name, "text": text}, ensure_ascii=False) + "\n")
    print(f"{asked.out}: {len(kept)} of {len(lines)} lines kept", file=sys.stderr)


if __name__ == "__main__":
    main()
