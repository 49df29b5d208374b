"""How many words and syllables a transcribed word is when it is spoken.

Transcripts write "$134" and "555-0199"; people say six and seven words for them. A pace that
counted what is written would call everyone slow who reads out a number. `spoken` puts such
tokens as they are said, roughly; `syllables` counts vowel groups with the corrections that
English spelling needs. Both are estimates: over the dozen words of a window their errors
largely cancel.
"""

from __future__ import annotations

import re
from functools import lru_cache

KNOWN = 20_000
"""Words whose count is kept: a call centre's vocabulary, in a few megabytes."""
READ_OUT = 5
"""Digits from which a number without commas is read out digit by digit: a zip code, an account."""
LONGEST_NUMBER = 9
"""Digits of the longest number that has a name here: hundreds of millions."""
ACRONYM = 4
"""Capital letters up to which a word is spelled: FDA, HCP, COPD. Longer ones are shouted words."""

_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = [
    "zero",
    "ten",
    "twenty",
    "thirty",
    "forty",
    "fifty",
    "sixty",
    "seventy",
    "eighty",
    "ninety",
]
_SCALES = ((1_000_000, "million"), (1_000, "thousand"), (100, "hundred"))
_CENTURY_YEARS = (range(1100, 2000), range(2010, 2100))
"""Four digits said as two pairs: nineteen ninety eight."""
_SIGNS = {"$": "dollars", "€": "euros", "£": "pounds", "%": "percent", "&": "and", "+": "plus"}
_MONEY = {"$", "€", "£"}
_UNITS = {
    "mg": "milligrams",
    "mcg": "micrograms",
    "ml": "milliliters",
    "kg": "kilograms",
    "lbs": "pounds",
    "dr": "doctor",
    "mr": "mister",
    "mrs": "missus",
    "st": "street",
    "vs": "versus",
}
_TOKEN = re.compile(r"[$€£]?\d[\d,]*(?:\.\d+)?(?:st|nd|rd|th)?|[^\W\d_]+(?:'[^\W\d_]+)*|[$€£%&+]")

_IRREGULAR = {
    "w": 3,
    "ok": 2,
    "area": 3,
    "business": 2,
    "diabetes": 4,
    "diarrhea": 4,
    "every": 2,
    "everyone": 3,
    "everything": 3,
    "idea": 3,
    "ma'am": 1,
    "maybe": 2,
    "naive": 2,
    "nausea": 3,
    "people": 2,
    "science": 2,
    "someone": 2,
    "something": 2,
    "sometimes": 2,
}
"""Frequent words that the rules get wrong."""

_BEATS = re.compile(r"[aeiouy]+")
_EXTRA = re.compile(
    r"[aeou]y(?!e$)[aeiou]"  # employee, saying
    r"|(?<=[eouy])ing$"  # going, trying
    r"|[ct]iat|(?<![tcsg])ia(?!ge)"  # appreciate, dialysis; but special, marriage
    r"|(?<![tcsgxnl])i[ou]|(?<!g)eo(?!u)"  # period, medium, video; but anxious, million
    r"|(?<![gq])ua|(?<![gq])uent"  # actual, fluent; but language, quality
    r"|(?<![tcn])ien[ct]|iet"  # client, audience, diet; but patient
    r"|^re(?:a[cps]|i[mn]|e[nv])|^creat"  # react, reimburse, create
    r"|(?:sm|thm)s?$"  # autism, rhythm
    r"|(?<=[^aeiouyr])n't$"  # didn't
)
"""Where a vowel group, or a row of consonants, is one beat more than it looks."""
_SILENT = re.compile(
    r"(?<![aeiouy])(?<![^aeiouylr]l)e$"  # take; but little
    r"|(?<![aeiouytd])(?<![^aeiouylr][lr])ed$"  # called; but wanted, settled, hundred
    r"|(?<![aeiouyscgxz])(?<![cs]h)(?<![^aeiouylr]l)es$"  # times; but noses, watches
    r"|[aiou][^aeiouy]{1,2}e(?=ment|ful|ly|less|teen|ty$)"  # statement, nineteen
    r"|(?<=[aeiou][gq])ue$"  # fatigue
)
"""An e that is written and not said."""


def spoken(text: str) -> tuple[str, ...]:
    """The words of `text` as they are said: "$134." is one, hundred, thirty, four, dollars."""
    tokens = _TOKEN.findall(text)
    numbers = sum(token[0].isdecimal() for token in tokens)
    read_out = numbers > 1 and "-" in text  # 715-139: a number to dial, not one to count
    words: list[str] = []
    for token in tokens:
        words += _token(token, read_out)
    return tuple(words)


def syllables(text: str) -> int:
    """Syllables of `text` as it is said; 0 where there is nothing to say."""
    return sum(_count(word) for word in spoken(text))


def _token(token: str, read_out: bool) -> list[str]:
    if token in _SIGNS:
        return [_SIGNS[token]]
    if token[0].isdecimal() or token[0] in _MONEY:
        return _amount(token, read_out)
    if token.isupper() and 1 < len(token) <= ACRONYM and token != "OK":
        return list(token.lower())
    return [_UNITS.get(token.lower(), token.lower())]


def _amount(token: str, read_out: bool) -> list[str]:
    money = [_SIGNS[token[0]]] if token[0] in _MONEY else []
    whole, _, part = token.lstrip("$€£").rstrip("stndrh").partition(".")
    digits = whole.replace(",", "")
    plain = "," not in whole and not money
    dialled = read_out or len(digits) >= READ_OUT or (digits[0] == "0" and len(digits) > 1)
    if (plain and dialled) or len(digits) > LONGEST_NUMBER:
        words = _digits(digits)
    elif plain and len(digits) == 4 and any(int(digits) in years for years in _CENTURY_YEARS):
        words = _number(int(digits[:2])) + (_number(int(digits[2:])) if digits[2:] != "00" else [])
    else:
        words = _number(int(digits))
    if part and money and len(part) <= 2:
        return [*words, *money, *_number(int(part))]
    return [*words, *(["point", *_digits(part)] if part else []), *money]


def _digits(digits: str) -> list[str]:
    return [_ONES[int(digit)] for digit in digits]


def _number(n: int) -> list[str]:
    """A cardinal number in words, without "and"."""
    for scale, name in _SCALES:
        if n >= scale:
            rest = _number(n % scale) if n % scale else []
            return [*_number(n // scale), name, *rest]
    if n < len(_ONES):
        return [_ONES[n]]
    return [_TENS[n // 10], *([_ONES[n % 10]] if n % 10 else [])]


@lru_cache(KNOWN)
def _count(word: str) -> int:
    """Syllables of one word in lower case, at least 1."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    beats = len(_BEATS.findall(word)) + len(_EXTRA.findall(word)) - len(_SILENT.findall(word))
    return max(1, beats)
