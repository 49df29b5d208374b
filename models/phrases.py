"""Phrases compiled into one machine that finds them all at once; models/notation.py has the form.

Rules. 1. A phrase lies within a sentence. 2. Between its words those of `skip` may be said
("really", "just"), so they are not written. 3. Of one phrase from one place the longest match
counts. 4. The machine is a position automaton (Glushkov's) with a state for each word written;
the sets of states that words lead to become the nodes of a deterministic one as they are met,
so that a text costs a few look-ups a word, however many phrases there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from models.notation import NUMBER, Lists, Part, PhraseError, Quoted, Row, Word, entries, read
from models.tokens import Token

MAX_SKIPPED = 3
"""Words of `skip` between two words of a phrase: "so really very [hard]"."""
LEADS = frozenset(
    {
        *("so", "well", "and", "but", "oh", "ok", "okay", "yes", "no", "hi", "hello", "actually"),
        *("right", "now", "because", "then", "please", "alright", "all", "thank", "thanks", "you"),
        *("sorry", "look", "listen", "honestly", "anyway", "also"),
    }
)
"""Words before which a sentence has not really begun."""
ENDS = (".", "?")
MAX_NODES = 20_000
"""Nodes remembered before all are forgotten: a day's talk needs a few thousand, some 20 MB."""


class Found(NamedTuple):
    """Phrase number `phrase` stands in tokens `first` to `last` (exclusive); so the quoted part."""

    phrase: int
    first: int
    last: int
    quoted_first: int
    quoted_last: int


class _State(NamedTuple):
    """A place in a phrase: takes a token of these keys and goes on to any of `after`.

    A number below zero in `after` ends the phrase -number - 1.
    """

    keys: frozenset[str]
    after: frozenset[int]
    quoted: bool


class _Way(NamedTuple):
    """One way through the machine: the state that it waits in, and words skipped just now."""

    state: int
    skipped: int


class _Node:
    """A set of ways, the phrases that end there, and the nodes that words led on to so far."""

    __slots__ = ("ended", "onward", "ways")

    def __init__(self, ways: frozenset[_Way], ended: tuple[int, ...]) -> None:
        self.ways = ways
        self.ended = ended
        self.onward: dict[tuple[str, str], _Node] = {}


@dataclass(frozen=True)
class Phrases:
    """All phrases, ready to match. Read-only, save for the nodes it remembers."""

    states: tuple[_State, ...]
    starts: Mapping[str, tuple[int, ...]]
    first: Mapping[int, tuple[int, ...]]
    """The states in which a phrase that quotes a part may begin; no others are here."""
    opens: frozenset[int]
    closes: frozenset[int]
    skip: frozenset[str]
    _nodes: dict[tuple[frozenset[_Way], tuple[int, ...]], _Node] = field(default_factory=dict)
    _roots: dict[tuple[str, str], _Node] = field(default_factory=dict)

    @staticmethod
    def of(lines: Sequence[str], lists: Mapping[str, str], skip: str = "") -> Phrases:
        """Compile phrases; each keeps its place in `lines` as its number.

        `lists`: for each name its entries, one a line. Raises PhraseError.
        """
        builder = _Builder(Lists({name: entries(text) for name, text in lists.items()}))
        for number, line in enumerate(lines):
            try:
                builder.add(number, line)
            except PhraseError as error:
                error.phrase = number
                raise
        return Phrases(
            tuple(builder.states),
            {key: tuple(states) for key, states in builder.starts.items()},
            builder.quoting,
            frozenset(builder.opens),
            frozenset(builder.closes),
            frozenset(skip.split()),
        )

    def find(self, tokens: Sequence[Token]) -> list[Found]:
        """Every phrase in a text, in the order in which they begin."""
        if len(self._nodes) > MAX_NODES:
            self._nodes.clear()
            self._roots.clear()
        return [found for start in range(len(tokens)) for found in self._from(tokens, start)]

    def _from(self, tokens: Sequence[Token], start: int) -> list[Found]:
        """The longest match of each phrase that begins at `start`."""
        longest: dict[int, int] = {}
        node = self._root(tokens[start])
        for at in range(start, len(tokens)):
            if at > start:
                if not node.ways or tokens[at - 1].stop in ENDS:
                    break
                node = self._on(node, tokens[at])
            for phrase in node.ended:
                if self._stands(phrase, tokens, start, at + 1):
                    longest[phrase] = at + 1
        return [self._quoted(tokens, phrase, start, last) for phrase, last in longest.items()]

    def _stands(self, phrase: int, tokens: Sequence[Token], first: int, last: int) -> bool:
        """Whether a phrase opens and closes its sentence there, where it must."""
        if phrase in self.opens and not _opens(tokens, first):
            return False
        return phrase not in self.closes or last == len(tokens) or tokens[last - 1].stop != ""

    def _root(self, token: Token) -> _Node:
        node = self._roots.get((token.stem, token.form))
        if node is None:
            states = {state for key in _keys(token) for state in self.starts.get(key, ())}
            node = self._taken(states, set())
            self._roots[token.stem, token.form] = node
        return node

    def _on(self, node: _Node, token: Token) -> _Node:
        after = node.onward.get((token.stem, token.form))
        if after is None:
            keys, skips = _keys(token), token.form in self.skip
            taken = {way.state for way in node.ways if self._takes(way.state, keys)}
            waiting = {
                way._replace(skipped=way.skipped + 1)
                for way in node.ways
                if skips and way.skipped < MAX_SKIPPED
            }
            after = node.onward[token.stem, token.form] = self._taken(taken, waiting)
        return after

    def _takes(self, state: int, keys: tuple[str, ...]) -> bool:
        wanted = self.states[state].keys
        return not wanted or not wanted.isdisjoint(keys)

    def _taken(self, states: Iterable[int], waiting: set[_Way]) -> _Node:
        """The node after these states took a word."""
        after = {each for state in states for each in self.states[state].after}
        ways = frozenset(waiting | {_Way(each, 0) for each in after if each >= 0})
        ended = tuple(sorted(-each - 1 for each in after if each < 0))
        return self._nodes.setdefault((ways, ended), _Node(ways, ended))

    def _quoted(self, tokens: Sequence[Token], phrase: int, start: int, last: int) -> Found:
        """The match, with its quoted part where the phrase marks one."""
        if phrase not in self.first:
            return Found(phrase, start, last, start, last)
        ways = {(state, -1, -1) for state in self.first[phrase]}
        quotes: set[tuple[int, int]] = set()
        for at in range(start, last):
            keys, onward = _keys(tokens[at]), set()
            for state, first, end in ways:
                if self._takes(state, keys):
                    if self.states[state].quoted:
                        first, end = (at if first < 0 else first), at + 1
                    onward |= {(each, first, end) for each in self.states[state].after}
                if at > start and tokens[at].form in self.skip:
                    onward.add((state, first, end))
            quotes = {(first, end) for state, first, end in onward if state < 0 <= first}
            ways = {way for way in onward if way[0] >= 0}
        return Found(phrase, start, last, *max(quotes, default=(start, last)))


