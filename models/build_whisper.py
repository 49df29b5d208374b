"""Whisper as onnxruntime graphs, made from the weights that faster-whisper uses.

Theory. What CTranslate2 cannot be told is how much a frame weighs. These graphs take, beside the
sound, one number a frame that is added to every attention to it: the logarithm of how many
frames it stands for. So the silence after the speech, which Whisper wants to hear out to 30 s
(models/windows.py), costs a few frames instead of a thousand. And the decoder takes any number
of tokens at once, so that words heard before are checked in one step, not written again one by
one (models/search.py).

Shapes. H heads of D numbers, N frames, B rows of a beam, S new tokens after P old ones; what ends
in a number is there for each layer of the decoder.

encoder
    mel [1, M, T]
    take [N], place [N]: which frame of the sound, and at which of Whisper's 1500 places
    weight [N]: added to every attention to the frame
 -> keys0 [1, H, D, N], values0 [1, H, N, D]

decoder
    tokens [B, S], at [S]: their places
    mask [S, P + S], forbid [V]: added to the attention to tokens, and to the tokens' scores
    sot [1]: where among the tokens no speech is told
    past_keys0, past_values0 [B, H, P, D]; weight, keys0, values0 as above
 -> scores, ids [B, S, TOP]: the likeliest tokens after each, and their log probabilities
    silence [1]: the log probability that nobody speaks, in the first row
    attention [B, heads, S, N]: of the heads that follow the sound
    new_keys0, new_values0 [B, H, P + S, D]

Weights of the linear layers are 8 bits each, in one of two forms that differ in nothing else
(models/onnx_graph.py, models/row_graph.py); which one runs is for models/processor.py.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto

from models.ct2_file import NotReadable, read_floats
from models.network import DECODER, ENCODER
from models.onnx_graph import Graph, Variables, value
from models.processor import Form
from models.row_graph import EvenGraph

TOP = 12
"""Candidates of each step: twice the beam of five, since some end the text, and the two that must
not begin one."""
HEAD = 64
"""Numbers of an attention head, in every Whisper."""
EPSILON = 1e-5
"""Of its layer norms."""
NEEDED = {f"encoder/{name}/weight" for name in ("conv1", "layer_0/ffn/linear_0")}
"""Variables by which float weights of a Whisper are known; quantised ones are no floats."""
FIRST = "encoder/layer_0/self_attention/linear_0"
"""What goes into it comes from the sound: in base two inputs of 512 outweigh all others."""
VOCABULARY = "vocabulary"
"""Its rows come out of a layer norm, and its outputs are too many to multiply again."""
TIMES = 1501
"""Tokens that are times, each 0.02 s."""


def build_whisper(weights: Path, out: Path) -> None:
    """Write GRAPHS (models/network.py) of a folder in faster-whisper's layout.

    Raises models.ct2_file.NotReadable for weights of another kind, OSError.
    """
    variables = read_floats(weights / "model.bin")
    config = json.loads((weights / "config.json").read_text(encoding="utf-8"))
    heads = [(int(layer), int(head)) for layer, head in config.get("alignment_heads", ())]
    if NEEDED - variables.keys() or not heads:
        raise NotReadable(f"{weights} holds no Whisper with alignment heads and float weights")
    for form in ENCODER:
        onnx.save(_encoder(_graph(form, variables)), out / ENCODER[form])
        onnx.save(_decoder(_graph(form, variables), heads), out / DECODER[form])


def _graph(form: Form, variables: Variables) -> Graph:
    if form == "blocks":
        return Graph("whisper", variables, HEAD, EPSILON)
    return EvenGraph("whisper", variables, HEAD, EPSILON, blocks={FIRST}, even={VOCABULARY})


def _encoder(graph: Graph) -> Any:
    variables = graph.variables
    width, mels = variables["encoder/conv1/weight"].shape[:2]
    x = graph.gelu(_convolution(graph, "mel", "encoder/conv1", stride=1))
    x = graph.gelu(_convolution(graph, x, "encoder/conv2", stride=2))
    x = graph.add("Gather", graph.add("Transpose", x, perm=[0, 2, 1]), "take", axis=1)
    places = graph.constant("places", variables["encoder/position_encodings/encodings"])
    x = graph.add("Add", x, graph.add("Gather", places, "place", axis=0))
    for layer in _layers(variables, "encoder"):
        part = f"{layer}/self_attention"
        y = graph.linear(graph.norm(x, f"{part}/layer_norm"), f"{part}/linear_0", queries=width)
        q, k, v = graph.split(y, 3)
        keys = graph.heads(k, turned=True)
        y, _ = graph.attend(graph.heads(q), keys, graph.heads(v), "weight")
        x = graph.add("Add", x, graph.linear(y, f"{part}/linear_1"))
        x = _feed_forward(graph, x, f"{layer}/ffn")
    x = graph.norm(x, "encoder/layer_norm")
    outputs = []
    for number, layer in enumerate(_layers(variables, "decoder")):
        k, v = graph.split(graph.linear(x, f"{layer}/attention/linear_1"), 2)
        outputs.append(graph.heads(k, turned=True, named=f"keys{number}"))
        outputs.append(graph.heads(v, named=f"values{number}"))
    inputs = [
        value("mel", [1, mels, "T"]),
        value("take", ["N"], TensorProto.INT64),
        value("place", ["N"], TensorProto.INT64),
        value("weight", ["N"]),
    ]
    return graph.finish(inputs, [value(name) for name in outputs])


def _decoder(graph: Graph, alignment: Sequence[tuple[int, int]]) -> Any:
    variables = graph.variables
    width = variables["encoder/conv1/weight"].shape[0]
    heads = width // HEAD
    embeddings = variables["decoder/embeddings/weight"]
    # Half precision is how they are stored; a row is looked up, not multiplied.
    rows = graph.constant("embeddings", embeddings.astype(np.float16))
    x = graph.add("Cast", graph.add("Gather", rows, "tokens", axis=0), to=TensorProto.FLOAT)
    places = graph.constant("places", variables["decoder/position_encodings/encodings"])
    x = graph.add("Add", x, graph.add("Gather", places, "at", axis=0))
    inputs = [
        value("tokens", ["B", "S"], TensorProto.INT64),
        value("at", ["S"], TensorProto.INT64),
        value("mask", ["S", "P + S"]),
        value("weight", ["N"]),
        value("forbid", [len(embeddings)]),
        value("sot", [1], TensorProto.INT64),
    ]
    outputs, followed = [], []
    for number, layer in enumerate(_layers(variables, "decoder")):
        x, kept = _remember(graph, x, layer, number)
        outputs += kept
        part = f"{layer}/attention"
        y = graph.linear(graph.norm(x, f"{part}/layer_norm"), f"{part}/linear_0", queries=width)
        y, attention = graph.attend(graph.heads(y), f"keys{number}", f"values{number}", "weight")
        if chosen := [head for at, head in alignment if at == number]:
            followed.append(graph.add("Gather", attention, graph.integers(*chosen), axis=1))
        x = graph.add("Add", x, graph.linear(y, f"{part}/linear_2"))
        x = _feed_forward(graph, x, f"{layer}/ffn")
        past = ["B", heads, "P", HEAD]
        inputs += [value(f"past_keys{number}", past), value(f"past_values{number}", past)]
        inputs.append(value(f"keys{number}", [1, heads, HEAD, "N"]))
        inputs.append(value(f"values{number}", [1, heads, "N", HEAD]))
    x = graph.norm(x, "decoder/layer_norm")
    _choose(graph, graph.product(x, VOCABULARY, embeddings), len(embeddings))
    graph.add("Concat", *followed, named="attention", axis=1)
    ids = value("ids", kind=TensorProto.INT64)
    found = [value("scores"), ids, value("silence"), value("attention")]
    return graph.finish(inputs, found + [value(name) for name in outputs])


def _remember(graph: Graph, x: str, layer: str, number: int) -> tuple[str, list[str]]:
    """Attention to the tokens so far, and the names of what the next step must be told."""
    part = f"{layer}/self_attention"
    width = graph.variables["encoder/conv1/weight"].shape[0]
    y = graph.linear(graph.norm(x, f"{part}/layer_norm"), f"{part}/linear_0", queries=width)
    q, k, v = (graph.heads(each) for each in graph.split(y, 3))
    keys = graph.add("Concat", f"past_keys{number}", k, named=f"new_keys{number}", axis=2)
    values = graph.add("Concat", f"past_values{number}", v, named=f"new_values{number}", axis=2)
    turned = graph.add("Transpose", keys, perm=[0, 1, 3, 2])
    y, _ = graph.attend(q, turned, values, "mask")
    return graph.add("Add", x, graph.linear(y, f"{part}/linear_1")), [keys, values]


def _feed_forward(graph: Graph, x: str, name: str) -> str:
    y = graph.gelu(graph.linear(graph.norm(x, f"{name}/layer_norm"), f"{name}/linear_0"))
    return graph.add("Add", x, graph.linear(y, f"{name}/linear_1"))


def _choose(graph: Graph, logits: str, vocabulary: int) -> None:
    """Scores, ids and silence out of the logits [B, S, V]."""
    allowed = graph.add("LogSoftmax", graph.add("Add", logits, "forbid"), axis=-1)
    graph.add_many("TopK", allowed, graph.integers(TOP), named=("scores", "ids"), axis=-1)
    told = graph.add("Gather", logits, "sot", axis=1)
    row = graph.add("Slice", told, graph.integers(0), graph.integers(1))
    first = graph.add("LogSoftmax", row, axis=-1)
    no_speech = graph.integers(no_speech_token(vocabulary))
    found = graph.add("Gather", first, no_speech, axis=2)
    graph.add("Reshape", found, graph.integers(1), named="silence")


def no_speech_token(vocabulary: int) -> int:
    """The token that says that nobody speaks. After it come "no times", and the times from 0.00 to
    30.00 s: so it is in all of Whisper's vocabularies, whatever languages stand before it."""
    return vocabulary - TIMES - 2


def _convolution(graph: Graph, x: str, name: str, stride: int) -> str:
    weight = graph.variable(f"{name}/weight")
    bias = graph.variable(f"{name}/bias")
    return graph.add("Conv", x, weight, bias, pads=[1, 1], strides=[stride])


def _layers(variables: Variables, side: str) -> list[str]:
    """Names of the layers of the encoder or the decoder, in order."""
    layers: list[str] = []
    while f"{side}/layer_{len(layers)}/ffn/linear_0/weight" in variables:
        layers.append(f"{side}/layer_{len(layers)}")
    return layers
