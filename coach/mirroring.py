"""Says back in the second person what somebody said of themselves: "I dread Fridays" becomes
"You dread Fridays". Only where that is safe; a half-turned sentence is worse than none.
"""

from __future__ import annotations

import re

LONGEST = 60
"""Characters: more is not said back in one breath."""

_TURNED = {
    "i": "you", "im": "you're", "ive": "you've", "id": "you'd", "ill": "you'll",
    "me": "you", "my": "your", "mine": "yours", "myself": "yourself",
    "we": "you", "were": "you're", "weve": "you've", "wed": "you'd", "well": "you'll",
    "us": "you", "our": "your", "ours": "yours", "ourselves": "yourselves",
}  # fmt: skip
_SHORT = frozenset({"im", "ive", "id", "ill", "were", "weve", "wed", "well"})
"""Turned where they are written with an apostrophe: "we're" is not "were"."""
_VERBS = {"am": "are", "was": "were", "wasnt": "weren't"}
"""Turned right behind "I"."""
_BEGINS = re.compile(r"(i|(i|we)['’]\w+|im|ive|my|we|our)\b(?!['’])", re.IGNORECASE)
_OTHERS = frozenset({"you", "your", "youre", "youve", "yours", "yourself"})
"""Whoever says "you" already speaks of the agent."""
_WORD = re.compile(r"[\w'’]+")


def mirrored(text: str) -> str:
    """`text` in the second person; '' where it is not about the one who said it."""
    forms = {_form(word) for word in _WORD.findall(text)}
    if len(text) > LONGEST or not _BEGINS.match(text) or _OTHERS & forms:
        return ""
    before = ""

    def turn(match: re.Match[str]) -> str:
        nonlocal before
        word, form, last = match[0], _form(match[0]), before
        before = form
        if last == "i" and form in _VERBS:
            return _VERBS[form]
        if form in _SHORT and form == word.lower() and form not in ("im", "ive"):
            return word
        return _TURNED.get(form, word)

    said = _WORD.sub(turn, text).strip(" .,!?;:")
    return said[:1].upper() + said[1:]


def _form(word: str) -> str:
    return re.sub(r"['’]", "", word).lower()
