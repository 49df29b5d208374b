"""Lack of effect: the medicine does not do what it is taken for.

A device that fails is a complaint and a website that fails is a nuisance; neither is this.
"""

from __future__ import annotations

from collections.abc import Sequence

from models.lexicon import DEVICE, Hit
from models.scopes import NEAR, Reading

PRONOUNS = frozenset({"it", "they", "this", "that", "stuff", "nothing"})
SUBJECT_REACH = 8
"""Tokens between what fails and the words for its failing."""


def lack_of_effect(
    reading: Reading, products: Sequence[Hit], *, recent: bool, indicated: Sequence[Hit]
) -> Hit | None:
    """The words that tell of a lack of effect, None where nobody does.

    `recent`: a product was named before, so that "it" may be the product; `indicated`:
    the events of the utterance that are what something is taken for.
    """
    for hit in reading.get("lack"):
        if _of_medicine(reading, hit, products, recent=recent) and not _asked(reading, hit):
            return hit
    unrelieved = reading.get("unrelieved")
    if indicated and unrelieved and (products or recent or reading.get("take")):
        return unrelieved[0]
    return None


def _of_medicine(reading: Reading, hit: Hit, products: Sequence[Hit], *, recent: bool) -> bool:
    first, last = reading.sentence(hit.first)
    tokens = reading.tokens
    # Nothing to do with a medicine, whatever else the sentence names.
    names = reading.not_medicine
    if any(tokens[at].stem in names for at in range(first, last)):
        return False
    medicines = [each for each in products if each.kind != DEVICE]
    start = max(first, hit.first - SUBJECT_REACH)
    if any(start <= each.first and each.last <= last for each in medicines):
        return True
    said = any(tokens[at].stem in PRONOUNS for at in range(start, hit.first))
    return said and (recent or bool(medicines))


def _asked(reading: Reading, hit: Hit) -> bool:
    """Whether the lack is only feared or asked about."""
    return reading.before("hypothetical", hit, NEAR) is not None
