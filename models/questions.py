"""What an agent asks: about reactions in general, or about symptoms by name.

A question lends its sense to the answer: after "have you had any side effects?" a bare "yes"
or "headaches" is an event, and "no" is none.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.lexicon import Hit
from models.scopes import Reading

GENERAL = frozenset({"side effect", "reaction", "adverse event", "adverse reaction"})
"""Stems that name no event in particular: a mere question about them is no event."""
OFFERS = frozenset({"question", "want", "would"})
"""Stems that make it an offer to talk about side effects, not a question about them."""
OPENING = 3
"""Tokens that may come before the words that open a question: "and so, have you …"."""
UNMARKED = 6
"""Tokens from the start of a sentence within which it counts without a question mark."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question. `at`: media seconds of its end; `closed`: yes or no answers it."""

    at: float
    general: bool
    closed: bool
    events: tuple[str, ...]


def asked_in(reading: Reading, at: float) -> Asked | None:
    """The question about reactions or symptoms that a text puts, None where it puts none."""
    about = [hit for hit in reading.get("asks") if _in_question(reading, hit)]
    events = [hit for hit in reading.events if _in_question(reading, hit)]
    named = tuple(
        reading.text[slice(*reading.chars(hit))]
        for hit in events
        if reading.stems(hit) not in GENERAL
    )
    if not about and not named:
        return None
    first, _ = reading.sentence((about or events)[0].first)
    return Asked(at, bool(about), reading.tokens[first].form != "how", named)


def _in_question(reading: Reading, hit: Hit) -> bool:
    first, last = reading.sentence(hit.first)
    if any(reading.tokens[at].stem in OFFERS for at in range(first, last)):
        return False
    opens = any(cue.first <= first + OPENING for cue in reading.within("asking", first, last))
    marked = reading.tokens[last - 1].stop == "?"
    return opens and (marked or hit.first - first <= UNMARKED)
