"""What the text model learns from, whatever it was read from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from models.text_input import Said


@dataclass(frozen=True, slots=True)
class Marked:
    """Characters `start` to `end` of an utterance's text, and what they are."""

    label: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Example:
    """An utterance with what is known of it.

    `labels`: those that somebody judged; others are unknown and teach nothing. `spans` holds all
    of the kinds in `marked`; tokens of other kinds teach nothing.
    """

    id: str
    said: Said
    labels: Mapping[str, bool]
    spans: tuple[Marked, ...] = ()
    marked: frozenset[str] = field(default_factory=frozenset)


def occurrences(text: str, part: str) -> Iterator[tuple[int, int]]:
    """Where `part` begins and ends in `text`, as whole words; anywhere where it is nowhere so."""
    found = list(_all(text, part))
    whole = [each for each in found if _bounded(text, *each)]
    yield from whole or found


def _all(text: str, part: str) -> Iterator[tuple[int, int]]:
    at = text.find(part)
    while at >= 0:
        yield at, at + len(part)
        at = text.find(part, at + len(part))


def _bounded(text: str, start: int, end: int) -> bool:
    before = start == 0 or not text[start - 1].isalnum()
    return before and (end == len(text) or not text[end].isalnum())
