"""Syllables and numbers as they are said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.syllables import spoken, syllables

WORDS = {
    1: "the yes eye thank called times month hives rash used don't we're months guess quite",
    2: "hello doctor apple little needed wanted noses watches settled really being patient "
    "question language didn't create react fatigue statement OK okay nineteen",
    3: "nausea period various serious insurance pharmacy yesterday autism actual video fatally "
    "medicine employee convenient opinion allergic reaction",
    4: "medication appreciate information experience diabetes dialysis diarrhea evaluate "
    "situation enjoyable reimbursement recipient",
    5: "authorization",
}


@pytest.mark.parametrize(
    ("word", "count"), [(word, count) for count, row in WORDS.items() for word in row.split()]
)
def test_syllables_of_words(word: str, count: int) -> None:
    assert syllables(word) == count


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("$134.", "one hundred thirty four dollars"),
        ("$9.50", "nine dollars fifty"),
        ("11", "eleven"),
        ("1,200", "one thousand two hundred"),
        ("2500000", "two five zero zero zero zero zero"),
        ("2,500,000", "two million five hundred thousand"),
        ("41912", "four one nine one two"),
        ("715-139", "seven one five one three nine"),
        ("007", "zero zero seven"),
        ("1998", "nineteen ninety eight"),
        ("1900", "nineteen"),
        ("2005", "two thousand five"),
        ("2:30", "two thirty"),
        ("9.5", "nine point five"),
        ("20%", "twenty percent"),
        ("50 mg", "fifty milligrams"),
        ("21st", "twenty one"),
        ("Dr. Lee", "doctor lee"),
        ("M-A-I-N", "m a i n"),
        ("FDA", "f d a"),
        ("co-pay", "co pay"),
        ("Don't!", "don't"),
        ("...", ""),
        ("", ""),
        ("²", "²"),
        ("$1,000,000,000", "one zero zero zero zero zero zero zero zero zero dollars"),
        ("$1.234", "one point two three four dollars"),
    ],
)
def test_numbers_and_signs_as_they_are_said(text: str, said: str) -> None:
    assert " ".join(spoken(text)) == said


def test_syllables_of_numbers() -> None:
    assert syllables("$134.") == 8
    assert syllables("11") == 3
    assert syllables("...") == 0


@given(st.text(max_size=20))
def test_whatever_is_said_has_a_beat_a_word_at_least(text: str) -> None:
    assert syllables(text) >= len(spoken(text))


@given(st.text("0123456789,.$%- ", max_size=40))
def test_any_row_of_digits_can_be_said(text: str) -> None:
    assert bool(spoken(text)) == bool(set(text) - set(",.- "))
