"""Drugs and symptoms that were said: how many of them the finals hold.

A word wrong in the middle of "hello, how can I help" costs nobody anything; the name of a drug or
of what befell a patient may cost a report. So these are counted apart from the error rate.

Theory. What is a drug or a symptom is found in the script, by the lexicon of the detectors and by
the names in the call's context. A term was heard where every word of it stands in what was heard of
that party, at its place: words side by side as in benchmarks/alignment.py, compared by their stems,
as the detectors compare them ("headaches" is a headache, "head ache" is not). Whether a detector
then speaks up is not asked here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from benchmarks.alignment import matched
from models.lexicon import Hit, Lexicon
from models.products import named_in
from models.tokens import Token, tokenize
from stream.audio import Context

Kind = Literal["drug", "symptom"]
KINDS: tuple[Kind, ...] = ("drug", "symptom")
NO_SYMPTOM = "ignore"
"""Kind of a phrase that only looks like an event ("sick of waiting")."""
NORMAL = 1.96
"""Standard deviations of a 95 % interval."""


@dataclass(frozen=True, slots=True)
class Term:
    """One drug or symptom that was said, and whether the finals hold it."""

    kind: Kind
    words: str
    heard: bool


@dataclass(frozen=True, slots=True)
class Recall:
    """`heard` of `said` terms; `low` and `high`: the 95 % interval of the share, by Wilson."""

    said: int
    heard: int
    low: float
    high: float


def terms(
    said: Sequence[str], heard: Sequence[str], context: Context, lexicon: Lexicon
) -> list[Term]:
    """The drugs and symptoms in what one party `said`, turn by turn; `heard`: its finals."""
    spoken, places = _spans(said, context, lexicon)
    shown = [token.stem for text in heard for token in tokenize(text)]
    found = matched([token.stem for token in spoken], shown)
    return [
        Term(
            kind,
            " ".join(token.form for token in spoken[first:last]),
            all(place in found for place in range(first, last)),
        )
        for kind, first, last in places
    ]


def recall(found: Iterable[Term], kind: Kind) -> Recall:
    """Of the terms of one kind. Of none the interval is everything."""
    heard = [term.heard for term in found if term.kind == kind]
    count, hits = len(heard), sum(heard)
    if not count:
        return Recall(0, 0, 0.0, 1.0)
    share, square = hits / count, NORMAL**2 / count
    middle = (share + square / 2) / (1 + square)
    half = NORMAL / (1 + square) * math.sqrt(share * (1 - share) / count + square / (4 * count))
    # Of all or none the bound is the share itself, which rounding may miss.
    return Recall(
        count, hits, min(share, max(0.0, middle - half)), max(share, min(1.0, middle + half))
    )


def _spans(
    said: Sequence[str], context: Context, lexicon: Lexicon
) -> tuple[list[Token], list[tuple[Kind, int, int]]]:
    """All words of a party, and where its terms are: first word and the one after the last."""
    spoken: list[Token] = []
    places: list[tuple[Kind, int, int]] = []
    for text in said:
        tokens = tokenize(text)
        drugs = {(hit.first, hit.last) for hit in _drugs(tokens, context, lexicon)}
        events = lexicon.find(tokens).get("event", [])
        symptoms = {(hit.first, hit.last) for hit in events if hit.kind != NO_SYMPTOM}
        for kind, spans in zip(KINDS, (drugs, symptoms), strict=True):
            at = len(spoken)
            places += [(kind, at + first, at + last) for first, last in sorted(spans)]
        spoken += tokens
    return spoken, places


def _drugs(tokens: Sequence[Token], context: Context, lexicon: Lexicon) -> list[Hit]:
    return [*named_in(tokens, context), *lexicon.drugs(tokens)]
