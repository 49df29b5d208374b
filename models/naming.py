"""Names in what was heard: taken from a second reading that knew of them, and nothing else of it.

Theory. A decoder that has just read names spells them where it hears them (models/names.py), and
pays for it elsewhere: "help me" whispered became "held me", a laugh became a name. So an utterance
is read plainly first, and those words stand. Read once more with the names in mind, it may only
put a name where the plain reading has other words that sound somewhat alike: "Berlin" for
"Enbrel", but neither "he is a good" for "Skyvault" nor a name where nothing was heard.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from rapidfuzz.distance import Levenshtein

from models.types import Word

ALIKE = 0.4
"""Least likeness, 0..1, of the sounds of what is replaced and what replaces it: at it 39 of 40 of
what Whisper wrote for other drugs' names sounded like them."""
LONGEST = 6
"""Words that may give way to a name: "so you can move" was a name."""

_SOUNDS = (
    ("ph", "f"),
    ("gh", ""),
    ("[cs]h", "x"),
    ("th", "t"),
    ("qu?", "k"),
    ("x", "ks"),
    ("c(?=[eiy])", "s"),
    ("ck?", "k"),
    ("z", "s"),
    ("v", "f"),
    ("b", "p"),
    ("d", "t"),
    ("g", "k"),
    ("j", "x"),
    ("h", ""),
    ("[eiy]+", "i"),
    ("[aouw]+", "a"),
    (r"(.)\1+", r"\1"),
)
"""What letters sound like, roughly, in turn: pairs that telephones and Whisper confuse are one."""


def sound(text: str) -> str:
    """A rough key of how a text sounds; the same for what is easily misheard."""
    key = re.sub("[^a-z]", "", text.lower())
    for letters, heard in _SOUNDS:
        key = re.sub(letters, heard, key)
    return key


def named(plain: Sequence[Word], told: Sequence[Word], names: Sequence[str]) -> tuple[Word, ...]:
    """The words of the plain reading, with names of the one that was told of them."""
    old, new = [_letters(word.w) for word in plain], [_letters(word.w) for word in told]
    said = _places(new, names)
    found: list[Word] = []
    for change, first, last, since, until in SequenceMatcher(
        None, old, new, autojunk=False
    ).get_opcodes():
        takes = (
            change == "replace"
            and last - first <= LONGEST
            and not said.isdisjoint(range(since, until))
            and _alike(old[first:last], new[since:until])
        )
        found += told[since:until] if takes else plain[first:last]
    return tuple(found)


def _places(words: Sequence[str], names: Sequence[str]) -> set[int]:
    """Indices of the words that are names, or parts of one."""
    places: set[int] = set()
    for name in names:
        parts = [_letters(part) for part in name.split()]
        for first in range(len(words) - len(parts) + 1):
            if list(words[first : first + len(parts)]) == parts:
                places |= set(range(first, first + len(parts)))
    return places


def _letters(text: str) -> str:
    return re.sub(r"\W+", "", text.lower())


def _alike(old: Sequence[str], new: Sequence[str]) -> bool:
    heard, meant = sound("".join(old)), sound("".join(new))
    return Levenshtein.normalized_similarity(heard, meant) >= ALIKE
