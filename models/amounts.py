"""Doses, lot numbers and telephone numbers, as patterns over a plain line (models/lines.py)."""

from __future__ import annotations

import re
from collections.abc import Callable

from models.lines import Line

Key = Callable[[str], tuple[str, ...]]

_UNIT = r"milligrams?|mg|micrograms?|mcg|grams?|millilit(?:er|re)s?|mls?|cc|units?|iu"
_FORM = (
    r"tablets?|pills?|capsules?|caplets?|puffs?|drops?|sprays?|patch(?:es)?|(?:tea|table)spoons?"
)
_SHOT = r"injections?|shots?|doses?"
_TIME = r"days?|nights?|weeks?|months?|mornings?|evenings?|hours?|bedtime"
_OFTEN = (
    r"(?: (?:once|twice|\d+ times))?"
    rf"(?: (?:an?|per|each|every|in the|at)(?: other| \d+)? (?:{_TIME})| daily| weekly| nightly)"
)
DOSE = re.compile(
    rf"(?<= )(?:\d+(?:\.\d+)?(?: and a half)?|half an?|an? half|1/2(?: an?)?)"
    rf" (?:(?:of a )?(?:{_UNIT}|{_FORM})(?:{_OFTEN})?|(?:{_SHOT}){_OFTEN})(?= )"
)
"""An amount: "40 milligram", "2 tablets a day"; shots only with how often."""
_SAME_UNIT = {
    "mg": "milligram",
    "mcg": "microgram",
    "ml": "milliliter",
    "mls": "milliliter",
    "cc": "milliliter",
    "millilitre": "milliliter",
    "millilitres": "milliliter",
    "iu": "unit",
    "patches": "patch",
}
_DOSE_IDLE = frozenset({"a", "an", "of", "the", "and"})

_LETTER = r"[a-z](?: as in [a-z]+| like [a-z]+| for [a-z]{3,})?"
_BARE = rf"(?:{_LETTER}|\d+|(?=[a-z]*\d)[a-z0-9]+|dash|hyphen)"
_CODE = rf"(?:{_BARE}|[a-z]{{2,4}}(?= \d))"
LOT = re.compile(
    r" (?<! a )(?:lot|batch)(?: (?:number|no|num|code|id))?"
    r"(?: (?:is|says|was|it|its|that|reads|here|on|of|the|box|pen|should|be|this))*(?: \.)?"
    rf" (?P<code>{_CODE}(?: {_CODE})*)(?= )"
)
BARE_LOT = re.compile(
    rf"(?<= )(?P<code>{_BARE}(?: {_BARE})*)(?= )"
    rf"(?! (?:years?|{_TIME}|minutes?|{_UNIT}|{_FORM}|{_SHOT}|times?|old|percent|dollars?|pounds?))"
)
ASKS_LOT = re.compile(r" (?:lot|batch)(?: (?:number|no|code))? ")
_LAST_WORD = re.compile(r"(?: (?:i|a|dash|hyphen))+$")
"""Words that end what looked like a code and begin the next clause: "47 I think"."""
_SPELT = re.compile(r"(?<=[a-z]) (?:as in [a-z]+|like [a-z]+|for [a-z]{3,})")
MIN_CODE = 2
"""Characters of a lot said after the word "lot"."""
MIN_BARE = 3
"""Characters of one said without it, if it mixes letters and digits."""
MIN_BARE_DIGITS = 5
"""Its characters if they are digits alone: longer than a year or the number of a dose."""

PHONE = re.compile(r"(?<= )(?:area code )?\d+(?: (?:dash |area code |and )?\d+)*(?= )")
MIN_PHONE, MAX_PHONE = 7, 15
"""Digits of a telephone number: a local one, and the most of E.164."""
OTHER_NUMBER = re.compile(
    r" (?:account|card|social|security|policy|member|id|identification|reference|routing|order"
    r"|tracking|case|ticket|invoice|prescription|rx|lot|batch|serial|transaction)"
    r"(?: [a-z]+){0,4} $"
)
"""What the words before a number make of it, if they say that it is none to call."""


def doses(line: Line) -> list[tuple[int, int]]:
    """The ranges of `line.plain` that tell a dose."""
    return [match.span() for match in DOSE.finditer(line.plain)]


def dose_words(plain: str) -> tuple[str, ...]:
    """The words of a dose, units in one form: "40 mg" and "40 milligrams" are equal."""
    plain = plain.replace("half a ", "half ").replace("1/2 ", "half ")
    words = []
    for word in plain.split():
        if word not in _DOSE_IDLE:
            same = _SAME_UNIT.get(word)
            words.append(same or (word.removesuffix("s") if len(word) > 3 else word))
    return tuple(words)


def dose_key(plain: str) -> tuple[str, ...]:
    """What must be read back of a dose: the number and its unit, not how often."""
    words = dose_words(plain)
    number = 1 + next((at for at, word in enumerate(words) if word[0].isdigit()), 0)
    return words[: number + 1]


def lots(line: Line, *, asked: bool = False) -> list[tuple[int, int]]:
    """The ranges of `line.plain` that give a lot or batch number.

    `asked`: a code without the word "lot" counts too.
    """
    found = [_code(match) for match in LOT.finditer(line.plain)]
    if asked and not any(found):
        found = [_code(match, bare=True) for match in BARE_LOT.finditer(line.plain)]
    return [each for each in found if each is not None]


def _code(match: re.Match[str], *, bare: bool = False) -> tuple[int, int] | None:
    start, end = match.span("code")
    plain = match.string
    if plain[end:].strip(" .?"):
        end -= len(plain[start:end]) - len(_LAST_WORD.sub("", plain[start:end]))
    code = "".join(lot_key(plain[start:end]))
    shortest = MIN_CODE
    if bare:
        shortest = MIN_BARE_DIGITS if code.isdigit() else MIN_BARE
    holds = any(letter.isdigit() for letter in code) and len(code) >= shortest
    return (start, end) if holds else None


def lot_key(plain: str) -> tuple[str, ...]:
    """The characters of a code as one word, without "as in Bravo" and dashes."""
    spelt = _SPELT.sub("", plain)
    kept = [word for word in spelt.split() if word not in ("dash", "hyphen")]
    return ("".join(kept),)


def phones(line: Line) -> list[tuple[int, int]]:
    """The ranges of `line.plain` that give a telephone number."""
    found = []
    for match in PHONE.finditer(line.plain):
        digits = sum(letter.isdigit() for letter in match.group())
        if MIN_PHONE <= digits <= MAX_PHONE and not OTHER_NUMBER.search(
            line.plain[: match.start()]
        ):
            found.append(match.span())
    return found


def phone_key(plain: str) -> tuple[str, ...]:
    """The digits as one word."""
    return ("".join(letter for letter in plain if letter.isdigit()),)


def holds_code(line: Line, code: str) -> bool:
    """Whether a line says the characters of a code, however they are grouped."""
    plain = _SPELT.sub("", line.plain)
    words = [word for word in plain.split() if word not in ("dash", "hyphen", ".", "and")]
    for first in range(len(words)):
        joined = ""
        for word in words[first:]:
            joined += word
            if joined == code:
                return True
            if not code.startswith(joined):
                break
    return False


def asks_lot(line: Line) -> bool:
    """Whether an agent speaks of the lot number, so that the answer may be one."""
    return bool(ASKS_LOT.search(line.plain))
