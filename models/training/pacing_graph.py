"""The pacing model as an onnxruntime graph, in 32 bits: it is small as it is.

   steps [B, PAST + T, WIDTH]: those before, and those to read
   layers [2, B, UNITS]: what the recurrent layers remember
-> syllables [B, T], speech [B, T] (a probability), layers' [2, B, UNITS]
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx

from models.onnx_graph import Array, Graph, value
from models.pacing_model import PAST, UNITS, WIDTH

GATES = (1, 0, 2)
"""ONNX has a recurrent unit's update gate before its reset gate, torch after it."""


def build_pacing(state: Mapping[str, Array], out: Path) -> None:
    """Write the graph. `state`: of PacingNetwork, as arrays."""
    graph = Graph("pacing", {}, head=1, epsilon=0.0)
    turned = graph.add("Transpose", "steps", perm=[0, 2, 1])
    near = graph.add(
        "Conv",
        turned,
        graph.constant("near/weight", state["near.weight"]),
        graph.constant("near/bias", state["near.bias"]),
        kernel_shape=[PAST + 1],
    )
    x = graph.add("Transpose", graph.add("Relu", near), perm=[2, 0, 1])
    kept = []
    before = graph.add_many("Split", "layers", named=("before0", "before1"), axis=0, num_outputs=2)
    for number, layer in enumerate(before):
        x, after = _recurrent(graph, state, x, layer, number)
        kept.append(after)
    graph.add("Concat", *kept, named="after", axis=0)
    weight = graph.constant("told/weight", state["told.weight"].T)
    told = graph.add("MatMul", x, weight)
    told = graph.add("Add", told, graph.constant("told/bias", state["told.bias"]))
    told = graph.add("Transpose", told, perm=[2, 1, 0])
    beats, speech = graph.add_many("Split", told, named=("beats", "odds"), axis=0, num_outputs=2)
    first = graph.integers(0)
    graph.add("Softplus", graph.add("Squeeze", beats, first), named="syllables")
    graph.add("Sigmoid", graph.add("Squeeze", speech, first), named="speech")
    inputs = [value("steps", ["B", "S", WIDTH]), value("layers", [2, "B", UNITS])]
    outputs = [value("syllables"), value("speech"), value("after")]
    onnx.save(graph.finish(inputs, outputs), out)


def _recurrent(
    graph: Graph, state: Mapping[str, Array], x: str, before: str, number: int
) -> tuple[str, str]:
    """A recurrent layer: its outputs [T, B, UNITS], and what it remembers [1, B, UNITS]."""
    name = f"layer{number}"

    def gates(kind: str) -> Array:
        parts = np.split(state[f"layers.{kind}_l{number}"], 3)
        return np.concatenate([parts[gate] for gate in GATES])[None]

    biases = np.concatenate([gates("bias_ih"), gates("bias_hh")], axis=1)
    x, after = graph.add_many(
        "GRU",
        x,
        graph.constant(f"{name}/inputs", gates("weight_ih")),
        graph.constant(f"{name}/memory", gates("weight_hh")),
        graph.constant(f"{name}/bias", biases),
        "",
        before,
        named=(f"{name}/all", f"{name}/after"),
        hidden_size=UNITS,
        linear_before_reset=1,
    )
    return graph.add("Squeeze", x, graph.integers(1)), after
