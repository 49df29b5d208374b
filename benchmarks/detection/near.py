"""How near lines of the test set come to what the model learnt from: a set that was seen before
proves nothing."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

GRAM = 3
"""Words in a row that two lines may share."""


def nearest(test: Sequence[str], learnt: Iterable[str]) -> list[float]:
    """Of each test line, the largest share of its runs of GRAM words that one learnt line has."""
    holders: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for number, text in enumerate(learnt):
        for gram in _grams(text):
            holders[gram].append(number)
    found = []
    for text in test:
        own = _grams(text)
        shared: dict[int, int] = defaultdict(int)
        for gram in own:
            for number in holders.get(gram, ()):
                shared[number] += 1
        found.append(max(shared.values(), default=0) / len(own) if own else 0.0)
    return found


def _grams(text: str) -> set[tuple[str, ...]]:
    """Runs of GRAM words; a shorter text is one run."""
    words = re.findall(r"[a-z0-9']+", text.lower())
    if len(words) < GRAM:
        return {tuple(words)} if words else set()
    return {tuple(words[i : i + GRAM]) for i in range(len(words) - GRAM + 1)}
