"""Layers with a scale a row: near to what they stand for, loud rows or not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import processor
from models.onnx import session
from models.onnx_graph import Array, Graph, value
from models.row_graph import EvenGraph, RowGraph

INPUTS, OUTPUTS = 256, 128
NEAR = 0.02
"""Of the length of a row that comes out: what rounding to 8 bits may move it by."""
WEIGHT = np.random.default_rng(1).normal(size=(OUTPUTS, INPUTS)).astype(np.float32)


def run(graph: Graph, x: Array) -> Array:
    graph.add("Identity", graph.linear("x", "layer"), named="y")
    made = graph.finish([value("x", ["N", INPUTS])], [value("y")])
    (found,) = session(made.SerializeToString()).run(None, {"x": x})
    return np.asarray(found)


def errors(found: Array, x: Array) -> Array:
    """How far each row is off, as a share of its length."""
    wanted = x @ WEIGHT.T
    lengths = np.linalg.norm(wanted, axis=1)
    return np.asarray(np.linalg.norm(found - wanted, axis=1) / np.maximum(lengths, 1e-30))


def even(**kept: set[str]) -> EvenGraph:
    return EvenGraph("even", {"layer/weight": WEIGHT}, 64, 1e-5, **kept)


@given(st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=8), st.integers(0, 2**32 - 1))
def test_a_loud_row_takes_nothing_from_the_others(loudness: list[float], seed: int) -> None:
    if processor.form() != "rows":
        pytest.skip("weights of 8 bits overflow on this processor")
    normal = np.random.default_rng(seed).normal(size=(len(loudness), INPUTS))
    x = (normal * np.array(loudness)[:, None]).astype(np.float32)
    assert errors(run(even(), x), x).max() <= NEAR


def test_without_evening_out_it_does() -> None:
    x = np.random.default_rng(2).normal(size=(2, INPUTS)).astype(np.float32)
    x[0] *= 1_000
    plain = RowGraph("rows", {"layer/weight": WEIGHT}, 64, 1e-5)
    for graph in (plain, even(even={"layer"})):
        assert errors(run(graph, x), x)[1] > 10 * NEAR
    assert errors(run(even(blocks={"layer"}), x), x).max() <= NEAR


def test_a_row_of_nothing_stays_one() -> None:
    x = np.zeros((2, INPUTS), np.float32)
    x[1] = 1
    found = run(even(), x)
    assert np.isfinite(found).all()
    assert np.abs(found[0]).max() <= 1e-6
