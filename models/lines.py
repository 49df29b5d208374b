"""An utterance as one line of plain words, for patterns; and the way back to its characters.

A line is lower case, without fillers, contractions as their words, numbers as digits
(models/numerals.py), with " . " and " ? " where a sentence ends:
"I'll, um, call you on the third." becomes " i will call you on the 3rd . ". It begins and
ends with a space. Unlike tokens, a word said twice stays twice: "five five" are two digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from models.numerals import Heard, in_digits
from models.tokens import tokenize
from models.types import Utterance

PIECE = re.compile(
    r"\d{1,3}(?:,\d{3})+(?!\d)"
    r"|\d{1,2}/\d{1,4}(?:/\d{2,4})?|\d{4}-\d\d-\d\d(?!\d)"
    r"|(?<![\d.])\d+\.\d{1,3}(?![\d.])"
    r"|[^\W_]+(?:['’ʼ][^\W_]+)*"
)
"""A number with its commas or point, a date in digits, or a word."""
GLUED = re.compile(r"(\d+(?:\.\d+)?)(mg|mcg|ml|g|iu)")
"""A number with its unit: "40mg"."""
MAX_PIECES = 400
"""Words read of one utterance, as of one text in models/tokens.py."""
DOUBT = 0.5
"""A word heard with less than this probability wants to be read back."""


@dataclass(frozen=True)
class Line:
    """A text in plain words. Patterns are matched against `plain`."""

    text: str
    words: Sequence[Heard]

    @staticmethod
    def of(text: str) -> Line:
        words: list[Heard] = []
        end = 0
        for count, match in enumerate(PIECE.finditer(text)):
            if count == MAX_PIECES:
                break
            words += _stop(text, end, match.start()) if words else []
            words += _heard(match)
            end = match.end()
        words += _stop(text, end, len(text)) if words else []
        return Line(text, in_digits(words))

    @cached_property
    def plain(self) -> str:
        return f" {' '.join(word.form for word in self.words)} "

    @cached_property
    def _offsets(self) -> list[int]:
        """Where each word begins in `plain`."""
        offsets, at = [], 1
        for word in self.words:
            offsets.append(at)
            at += len(word.form) + 1
        return offsets

    def chars(self, start: int, end: int) -> tuple[int, int]:
        """The characters of the text that the range of `plain` was read from."""
        inside = [
            word
            for word, at in zip(self.words, self._offsets, strict=True)
            if at < end and at + len(word.form) > start and word.form not in (".", "?")
        ]
        if not inside:
            return 0, 0
        return inside[0].start, inside[-1].end

    def quote(self, start: int, end: int) -> str:
        """The words as heard of a range of `plain`."""
        return self.text[slice(*self.chars(start, end))]

    def sentences(self) -> Iterator[tuple[int, int, str]]:
        """Each sentence: its range of `plain`, and what ends it, one of '' . ?"""
        start = 0
        for match in re.finditer(r" [.?](?= )", self.plain):
            if self.plain[start : match.start()].strip():
                yield start, match.start() + 1, match.group().strip()
            start = match.end()
        if self.plain[start:].strip():
            yield start, len(self.plain), ""


def _heard(match: re.Match[str]) -> list[Heard]:
    word, start, end = match.group().lower(), match.start(), match.end()
    if word[0].isdigit():
        glued = GLUED.fullmatch(word)
        forms = list(glued.groups()) if glued else [word.replace(",", "")]
        return [Heard(form, start, end) for form in forms]
    return [Heard(token.form, start, end) for token in tokenize(match.group())]


def _stop(text: str, start: int, end: int) -> list[Heard]:
    gap = text[start:end]
    if "?" in gap:
        return [Heard("?", start, start)]
    return [Heard(".", start, start)] if any(mark in gap for mark in ".!;…\n") else []


def seconds(said: Utterance, first: int, last: int) -> tuple[float, float]:
    """The media seconds of the words that hold the characters `first` to `last` of the text."""
    times, at = [], 0
    for word in said.words:
        if at < last and at + len(word.w) > first:
            times.append((word.start, word.end))
        at += len(word.w) + 1
    return (times[0][0], times[-1][1]) if times else (said.start, said.end)


def doubtful(said: Utterance, first: int, last: int) -> bool:
    """Whether any word of these characters was heard with less than DOUBT."""
    at = 0
    for word in said.words:
        if at < last and at + len(word.w) > first and word.p < DOUBT:
            return True
        at += len(word.w) + 1
    return False


def english(said: Utterance) -> bool:
    """Whether the patterns, which know no other language, may judge an utterance."""
    return not said.language or said.language.startswith("en")
