"""Lay words for symptoms (HPO, Köhler et al. 2021): each by itself, the whole of it an event."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from models.text_input import Said, Turn
from models.training.examples import Example, Marked

FILE = "text/hpo/layperson-synonyms.tsv"


def read_lay_words(data: Path) -> Iterator[Example]:
    """Each word or phrase once. Nothing is known of it but that it names what may befall somebody.

    Raises OSError.
    """
    with (data / FILE).open(encoding="utf-8", newline="") as file:
        words = dict.fromkeys(
            row["?layperson"].strip() for row in csv.DictReader(file, delimiter="\t")
        )
    for number, text in enumerate(filter(None, words), 1):
        yield Example(
            id=f"hpo-{number}",
            said=Said(Turn("post", text)),
            labels={},
            spans=(Marked("event", 0, len(text)),),
            marked=frozenset({"event"}),
        )
