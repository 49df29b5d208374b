"""Names in what was heard: taken from a second reading that knew of them, and nothing else of it.

Theory. A decoder that has just read names spells them where it hears them (models/names.py), and
pays for it elsewhere: "help me" whispered became "held me", a laugh became a name. So an utterance
is read plainly first, and those words stand. Read once more with the names in mind, it may only
put a name, and nothing but the name, in the place of those words that sound most like it: "in
Berlin" for "Enbrel", but neither "he is a good" for "Skyvault" nor a name where nothing was heard,
and never a number or a "no" for another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import TypeVar

from rapidfuzz.distance import Levenshtein

from models.types import Word

T = TypeVar("T")

ALIKE = 0.45
"""Least likeness of sounds, 0..1: of forty names that were said, 62 in 100 are put in at it, 70 at
0.4, where "good" would do for "Skyvault"."""
LONGEST = 6
"""Words that may give way to a name: "so you can move" was a name."""
_KEPT = (
    "no not never none nothing nor neither without cannot cant dont didnt doesnt wont isnt wasnt "
    "havent hasnt hadnt stop stopped one two three four five six seven eight nine ten eleven "
    "twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty "
    "fifty sixty seventy eighty ninety hundred thousand half double"
)
KEPT = frozenset(_KEPT.split())
"""Words that never give way, nor do digits: what was denied, and how much was taken."""

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


def alike(words: Sequence[str], names: Sequence[str]) -> set[int]:
    """Indices of words in runs that sound so much like a name, or like words of one, that `named`
    might put that in their place: where there are none, nothing need be read a second time."""
    spelt = [_letters(word) for word in words]
    parts = {"".join(run) for name in names for run in _runs([_letters(w) for w in name.split()])}
    meant = [(part, sound(part)) for part in parts]
    found: set[int] = set()
    for places in _runs(range(len(spelt))):
        run = [spelt[place] for place in places]
        heard = "".join(run)
        key = sound(heard)
        if _may_give_way(run) and any(_alike(heard, key, *each) >= ALIKE for each in meant):
            found.update(places)
    return found


def named(plain: Sequence[Word], told: Sequence[Word], names: Sequence[str]) -> tuple[Word, ...]:
    """The words of the plain reading, with names of the one that was told of them."""
    old, new = [_letters(word.w) for word in plain], [_letters(word.w) for word in told]
    said = _places(new, names)
    found: list[Word] = []
    for change, first, last, since, until in SequenceMatcher(
        None, old, new, autojunk=False
    ).get_opcodes():
        for start, end in said if change == "replace" else ():
            start, end = max(start, since), min(end, until)
            if start < end and (run := _heard_as(old[first:last], "".join(new[start:end]))):
                found += (*plain[first : first + run[0]], *told[start:end])
                first += run[1]
        found += plain[first:last]
    return tuple(found)


def _places(words: Sequence[str], names: Sequence[str]) -> list[tuple[int, int]]:
    """Where names are said, in order: the first word of each, and the one after it."""
    places: list[tuple[int, int]] = []
    for name in names:
        parts = [_letters(part) for part in name.split()]
        for first in range(len(words) - len(parts) + 1):
            if list(words[first : first + len(parts)]) == parts:
                places.append((first, first + len(parts)))
    return sorted(places)


def _letters(text: str) -> str:
    return re.sub(r"\W+", "", text.lower())


def _heard_as(words: Sequence[str], name: str) -> tuple[int, int] | None:
    """The run of words, first and after the last, that sounds most like the name; None where none
    sounds enough like it."""
    runs = (
        (_likeness("".join(words[first:last]), name), first, last)
        for first in range(len(words))
        for last in range(first + 1, min(first + LONGEST, len(words)) + 1)
        if _may_give_way(words[first:last])
    )
    likeness, first, last = max(runs, default=(0.0, 0, 0))
    return (first, last) if likeness >= ALIKE else None


def _may_give_way(words: Sequence[str]) -> bool:
    return KEPT.isdisjoint(words) and not any(
        character.isdigit() for word in words for character in word
    )


def _runs(words: Sequence[T]) -> Iterator[Sequence[T]]:
    """Each run of one to LONGEST words."""
    for first in range(len(words)):
        for last in range(first + 1, min(first + LONGEST, len(words)) + 1):
            yield words[first:last]


def _likeness(heard: str, meant: str) -> float:
    """Of two texts, 0..1."""
    return _alike(heard, sound(heard), meant, sound(meant))


def _alike(heard: str, heard_key: str, meant: str, meant_key: str) -> float:
    """Of two texts by their sound, 0..1; of other scripts than Latin by their letters."""
    keys = (heard_key, meant_key) if heard_key and meant_key else (heard, meant)
    return Levenshtein.normalized_similarity(*keys) if any(map(str.isalpha, meant)) else 0.0
