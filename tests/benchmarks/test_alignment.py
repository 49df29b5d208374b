"""Tokens keep their count; matched words are the same words, in order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.alignment import matched, tokens, without_markup

WORDS = st.lists(st.sampled_from(["yes", "no", "i", "am", "well"]), max_size=12)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello, this is Harper Valley!", ["hello", "this", "is", "harper", "valley"]),
        ("I’m sorry, it's 'seven'.", ["i'm", "sorry", "it's", "seven"]),
        ("bye-bye — so long", ["bye", "bye", "so", "long"]),
        ("$1,250.00", ["125000"]),
        (" … -- ", []),
    ],
)
def test_tokens_are_words_without_case_and_punctuation(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


def test_markup_is_no_word() -> None:
    assert tokens(without_markup("[noise] no <unk> all")) == ["no", "all"]


@given(text=st.text(max_size=40))
def test_tokens_of_tokens_are_the_same(text: str) -> None:
    once = tokens(text)
    assert tokens(" ".join(once)) == once


@given(said=WORDS, shown=WORDS)
def test_pairs_are_equal_words_in_order(said: list[str], shown: list[str]) -> None:
    pairs = matched(said, shown)
    assert all(said[a] == shown[b] for a, b in pairs.items())
    assert list(pairs.values()) == sorted(set(pairs.values()))
    assert list(pairs) == sorted(pairs)


@given(said=WORDS)
def test_a_perfect_transcript_holds_every_word(said: list[str]) -> None:
    assert matched(said, said) == {i: i for i in range(len(said))}


def test_a_word_said_twice_is_matched_twice_or_once() -> None:
    assert matched(["yes", "yes"], ["yes"]) == {0: 0}
    assert matched(["yes", "yes"], ["yes", "yes"]) == {0: 0, 1: 1}