def _keys(token: Token) -> tuple[str, ...]:
    if token.form[0].isdigit():
        return token.stem, "'" + token.form, NUMBER
    return token.stem, "'" + token.form


def _opens(tokens: Sequence[Token], at: int) -> bool:
    """Whether a sentence or clause opens at a token, but for words that only lead up to it."""
    while at > 0 and not tokens[at - 1].stop:
        at -= 1
        if tokens[at].form not in LEADS:
            return False
    return True


class _Builder:
    """Compiles phrases one by one into states, from their last word to their first."""

    def __init__(self, lists: Lists) -> None:
        self.states: list[_State] = []
        self.starts: dict[str, list[int]] = {}
        self.opens: set[int] = set()
        self.closes: set[int] = set()
        self.quoting: dict[int, tuple[int, ...]] = {}
        self._lists = lists

    def add(self, number: int, line: str) -> None:
        """Take a phrase in. Raises PhraseError."""
        written = read(line, self._lists)
        if written.opens:
            self.opens.add(number)
        if written.closes:
            self.closes.add(number)
        end = -number - 1
        known = len(self.states)
        first = self._compile(written.part, frozenset((end,)), quoted=False)
        if end in first:
            raise PhraseError(f"{line!r} may be empty: leave one word unbracketed")
        for state in first:
            if not self.states[state].keys:
                raise PhraseError(f"{line!r} may begin with any word: begin with a word")
            for key in self.states[state].keys:
                self.starts.setdefault(key, []).append(state)
        if any(state.quoted for state in self.states[known:]):
            self.quoting[number] = tuple(first)

    def _compile(self, part: Part, after: frozenset[int], *, quoted: bool) -> frozenset[int]:
        """The states in which `part` may begin, if `after` are those that follow it."""
        if isinstance(part, Word):
            self.states.append(_State(part.keys, after, quoted))
            return frozenset((len(self.states) - 1,))
        if isinstance(part, Quoted):
            return self._compile(part.part, after, quoted=True)
        if isinstance(part, Row):
            for each in reversed(part.parts):
                after = self._compile(each, after, quoted=quoted)
            return after
        first = after if part.may_miss else frozenset()
        for option in part.options:
            first |= self._compile(option, after, quoted=quoted)
        return first
