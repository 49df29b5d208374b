"""Agreement: which words of a growing utterance are settled, pass by pass.

Theory. A word that two passes in a row agree on, and that is not the newest, seldom changes any
more: it is shown as stable. A pass is given the words of the one before as a draft, and writes
only from where it would write something else; nothing is forced, so a word that was misheard is
mended as soon as more is heard. Once enough words are settled, the sound under the oldest of them
is not heard again: a pass costs the same at the end of a long utterance as at its beginning. What
partials settle on never reaches a final.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from models.types import Word

OPEN_TAIL = 1
"""Newest words that are never stable: the last one is often half heard."""
KEEP_SECONDS = 3.0
"""Sound before the newest word that every pass hears: less, and Whisper loses the thread."""
DROP_SECONDS = 2.0
"""Sound that is left out at once; smaller steps would only shift the window about."""


class Agreement:
    """The passes over one utterance. Lives as long as it; a final needs none of it."""

    def __init__(self) -> None:
        self._settled: tuple[Word, ...] = ()
        self._before: tuple[Word, ...] = ()
        self._agreed = 0
        self.since: float | None = None
        """Media second from which the next pass decodes; None: from the utterance's start."""

    @property
    def draft(self) -> tuple[str, ...]:
        """Words of the newest pass from `since` on, as Whisper wrote them."""
        return tuple(word.w for word in self._before)

    def step(self, words: Sequence[Word], since: float | None) -> tuple[Word, ...]:
        """The whole utterance by the newest pass, which decoded from `since` on.

        A pass that began before the window moved says nothing new; what is known is returned.
        """
        if since == self.since:
            self._compare(words)
            self._move()
        tail = (replace(word, stable=i < self._agreed) for i, word in enumerate(self._before))
        return (*self._settled, *tail)

    def adopt(self, words: tuple[Word, ...], since: float) -> None:
        """Take settled words, decoded as a final would be, up to a pause at `since`."""
        self._settled, self._before, self._agreed, self.since = words, (), 0, since

    def resume(self, since: float) -> None:
        """Somebody goes on after a pause: where nothing of it is known yet, decode from `since`.

        Whisper takes a window that begins with a long silence for silence.
        """
        if self.since is not None and not self._before:
            self.since = max(self.since, since)

    def _compare(self, words: Sequence[Word]) -> None:
        common = 0
        for old, new in zip(self._before, words, strict=False):
            if _plain(old.w) != _plain(new.w):
                break
            common += 1
        self._agreed = max(0, min(common, len(words) - OPEN_TAIL))
        self._before = tuple(words)

    def _move(self) -> None:
        """Leave out the oldest settled sound, at a gap between two words."""
        if not self._before:
            return
        begin = self._before[0].start if self.since is None else self.since
        newest = self._before[-1].end
        for cut in range(self._agreed - OPEN_TAIL, 0, -1):
            word, before = self._before[cut], self._before[cut - 1]
            if newest - word.start >= KEEP_SECONDS and word.start - begin >= DROP_SECONDS:
                self._settled += settled(self._before[:cut])
                self._before = self._before[cut:]
                self._agreed -= cut
                self.since = (before.end + word.start) / 2
                return


def settled(words: Sequence[Word]) -> tuple[Word, ...]:
    """The words as ones that change no more, but for what the final may say otherwise."""
    return tuple(replace(word, stable=True) for word in words)


def _plain(word: str) -> str:
    return re.sub(r"\W+", "", word.lower()) or word
