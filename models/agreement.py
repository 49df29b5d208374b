"""Agreement: which words of a growing utterance two passes in a row have in common.

A word that two passes agree on, and that the newest pass does not end with, seldom changes any
more: it is shown as stable and given to the next pass as its prefix, which then decodes only
the tail. The newest word stays open, since its sound may not have ended.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from models.types import Word

OPEN_TAIL = 1
"""Newest words that are never stable: the last one is often half heard."""


class Agreement:
    """The passes over one utterance. Lives as long as it; a final needs none of it."""

    def __init__(self) -> None:
        self._before: tuple[Word, ...] = ()
        self._agreed = 0

    @property
    def prefix(self) -> tuple[str, ...]:
        """Words agreed on, as Whisper wrote them."""
        return tuple(word.w for word in self._before[: self._agreed])

    def step(self, words: Sequence[Word]) -> tuple[Word, ...]:
        """The newest pass with `stable` set on what it shares with the one before."""
        common = 0
        for old, new in zip(self._before, words, strict=False):
            if _plain(old.w) != _plain(new.w):
                break
            common += 1
        self._agreed = max(0, min(common, len(words) - OPEN_TAIL))
        self._before = tuple(words)
        return tuple(replace(word, stable=i < self._agreed) for i, word in enumerate(words))


def _plain(word: str) -> str:
    return re.sub(r"\W+", "", word.lower()) or word
