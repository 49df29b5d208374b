"""How often English words are said and written, as Zipf frequencies.

The Zipf scale is the base-10 logarithm of a word's count in a billion words: "the" has 7.7,
"basket" 4.1, one in a million 3.0. The counts are those of the package wordfreq (Speer 2022).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

UNKNOWN = 0.0
"""The Zipf frequency of a word that the table does not hold."""
LEAST = 2.0
"""Rarer words are left out of the table: by then a word is unknown to most people, and they
would be two thirds of the memory."""
TOP = 9.0
"""A word that were all there is to say would have this one; the table counts down from it."""
SHORTEST_BASE = 3
"""Letters of a base form; what is shorter is another word ("bed" is no form of "b")."""
ENDINGS = (
    ("ies", "y"), ("es", ""), ("es", "is"), ("s", ""), ("ed", ""), ("ed", "e"),
    ("ing", ""), ("ing", "e"), ("ly", ""),
)  # fmt: skip
"""What an inflected form ends in, and what its base form has there instead."""


class Frequencies:
    """Zipf frequencies by word, lower-case. Read-only; a look-up is a few dictionary reads."""

    def __init__(self, table: Mapping[str, float]) -> None:
        self._table = table

    def zipf(self, word: str) -> float:
        """The frequency of the commonest form of a lower-case word, UNKNOWN where none is."""
        return max(self._table.get(form, UNKNOWN) for form in _forms(word))

    def exact(self, word: str) -> float:
        """The frequency of a lower-case word as it is written."""
        return self._table.get(word, UNKNOWN)

    def words(self, least: float) -> Iterator[str]:
        """The words of at least that Zipf frequency."""
        return (word for word, zipf in self._table.items() if zipf >= least)


def _forms(word: str) -> Iterator[str]:
    yield word
    for ending, base in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= SHORTEST_BASE:
            yield word[: -len(ending)] + base


@lru_cache(maxsize=1)
def load_frequencies() -> Frequencies:
    """The table of English words, read once in a process; takes part of a second.

    Not on the event loop: who takes calls loads it first.
    """
    # Imported here: whoever only reads the types of this module need not pay for it.
    from wordfreq import get_frequency_list

    bands = get_frequency_list("en", "large")
    table: dict[str, float] = {}
    for centibels, words in enumerate(bands[: round((TOP - LEAST) * 100) + 1]):
        zipf = round(TOP - centibels / 100, 2)
        table.update((word, zipf) for word in words if word.isascii() and word.isalpha())
    get_frequency_list.cache_clear()  # Its own copy is as large as ours, and no more needed.
    return Frequencies(table)
