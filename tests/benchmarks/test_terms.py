"""Drugs and symptoms that were said, against what was heard."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from benchmarks.accuracy_report import print_terms
from benchmarks.terms import KINDS, Recall, Term, recall, terms
from models import weights
from models.lexicon import Lexicon, load_lexicon

CONTEXT = {"product": "Velora"}
SAID = ["Since the Velora I have a rash, and headaches every day.", "I told my doctor."]


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load_lexicon(weights.folder("lexicon"))


@pytest.mark.parametrize(
    ("heard", "unheard"),
    [
        (SAID, []),
        (["Since the Velora, I have a rash and a headache every day. I told", "my doctor"], []),
        (["Since the valor I have a rash and head aches every day"], ["velora", "headaches"]),
        (["I have a rash."], ["velora", "headaches"]),
        ([], ["velora", "rash", "headaches"]),
    ],
)
def test_a_term_is_heard_where_all_of_its_words_are(
    lexicon: Lexicon, heard: list[str], unheard: list[str]
) -> None:
    found = terms(SAID, heard, CONTEXT, lexicon)
    assert [(term.kind, term.words) for term in found] == [
        ("drug", "velora"),
        ("symptom", "rash"),
        ("symptom", "headaches"),
    ]
    assert [term.words for term in found if not term.heard] == unheard


def test_a_word_heard_once_is_not_heard_twice(lexicon: Lexicon) -> None:
    found = terms(["A rash.", "What did you say?", "A rash."], ["A rash."], {}, lexicon)
    assert [term.heard for term in found] == [True, False]


def test_a_phrase_that_only_looks_like_an_event_is_no_symptom(lexicon: Lexicon) -> None:
    assert terms(["I am sick of waiting."], [], {}, lexicon) == []


def test_a_drug_of_the_lexicon_needs_no_context(lexicon: Lexicon) -> None:
    found = terms(["I take Humira and metformin."], ["I take Humira."], {}, lexicon)
    assert [(term.kind, term.words, term.heard) for term in found] == [
        ("drug", "humira", True),
        ("drug", "metformin", False),
    ]


def test_shares_are_told_with_their_interval() -> None:
    found = [Term("drug", "velora", i < 8) for i in range(10)]
    heard = recall(found, "drug")
    assert (heard.said, heard.heard) == (10, 8)
    assert (heard.low, heard.high) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert recall(found, "symptom") == Recall(0, 0, 0.0, 1.0)


@given(st.lists(st.booleans(), min_size=1, max_size=60))
def test_the_interval_holds_the_share(heard: list[bool]) -> None:
    found = recall([Term("symptom", "rash", each) for each in heard], "symptom")
    assert 0 <= found.low <= found.heard / found.said <= found.high <= 1


def test_what_was_not_heard_is_named_on_the_console() -> None:
    console = Console(file=io.StringIO(), width=100)
    print_terms(console, [Term("drug", "velora", True), Term("symptom", "blue lips", False)])
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "not heard as said: blue lips" in shown
    assert all(f"{kind}s" in shown for kind in KINDS)
