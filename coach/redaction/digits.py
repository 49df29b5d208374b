"""Runs of digits, written or spoken, and which of them may not be shown.

A run is the longest row of number lexemes with fillers between them; a word ends it, and
punctuation does not. It is judged as a whole, by its digits, its shape and the word on either
side. Two errors are weighed against each other: a phone number that shows cannot be taken
back, and a dose that is masked is missing where the agent's supervisor needs it. So:

1. Seven digits in a row, the shortest phone number, are masked whatever surrounds them; only
   a date, clock times and a dose at the end of the row ("555 0199 20 mg") are left.
2. A shorter run is masked from INTERIOR_DIGITS on, or SPOKEN_DIGITS said one by one.
3. At the edge of an utterance EDGE_DIGITS are enough, since people pause inside numbers and
   a final is not taken back. Digits carried from the utterance before are counted with it.
4. Fewer than seven with a measure behind ("10, 20, 30 milligrams") are a quantity.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from coach.redaction.lexemes import Lexeme
from coach.redaction.quantities import BEFORE_YEAR, COUNTED, CURRENCIES, MEASURES, MONTHS

INTERIOR_DIGITS = 5
"""Digits inside an utterance from which a run is masked: a year or a dose has four at most."""
SPOKEN_DIGITS = 4
"""The same for digits said one by one: quantities are not said so, numbers to dial are."""
EDGE_DIGITS = 3
"""The same at an utterance's edge: an area code, after which people draw breath."""
PHONE_DIGITS = range(7, 13)
"""A local number without area code up to an international one."""
CARD_DIGITS = range(13, 20)
"""Lengths of payment card numbers (ISO/IEC 7812)."""
DOSE_DIGITS = 4
"""The longest quantity that is told from the end of a longer number before it."""

_TIME = r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_YEAR = r"(?:19|20)\d\d"
_ORDINARY = re.compile(
    rf"{_TIME}(?:[\s,-]+{_TIME})*"  # clock times
    rf"|{_DAY}([/.-]){_DAY}\1{_YEAR}|{_DAY}/{_DAY}/\d\d|{_YEAR}([/.-]){_DAY}\2{_DAY}"  # dates
    r"|\d{2,3}/\d{2,3}"  # blood pressure
)
_THOUSANDS = re.compile(r"\d{1,3},\d{3}")
_NATIONAL_ID = re.compile(r"\d{3}[- ]+\d{2}[- ]+\d{4}")
"""A social security number: as long as a phone number, and none."""


@dataclass(frozen=True, slots=True)
class Group:
    """One number of a run, as it was said: "415", "five", "double seven", "forty one".

    `singles`: how many digits were said one by one, 0 where it was said as a whole.
    `weak`: an "oh", which may be an exclamation.
    """

    start: int
    end: int
    digits: str
    singles: int = 0
    weak: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """A row of groups, and the lexemes it stands between (None: the utterance's edge)."""

    groups: tuple[Group, ...]
    before: Lexeme | None
    after: Lexeme | None

    @property
    def digits(self) -> int:
        """Digits in it; an "oh" that stands alone is none."""
        if all(group.weak for group in self.groups):
            return 0
        return _count(self.groups)


@dataclass(frozen=True, slots=True)
class Mask:
    """Characters `start` to `end` of the text that is to be redacted, and what they are."""

    start: int
    end: int
    kind: str


def find_runs(lexemes: tuple[Lexeme, ...]) -> Iterator[Run]:
    """Every run of the lexemes, in order."""
    row: list[Lexeme] = []
    before: Lexeme | None = None
    for lexeme in (*lexemes, None):
        if lexeme is not None and lexeme.in_run:
            row.append(lexeme)
            continue
        groups = tuple(_groups([x for x in row if x.kind != "filler"]))
        if groups:
            yield Run(groups, before, lexeme)
        row, before = [], lexeme


def mask_of(text: str, run: Run, carried: int) -> Mask | None:
    """What of `run` is masked. `carried`: digits right before an utterance that starts with it."""
    added = carried if run.before is None else 0
    groups = run.groups[: len(run.groups) - _quantity(run, added)]
    if not groups or (not added and _ordinary(text, run)):
        return None
    if run.digits == 0 and not (added and run.after is None):
        return None  # "Oh, and one more thing"
    total = added + _count(groups)
    whole = len(groups) == len(run.groups)
    if added or (whole and run.after is None):
        hidden = total >= EDGE_DIGITS
    else:
        hidden = _count(_trimmed(groups)) >= INTERIOR_DIGITS or _one_by_one(groups)
    if not hidden:
        return None
    start, end = _bounds(text, groups)
    return Mask(start, end, "number" if _NATIONAL_ID.fullmatch(text[start:end]) else _kind(total))


def _kind(digits: int) -> str:
    if digits in CARD_DIGITS:
        return "card"
    return "phone" if digits in PHONE_DIGITS else "number"


def _count(groups: tuple[Group, ...]) -> int:
    return sum(len(group.digits) for group in groups)


def _trimmed(groups: tuple[Group, ...]) -> tuple[Group, ...]:
    """Without an "oh" at either end beside a number said whole: "oh, 2024" has four digits."""
    if len(groups) > 1 and groups[0].weak and not groups[1].singles:
        groups = groups[1:]
    if len(groups) > 1 and groups[-1].weak and not groups[-2].singles:
        groups = groups[:-1]
    return groups


