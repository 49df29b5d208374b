"""Acronyms as they reach us: in capitals ("PAs"), or letter by letter ("A E", "i-c-s-r")."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from models.tokens import Token

CAPITALS = re.compile(r"([A-Z][A-Z0-9]*[A-Z0-9])(?:['’]?s)?")
GAP = re.compile(r"[ .\-‐‑]{1,2}")
"""What a recogniser writes between letters said one by one."""
WORDS = frozenset({"a", "i"})
"""Single letters that are words: "is it a P A I need"."""


def capitals_of(raw: str) -> str:
    """The capitals of a word written as an acronym is ("PAs" -> PA), else ''."""
    match = CAPITALS.fullmatch(raw)
    return match[1] if match else ""


def spelled(text: str, tokens: Sequence[Token]) -> str:
    """The letters of a run, in capitals; from the text, since tokens drop a letter said twice."""
    return re.sub(r"[^A-Z]", "", text[tokens[0].start : tokens[-1].end].upper())


def spelled_runs(text: str, tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """The runs of two or more single letters, as first token and the token after the last."""
    at = 0
    while at < len(tokens):
        end = at
        while end < len(tokens) and _goes_on(text, tokens, at, end):
            end += 1
        if end - at >= 2:
            yield at, end
        at = max(end, at + 1)


def _goes_on(text: str, tokens: Sequence[Token], at: int, end: int) -> bool:
    token = tokens[end]
    if len(token.form) != 1 or not token.form.isalpha():
        return False
    return end == at or bool(GAP.fullmatch(text, tokens[end - 1].end, token.start))


def trimmed(tokens: Sequence[Token], first: int, last: int) -> Iterator[tuple[int, int]]:
    """The run, then the run without an "a" or "I" at its edges that may be a word."""
    for start in (first, first + 1):
        for end in (last, last - 1):
            edges = (*tokens[first:start], *tokens[end:last])
            if end - start >= 2 and all(token.form in WORDS for token in edges):
                yield start, end
