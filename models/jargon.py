"""Jargon: what an agent says that a patient or caregiver would not know.

Theory. A word is jargon for a listener, not by itself: nobody needs plain words for what they
said first, or for what was explained to them. So the detector follows both sides of a call.

Rules. 1. Only the agent's words are jargon, and only in English. 2. A term that is explained
in its utterance, or that the agent explains in the next breath, is known from then on; one
that the customer uses, other than to ask what it means, is known too. 3. A term counts once
in AGAIN seconds. 4. One signal an utterance: the rarest term that has plain words leads, the
others are spans of its evidence. 5. To a health-care professional all of it is for review.
The explanation of a next breath cannot take back a signal: waiting for it would make every
other one late.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from models.explained import explained, explained_next
from models.glossary import Entry, Glossary, load_glossary
from models.lexicon import Lexicon
from models.terms import Finder, Term, rank
from models.tokens import Token, tokenize
from models.types import Signal, Span, Tier, Utterance
from stream.audio import Context

__all__ = ["AGAIN", "Entry", "Glossary", "Jargon", "load_glossary"]

AGAIN = 120.0
"""Media seconds for which a term that was noticed is not noticed again."""
NEXT_BREATH = 15.0
"""Media seconds in which what the agent says still explains the last terms."""
MAX_KNOWN = 300
"""Terms remembered as known in one call; the oldest is forgotten first."""
MAX_COUNTED = 300
"""Terms remembered as noticed: more than anyone says in AGAIN seconds."""
ASKS = frozenset({"mean", "explain", "understand"})
"""Stems with which a customer asks about a term: that they say it does not mean they know it."""
ASK_REACH = 3
"""Tokens between "what" and the term that is asked about: "what is a titration"."""
ECHO = 3
"""Tokens of an utterance that is no more than the agent's word said back."""


class Jargon:
    """The detector of one call. Synchronous; takes closed utterances of all parties in order."""

    def __init__(self, glossary: Glossary, lexicon: Lexicon | None = None) -> None:
        self._finder = Finder(glossary, lexicon)
        self._known: dict[str, None] = {}
        self._counted: dict[str, float] = {}
        self._last: dict[str, str] = {}
        self._last_end = 0.0

    def step(self, said: Utterance, context: Context) -> list[Signal]:
        """The jargon of an utterance: one signal, or none.

        `attributes`: term (as heard), plain ("" where unknown), acronym.
        """
        english = not said.language or said.language.startswith("en")
        if not english or said.role in ("interpreter", "unknown"):
            return []
        text = said.text
        tokens = tokenize(text)
        terms = self._finder.find(text, tokens, context)
        if said.role != "agent":
            self._learn(terms, tokens)
            return []
        self._explained_now(said, tokens)
        fresh = self._fresh(said, terms, tokens)
        return [_signal(said, text, tokens, fresh, context)] if fresh else []

    def _learn(self, terms: Sequence[Term], tokens: Sequence[Token]) -> None:
        """A customer's own terms are known to them, unless they ask, or echo the agent."""
        if any(token.stem in ASKS for token in tokens):
            return
        for term in terms:
            before = tokens[max(0, term.first - ASK_REACH) : term.first]
            asked = any(token.form == "what" for token in before)
            echo = len(tokens) <= ECHO and tokens[-1].stop == "?"
            if not asked and not echo and term.key not in self._counted:
                self._know(term.key)

    def _explained_now(self, said: Utterance, tokens: Sequence[Token]) -> None:
        if said.start - self._last_end <= NEXT_BREATH:
            for key, plain in self._last.items():
                if explained_next(plain, tokens):
                    self._know(key)

    def _fresh(self, said: Utterance, terms: Sequence[Term], tokens: Sequence[Token]) -> list[Term]:
        """The terms that count, the one that leads first."""
        for term in terms:
            if explained(term, tokens):
                self._know(term.key)
        counted = {key: at for key, at in self._counted.items() if said.end - at < AGAIN}
        unknown = [term for term in terms if term.key not in self._known]
        fresh = [term for term in unknown if term.key not in counted]
        counted.update((term.key, said.end) for term in fresh)
        self._counted = dict(list(counted.items())[-MAX_COUNTED:])
        if unknown:  # An "okay" between a term and its explanation ends no breath.
            self._last = {term.key: term.plain for term in unknown}
            self._last_end = said.end
        return sorted({term.key: term for term in reversed(fresh)}.values(), key=rank)

    def _know(self, key: str) -> None:
        self._known.pop(key, None)
        self._known[key] = None
        while len(self._known) > MAX_KNOWN:
            del self._known[next(iter(self._known))]

    def state(self) -> dict[str, Any]:
        """The memory as JSON-able data, for a checkpoint."""
        return {
            "known": list(self._known),
            "counted": dict(self._counted),
            "last": dict(self._last),
            "last_end": self._last_end,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take up the memory of `state()`, also after it went through JSON."""
        self._known = dict.fromkeys(state["known"])
        self._counted = dict(state["counted"])
        self._last = dict(state["last"])
        self._last_end = state["last_end"]


def _signal(
    said: Utterance,
    text: str,
    tokens: Sequence[Token],
    fresh: Sequence[Term],
    context: Context,
) -> Signal:
    lead = fresh[0]
    customer = context.get("customer")
    professional = isinstance(customer, dict) and customer.get("role") == "hcp"
    tier: Tier = "live" if lead.sure and not professional else "review"
    marks = sorted((tokens[term.first].start, tokens[term.last - 1].end) for term in fresh)
    first, last = tokens[lead.first].start, tokens[lead.last - 1].end
    start, end = _seconds(said, first, last)
    return Signal(
        kind="jargon",
        tier=tier,
        party=said.party,
        score=lead.score,
        text=text,
        start=start,
        end=end,
        spans=tuple(Span(text[a:b], a, b, "jargon") for a, b in marks),
        attributes={"term": text[first:last], "plain": lead.plain, "acronym": lead.acronym},
    )


def _seconds(said: Utterance, first: int, last: int) -> tuple[float, float]:
    """The media seconds of the words that hold the characters `first` to `last`."""
    at, times = 0, []
    for word in said.words:
        if at < last and at + len(word.w) > first:
            times.append((word.start, word.end))
        at += len(word.w) + 1
    return (times[0][0], times[-1][1]) if times else (said.start, said.end)
