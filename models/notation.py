"""How phrases are written down, and reading them into parts.

One phrase a line:
  words           any form of each word ("take" hears "taking"); contractions are their words;
                  a, an, the need not be said, save
                  where they are all of an option
  'word           exactly this form ('died is not "dying")
  (a / b c)       one of these               [a / b]   one of these, or nothing
  {hard}          one of a named list        #         a number in digits
  _               any one word               ..        up to GAP words
  <…>             what is quoted, where that is less than the whole phrase
  ^ at the start  opens its sentence, save for leads such as "so", "well"
  $ at the end    closes its sentence or clause
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from models.tokens import tokenize

GAP = 4
"""Words that ".." stands for at most: a clause's aside, too short to reach the next clause."""
MAX_DEPTH = 8
"""Lists within each other: far above any readable phrase; ends a list that names itself."""
ARTICLES = frozenset({"a", "an", "the"})
EXACT = frozenset(
    {
        *("not", "note", "notes", "noted", "noting", "her", "here", "hers"),
        *("car", "care", "cares", "caring", "hat", "hate", "hates", "hope", "hop"),
    }
)
"""Words whose stem is another word's too: heard in the form written alone."""
PIECE = re.compile(r"\{[a-z_]+\}|\.\.|[()\[\]<>/^$#_]|'?[^\W_]+(?:['’-][^\W_]+)*|\S")
NUMBER = "#"
ANY: frozenset[str] = frozenset()
"""Keys of a word that takes every word."""


class PhraseError(ValueError):
    """A phrase is not well written. The message names the fault and the mend."""

    phrase = 0
    """Its number among those compiled together."""


class Word(NamedTuple):
    """One word, by any of its keys: a stem, a form after "'", or NUMBER."""

    keys: frozenset[str]


class Row(NamedTuple):
    """Parts one after the other."""

    parts: tuple[Part, ...]


class Choice(NamedTuple):
    """One of the options, or, where it may miss, none."""

    options: tuple[Part, ...]
    may_miss: bool


class Quoted(NamedTuple):
    """A part whose words are quoted."""

    part: Part


Part = Word | Row | Choice | Quoted


class Notation(NamedTuple):
    """A phrase as written: its part, and whether it opens or closes its sentence."""

    part: Part
    opens: bool
    closes: bool


class Lists(dict[str, list[str]]):
    """The named lists, each with its entries; `parts`: those read already."""

    def __init__(self, lists: Mapping[str, list[str]]) -> None:
        super().__init__(lists)
        self.parts: dict[tuple[str, ...], Part] = {}


def entries(text: str) -> list[str]:
    """The lines of a list that hold something."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def read(line: str, lists: Lists) -> Notation:
    """Read a phrase. Raises PhraseError."""
    pieces = PIECE.findall(line)
    opens, closes = pieces[:1] == ["^"], pieces[-1:] == ["$"]
    pieces = pieces[opens : len(pieces) - closes]
    return Notation(_Reader(pieces, line, lists, 0).whole(), opens, closes)


class _Reader:
    """Reads the pieces of one phrase into parts."""

    def __init__(self, pieces: Sequence[str], line: str, lists: Lists, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise PhraseError(f"{line!r}: lists within lists too deep: does one name itself?")
        self._pieces = pieces
        self._at = 0
        self._line = line
        self._lists = lists
        self._depth = depth

    def whole(self) -> Part:
        part = self._row("")
        if self._at < len(self._pieces):
            piece = self._pieces[self._at]
            raise PhraseError(f"{self._line!r}: {piece!r} has no meaning here: remove or pair it")
        return part

    def _row(self, closing: str) -> Part:
        parts: list[Part] = []
        stops = ("/", closing) if closing in (")", "]") else (closing,)
        while self._at < len(self._pieces) and self._pieces[self._at] not in stops:
            piece = self._pieces[self._at]
            if piece in (")", "]", ">", "/", "^", "$"):
                break
            self._at += 1
            parts += self._item(piece)
        return parts[0] if len(parts) == 1 else Row(tuple(parts))

    def _item(self, piece: str) -> list[Part]:
        if piece in ("(", "["):
            return [self._choice(")" if piece == "(" else "]")]
        if piece == "<":
            quoted = Quoted(self._row(">"))
            self._close(">")
            return [quoted]
        if piece == "..":
            gap: Part = Choice((Word(ANY),), True)
            for _ in range(GAP - 1):
                gap = Choice((Row((Word(ANY), gap)),), True)
            return [gap]
        if piece == "_":
            return [Word(ANY)]
        if piece == NUMBER:
            return [Word(frozenset((NUMBER,)))]
        return [self._list(piece[1:-1])] if piece.startswith("{") else self._words(piece)

    def _choice(self, closing: str) -> Part:
        options = [self._row(closing)]
        while self._at < len(self._pieces) and self._pieces[self._at] == "/":
            self._at += 1
            options.append(self._row(closing))
        self._close(closing)
        # An article that is an option by itself is meant: else the whole choice could be missed.
        options = [_article(option) or option for option in options]
        return Choice(_merged(options), closing == "]")

    def _close(self, closing: str) -> None:
        if self._at >= len(self._pieces) or self._pieces[self._at] != closing:
            raise PhraseError(f"{self._line!r}: a {closing!r} is missing: close each bracket")
        self._at += 1

    def _list(self, name: str) -> Part:
        if name not in self._lists:
            known = ", ".join(sorted(self._lists))
            raise PhraseError(f"{self._line!r}: no list {{{name}}}: use one of {known}")
        return _list_part(tuple(self._lists[name]), self._lists, self._depth + 1)

    def _words(self, piece: str) -> list[Part]:
        exact = piece.startswith("'") or piece.lower() in EXACT
        tokens = tokenize(piece.removeprefix("'"))
        if not tokens:
            raise PhraseError(f"{self._line!r}: {piece!r} is no word that is heard: leave it out")
        if not exact and tokens[0].form in ARTICLES:
            return [Choice((Word(frozenset((tokens[0].stem,))),), True)]
        keys = ["'" + token.form if exact else token.stem for token in tokens]
        return [Word(frozenset((key,))) for key in keys]


def _list_part(lines: tuple[str, ...], lists: Lists, depth: int) -> Part:
    """A list as a part; read once, for many phrases name it."""
    part = lists.parts.get(lines)
    if part is None:
        read = [_Reader(PIECE.findall(line), line, lists, depth).whole() for line in lines]
        part = lists.parts[lines] = Choice(_merged(read), False)
    return part


def _article(option: Part) -> Word | None:
    """The article that is all of an option, None where the option is more."""
    if isinstance(option, Choice) and len(option.options) == 1 and option.may_miss:
        (word,) = option.options
        if isinstance(word, Word) and word.keys & ARTICLES:
            return word
    return None


def _merged(options: Sequence[Part]) -> tuple[Part, ...]:
    """The options, with single words made one part: a list of a hundred words is one state."""
    words = [each for each in options if isinstance(each, Word) and each.keys]
    if len(words) < 2:
        return tuple(options)
    rest = [each for each in options if not (isinstance(each, Word) and each.keys)]
    return (Word(frozenset().union(*(word.keys for word in words))), *rest)
