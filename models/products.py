"""Names of the product that a call is about, also when the recogniser missed them a little."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from models.lexicon import NAMED, Hit
from models.tokens import Token, tokenize
from stream.audio import Context

ALIKE = 0.8
"""Least similarity of a misheard name; "ozempick" to "ozempic" has 0.93."""
MIN_ALIKE = 6
"""Letters below which one wrong letter makes another word."""
MAX_NAMES = 16
"""Names of one call's context that are looked for: more is no product but a list."""
CACHE = 16_384


def named_in(tokens: Sequence[Token], context: Context) -> list[Hit]:
    """The places that name the context's product: `product` is a name or a list of names."""
    hits: list[Hit] = []
    for name in _names(context):
        words = _words(name)
        for at in range(len(tokens)):
            last = _matches(tokens, at, words)
            if last:
                hits.append(Hit("product", NAMED, at, last))
    return hits


def _names(context: Context) -> list[str]:
    product = context.get("product")
    listed = product if isinstance(product, list) else [product]
    names = [each.get("name") if isinstance(each, dict) else each for each in listed]
    return [name for name in names if isinstance(name, str)][:MAX_NAMES]


@lru_cache(maxsize=256)
def _words(name: str) -> tuple[str, ...]:
    return tuple(token.form for token in tokenize(name))


def _matches(tokens: Sequence[Token], at: int, words: tuple[str, ...]) -> int:
    """The token after a match that begins at `at`, 0 where there is none."""
    if not words:
        return 0
    spoken = [token.form for token in tokens[at : at + len(words)]]
    if len(spoken) == len(words) and all(map(_alike, spoken, words)):
        return at + len(words)
    split = len(words) == 1 and at + 1 < len(tokens)  # "hum ira"
    return at + 2 if split and _alike(spoken[0] + tokens[at + 1].form, words[0]) else 0


@lru_cache(maxsize=CACHE)
def _alike(spoken: str, name: str) -> bool:
    if spoken == name or spoken == name + "s":
        return True
    if len(name) < MIN_ALIKE or abs(len(spoken) - len(name)) > 2 or spoken[0] != name[0]:
        return False
    return SequenceMatcher(None, spoken, name, autojunk=False).ratio() >= ALIKE
