"""Names that may be said, as Whisper takes them: as if they had been said just before.

Theory. A drug's name is in no dictionary that Whisper learnt from, so it writes words that sound
alike: "stop in Berlin" for "stop Enbrel". It spells what it hears by what it read last. It goes on
in the style of that, too, and hears other words less well: so what it writes then is used for the
names alone (models/naming.py). Each token of them costs a reading about a thousandth of a second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

ROOM = 200
"""Tokens of names, a drug's name having three to seven: some forty names. Whisper was trained with
223 tokens before the text at most."""


def row(names: Iterable[str]) -> str:
    """The names as they are read: one after another."""
    return ", ".join(names) + "."


def spellings(names: Iterable[str]) -> set[str]:
    """The names as they are given, and as they may be written in and at the beginning of a text."""
    return {each for name in names for each in (name, name.lower(), name.capitalize())}


def before(names: Sequence[str], encode: Callable[[str], list[int]]) -> tuple[int, ...]:
    """Tokens of as many names, the likeliest of which is first, as there is room for; none where
    there are no names. The likeliest is read last: nearest to what is said.
    """
    room, fit = ROOM, 0
    while fit < len(names):
        # Tokens of a name alone are as many as in a row, but for the comma after it.
        room -= len(encode(" " + names[fit])) + 1
        if room < 0:
            break
        fit += 1
    return tuple(encode(" " + row(reversed(names[:fit])))) if fit else ()
