"""Figures of a detector, against what they mean."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from benchmarks.detection.scores import (
    best_f1,
    precision,
    precision_at,
    recall,
    share,
    with_interval,
)
from models.training.auc import auc

Told = list[tuple[bool, float]]
TOLD = st.lists(st.tuples(st.booleans(), st.sampled_from([0.1, 0.3, 0.5, 0.7, 0.9])), min_size=2)


def arrays(told: Told) -> tuple[np.ndarray, np.ndarray]:
    return np.array([t for t, _ in told], bool), np.array([s for _, s in told], float)


@given(TOLD)
def test_auc_is_the_chance_to_order_a_pair(told: Told) -> None:
    truth, scores = arrays(told)
    assume(truth.any() and not truth.all())
    pairs = [(a > b) + (a == b) / 2 for a in scores[truth] for b in scores[~truth]]
    assert auc(truth, scores) == pytest.approx(np.mean(pairs))


@given(TOLD, st.sampled_from([0.5, 0.9, 1.0]))
def test_the_best_of_all_thresholds_is_the_best_of_each(told: Told, wanted: float) -> None:
    truth, scores = arrays(told)
    assume(truth.any())
    each = [
        (precision(truth, scores, t).value, recall(truth, scores, t).value) for t in set(scores)
    ]
    f1 = [2 * p * r / (p + r) if p + r else 0.0 for p, r in each]
    assert best_f1(truth, scores) == pytest.approx(max(f1))
    assert precision_at(truth, scores, wanted) == pytest.approx(
        max(p for p, r in each if r >= wanted - 1e-12)
    )


@given(st.integers(0, 60), st.integers(1, 60))
def test_an_interval_holds_its_share(hits: int, more: int) -> None:
    found = share(hits, hits + more)
    assert 0 <= found.low <= found.value <= found.high <= 1


def test_an_interval_narrows_with_what_is_counted() -> None:
    few, many = share(9, 10), share(900, 1000)
    assert (few.low, few.high) == pytest.approx((0.596, 0.982), abs=1e-3)
    assert few.low < many.low < 0.9 < many.high < few.high


def test_of_nothing_nothing_is_known() -> None:
    found = share(0, 0)
    assert np.isnan(found.value)
    assert (found.low, found.high, found.count) == (0.0, 1.0, 0)


def test_where_all_are_of_one_kind_no_figure_is_known() -> None:
    found = with_interval(auc, np.ones(5, bool), np.ones(5))
    assert np.isnan(found.value)
    assert (found.low, found.high) == (0.0, 1.0)


def test_the_bootstrap_is_the_same_each_time_and_holds_the_figure() -> None:
    rng = np.random.default_rng(1)
    truth = rng.random(200) < 0.4
    scores = truth * 0.5 + rng.random(200)
    found = with_interval(auc, truth, scores)
    assert found == with_interval(auc, truth, scores)
    assert found.low < found.value < found.high
    assert found.count == 200
