"""Recognised text as tokens: spans are exact, forms of a word are equal, noise is dropped."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.tokens import MAX_TOKENS, stem, tokenize


def forms(text: str) -> str:
    return " ".join(token.form for token in tokenize(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I can't sleep.", "i can not sleep"),
        ("i cant sleep", "i can not sleep"),
        ("I’ve got hives", "i have got hives"),
        ("it's my son's arm", "it is my son arm"),
        ("I I had a a rash", "i had a rash"),
        ("Um, so, uh, kind of dizzy, you know", "so dizzy"),
        ("No, no fever", "no no fever"),
        ("light-headed", "light headed"),
        ("", ""),
    ],
)
def test_speech_is_normalised(text: str, expected: str) -> None:
    assert forms(text) == expected


def test_a_contraction_keeps_the_characters_of_the_whole() -> None:
    text = "I can't sleep"
    assert [text[token.start : token.end] for token in tokenize(text)] == [
        "I",
        "can't",
        "can't",
        "sleep",
    ]


def test_a_dropped_filler_leaves_the_end_of_its_sentence() -> None:
    assert [token.stop for token in tokenize("Headaches, um. No")] == [".", ""]


@pytest.mark.parametrize(
    "words",
    [
        "vomit vomits vomited vomiting",
        "headache headaches",
        "rash rashes",
        "swell swollen swelling swelled",
        "worry worries worried",
        "throb throbbing throbbed",
    ],
)
def test_forms_of_one_word_share_a_stem(words: str) -> None:
    assert len({stem(word) for word in words.split()}) == 1


def test_words_that_only_look_like_forms_keep_their_own_stem() -> None:
    assert len({stem(word) for word in ("bit", "bite", "tired", "tires", "nothing", "note")}) >= 5
    assert stem("nothing") == "nothing"


@given(st.text(max_size=300))
def test_tokens_lie_in_the_text_in_order(text: str) -> None:
    tokens = tokenize(text)
    assert len(tokens) <= MAX_TOKENS + 2
    assert all(0 <= token.start < token.end <= len(text) for token in tokens)
    assert [token.start for token in tokens] == sorted(token.start for token in tokens)
