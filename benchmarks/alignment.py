"""Words side by side: what was said against what was shown.

A word that was said counts as shown where the longest matching blocks of the two whole
transcripts hold it (Ratcliff and Obershelp, as `difflib` does it, without its junk rule).
Blocks rather than edits, because a transcript that grows keeps its blocks while it grows.

Two normalisers, because two things are wanted. For latency each word keeps its time, so
words are only lowered and stripped of punctuation here: one in, one out (a hyphen parts
two). For the error rate the field's own normaliser is used; see accuracy.py.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

MARKUP = re.compile(r"\[[^\]]*\]|<[^>]*>")
"""[noise], [baby], <unk>: what a transcriber could not write as a word."""

PARTS = re.compile(r"[\s\-\u2010-\u2015/]+")
NOT_SPOKEN = re.compile(r"[^\w']|_")


def without_markup(text: str) -> str:
    """`text` without bracketed tags."""
    return MARKUP.sub(" ", text)


def tokens(text: str) -> list[str]:
    """The words of `text`, lowered, without punctuation; apostrophes inside a word stay."""
    spoken = (
        NOT_SPOKEN.sub("", part.replace("\u2019", "'")).strip("'").lower()
        for part in PARTS.split(text)
    )
    return [word for word in spoken if word]


def matched(said: Sequence[str], shown: Sequence[str]) -> dict[int, int]:
    """Index of a said word -> index of the shown word that it is, by longest matching blocks."""
    pairs: dict[int, int] = {}
    for block in SequenceMatcher(None, said, shown, autojunk=False).get_matching_blocks():
        for step in range(block.size):
            pairs[block.a + step] = block.b + step
    return pairs
