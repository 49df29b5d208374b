"""Names that may be said, as Whisper takes them: as if they had been said just before.

Theory. A drug's name is in no dictionary that Whisper learnt from, so it writes words that sound
alike: "stop in Berlin" for "stop Enbrel". It spells what it hears by what it read last. It also
goes on in the style of that: after a list with commas it joins sentences by commas, and hears
fewer of them rightly; after names that are sentences of their own it does not. Each token of
them costs a pass about a thousandth of a second, so partials, which come often, are told of the
likeliest names only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from models.types import DecodeKind

ROOM: dict[DecodeKind, int] = {"partial": 64, "guess": 200, "final": 200}
"""Tokens of names, a drug's name having three to seven: about ten names for a partial, forty for
a final. Whisper was trained with 223 tokens before the text at most."""


def row(names: Iterable[str]) -> str:
    """The names as they are read: each a sentence of its own."""
    return ". ".join(names) + "."


def before(
    names: Sequence[str], encode: Callable[[str], list[int]], kind: DecodeKind
) -> tuple[int, ...]:
    """Tokens of as many names, the likeliest of which is first, as this kind of decoding has room
    for; none where there are no names. The likeliest is read last: nearest to what is said.
    """
    room, fit = ROOM[kind], 0
    while fit < len(names):
        # Tokens of a name alone are as many as in a row, but for the point after it.
        room -= len(encode(" " + names[fit])) + 1
        if room < 0:
            break
        fit += 1
    return tuple(encode(" " + row(reversed(names[:fit])))) if fit else ()
