"""Whether what happened is what a playbook asks for: pure functions, no state.

Words are compared lower-case, without punctuation or apostrophes, since a recogniser writes
both as it likes; a phrase must stand in the text as whole words in a row. `{customer}` in a phrase
stands for any part of the customer's name, `{product}` for the product's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from coach.playbook.schema import OnPhrase, OnSignal, Scalar
from models.types import Signal, Utterance
from stream.audio import Context

_APOSTROPHE = re.compile(r"['’]")
_NOT_SPOKEN = re.compile(r"[^\w]+")
MISSING = object()
_NAMED = {"{customer}": "customer.name", "{product}": "product"}
"""What a phrase may leave to the call's context."""
_TITLES = frozenset({"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sir", "madam"})
"""Said to anyone, so none of them is somebody's name."""
SHORTEST_NAME = 2
"""Letters of a part of a name: an initial is said by chance."""


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """Words alone, one space around each, so that a phrase can be looked for as a string."""
    return f" {_NOT_SPOKEN.sub(' ', _APOSTROPHE.sub('', text.lower())).strip()} "


def says(phrases: Iterable[str], text: str, context: Context) -> bool:
    """Whether one of the phrases stands in the text."""
    said = plain(text)
    return any(plain(each) in said for phrase in phrases for each in _spelled(phrase, context))


def said(
    wanted: OnSignal | OnPhrase,
    utterance: Utterance,
    signals: Sequence[Signal],
    context: Context,
) -> Signal | None:
    """The best evidence that the utterance holds what is wanted; None where it does not."""
    if wanted.role is not None and wanted.role != utterance.role:
        return None
    if isinstance(wanted, OnPhrase):
        return spoken(utterance) if says(wanted.says, utterance.text, context) else None
    found = (signal for signal in signals if fits(wanted, signal))
    return max(found, key=lambda signal: signal.score, default=None)


def fits(wanted: OnSignal, signal: Signal) -> bool:
    """Whether a signal is the one wanted, but for who said it."""
    return (
        (wanted.kind, wanted.tier) == (signal.kind, signal.tier)
        and signal.score >= wanted.score
        and all(_is(signal.attributes.get(k, MISSING), v) for k, v in wanted.where.items())
    )


def holds(conditions: Mapping[str, Scalar | tuple[Scalar, ...]], context: Context) -> bool:
    """Whether each dotted path of the context has one of its values (`true`: any at all)."""
    return all(_is(_at(context, path), value) for path, value in conditions.items())


def holds_any(conditions: Mapping[str, Scalar | tuple[Scalar, ...]], context: Context) -> bool:
    """Whether at least one of them does."""
    return any(_is(_at(context, path), value) for path, value in conditions.items())


def spoken(utterance: Utterance) -> Signal:
    """An utterance as evidence, where no detector made a signal of it."""
    return Signal(
        "phrase", "live", utterance.party, 1.0, utterance.text, utterance.start, utterance.end
    )


def _spelled(phrase: str, context: Context) -> Iterator[str]:
    """The phrase with each name that its slot may stand for; none where the call has none."""
    slot = next((slot for slot in _NAMED if slot in phrase), None)
    if slot is None:
        yield phrase
        return
    name = _at(context, _NAMED[slot])
    for part in plain(name).split() if isinstance(name, str) else ():
        if len(part) >= SHORTEST_NAME and part not in _TITLES:
            yield from _spelled(phrase.replace(slot, part), context)


def _is(value: Any, wanted: Scalar | tuple[Scalar, ...]) -> bool:
    if wanted is True:
        return value is not MISSING and bool(value)
    if wanted is False:
        return value is MISSING or not value
    options = wanted if isinstance(wanted, tuple) else (wanted,)
    return any(_equal(value, option) for option in options)


def _equal(value: Any, wanted: Scalar) -> bool:
    if isinstance(value, str) and isinstance(wanted, str):
        return value.casefold() == wanted.casefold()
    return bool(value == wanted)


def _at(context: Context, path: str) -> Any:
    found: Any = context
    for step in path.split("."):
        if not isinstance(found, Mapping) or step not in found:
            return MISSING
        found = found[step]
    return found
