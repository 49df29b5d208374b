"""Redaction: what must never show, what must stay, and offsets that are right by construction."""

from __future__ import annotations

from typing import Any

import pytest

from coach.redact import (
    context_names,
    mask_context,
    redact_spans,
    redact_text,
    redact_words,
    withhold_open_digits,
)
from models.types import Span, Word

NAMES = frozenset({"Maria", "lopez", "April"})


def said(text: str) -> list[Word]:
    """A word a second."""
    return [Word(w, float(n), n + 0.5, 0.9) for n, w in enumerate(text.split(" "))]


def shown(words: tuple[Word, ...]) -> str:
    return " ".join(word.w for word in words)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("call 415-555-0199.", "call [phone]."),
        ("it's 4 1 5 5 5 5 0 1 9 9 thanks", "it's [phone] thanks"),
        ("my number is 4155550199", "my number is [phone]"),
        ("four one five, five five five, oh one nine nine, yes", "[phone], yes"),
        ("double seven triple three 9 1 and so", "[phone] and so"),
        ("415 five five five 0199 please", "[phone] please"),
        ("415 -555 -0199 please", "[phone] please"),
        ("four-one-five-five it was", "[number] it was"),
        ("1-800-555-0100", "[phone]"),
        ("1 eight hundred 555 0199 please", "[phone] please"),
        ("(415) 555-0199 or +1 (415) 555-0199 now", "[phone] or [phone] now"),
        ("415 uh 555 um dash 0199 it is", "[phone] it is"),
        ("forty one fifty five five five nineteen then", "[phone] then"),
        ("4111 1111 1111 1111", "[card]"),
        ("my social is 123-45-6789 ok then", "my social is [number] ok then"),
        ("my member id is 48213 there", "my member id is [number] there"),
        ("at 555 0199 day or night", "at [phone] day or night"),
        ("415 555 0199 20 milligrams", "[phone] 20 milligrams"),
        ("the area code is 415", "the area code is [number]"),
        ("the area code is four one five uh", "the area code is [number] uh"),
        ("4 4 (415) it is", "[number] it is"),
        ("(4155550199) it is", "([phone]) it is"),
        ("٤١٥٥٥٥٠١٩٩ there", "[phone] there"),
    ],
)
def test_digits_are_masked(text: str, expected: str) -> None:
    assert redact_text(text) == expected
    assert redact_words(said(text)).text == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("write maria@gmail.com.", "write [email]."),
        ("maria @gmail .com is it", "[email] is it"),
        ("maria at gmail dot com", "[email]"),
        ("reach me at maria dot lopez 99 at gmail.com.", "reach me at [email]."),
        ("m a r i a at gmail dot com", "[email]"),
        ("it's j underscore smith four at blue cross dot org now", "it's [email] now"),
        ("maria at gmail please", "[email] please"),
        ("look at example dot com", "look at example dot com"),
        ("I was at home dot", "I was at home dot"),
        ("m a g g i e at gmail dot com", "[email]"),
        ("x@y.com,z@y.com", "[email],[email]"),
    ],
)
def test_addresses_are_masked(text: str, expected: str) -> None:
    assert redact_text(text) == expected
    assert redact_words(said(text)).text == expected


@pytest.mark.parametrize(
    "text",
    [
        "20 milligrams twice a day",
        "two weeks",
        "twenty milligrams",
        "in 2024",
        "I started in 2024.",
        "since nineteen eighty five.",
        "in two thousand five I fell",
        "3 or 4 times",
        "call me at 5",
        "10, 20, 30 milligrams",
        "take 1, 2, 3, 4 tablets",
        "page 12",
        "lot B 4 7",
        "lot B47 it says",
        "March 12, 2024",
        "march twelve two thousand twenty four",
        "on the 12th of March 2024.",
        "12/05/2024",
        "2026-01-03T10:00:00Z",
        "it was 120/80.",
        "the second of November, um, nineteen ninety two.",
        "born nineteen ninety two.",
        "less than two hundred.",
        "twenty six thousand platelets",
        "at 8:00, 12:00, 16:00 each",
        "one hundred fifty milligrams",
        "a hundred and fifty people",
        "50,000 units weekly",
        "$12,500 for it",
        "platelets of 150,000 then",
        "Oh, 2024 was bad",
        "oh two of them",
        "double the dose",
        "that one two times",
        "",
    ],
)
def test_ordinary_numbers_stay(text: str) -> None:
    assert redact_text(text) == text
    assert redact_words(said(text)).text == text


def test_names_are_whole_words_in_any_case() -> None:
    text = "Maria's sister, maria LOPEZ, marias and Mariana met lopez’s in April."
    expected = "[name]'s sister, [name], marias and Mariana met [name]’s in [name]."
    assert redact_text(text, names=NAMES) == expected


def test_a_number_word_is_no_name() -> None:
    assert redact_text("take seven seven", names={"Seven"}) == "take seven seven"
    assert redact_text("4 1 5 seven 5 5 there", names={"Seven"}) == "[number] there"


def test_one_word_spans_the_words_it_hides() -> None:
    words = [
        Word("Call", 0.0, 0.4, 1.0),
        Word("415", 1.0, 1.4, 0.9),
        Word("-555", 1.5, 1.8, 0.4, stable=False),
        Word("-0199.", 2.0, 2.5, 0.8),
        Word("Thanks", 3.0, 3.4, 1.0),
    ]
    redacted = redact_words(words)
    assert redacted.words == (
        words[0],
        Word("[phone].", 1.0, 2.5, 0.4, stable=False),
        words[4],
    )
    assert [(r.start, r.end, r.kind) for r in redacted.redactions] == [(5, 12, "phone")]


