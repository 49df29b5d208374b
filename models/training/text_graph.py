"""The text model as an onnxruntime graph: linear layers and embeddings in 8 bits.

Its linear layers have a scale a row of weights and one for all that goes in (models/row_graph.py),
not made even as Whisper's are: near enough for a model that tells yes from no, and in 7 bits right
on every processor. What goes in is measured over a whole batch, so utterances are read one by one.

   ids, types [B, T]: tokens, and 0 for the utterance, 1 for the turns before it
   at [T]: 0 to T - 1
   mask [B, 1, 1, T]: added to every attention to the token; 0, or far below it where there is none
   share [B, 1, T]: of each token in the mean of the utterance's words; 0 for others
-> labels [B, labels], spans [B, T, spans]: probabilities
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto

from models.onnx_graph import Array, Graph, value
from models.row_graph import RowGraph

EPSILON = 1e-12
"""Of BERT's layer norms."""


def build_text(state: Mapping[str, Array], heads: int, longest: int, out: Path) -> None:
    """Write the graph. `state`: of TextNetwork, as arrays; `heads`: of its attention; `longest`:
    tokens at most."""
    variables = _variables(state)
    width = state["spans.weight"].shape[1]
    graph = RowGraph("text", variables, head=width // heads, epsilon=EPSILON)
    x = _embedded(graph, state, longest)
    layer = 0
    while f"layer{layer}/joined/weight" in variables:
        x = _layer(graph, x, f"layer{layer}", width)
        layer += 1
    whole = graph.add("Squeeze", graph.add("MatMul", "share", x), graph.integers(1))
    first = graph.add(
        "Squeeze", graph.add("Gather", x, graph.integers(0), axis=1), graph.integers(1)
    )
    sentence = graph.add("Concat", first, whole, axis=-1)
    _told(graph, sentence, state, "labels")
    _told(graph, x, state, "spans")
    inputs = [
        value("ids", ["B", "T"], TensorProto.INT64),
        value("types", ["B", "T"], TensorProto.INT64),
        value("at", ["T"], TensorProto.INT64),
        value("mask", ["B", 1, 1, "T"]),
        value("share", ["B", 1, "T"]),
    ]
    onnx.save(graph.finish(inputs, [value("labels"), value("spans")]), out)


def _variables(state: Mapping[str, Array]) -> dict[str, Array]:
    """BERT's weights by the names that Graph wants, queries, keys and values joined."""
    found: dict[str, Array] = {}

    def norm(name: str, theirs: str) -> None:
        found[f"{name}/gamma"] = state[f"{theirs}.weight"]
        found[f"{name}/beta"] = state[f"{theirs}.bias"]

    def linear(name: str, *theirs: str) -> None:
        for part in ("weight", "bias"):
            found[f"{name}/{part}"] = np.concatenate([state[f"{each}.{part}"] for each in theirs])

    norm("embedded", "backbone.embeddings.LayerNorm")
    number = 0
    while f"backbone.encoder.layer.{number}.output.dense.weight" in state:
        ours, theirs = f"layer{number}", f"backbone.encoder.layer.{number}"
        attention = f"{theirs}.attention.self"
        linear(f"{ours}/joined", *(f"{attention}.{each}" for each in ("query", "key", "value")))
        linear(f"{ours}/attended", f"{theirs}.attention.output.dense")
        norm(f"{ours}/attended", f"{theirs}.attention.output.LayerNorm")
        linear(f"{ours}/wide", f"{theirs}.intermediate.dense")
        linear(f"{ours}/narrow", f"{theirs}.output.dense")
        norm(f"{ours}/narrow", f"{theirs}.output.LayerNorm")
        number += 1
    return found


def _embedded(graph: Graph, state: Mapping[str, Array], longest: int) -> str:
    """Tokens, their places and types. A row of tokens is 8 bits a number, and a scale."""
    rows = state["backbone.embeddings.word_embeddings.weight"]
    scale = np.abs(rows).max(axis=1, keepdims=True) / 127
    bits = np.clip(np.round(rows / np.maximum(scale, 1e-9)), -127, 127).astype(np.int8)
    taken = graph.add("Gather", graph.constant("tokens", bits), "ids", axis=0)
    scales = graph.add("Gather", graph.constant("scales", scale.astype(np.float32)), "ids", axis=0)
    x = graph.add("Mul", graph.add("Cast", taken, to=TensorProto.FLOAT), scales)
    places = state["backbone.embeddings.position_embeddings.weight"][:longest]
    x = graph.add("Add", x, graph.add("Gather", graph.constant("places", places), "at", axis=0))
    types = graph.constant("kinds", state["backbone.embeddings.token_type_embeddings.weight"])
    return graph.norm(graph.add("Add", x, graph.add("Gather", types, "types", axis=0)), "embedded")


def _layer(graph: Graph, x: str, name: str, width: int) -> str:
    q, k, v = graph.split(graph.linear(x, f"{name}/joined", queries=width), 3)
    keys = graph.heads(k, turned=True)
    y, _ = graph.attend(graph.heads(q), keys, graph.heads(v), "mask")
    y = graph.add("Add", x, graph.linear(y, f"{name}/attended"))
    x = graph.norm(y, f"{name}/attended")
    y = graph.linear(graph.gelu(graph.linear(x, f"{name}/wide")), f"{name}/narrow")
    return graph.norm(graph.add("Add", x, y), f"{name}/narrow")


def _told(graph: Graph, x: str, state: Mapping[str, Array], name: str) -> None:
    weight = graph.constant(f"{name}/weight", state[f"{name}.weight"].T)
    bias = graph.constant(f"{name}/bias", state[f"{name}.bias"])
    logits: Any = graph.add("Add", graph.add("MatMul", x, weight), bias)
    graph.add("Sigmoid", logits, named=name)
