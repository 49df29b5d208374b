"""Beam search over a small language, where every text can be tried."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.search import Step, Written, beam_search

WORDS = 4
END = 0
START = WORDS
LIMIT = 4


class Chain:
    """A language in which the next token depends on the one before alone; `past` is all read.
    Attention to its one frame is the token read."""

    def __init__(self, table: NDArray[Any]) -> None:
        self.table = table
        self.steps: list[tuple[int, int]] = []
        self.sots: list[int] = []

    def read(self, tokens: NDArray[Any], past: Any, *, sot: int = 0) -> Step:
        self.steps.append(tokens.shape)
        self.sots.append(sot)
        read = tokens if past is None else np.concatenate([past, tokens], axis=1)
        scores = self.table[tokens]
        ids = np.argsort(-scores, axis=2, kind="stable")
        looked = tokens[:, None, :, None]
        return Step(np.take_along_axis(scores, ids, 2), ids, 0.25, looked, read)

    def keep(self, past: Any, rows: Sequence[int]) -> Any:
        return past[list(rows)]

    def cut(self, past: Any, tokens: int) -> Any:
        return past[:, :tokens]


def chain(weights: Sequence[Sequence[float]]) -> Chain:
    """Token i is followed by token j as weights[i][j] says; START is followed by row WORDS."""
    table = np.array(weights)
    return Chain(np.log(table / table.sum(axis=1, keepdims=True)))


def find(language: Chain, beam: int, **options: Any) -> Written:
    return beam_search(language, [START], beam=beam, limit=LIMIT, end=END, **options)


def best(language: Chain) -> float:
    """The best mean score of all texts that end within the limit."""
    found = []
    for length in range(LIMIT):
        for text in product(range(1, WORDS), repeat=length):
            path = [START, *text, END]
            total = sum(language.table[a, b] for a, b in pairwise(path))
            found.append(float(total) / (length + 1))
    return max(found)


ROWS = st.lists(
    st.lists(st.floats(0.05, 1), min_size=WORDS, max_size=WORDS),
    min_size=WORDS + 1,
    max_size=WORDS + 1,
)


@settings(deadline=None)
@given(ROWS)
def test_a_beam_that_holds_every_text_finds_the_best(weights: list[list[float]]) -> None:
    language = chain(weights)
    found = find(language, beam=WORDS**LIMIT)
    assert found.score >= best(language) - 1e-9


@settings(deadline=None)
@given(ROWS, st.integers(1, 5))
def test_the_score_is_the_text_s_own(weights: list[list[float]], beam: int) -> None:
    language = chain(weights)
    found = find(language, beam=beam)
    path = [START, *found.tokens]
    total = sum(language.table[a, b] for a, b in pairwise(path))
    ended = (total + language.table[path[-1], END]) / len(path)
    cut = total / max(1, len(found.tokens))
    assert min(abs(found.score - ended), abs(found.score - cut)) < 1e-9
    assert len(found.tokens) <= LIMIT
    assert END not in found.tokens


def test_what_is_given_is_read_in_one_step() -> None:
    language = chain([[1, 9, 1, 1], [9, 1, 1, 1], [1, 1, 1, 9], [9, 1, 1, 1], [1, 1, 9, 1]])
    found = beam_search(language, [START, 2, 3, 1], beam=1, limit=LIMIT, end=END, sot=1)
    assert language.steps == [(1, 4)]
    assert language.sots == [1]
    assert (found.tokens, found.no_speech) == ((), 0.25)


def test_a_text_does_not_begin_with_what_may_not_be_first() -> None:
    language = chain([[1] * 4, [9, 1, 1, 1], [9, 1, 1, 1], [9, 1, 1, 1], [9, 8, 7, 1]])
    assert find(language, beam=1).tokens == ()
    assert find(language, beam=1, not_first=(END, 1)).tokens == (2,)


def test_a_text_that_never_ends_is_cut_at_the_limit() -> None:
    language = chain([[1e-9, 1, 1e-9, 1e-9]] * 5)
    assert find(language, beam=1).tokens == (1,) * LIMIT


@settings(deadline=None)
@given(ROWS, st.lists(st.integers(1, WORDS - 1), max_size=LIMIT + 2))
def test_greedy_text_is_the_same_with_any_draft(
    weights: list[list[float]], draft: list[int]
) -> None:
    alone, given_draft = chain(weights), chain(weights)
    expected = find(alone, beam=1)
    found = find(given_draft, beam=1, draft=draft)
    assert found.tokens == expected.tokens
    assert abs(found.score - expected.score) < 1e-9
    assert len(given_draft.steps) <= len(alone.steps)


@settings(deadline=None)
@given(ROWS, st.lists(st.integers(1, WORDS - 1), max_size=LIMIT + 2))
def test_a_beam_goes_on_from_a_draft(weights: list[list[float]], draft: list[int]) -> None:
    language = chain(weights)
    found = find(language, beam=5, draft=draft)
    assert len(found.tokens) <= LIMIT
    path = [START, *found.tokens]
    total = sum(language.table[a, b] for a, b in pairwise(path))
    ended = (total + language.table[path[-1], END]) / len(path)
    cut = total / max(1, len(found.tokens))
    assert min(abs(found.score - ended), abs(found.score - cut)) < 1e-9


def test_a_draft_may_not_begin_with_what_may_not_be_first() -> None:
    language = chain([[1] * 4, [9, 1, 1, 1], [9, 1, 1, 1], [9, 1, 1, 1], [1, 9, 8, 1]])
    found = find(language, beam=1, draft=(1,), not_first=(END, 1))
    assert found.tokens == (2,)
    assert found.score == pytest.approx((np.log(8 / 9) + np.log(9 / 12)) / 2)


def test_a_right_draft_is_read_in_one_step() -> None:
    language = chain([[1, 9, 1, 1], [1, 1, 9, 1], [1, 1, 1, 9], [9, 1, 1, 1], [1, 9, 1, 1]])
    assert find(language, beam=1, draft=(1, 2, 3)).tokens == (1, 2, 3)
    assert language.steps == [(1, 4)]


@settings(deadline=None)
@given(
    ROWS,
    st.lists(st.integers(1, WORDS - 1), max_size=LIMIT + 2),
    st.integers(1, 5),
    st.sampled_from([(), (END, 1)]),
)
def test_it_tells_what_was_seen_of_the_text_that_was_chosen(
    weights: list[list[float]], draft: list[int], beam: int, not_first: tuple[int, ...]
) -> None:
    language = chain(weights)
    found = find(language, beam=beam, draft=draft, not_first=not_first)
    path = [START, *found.tokens]
    assert found.seen is not None
    assert found.seen.given == (START,)
    assert found.seen.attention.tolist() == [[[token] for token in path]]
    likely = [float(np.exp(language.table[a, b])) for a, b in pairwise(path)]
    assert found.seen.probabilities == pytest.approx(likely)
