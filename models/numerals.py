"""Numbers as they are spoken, made digits: "forty-seven" 47, "B double four" B 4 4, "third" 3rd.

Rules. 1. Tens take a unit after them ("forty seven" 47), a unit takes "hundred" or "thousand";
otherwise each number stays by itself, as digits of a telephone number do ("five five" 5 5).
2. Ordinals keep their ending, so that "the third of March" is told from "three". 3. "oh" is 0
beside a number alone. 4. A number keeps the characters that it was read from.
"""

from __future__ import annotations

from typing import NamedTuple


class Heard(NamedTuple):
    """One word in plain form. `start`, `end`: its characters in the text."""

    form: str
    start: int
    end: int


def _counted(words: str, start: int, step: int = 1) -> dict[str, int]:
    return {word: start + step * at for at, word in enumerate(words.split())}


_UNITS = _counted(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
    " fifteen sixteen seventeen eighteen nineteen",
    0,
)
_TENS = _counted("twenty thirty forty fifty sixty seventy eighty ninety", 20, 10)
_ORDINALS = _counted(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
    " thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth",
    1,
) | {"twentieth": 20, "thirtieth": 30}
_TIMES = {"hundred": 100, "thousand": 1000}
_REPEATS = {"double": 2, "triple": 3}
_ENDINGS = {1: "st", 2: "nd", 3: "rd"}


def ordinal(number: int) -> str:
    """ "3rd" for 3."""
    teens = number // 10 % 10 == 1
    return f"{number}{'th' if teens else _ENDINGS.get(number % 10, 'th')}"


def in_digits(words: list[Heard]) -> list[Heard]:
    """The words with every spoken number as digits; other words as they are."""
    found: list[Heard] = []
    at = 0
    while at < len(words):
        forms, used = _number(words, at, after_number=bool(found) and _numeric(found[-1].form))
        start, end = words[at].start, words[at + used - 1].end
        found += [Heard(form, start, end) for form in forms]
        at += used
    return found


def _numeric(form: str) -> bool:
    return form[:1].isdigit()


def _number(words: list[Heard], at: int, *, after_number: bool) -> tuple[list[str], int]:
    """What the word at `at` begins, in plain form, and how many words that takes."""
    form = words[at].form
    following = words[at + 1].form if at + 1 < len(words) else ""
    if form in _REPEATS:
        digit = _digit(following)
        return ([digit] * _REPEATS[form], 2) if digit else ([form], 1)
    if form in ("oh", "o"):
        return (["0" if after_number or _digit(following) else form], 1)
    if form in _TENS and following in _ORDINALS and _ORDINALS[following] < 10:
        return [ordinal(_TENS[form] + _ORDINALS[following])], 2
    if form in _ORDINALS:
        return [ordinal(_ORDINALS[form])], 1
    value, used = _small(words, at)
    if not used:
        return ([str(_TIMES[form])] if form in _TIMES else [form]), 1
    if at + used < len(words) and words[at + used].form in _TIMES:
        value *= _TIMES[words[at + used].form]
        used += 1
        joined = at + used < len(words) and words[at + used].form == "and"
        rest, more = _small(words, at + used + joined)
        if more:
            return [str(value + rest)], used + joined + more
    return [str(value)], used


def _digit(form: str) -> str:
    """The digit that a word is, '' where it is none."""
    if len(form) == 1 and form.isdecimal():
        return form
    return str(_UNITS[form]) if _UNITS.get(form, 10) < 10 else "0" if form == "oh" else ""


def _small(words: list[Heard], at: int) -> tuple[int, int]:
    """The number below a hundred that begins at `at`, and its words; 0 words where none does."""
    if at >= len(words):
        return 0, 0
    form = words[at].form
    if form in _UNITS:
        return _UNITS[form], 1
    if form not in _TENS:
        return 0, 0
    unit = _UNITS.get(words[at + 1].form, 0) if at + 1 < len(words) else 0
    return (_TENS[form] + unit, 2) if 0 < unit < 10 else (_TENS[form], 1)
