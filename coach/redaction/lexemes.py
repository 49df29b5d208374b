"""Words and digits of a transcript, told apart for redaction.

The text is cut at characters, not at spaces, since recognisers write one number in many ways:
"415-555-0199", "415 -555 -0199", "4 1 5", "four one five", "four-one-five". A lexeme's kind
depends on nothing but itself. So a prefix of a text has the same lexemes as the whole, and
what a partial withholds does not come out by the words that follow.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "written",  # digits as characters
    "unit",  # one .. nine, zero
    "weak",  # "oh", "o": zero inside a number, else an exclamation
    "teen",  # ten .. nineteen
    "tens",  # twenty .. ninety
    "scale",  # hundred, thousand
    "times",  # double, triple
    "filler",  # said between the digits of one number
    "mask",  # something already redacted
    "word",  # anything else; ends a run of digits
]

MASK_KINDS = ("card", "phone", "email", "number", "name")


def word_set(words: str) -> frozenset[str]:
    """The words of a text; tables of words read better as text than as lists."""
    return frozenset(words.split())


def _numbered(words: str, first: int, step: int = 1) -> dict[str, str]:
    return {word: str(first + step * n) for n, word in enumerate(words.split())}


UNITS = _numbered("zero one two three four five six seven eight nine", 0) | {
    "niner": "9",
    "nought": "0",
    "naught": "0",
}
WEAK = {"oh": "0", "o": "0"}
TEENS = _numbered(
    "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen", 10
)
TENS = _numbered("twenty thirty forty fifty sixty seventy eighty ninety", 20, 10) | {"fourty": "40"}
SCALES = {"hundred": "00", "thousand": "000"}
TIMES = {"double": "2", "triple": "3", "treble": "3", "quadruple": "4"}
FILLERS = word_set(
    "uh uhh uhm um umm er erm ah hm hmm mm mhm dash hyphen plus ok okay extension ext"
)

_LEXEME = re.compile(
    rf"(?P<mask>\[(?:{'|'.join(MASK_KINDS)})\])"
    r"|(?P<written>\d+)"
    r"|(?P<word>[^\W\d_]+(?:['’][^\W\d_]+)*|[@%°$€£])"
)


@dataclass(frozen=True, slots=True)
class Lexeme:
    """Characters `start` to `end` of a text.

    `value`: ASCII digits of a number ("12" of "twelve", the zeros of a scale, the factor of a
    multiplier); else the word in lower case.
    """

    start: int
    end: int
    kind: Kind
    value: str

    @property
    def in_run(self) -> bool:
        """True where it may stand inside a run of digits."""
        return self.kind not in ("word", "mask")

    @property
    def is_number(self) -> bool:
        return self.in_run and self.kind not in ("filler", "times")


_TABLES: tuple[tuple[Kind, dict[str, str]], ...] = (
    ("unit", UNITS),
    ("weak", WEAK),
    ("teen", TEENS),
    ("tens", TENS),
    ("scale", SCALES),
    ("times", TIMES),
)


def lex(text: str) -> tuple[Lexeme, ...]:
    """The lexemes of `text` in order. Spaces and other punctuation are not lexemes."""
    return tuple(_lexeme(match) for match in _LEXEME.finditer(text))


def _lexeme(match: re.Match[str]) -> Lexeme:
    start, end = match.span()
    found = match.group()
    if match.lastgroup == "mask":
        return Lexeme(start, end, "mask", found)
    if match.lastgroup == "written":
        return Lexeme(start, end, "written", "".join(str(int(digit)) for digit in found))
    word = found.lower().replace("’", "'")
    for kind, table in _TABLES:
        if word in table:
            return Lexeme(start, end, kind, table[word])
    return Lexeme(start, end, "filler" if word in FILLERS else "word", word)


def cover(lexemes: Sequence[Lexeme], spans: Sequence[tuple[int, int]]) -> tuple[Lexeme, ...]:
    """The lexemes with those in each of `spans` (in order, apart) replaced by one mask."""
    covered: list[Lexeme] = []
    waiting = deque(spans)
    for lexeme in lexemes:
        while waiting and waiting[0][1] <= lexeme.start:
            waiting.popleft()
        if not waiting or lexeme.end <= waiting[0][0]:
            covered.append(lexeme)
        elif not covered or covered[-1].start != waiting[0][0]:
            covered.append(Lexeme(*waiting[0], "mask", ""))
    return tuple(covered)