def test_two_masks_in_one_word() -> None:
    redacted = redact_words(said("Phone:415-555-0199/x@y.com, ok"))
    assert [word.w for word in redacted.words] == ["Phone:[phone]/[email],", "ok"]
    assert [redacted.text[r.start : r.end] for r in redacted.redactions] == ["[phone]", "[email]"]


def test_a_number_over_three_utterances() -> None:
    first = redact_words(said("it is 4 1"))
    assert (first.text, first.open_digits) == ("it is 4 1", 2)
    second = redact_words(said("five five"), carried=first.open_digits)
    assert (second.text, second.open_digits) == ("[number]", 4)
    pause = redact_words(said("uh"), carried=second.open_digits)
    assert (pause.text, pause.open_digits) == ("uh", 4)
    third = redact_words(said("uh, 019 okay thanks"), carried=pause.open_digits)
    assert (third.text, third.open_digits) == ("uh, [phone] okay thanks", 0)


@pytest.mark.parametrize(
    ("text", "carried", "expected", "still_open"),
    [
        ("99 is the end", 8, "[phone] is the end", 0),
        ("99 is the end", 0, "99 is the end", 0),
        ("and 99 is the end", 8, "and 99 is the end", 0),
        ("20 milligrams", 10, "20 milligrams", 0),
        ("3 times a day", 10, "3 times a day", 0),
        ("oh", 3, "[number]", 4),
        ("oh", 0, "oh", 0),
        ("oh, and then", 10, "oh, and then", 0),
        ("", 3, "", 3),
        ("I took 20", 3, "I took 20", 2),
        ("call maria@gmail.com 4 1", 0, "call [email] 4 1", 2),
    ],
)
def test_carried_digits(text: str, carried: int, expected: str, still_open: int) -> None:
    redacted = redact_words(said(text), carried=carried)
    assert (redacted.text, redacted.open_digits) == (expected, still_open)
    assert redact_text(text, carried=carried) == expected


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("call me at 4", "call me at"),
        ("call me at four one uh", "call me at"),
        ("my number is double", "my number is"),
        ("Phone:415", ""),
        ("20 milligrams", "20 milligrams"),
        ("take 20", "take"),
        ("so uh", "so uh"),
        ("write maria at", "write"),
        ("write maria 99 at clinic dot", "write"),
        ("look at", "look at"),
        ("", ""),
    ],
)
def test_a_partial_withholds_its_open_end(text: str, kept: str) -> None:
    words = [] if not text else said(text)
    assert shown(withhold_open_digits(words, carried=2)) == kept


def test_spans_move_with_their_text() -> None:
    text = "I am Maria, 415-555-0199, and I felt dizzy on 4 1 5 5 5 5 there"

    def span(part: str, label: str = "x") -> Span:
        return Span(part, text.index(part), text.index(part) + len(part), label)

    shown_text, moved = redact_spans(
        text, [span("dizzy", "event"), span("555-01"), span("am Maria"), span("felt")], names=NAMES
    )
    assert shown_text == "I am [name], [phone], and I felt dizzy on [number] there"
    assert [s.text for s in moved] == ["dizzy", "[phone]", "am [name]", "felt"]
    assert all(shown_text[s.start : s.end] == s.text for s in moved)
    assert moved[0].label == "event"


def test_a_context_without_the_customer() -> None:
    context: dict[str, Any] = {
        "agent": {"id": "a-12345678", "team": "north"},
        "product": "Drug 12345",
        "customer": {"name": "Maria López-Ruiz", "role": "patient", "phone": 4155550199},
        "history": [{"at": 1764000000, "text": "Lopez called from 415 555 0199"}],
        "crm": {"note": ["mail maria@gmail.com", {"deep": "Ruiz"}], "open": True},
        "vocabulary": ["Maria", "XR 12345"],
    }
    assert mask_context(context) == {
        "agent": {"id": "a-12345678", "team": "north"},
        "product": "Drug 12345",
        "customer": {"name": "[name]", "role": "patient", "phone": "[phone]"},
        "history": [{"at": 1764000000, "text": "[name] called from [phone]"}],
        "crm": {"note": ["mail [email]", {"deep": "[name]"}], "open": True},
        "vocabulary": ["[name]", "XR 12345"],
    }
    assert context["customer"]["name"] == "Maria López-Ruiz"


def test_names_of_a_context() -> None:
    context = {"customer": {"name": "Dr. Li O'Brien de la José-Cruz"}}
    assert context_names(context) >= {"O'Brien", "José", "Jose", "Cruz", "José-Cruz"}
    assert not context_names(context) & {"Li", "de", "la", "Dr"}
    for broken in ({}, {"customer": None}, {"customer": "Maria"}, {"customer": {"name": 5}}):
        assert context_names(broken) == frozenset()
        mask_context(broken)


def test_a_context_too_deep_is_dropped_not_shown() -> None:
    nested: Any = "415 555 0199"
    for _ in range(500):
        nested = [nested]
    assert "0199" not in str(mask_context({"crm": nested}))
