"""Spans of an utterance: whole words, single gaps closed, no small words alone."""

from __future__ import annotations

import itertools
import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.text_labels import SPANS
from models.text_spans import spans

TEXT = "I got a rash, all red, after the Injecta pen."


def told(text: str, **parts: str) -> list[tuple[str, str]]:
    """Spans where each token is a word or a mark, and those of `parts`, by kind, are likely."""
    tokens = [match.span() for match in re.finditer(r"\w+|[^\w\s]", text)]
    likely = np.zeros((len(tokens), len(SPANS)), np.float32)
    for kind, words in parts.items():
        for n, (start, end) in enumerate(tokens):
            likely[n, SPANS.index(kind)] = 0.9 if text[start:end] in words.split() else 0.1
    return [(span.label, span.text) for span in spans(text, tokens, likely)]


def test_neighbouring_words_are_one_span_without_the_marks_around_it() -> None:
    assert told(TEXT, event="rash ,", product="Injecta pen .") == [
        ("event", "rash"),
        ("product", "Injecta pen"),
    ]


def test_a_word_between_two_of_a_span_belongs_to_it() -> None:
    assert told(TEXT, event="rash red") == [("event", "rash, all red")]
    assert told(TEXT, event="rash after") == [("event", "rash"), ("event", "after")]


def test_small_words_alone_are_no_span() -> None:
    assert told(TEXT, event="I", product="the") == []
    assert told(TEXT, event="a rash") == [("event", "a rash")]


def test_a_word_is_as_likely_as_the_likeliest_of_its_tokens() -> None:
    text = "on dupixent now"
    tokens = [(0, 2), (3, 6), (6, 11), (12, 15)]
    likely = np.zeros((4, len(SPANS)), np.float32)
    likely[2, SPANS.index("product")] = 0.8
    assert [span.text for span in spans(text, tokens, likely)] == ["dupixent"]


def test_words_beyond_the_tokens_are_part_of_nothing() -> None:
    likely = np.ones((1, len(SPANS)), np.float32)
    assert {span.text for span in spans("rash everywhere since", [(0, 4)], likely)} == {"rash"}


@given(st.text(max_size=40), st.data())
def test_spans_are_of_the_text_and_in_its_order(text: str, data: st.DataObject) -> None:
    tokens = [match.span() for match in re.finditer(r"\w{1,3}|[^\w\s]", text)]
    values = st.lists(st.floats(0, 1), min_size=len(SPANS), max_size=len(SPANS))
    rows = data.draw(st.lists(values, min_size=len(tokens), max_size=len(tokens)))
    found = spans(text, tokens, np.array(rows, np.float32).reshape(-1, len(SPANS)))
    assert all(text[span.start : span.end] == span.text for span in found)
    assert found == sorted(found, key=lambda span: (span.start, span.end))
    for kind in SPANS:
        own = [(span.start, span.end) for span in found if span.label == kind]
        assert all(one[1] < two[0] for one, two in itertools.pairwise(own))
