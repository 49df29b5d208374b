"""Key facts: what a customer says that must be right, and whether the agent reads it back.

Facts are dates, doses, lots, telephone numbers, durations, products and symptoms, quoted as
heard. Numbers count alike as words and as digits, so "B forty-seven" is read back by "B 4 7".
A fact told twice is one fact, unless the first telling was doubtful and the second is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any, Literal

from models import amounts, times
from models.lexicon import NAMED, Hit, Lexicon, spoken
from models.lines import Line, doubtful, english, seconds
from models.products import named_in
from models.promises import promised
from models.scopes import Reading, denials, hypothetical, on_label
from models.tokens import tokenize
from models.types import Signal, Span, Utterance
from stream.audio import Context

FactType = Literal["date", "dose", "lot", "phone", "duration", "product", "symptom"]

READ_BACK = 120.0
"""Media seconds for which a fact may be read back: later talk repeats words by chance."""
MAX_FACTS = 32
"""Facts remembered of a call; the oldest go first, and are past READ_BACK by then."""
ASKED = 20.0
"""Media seconds for which an agent's question for the lot makes a bare code a lot."""
SLACK = {"date": 2, "dose": 1, "duration": 0}
"""Words that may stand between those of a fact read back: "March, so the third"."""
CLEAR_SCORE = 0.9
DOUBTFUL_SCORE = 0.5
LISTENED = ("customer", "interpreter", "other")
"""Roles whose facts count; `unknown` is a mix of voices, in which nobody is coached."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact as told. `key`: its words in plain form; `at`: media seconds of its end."""

    type: FactType
    value: str
    key: tuple[str, ...]
    at: float
    doubtful: bool
    read_back: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """Where a fact stands in an utterance: characters `start` to `end`."""

    type: FactType
    key: tuple[str, ...]
    start: int
    end: int


class Facts:
    """The detector of one call. Synchronous; takes closed utterances in order.

    `lexicon` gives drug names and symptoms; without it the hand-written symptoms and the
    names in the call's context are known.
    """

    def __init__(self, lexicon: Lexicon | None = None) -> None:
        self._lexicon = lexicon or default_lexicon()
        self._facts: list[Fact] = []
        self._asked_lot: float | None = None

    def step(self, said: Utterance, context: Context) -> list[Signal]:
        """The key facts of a customer's utterance, or the facts that an agent repeats."""
        if not english(said):
            return []
        if said.role == "agent":
            return self._agent(said)
        return self._customer(said, context) if said.role in LISTENED else []

    def state(self) -> dict[str, Any]:
        """What is remembered, JSON-able."""
        return {"facts": [asdict(fact) for fact in self._facts], "asked_lot": self._asked_lot}

    def restore(self, state: dict[str, Any]) -> None:
        """Take up `state()`, also after it went through JSON."""
        self._facts = [Fact(**{**fact, "key": tuple(fact["key"])}) for fact in state["facts"]]
        self._asked_lot = state["asked_lot"]

    def _agent(self, said: Utterance) -> list[Signal]:
        line = _without_promised_times(Line.of(said.text))
        if amounts.asks_lot(line):
            self._asked_lot = said.end
        signals = []
        for at, fact in enumerate(self._facts):
            if fact.read_back or said.start - fact.at > READ_BACK or not repeats(fact, line):
                continue
            self._facts[at] = replace(fact, read_back=True)
            attributes = {"type": fact.type, "value": fact.value}
            signals.append(
                Signal(
                    "read_back",
                    "review",
                    said.party,
                    CLEAR_SCORE,
                    said.text,
                    said.start,
                    said.end,
                    (),
                    attributes,
                )
            )
        return signals

    def _customer(self, said: Utterance, context: Context) -> list[Signal]:
        asked = self._asked_lot is not None and said.start - self._asked_lot <= ASKED
        signals = []
        for told in facts_in(said.text, context, self._lexicon, lot_asked=asked):
            if told.type == "lot":
                self._asked_lot = None
            value = said.text[told.start : told.end]
            start, end = seconds(said, told.start, told.end)
            unsure = doubtful(said, told.start, told.end)
            if not self._remember(Fact(told.type, value, told.key, end, unsure)):
                continue
            attributes = {"type": told.type, "value": value, "doubtful": unsure}
            score = DOUBTFUL_SCORE if unsure else CLEAR_SCORE
            span = Span(value, told.start, told.end, told.type)
            signals.append(
                Signal(
                    "key_fact",
                    "review",
                    said.party,
                    score,
                    said.text,
                    start,
                    end,
                    (span,),
                    attributes,
                )
            )
        return signals

    def _remember(self, fact: Fact) -> bool:
        """Keep a fact; whether it is news."""
        known = next(
            (old for old in self._facts if (old.type, old.key) == (fact.type, fact.key)), None
        )
        if known is not None:
            self._facts.remove(known)
            news = known.doubtful and not fact.doubtful
            unsure = known.doubtful and fact.doubtful
            # Said again, it may be read back again, unless it was: then that still holds.
            self._facts.append(
                replace(fact, doubtful=unsure, read_back=known.read_back and not news)
            )
            return news
        self._facts = [*self._facts, fact][-MAX_FACTS:]
        return True


