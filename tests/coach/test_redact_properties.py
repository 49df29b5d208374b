"""What holds of redaction whatever is said: nothing long survives, nothing else changes."""

from __future__ import annotations

import re

from hypothesis import example, given, settings
from hypothesis import strategies as st

from coach.redact import Redacted, redact_spans, redact_text, redact_words, withhold_open_digits
from coach.redaction.digits import EDGE_DIGITS
from coach.redaction.lexemes import UNITS, lex
from models.types import Span, Word

NAMES = frozenset({"Maria", "lopez", "April"})


def said(text: str) -> list[Word]:
    """A word a second."""
    return [Word(w, float(n), n + 0.5, 0.9) for n, w in enumerate(text.split(" "))]


def shown(words: tuple[Word, ...]) -> str:
    return " ".join(word.w for word in words)


PLAIN = "the is and please my yes it number a at of was maria then call write"
DIGITS = "4 1 0 five one oh 415 -555 0199. (415) 20 1,000 2024 double triple forty ten"
ODD = (
    "uh dash hundred thousand milligrams times in March 12, 2024 12/05/2024 120/80 $5 10:30 "
    "Maria's lopez April @gmail .com gmail dot com maria@gmail.com [phone] [name] B47 oh, - ."
)
WORDS = st.lists(st.sampled_from(f"{PLAIN} {DIGITS} {DIGITS} {ODD}".split(" ")), max_size=16)
CARRIED = st.sampled_from([0, 0, 1, 3, 7, 10])
SPOKEN = {digit: word for word, digit in UNITS.items() if word not in ("naught", "nought")}
TENS = {2: "twenty", 3: "thirty", 4: "forty", 5: "fifty", 6: "sixty", 7: "seventy", 8: "eighty"}


@st.composite
def spelled_numbers(draw: st.DrawFn) -> str:
    """Seven digits or more, in a mix of spellings, with fillers and punctuation between them."""
    digits = draw(st.text("0123456789", min_size=7, max_size=16))
    parts: list[str] = []
    while digits:
        way = draw(st.sampled_from(["written", "spoken", "repeated", "tens"]))
        size = 1
        if way == "written":
            size = draw(st.integers(1, 4))
            parts.append(digits[:size])
        elif way == "repeated" and len(digits) > 1 and digits[0] == digits[1]:
            size = 2
            parts.append(f"double {SPOKEN[digits[0]]}")
        elif way == "tens" and len(digits) > 1 and digits[0] in "2345678" and digits[1] != "0":
            size = 2
            parts.append(f"{TENS[int(digits[0])]} {SPOKEN[digits[1]]}")
        else:
            parts.append(draw(st.sampled_from([SPOKEN[digits[0]], digits[0]])))
        digits = digits[size:]
    gaps = st.sampled_from([" ", " ", "-", ", ", ". ", " uh ", " um, ", " dash ", " (", ") ", " -"])
    return "".join(part + draw(gaps) for part in parts[:-1]) + parts[-1]


def is_date(text: str) -> bool:
    return bool(re.search(r"\d/\d|(19|20)\d\d[.-]\d|\d[.-](19|20)\d\d", text))


@settings(deadline=None)
@given(
    spelled_numbers(),
    st.sampled_from(["", "my number is ", "so "]),
    st.sampled_from(["", " ok?", " and so"]),
)
def test_no_long_number_survives(number: str, before: str, after: str) -> None:
    text = redact_text(before + number + after)
    if not is_date(number):
        assert not [x for x in lex(text) if x.is_number], text


@settings(deadline=None)
@given(st.lists(st.text("0123456789", max_size=4), min_size=1), st.sampled_from(["uh", "", "um,"]))
def test_pauses_do_not_let_a_number_out(parts: list[str], filler: str) -> None:
    carried, visible = 0, 0
    for part in parts:
        tokens = [SPOKEN[digit] for digit in part] or [filler]
        redacted = redact_words(said(" ".join(tokens)), carried=carried)
        carried = redacted.open_digits
        visible += sum(lexeme.is_number for lexeme in lex(redacted.text))
    assert carried == len("".join(parts))
    assert visible < EDGE_DIGITS


@settings(deadline=None)
@given(WORDS, CARRIED)
@example(["the", "@gmail", "4", "@gmail"], 0)
def test_redacting_twice_is_redacting_once(tokens: list[str], carried: int) -> None:
    once = redact_words(said(" ".join(tokens)), names=NAMES, carried=carried)
    again = redact_words(once.words, names=NAMES, carried=carried)
    assert (again.text, again.words, again.redactions) == (once.text, once.words, ())


@settings(deadline=None)
@given(st.text(), st.sampled_from([NAMES, frozenset({"a", "phone", "name", "\\d", "é"})]))
def test_any_text_at_all(text: str, names: frozenset[str]) -> None:
    once = redact_text(text, names=names)
    assert redact_text(once, names=names) == once


@settings(deadline=None)
@given(WORDS, CARRIED)
def test_text_words_and_offsets_agree(tokens: list[str], carried: int) -> None:
    words = said(" ".join(tokens))
    redacted = redact_words(words, names=NAMES, carried=carried)
    assert redacted.text == shown(redacted.words)
    assert redacted.text == redact_text(" ".join(tokens), names=NAMES, carried=carried)
    for found in redacted.redactions:
        assert redacted.text[found.start : found.end] == f"[{found.kind}]"
    assert redacted.open_digits >= 0
    hidden = hidden_words(words, redacted)
    kept = [word for word in redacted.words if word in words]
    assert [w for n, w in enumerate(words) if n not in hidden] == kept


def hidden_words(words: list[Word], redacted: Redacted) -> set[int]:
    """Numbers of the words that are not as they were."""
    unchanged = {word.start for word in redacted.words if word in words}
    return {n for n, word in enumerate(words) if word.start not in unchanged}


@settings(deadline=None)
@given(WORDS, CARRIED)
@example(["4", "12/05/2024", "at"], 0)
@example(["4", "4", "(415)", "milligrams", "@gmail"], 0)
def test_no_partial_shows_what_the_final_hides(tokens: list[str], carried: int) -> None:
    words = said(" ".join(tokens))
    final = redact_words(words, names=NAMES, carried=carried)
    digits = {
        n
        for n in hidden_words(words, final)
        if any(x.is_number for x in lex(words[n].w)) and not in_address(words[n], final)
    }
    for length in range(len(words) + 1):
        partial = redact_words(
            withhold_open_digits(words[:length], carried=carried), names=NAMES, carried=carried
        )
        visible = {int(word.start) for word in partial.words if word in words}
        assert not visible & digits, (length, partial.text, final.text)


def in_address(word: Word, final: Redacted) -> bool:
    mask = next(x for x in final.words if x.start <= word.start and word.end <= x.end)
    return "[email]" in mask.w


@settings(deadline=None)
@given(WORDS, st.data())
def test_spans_stay_on_their_text(tokens: list[str], data: st.DataObject) -> None:
    text = " ".join(tokens)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    shown_text, (span,) = redact_spans(text, [Span("", start, end, "x")], names=NAMES)
    assert shown_text == redact_text(text, names=NAMES)
    assert shown_text[span.start : span.end] == span.text
    assert 0 <= span.start <= span.end <= len(shown_text)
    for mask in re.finditer(r"\[\w+\]", shown_text):
        inside = span.start >= mask.end() or span.end <= mask.start()
        taken_in = span.start <= mask.start() and mask.end() <= span.end
        assert inside or taken_in or mask.group() in text
