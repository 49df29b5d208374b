"""The pacing model's graph against its layers written out, of weights by chance."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from models.log_mel import MELS
from models.pacing_model import GRAPH, PAST, UNITS, WIDTH, PacingModel, fresh_state
from models.training.pacing_graph import build_pacing

Array = npt.NDArray[np.float64]
STEPS = 30


@pytest.fixture(scope="module")
def state() -> dict[str, npt.NDArray[np.float32]]:
    """Of PacingNetwork: torch's names and shapes."""
    shapes: dict[str, tuple[int, ...]] = {
        "near.weight": (UNITS, WIDTH, PAST + 1),
        "near.bias": (UNITS,),
        "told.weight": (2, UNITS),
        "told.bias": (2,),
    }
    for layer in range(2):
        for side in ("ih", "hh"):
            shapes[f"layers.weight_{side}_l{layer}"] = (3 * UNITS, UNITS)
            shapes[f"layers.bias_{side}_l{layer}"] = (3 * UNITS,)
    chance = np.random.default_rng(6)
    return {name: chance.normal(0, 0.2, shape).astype(np.float32) for name, shape in shapes.items()}


@pytest.fixture(scope="module")
def model(
    state: dict[str, npt.NDArray[np.float32]], tmp_path_factory: pytest.TempPathFactory
) -> PacingModel:
    folder: Path = tmp_path_factory.mktemp("pacing")
    build_pacing(state, folder / GRAPH)
    return PacingModel(folder)


def sigmoid(x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-x)))


def recurrent(state: dict[str, npt.NDArray[np.float32]], x: Array, layer: int) -> Array:
    """A gated recurrent unit (Cho et al. 2014) with torch's order of gates: reset, update, new."""
    weight = {side: state[f"layers.weight_{side}_l{layer}"] for side in ("ih", "hh")}
    bias = {side: state[f"layers.bias_{side}_l{layer}"] for side in ("ih", "hh")}
    memory, found = np.zeros(UNITS), []
    for now in x:
        given = np.split(weight["ih"] @ now + bias["ih"], 3)
        kept = np.split(weight["hh"] @ memory + bias["hh"], 3)
        reset, update = (sigmoid(given[gate] + kept[gate]) for gate in (0, 1))
        memory = (1 - update) * np.tanh(given[2] + reset * kept[2]) + update * memory
        found.append(memory)
    return np.stack(found)


def test_the_graph_is_the_network(
    state: dict[str, npt.NDArray[np.float32]], model: PacingModel
) -> None:
    frames = np.random.default_rng(7).normal(0, 1, (1, 2 * STEPS, MELS)).astype(np.float32)
    steps = np.concatenate((np.zeros((PAST, WIDTH)), frames.reshape(STEPS, WIDTH)))
    cuts = np.stack([steps[at : at + PAST + 1].T for at in range(STEPS)])
    x = np.einsum("uwk,twk->tu", state["near.weight"], cuts) + state["near.bias"]
    x = np.maximum(x, 0)
    for layer in range(2):
        x = recurrent(state, x, layer)
    told = x @ state["told.weight"].T + state["told.bias"]
    syllables, speech, _ = model.step(frames, fresh_state()[None])
    np.testing.assert_allclose(syllables[0], np.log1p(np.exp(told[:, 0])), atol=1e-4)
    np.testing.assert_allclose(speech[0], sigmoid(told[:, 1]), atol=1e-4)


@pytest.mark.parametrize("cut", [1, 7, 29])
def test_it_goes_on_from_its_state(model: PacingModel, cut: int) -> None:
    frames = np.random.default_rng(8).normal(0, 1, (2, 2 * STEPS, MELS)).astype(np.float32)
    states = np.stack([fresh_state()] * 2)
    whole = model.step(frames, states)
    first = model.step(frames[:, : 2 * cut], states)
    second = model.step(frames[:, 2 * cut :], first[2])
    for number in range(2):
        joined = np.concatenate((first[number], second[number]), axis=1)
        np.testing.assert_allclose(joined, whole[number], atol=1e-5)
    np.testing.assert_allclose(second[2], whole[2], atol=1e-5)