def _one_by_one(groups: tuple[Group, ...]) -> bool:
    row = 0
    for group in groups:
        row = row + group.singles if group.singles else 0
        if row >= SPOKEN_DIGITS:
            return True
    return False


def _quantity(run: Run, added: int) -> int:
    """How many groups at the end of the run are a quantity, by the word behind it."""
    after = run.after.value if run.after is not None else ""
    before = run.before.value if run.before is not None else ""
    counted, last = after in COUNTED, run.groups[-1]
    if after not in MEASURES and not counted and before not in CURRENCIES:
        return 0
    if run.digits + added < PHONE_DIGITS.start and not _one_by_one(run.groups):
        return len(run.groups)
    if counted and added and run.digits < EDGE_DIGITS:
        return len(run.groups)
    if after in MEASURES and len(last.digits) <= DOSE_DIGITS:
        return 1
    return 0


def _ordinary(text: str, run: Run) -> bool:
    """True for dates, clock times, blood pressures and other counts, by shape."""
    written = text[run.groups[0].start : run.groups[-1].end]
    if _ORDINARY.fullmatch(written):
        return True
    if run.after is not None and _THOUSANDS.fullmatch(written):
        return True
    if written[0].isalpha() and len(run.groups) == 1 and run.digits < PHONE_DIGITS.start:
        return True  # "two hundred", "twenty six thousand": said whole, so not to dial
    if any(group.singles for group in run.groups[1:]):
        return False
    before, first = run.before.value if run.before is not None else "", run.groups[0].digits
    if _is_year(run.groups) and (before in BEFORE_YEAR or (written[0].isalpha() and first == "19")):
        return True
    day = before in MONTHS and len(first) <= 2 and 1 <= int(first) <= 31
    return day and _is_year(run.groups[1:])


def _is_year(groups: tuple[Group, ...]) -> bool:
    """2024, "two thousand twenty four", "twenty twenty four"."""
    said = [group.digits for group in groups]
    if not 1 <= len(said) <= 2 or len(said[0]) == 1:
        return False
    return re.fullmatch(_YEAR, "".join(said)) is not None


def _bounds(text: str, groups: tuple[Group, ...]) -> tuple[int, int]:
    """The groups' characters, with a "+" before them and brackets that end inside."""
    start, end = groups[0].start, groups[-1].end
    while start and (text[start - 1] == "+" or (text[start - 1] == "(" and ")" in text[start:end])):
        start -= 1
    inside = text[start:end]
    return start, end + (text[end : end + 1] == ")" and inside.count("(") > inside.count(")"))


def _groups(row: list[Lexeme]) -> Iterator[Group]:
    """The numbers of a row of lexemes without fillers."""
    at = 0
    while at < len(row):
        first = row[at]
        if first.kind == "times":
            repeated = at + 1 < len(row) and _is_digit(row[at + 1])
            if repeated:
                digits = row[at + 1].value * int(first.value)
                yield Group(first.start, row[at + 1].end, digits, len(digits))
            at += 2 if repeated else 1
            continue
        digits, after = _numeral(row, at)
        single = after == at + 1 and _is_digit(first)
        weak = single and first.kind == "weak"
        yield Group(first.start, row[after - 1].end, digits, int(single), weak)
        at = after


def _is_digit(lexeme: Lexeme) -> bool:
    return lexeme.kind in ("unit", "weak", "written") and len(lexeme.value) == 1


def _numeral(row: list[Lexeme], at: int) -> tuple[str, int]:
    """Digits of the number at `at`, and where the next one starts."""
    if row[at].kind == "scale":
        return "1" + row[at].value, at + 1
    digits, at = _small(row, at)
    while at < len(row) and row[at].kind == "scale":
        zeros, at = row[at].value, at + 1
        rest, after = "", at
        if at < len(row) and row[at].kind in ("teen", "tens"):
            rest, after = _small(row, at)
        elif zeros == "000" and at < len(row) and row[at].kind == "unit":
            hundreds = at + 1 < len(row) and row[at + 1].value == "00"
            rest, after = _numeral(row, at) if hundreds else (row[at].value, at + 1)
        digits, at = digits + rest.rjust(len(zeros), "0"), after
    return digits, at


def _small(row: list[Lexeme], at: int) -> tuple[str, int]:
    """A number below a hundred, or the written one."""
    value = row[at].value
    joined = row[at].kind == "tens" and at + 1 < len(row) and row[at + 1].kind == "unit"
    if joined and row[at + 1].value != "0":
        return value[0] + row[at + 1].value, at + 2
    return value, at + 1


def open_digits(lexemes: tuple[Lexeme, ...], carried: int) -> int:
    """How many digits an utterance ends with; `carried` are added where it is nothing else."""
    if all(x.in_run and not x.is_number for x in lexemes):
        return carried
    last = next((run for run in find_runs(lexemes) if run.after is None), None)
    if last is None:
        return 0
    if last.before is not None or not carried:
        return last.digits
    return carried + _count(last.groups)


def open_start(lexemes: tuple[Lexeme, ...]) -> int | None:
    """Where the run of digits begins that a text ends with; None where it ends otherwise."""
    start = None
    for lexeme in reversed(lexemes):
        if not lexeme.in_run:
            break
        if lexeme.kind != "filler":
            start = lexeme.start
    return start
