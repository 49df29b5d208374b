"""Dates, durations and times to come, as patterns over a plain line (models/lines.py)."""

from __future__ import annotations

import re

from models.lines import Line

_MONTH = "january|february|march|april|may|june|july|august|september|october|november|december"
MONTHS = tuple(_MONTH.split("|"))
_CLEAR = "|".join(month for month in MONTHS if month not in ("may", "march"))
"""Months that are no other word, and so need no day or preposition."""
_WEEKDAY = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_ORDINAL = r"(?:[1-9]|[12]\d|3[01])(?:st|nd|rd|th)"
_YEAR = r"(?: ,?(?:19|20)\d\d| 20 \d\d)?"
_PART = r"(?: (?:morning|afternoon|evening|night))?"
_MANY = (
    r"\d+(?:\.\d+)?(?: (?:or|to) \d+| and a half)?"
    r"|(?:an? )?(?:couple(?: of)?|few)|several|half an?"
)
_SOME = rf"{_MANY}|an?"
_LONG = r"(?:hour|day|night|week|fortnight|month|year)s?"
_NO_NOUN = (
    r"(?! (?:dose|shot|injection|pen|time|one|day|week|month|year|floor|line|call|infusion|tablet))"
)
"""What makes an ordinal count things, not days: "the second dose"."""

DATE = re.compile(
    rf"(?<= )(?:(?:the )?{_DAY} (?:of )?(?:{_MONTH}){_YEAR}"
    rf"|(?:{_MONTH}) (?:of )?(?:(?:19|20)\d\d|20 \d\d)"
    rf"|(?:{_MONTH}) (?:the )?{_DAY}(?! (?:milligram|mg|tablet|pill|unit|time)){_YEAR}"
    rf"|(?:in|since|last|until|by|early|late|mid|before|after) (?:{_MONTH}){_YEAR}"
    rf"|(?:{_CLEAR}){_YEAR}"
    rf"|(?:(?:last|this|this past|next) )?(?:{_WEEKDAY})(?: (?:before last|last)|{_PART})"
    r"|the day before yesterday|yesterday(?: (?:morning|afternoon|evening))?|last night"
    r"|this morning|last (?:week|month|year|weekend|spring|summer|fall|autumn|winter)"
    r"|the other (?:day|night)"
    rf"|(?:{_SOME}) {_LONG} ago"
    r"|\d{1,2}/\d{1,4}(?:/\d{2,4})?(?! (?:a|an|of|tablets?|pills?|dose) )|\d{4}-\d\d-\d\d"
    rf"|(?:on|since|until|by) the {_ORDINAL}(?! (?:of )?(?:{_MONTH})){_NO_NOUN})(?= )"
)
"""A day, or a time as good as one: "the 3rd of march", "last tuesday", "2 weeks ago"."""

DURATION = re.compile(
    r"(?<= )(?<!every )(?<!each )(?<!in the next )"
    rf"(?:(?<=for )an?|(?<=over )an?|(?<=almost )an?|(?<=nearly )an?|{_MANY})"
    rf" (?:(?:whole|full|straight|solid|good) )?{_LONG}"
    r"(?! (?:ago|old|from|later|supply|of age|a day|a week|in advance))(?= )"
)
"""How long: "2 weeks", "a couple of days", "for a month"."""

WHEN = re.compile(
    r"(?<= )(?:(?:(?:on|by|before|for|until|from) )?(?:(?:next|this|the following) )?"
    rf"(?:{_WEEKDAY}){_PART}"
    rf"|(?:(?:by|before|1st thing|later) )?(?:tomorrow|today|tonight){_PART}"
    r"|(?:by |later )?this (?:morning|afternoon|evening|week)"
    r"|(?:by |early |later )?next (?:week|month)(?: at the latest)?|over the weekend"
    r"|(?:by|before|at) (?:the )?(?:end of|close of|start of) (?:the |this |next |your )?"
    r"(?:day|week|month|business|shift|afternoon|call)(?: (?:today|tomorrow))?"
    rf"|(?:in|within)(?: about| around| the next)* (?:the next |{_SOME}) ?"
    r"(?:business |working )?"
    r"(?:minute|hour|day|week|month)s?"
    rf"|(?:on|by|before) (?:the )?{_DAY} (?:of )?(?:{_MONTH})|(?:on|by|before) (?:{_MONTH}) {_DAY}"
    rf"|(?:on|by|before) the {_ORDINAL}"
    r"|(?:at|around|by|before) (?:noon|\d{1,2}(?: \d\d)?(?: (?:am|pm|a m|p m|oclock|o clock))?))"
    r"(?:(?: at| before| by| around)? (?:noon|\d{1,2}(?: \d\d)? (?:am|pm|a m|p m|oclock)))?(?= )"
)
"""When something will be done: "on tuesday", "tomorrow morning", "within 24 hours"."""

_COUPLE = re.compile(r"\b(?:an? )?couple(?: of)?\b")
_FEW = re.compile(r"\b(?:an? )?few\b")
_ONE = re.compile(r"\b(?<!half )an? (?=(?:hour|day|night|week|fortnight|month|year)\b)")
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,4})(?:/(\d{2,4}))?")
_IDLE = re.compile(
    "the|an?|of|on|in|since|last|this|next|past|until|by|before|after|for|about|or|to|ago"
)


def find(pattern: re.Pattern[str], line: Line) -> list[tuple[int, int]]:
    """The ranges of `line.plain` in which a pattern stands, longest first at each place."""
    return [match.span() for match in pattern.finditer(line.plain)]


def key(plain: str) -> tuple[str, ...]:
    """What makes two tellings of one time equal: "march 3rd" and "the 3rd of march" are.

    Numbers without ordinal endings and leading zeros, units in the singular, no prepositions.
    """
    plain = _ONE.sub("1 ", plain)
    plain = _FEW.sub("few", _COUPLE.sub("2", plain))
    words: list[str] = []
    for word in plain.split():
        slashed = _SLASHED.fullmatch(word)
        if slashed:
            words += [part.lstrip("0") or "0" for part in slashed.groups() if part]
        elif word[0].isdigit():
            words.append(word.rstrip("stndrh").lstrip("0") or "0")
        elif not _IDLE.fullmatch(word):
            words.append(word.removesuffix("s") if len(word) > 3 else word)
    return tuple(words)