@lru_cache(maxsize=1)
def default_lexicon() -> Lexicon:
    """The hand-written phrases alone, for whoever has no built lexicon at hand."""
    return Lexicon((), (), spoken())


def facts_in(
    text: str, context: Context, lexicon: Lexicon, *, lot_asked: bool = False
) -> list[Told]:
    """The facts of a text in the order told; where two overlap, the more particular one.

    `lot_asked`: a bare code is a lot, as the answer to a question for it.
    """
    line = Line.of(text)
    found: list[Told] = []
    _take(found, "lot", line, amounts.lots(line, asked=lot_asked), amounts.lot_key)
    _take(found, "phone", line, amounts.phones(line), amounts.phone_key)
    _take(found, "dose", line, amounts.doses(line), amounts.dose_key)
    _take(found, "date", line, times.find(times.DATE, line), times.key)
    _take(found, "duration", line, times.find(times.DURATION, line), times.key)
    reading = Reading.of(text, lexicon)
    products = [*_context_names(reading, context), *reading.get("product")]
    for hit in products:
        if hit.kind == NAMED:
            _add(found, Told("product", _forms(reading, hit), *reading.chars(hit)))
    for hit in symptoms(reading):
        _add(found, Told("symptom", tuple(reading.stems(hit).split()), *reading.chars(hit)))
    return sorted(found, key=lambda told: told.start)


def symptoms(reading: Reading) -> list[Hit]:
    """The events that are told: not denied, asked about or off a label; no condition, none weak."""
    denied = denials(reading)
    return [
        hit
        for hit in reading.events
        if hit.kind not in ("weak", "condition")
        and not denied[hit]
        and not hypothetical(reading, hit)
        and not on_label(reading, hit)
    ]


def _context_names(reading: Reading, context: Context) -> list[Hit]:
    vocabulary = context.get("vocabulary")
    listed = vocabulary if isinstance(vocabulary, list) else []
    return [*named_in(reading.tokens, context), *named_in(reading.tokens, {"product": listed})]


def _forms(reading: Reading, hit: Hit) -> tuple[str, ...]:
    return tuple(token.form for token in reading.tokens[hit.first : hit.last])


def _take(
    found: list[Told],
    kind: FactType,
    line: Line,
    ranges: Sequence[tuple[int, int]],
    key: amounts.Key,
) -> None:
    for start, end in ranges:
        _add(found, Told(kind, key(line.plain[start:end]), *line.chars(start, end)))


def _add(found: list[Told], told: Told) -> None:
    overlaps = any(each.start < told.end and told.start < each.end for each in found)
    if not overlaps and not any((each.type, each.key) == (told.type, told.key) for each in found):
        found.append(told)


def _without_promised_times(line: Line) -> Line:
    """A line without the times of its promises: "I'll call on Tuesday" reads nothing back."""
    times_to_come = [line.chars(*each.when) for each in promised(line) if each.when is not None]
    kept = [
        word
        for word in line.words
        if not any(start <= word.start < end for start, end in times_to_come)
    ]
    return Line(line.text, kept)


def repeats(fact: Fact, line: Line) -> bool:
    """Whether a line says the value of a fact."""
    if fact.type in ("lot", "phone"):
        return amounts.holds_code(line, "".join(fact.key))
    if fact.type == "symptom":
        stems = {token.stem for token in tokenize(line.text)}
        return stems.issuperset(fact.key)
    if fact.type == "product":
        return bool(named_in(tokenize(line.text), {"product": " ".join(fact.key)}))
    words = amounts.dose_words(line.plain) if fact.type == "dose" else times.key(line.plain)
    return any(_near(words, key, SLACK[fact.type]) for key in _readings(fact))


def _readings(fact: Fact) -> list[tuple[str, ...]]:
    """The ways to say a date: "3/4" is read back as "March the fourth", or by day first."""
    keys = [fact.key]
    if fact.type == "date" and len(fact.key) >= 2 and all(map(str.isdigit, fact.key)):
        one, other = int(fact.key[0]), int(fact.key[1])
        for month, day in ((one, other), (other, one)):
            if 1 <= month <= len(times.MONTHS):
                keys.append((*times.key(times.MONTHS[month - 1]), str(day)))
    return keys


def _near(words: Sequence[str], key: Sequence[str], slack: int) -> bool:
    """Whether all words of a key stand close together, in any order."""
    reach = len(key) + slack
    return bool(key) and any(
        set(key) <= set(words[at : at + reach]) for at in range(max(1, len(words) - len(key) + 1))
    )
