"""Spans of an utterance, from how likely each of its tokens is part of one.

Rules (their numbers set on the development lines of models/training/text.py).
1. A word is as likely part of a span as the likeliest of its tokens: nobody reads half a word.
2. A word between two words of a span belongs to it.
3. A span of small words alone tells nothing, and is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.text_labels import SPANS
from models.types import Span

PART = 0.3
"""Probability from which a word is part of a span."""
WORD = re.compile(r"[^\W_](?:\S*[^\W_])?")
"""A word without the punctuation around it."""
SHORTEST = 3
"""Letters of the longest word of a span, at least: "up" or "it" alone is no evidence."""
SMALL = frozenset(("and", "but", "for", "not", "she", "that", "the", "this", "was", "with", "you"))


def spans(text: str, chars: Sequence[tuple[int, int]], told: NDArray[Any]) -> list[Span]:
    """In order of the text. `chars`: first and last character of each token; `told`: [tokens,
    SPANS], how likely each is part of a span of each kind."""
    words = [match.span() for match in WORD.finditer(text)]
    likely = _of_words(words, chars, told)
    found = [
        Span(text[start:end], start, end, label)
        for kind, label in enumerate(SPANS)
        for start, end in _runs(words, likely[:, kind] >= PART)
        if _tells(text[start:end])
    ]
    return sorted(found, key=lambda span: (span.start, span.end))


def _of_words(
    words: Sequence[tuple[int, int]], chars: Sequence[tuple[int, int]], told: NDArray[Any]
) -> NDArray[Any]:
    """[words, SPANS]; 0 for words whose tokens were cut off."""
    likely = np.zeros((len(words), len(SPANS)), np.float32)
    token = 0
    for n, (start, end) in enumerate(words):
        while token < len(chars) and chars[token][1] <= start:
            token += 1
        last = token
        while last < len(chars) and chars[last][0] < end:
            last += 1
        if last > token:
            likely[n] = told[token:last].max(axis=0)
    return likely


def _runs(words: Sequence[tuple[int, int]], part: NDArray[Any]) -> Iterator[tuple[int, int]]:
    """First and last character of each run of words that are part, single gaps closed."""
    closed = part.copy()
    closed[1:-1] |= part[:-2] & part[2:]
    edges = np.flatnonzero(np.diff(np.concatenate(([False], closed, [False])).astype(np.int8)))
    for first, after in edges.reshape(-1, 2):
        yield words[first][0], words[after - 1][1]


def _tells(text: str) -> bool:
    return any(
        len(word) >= SHORTEST and word not in SMALL for word in re.findall(r"\w+", text.lower())
    )
