"""The cues of one utterance, and how each is meant: denied, past, feared, read out.

The rules are at the head of models/cues.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from models.cuebook import KINDS, Cue, CueBook, Kind, Line
from models.lexicon import Hit
from models.phrases import Found
from models.products import named_in
from models.scopes import SUBJECTS, Denial, Reading, denials, hypothetical, on_label
from models.tokens import Token, stem, tokenize
from models.types import Tier, Utterance
from stream.audio import Context, Role

LIVE = 0.6
"""Scores from here on are tier live, as for adverse events."""
REVIEW_CAP = 0.55
PAST_REACH = 3
"""Tokens from a verb in the past to what it tells of: "I was having [chest pains]"."""
SELF_HARM = "self_harm"
"""The one kind that an unsure denial ("I don't think I'd hurt myself") does not deny."""
LANGUAGE = "language_request"
"""The one kind that is heard in any language: whoever asks for Spanish may ask in Spanish."""
MEDICINE = stem("medicine")


INABLE = frozenset({"can", "could"})
"""Before "not": somebody cannot. Tokens write "can't" as two words."""


@dataclass(frozen=True, slots=True)
class Match:
    """One cue found, with the attributes and the score that its meaning gives it."""

    cue: Cue
    found: Found
    attributes: dict[str, Any]
    score: float

    @property
    def tier(self) -> Tier:
        return "live" if self.score >= LIVE else "review"

    @property
    def choice(self) -> Any:
        """The value that tells it from others of its kind; see Kind."""
        return self.attributes.get(KINDS[self.cue.kind].choice)

    @property
    def rank(self) -> tuple[float, int, int]:
        """More evidence ranks higher: the score, then the words, then the place in the book."""
        return self.score, self.found.last - self.found.first, -self.found.phrase

    def beats(self, other: Match) -> bool:
        """Whether it says of the same words another thing of the same kind, and better."""
        return (
            self.cue.kind == other.cue.kind
            and self.choice != other.choice
            and self.found.first < other.found.last
            and other.found.first < self.found.last
            and self.rank > other.rank
        )


class Matches:
    """The matches of one utterance, in the order found."""

    def __init__(self, book: CueBook, said: Utterance, context: Context) -> None:
        self._book = book
        self._role: Role = said.role
        self.text = said.text
        self.english = not said.language or said.language.startswith("en")
        self.tokens = _with_medicine(tokenize(self.text), context)
        self._sentences = _sentences(self.tokens)
        self._found = [(book.lines[each.phrase], each) for each in book.phrases.find(self.tokens)]
        self._reading: Reading | None = None
        raised = [(line, found) for line, found in self._found if self._counts(line, found)]
        judged = self._judged(raised) if raised else []
        self.all = [one for one in judged if not any(other.beats(one) for other in judged)]

    def reading(self) -> Reading:
        """The utterance with its words of negation and doubt: looked up only where needed."""
        if self._reading is None:
            hits = self._book.lexicon.find(self.tokens)
            self._reading = Reading(self.text, self.tokens, hits)
        return self._reading

    def chars(self, found: Found) -> tuple[int, int]:
        """The characters of what a match quotes."""
        return self.tokens[found.quoted_first].start, self.tokens[found.quoted_last - 1].end

    def _counts(self, line: Line, found: Found) -> bool:
        """Whether a phrase raises its cue: the right speaker and language, nothing against it."""
        if line.against or line.mark:
            return False
        kind = self._book.cues[line.cue].kind
        if not _is(self._role, KINDS[kind]) or not (self.english or kind == LANGUAGE):
            return False
        sentence = self._sentences[found.first]
        return not any(
            other.cue == line.cue
            and (
                other.against == "utterance"
                or (other.against == "sentence" and self._sentences[place.first] == sentence)
            )
            for other, place in self._found
        )

    def _judged(self, raised: Sequence[tuple[Line, Found]]) -> list[Match]:
        events = [self._event(found) for _, found in raised]
        reading = Reading(self.text, self.tokens, {**self.reading().hits, "event": events})
        denied = denials(reading)
        meant = (
            self._meant(line, found, reading, event, denied[event])
            for (line, found), event in zip(raised, events, strict=True)
        )
        return [match for match in meant if match is not None]

    def _event(self, found: Found) -> Hit:
        """A match as the scopes see it: from its verb on, for a subject ends a negation."""
        first = found.first
        while first < found.last - 1 and self.tokens[first].stem in SUBJECTS:
            first += 1
        return Hit("event", "", first, found.last)

    def _meant(
        self, line: Line, found: Found, reading: Reading, event: Hit, denial: Denial
    ) -> Match | None:
        """The match with its attributes and score, None where it does not count."""
        cue = self._book.cues[line.cue]
        kind = KINDS[cue.kind]
        attributes = dict(cue.attributes)
        if line.arrow:
            attributes[kind.arrow] = line.arrow
        if not kind.escalates:
            return Match(cue, found, attributes, cue.score) if not denial else None
        if on_label(reading, event) or self._marked("read_out", found):
            return None
        clear = denial == "clear" and not _unable(reading, event)
        unsure = denial == "unsure" and not _risky(cue, reading, event)
        doubts = {
            "denied": clear or unsure,
            "hypothetical": cue.now and hypothetical(reading, event),
            "past": cue.now and self._past(found),
        }
        attributes |= {name: True for name, holds in doubts.items() if holds}
        score = min(cue.score, REVIEW_CAP) if any(doubts.values()) else cue.score
        return Match(cue, found, attributes, score)

    def _past(self, found: Found) -> bool:
        if self._marked("now", found):
            return False
        near = range(found.first - PAST_REACH, found.last)
        verbs = (place for line, place in self._found if line.mark == "past_verb")
        return self._marked("past_time", found) or any(place.first in near for place in verbs)

    def _marked(self, mark: str, found: Found) -> bool:
        """Whether a mark stands in the sentence of a match."""
        sentence = self._sentences[found.first]
        return any(
            line.mark == mark and self._sentences[place.first] == sentence
            for line, place in self._found
        )


def _risky(cue: Cue, reading: Reading, event: Hit) -> bool:
    """Whether an unsure denial denies nothing: "I'm not sure, but …"; of life, ever."""
    hedge = reading.before("hedge", event)
    cut = hedge is not None and reading.terminated(hedge.last, event.first)
    return cut or cue.kind == SELF_HARM


def _unable(reading: Reading, event: Hit) -> bool:
    """Whether the word that seems to deny says that somebody cannot do something: what is told
    with it is none the better for it ("he can't speak, his lips are turning blue")."""
    before = [hit.first for hit in reading.negators if hit.last <= event.first]
    return bool(before) and reading.tokens[max(0, before[-1] - 1)].form in INABLE


def _is(role: Role, kind: Kind) -> bool:
    """Whether the words of a role count for a kind."""
    if kind.who == "agent":
        return role == "agent"
    if kind.who == "customer":
        return role in ("customer", "interpreter", "other")
    return kind.who == "anyone" or role != "agent"


def _with_medicine(tokens: list[Token], context: Context) -> list[Token]:
    """The tokens with each name of a product of the call as one word for medicine."""
    at = len(tokens)
    for hit in sorted(named_in(tokens, context), key=lambda hit: hit.first, reverse=True):
        if hit.last <= at:
            first, last = tokens[hit.first], tokens[hit.last - 1]
            one = first._replace(stem=MEDICINE, end=last.end, stop=last.stop)
            tokens[hit.first : hit.last] = [one]
            at = hit.first
    return tokens


def _sentences(tokens: Sequence[Token]) -> list[int]:
    """The number of the sentence that each token stands in."""
    numbers, number = [], 0
    for token in tokens:
        numbers.append(number)
        number += token.stop in (".", "?")
    return numbers
