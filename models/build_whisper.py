"""Whisper as two onnxruntime graphs, made from the weights that faster-whisper uses.

Theory. What CTranslate2 cannot be told is how much a frame weighs. These graphs take, beside the
sound, one number a frame that is added to every attention to it: the logarithm of how many
frames it stands for. So the silence after the speech, which Whisper wants to hear out to 30 s
(models/windows.py), costs a few frames instead of a thousand. And the decoder takes any number
of tokens at once, so that words heard before are checked in one step, not written again one by
one (models/search.py).

Shapes. H heads of D numbers, N frames, B rows of a beam, S new tokens after P old ones; what ends
in a number is there for each layer of the decoder.

encoder.onnx
    mel [1, M, T]
    take [N], place [N]: which frame of the sound, and at which of Whisper's 1500 places
    weight [N]: added to every attention to the frame
 -> keys0 [1, H, D, N], values0 [1, H, N, D]

decoder.onnx
    tokens [B, S], at [S]: their places
    mask [S, P + S], forbid [V]: added to the attention to tokens, and to the tokens' scores
    sot [1]: where among the tokens no speech is told
    past_keys0, past_values0 [B, H, P, D]; weight, keys0, values0 as above
 -> scores, ids [B, S, TOP]: the likeliest tokens after each, and their log probabilities
    silence [1]: the log probability that nobody speaks, in the first row
    attention [B, heads, S, N]: of the heads that follow the sound
    new_keys0, new_values0 [B, H, P + S, D]

Weights of the linear layers are 8 bits each with a scale for BLOCK of them (activations too,
inside MatMulNBits): their transcripts are those of 32 bits, at a third of the time (measured).
Needs `onnx`, which nothing else does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from models.ct2_file import NotReadable, read_floats
from models.network import DECODER, ENCODER

Array = NDArray[Any]
Variables = Mapping[str, Array]

TOP = 12
"""Candidates of each step: twice the beam of five, since some end the text, and the two that must
not begin one."""
BLOCK = 128
"""Weights that share a scale. 32 would keep them closer, and cost an eighth more time."""
HEAD = 64
"""Numbers of an attention head, in every Whisper."""
NEEDED = {f"encoder/{name}/weight" for name in ("conv1", "layer_0/ffn/linear_0")}
"""Variables by which float weights of a Whisper are known; quantised ones are no floats."""
TIMES = 1501
"""Tokens that are times, each 0.02 s."""
OPSET = 21
IR_VERSION = 10
"""The newest that onnxruntime 1.22 reads, the oldest that pyproject.toml allows."""
ORT = "com.microsoft"
"""Domain of operators that onnxruntime has beside the standard's."""


def build_whisper(weights: Path, out: Path) -> None:
    """Write ENCODER and DECODER of a folder in faster-whisper's layout.

    Raises models.ct2_file.NotReadable for weights of another kind, OSError.
    """
    variables = read_floats(weights / "model.bin")
    config = json.loads((weights / "config.json").read_text(encoding="utf-8"))
    heads = [(int(layer), int(head)) for layer, head in config.get("alignment_heads", ())]
    if NEEDED - variables.keys() or not heads:
        raise NotReadable(f"{weights} holds no Whisper with alignment heads and float weights")
    onnx.save(_encoder(variables), out / ENCODER)
    onnx.save(_decoder(variables, heads), out / DECODER)


class _Graph:
    """A graph that grows; methods return the name of what they add."""

    def __init__(self, variables: Variables) -> None:
        self.variables = variables
        self.nodes: list[Any] = []
        self.constants: dict[str, Any] = {}

    def add(self, kind: str, *inputs: str, named: str = "", **attributes: Any) -> str:
        """One node with one output, called `named`, or by its number."""
        name = named or f"t{len(self.nodes)}"
        self.add_many(kind, *inputs, named=(name,), **attributes)
        return name

    def add_many(
        self, kind: str, *inputs: str, named: Sequence[str], domain: str = "", **attributes: Any
    ) -> list[str]:
        self.nodes.append(helper.make_node(kind, inputs, named, domain=domain, **attributes))
        return list(named)

    def constant(self, name: str, value: Array) -> str:
        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def integers(self, *values: int) -> str:
        return self.constant("i" + "_".join(map(str, values)), np.array(values, np.int64))

    def norm(self, x: str, name: str) -> str:
        gamma = self.constant(f"{name}/gamma", self.variables[f"{name}/gamma"])
        beta = self.constant(f"{name}/beta", self.variables[f"{name}/beta"])
        return self.add("LayerNormalization", x, gamma, beta, axis=-1, epsilon=1e-5)

    def linear(self, x: str, name: str, queries: int = 0) -> str:
        """The layer `name`; its first `queries` outputs ready for the attention's product."""
        weight = self.variables[f"{name}/weight"].copy()
        weight[:queries] *= HEAD**-0.5
        y = self.product(x, name, weight)
        if f"{name}/bias" not in self.variables:
            return y
        bias = self.variables[f"{name}/bias"].copy()
        bias[:queries] *= HEAD**-0.5
        return self.add("Add", y, self.constant(f"{name}/bias", bias))

    def product(self, x: str, name: str, weight: Array) -> str:
        """x times the 8-bit form of weight [outputs, inputs]."""
        outputs, inputs = weight.shape
        blocks = weight.reshape(outputs, inputs // BLOCK, BLOCK)
        scale = np.abs(blocks).max(axis=2) / 127
        scale[scale == 0] = 1
        bits = np.clip(np.round(blocks / scale[:, :, None]) + 128, 0, 255).astype(np.uint8)
        return self.add(
            "MatMulNBits",
            x,
            self.constant(f"{name}/bits", bits),
            self.constant(f"{name}/scale", scale.astype(np.float32)),
            domain=ORT,
            K=inputs,
            N=outputs,
            bits=8,
            block_size=BLOCK,
            accuracy_level=4,
        )

    def gelu(self, x: str) -> str:
        return self.add("Gelu", x, domain=ORT)

    def split(self, x: str, parts: int) -> list[str]:
        names = [f"t{len(self.nodes)}_{part}" for part in range(parts)]
        return self.add_many("Split", x, named=names, axis=-1, num_outputs=parts)

    def heads(self, x: str, *, turned: bool = False, named: str = "") -> str:
        """[B, S, H D] as [B, H, S, D], or [B, H, D, S] where turned."""
        order = [0, 2, 3, 1] if turned else [0, 2, 1, 3]
        parted = self.add("Reshape", x, self.integers(0, 0, -1, HEAD))
        return self.add("Transpose", parted, named=named, perm=order)

    def attend(self, queries: str, keys: str, values: str, bias: str) -> tuple[str, str]:
        """What attention to `values` makes, as [B, S, H D], and the attention [B, H, S, N]."""
        product = self.add("Add", self.add("MatMul", queries, keys), bias)
        attention = self.add("Softmax", product, axis=-1)
        joined = self.add("Transpose", self.add("MatMul", attention, values), perm=[0, 2, 1, 3])
        return self.add("Reshape", joined, self.integers(0, 0, -1)), attention

    def feed_forward(self, x: str, name: str) -> str:
        y = self.gelu(self.linear(self.norm(x, f"{name}/layer_norm"), f"{name}/linear_0"))
        return self.add("Add", x, self.linear(y, f"{name}/linear_1"))

    def finish(self, inputs: Sequence[Any], outputs: Sequence[Any]) -> Any:
        """The whole as a model."""
        graph = helper.make_graph(
            self.nodes, "whisper", inputs, outputs, list(self.constants.values())
        )
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(ORT, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)


def _encoder(variables: Variables) -> Any:
    graph = _Graph(variables)
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
        x = graph.feed_forward(x, f"{layer}/ffn")
    x = graph.norm(x, "encoder/layer_norm")
    outputs = []
    for number, layer in enumerate(_layers(variables, "decoder")):
        k, v = graph.split(graph.linear(x, f"{layer}/attention/linear_1"), 2)
        outputs.append(graph.heads(k, turned=True, named=f"keys{number}"))
        outputs.append(graph.heads(v, named=f"values{number}"))
    inputs = [
        _value("mel", [1, mels, "T"]),
        _value("take", ["N"], TensorProto.INT64),
        _value("place", ["N"], TensorProto.INT64),
        _value("weight", ["N"]),
    ]
    return graph.finish(inputs, [_value(name) for name in outputs])


def _decoder(variables: Variables, alignment: Sequence[tuple[int, int]]) -> Any:
    graph = _Graph(variables)
    width = variables["encoder/conv1/weight"].shape[0]
    heads = width // HEAD
    embeddings = variables["decoder/embeddings/weight"]
    # Half precision is how they are stored; a row is looked up, not multiplied.
    rows = graph.constant("embeddings", embeddings.astype(np.float16))
    x = graph.add("Cast", graph.add("Gather", rows, "tokens", axis=0), to=TensorProto.FLOAT)
    places = graph.constant("places", variables["decoder/position_encodings/encodings"])
    x = graph.add("Add", x, graph.add("Gather", places, "at", axis=0))
    inputs = [
        _value("tokens", ["B", "S"], TensorProto.INT64),
        _value("at", ["S"], TensorProto.INT64),
        _value("mask", ["S", "P + S"]),
        _value("weight", ["N"]),
        _value("forbid", [len(embeddings)]),
        _value("sot", [1], TensorProto.INT64),
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
        x = graph.feed_forward(x, f"{layer}/ffn")
        past = ["B", heads, "P", HEAD]
        inputs += [_value(f"past_keys{number}", past), _value(f"past_values{number}", past)]
        inputs.append(_value(f"keys{number}", [1, heads, HEAD, "N"]))
        inputs.append(_value(f"values{number}", [1, heads, "N", HEAD]))
    x = graph.norm(x, "decoder/layer_norm")
    _choose(graph, graph.product(x, "vocabulary", embeddings), len(embeddings))
    graph.add("Concat", *followed, named="attention", axis=1)
    ids = _value("ids", kind=TensorProto.INT64)
    found = [_value("scores"), ids, _value("silence"), _value("attention")]
    return graph.finish(inputs, found + [_value(name) for name in outputs])


def _remember(graph: _Graph, x: str, layer: str, number: int) -> tuple[str, list[str]]:
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


def _choose(graph: _Graph, logits: str, vocabulary: int) -> None:
    """Scores, ids and silence out of the logits [B, S, V]."""
    allowed = graph.add("LogSoftmax", graph.add("Add", logits, "forbid"), axis=-1)
    graph.add_many("TopK", allowed, graph.integers(TOP), named=("scores", "ids"), axis=-1)
    row = graph.add("Slice", logits, graph.integers(0), graph.integers(1))
    first = graph.add("LogSoftmax", graph.add("Gather", row, "sot", axis=1), axis=-1)
    no_speech = graph.integers(no_speech_token(vocabulary))
    found = graph.add("Gather", first, no_speech, axis=2)
    graph.add("Reshape", found, graph.integers(1), named="silence")


def no_speech_token(vocabulary: int) -> int:
    """The token that says that nobody speaks. After it come "no times", and the times from 0.00 to
    30.00 s: so it is in all of Whisper's vocabularies, whatever languages stand before it."""
    return vocabulary - TIMES - 2


def _convolution(graph: _Graph, x: str, name: str, stride: int) -> str:
    weight = graph.constant(f"{name}/weight", graph.variables[f"{name}/weight"])
    bias = graph.constant(f"{name}/bias", graph.variables[f"{name}/bias"])
    return graph.add("Conv", x, weight, bias, pads=[1, 1], strides=[stride])


def _layers(variables: Variables, side: str) -> list[str]:
    """Names of the layers of the encoder or the decoder, in order."""
    layers: list[str] = []
    while f"{side}/layer_{len(layers)}/ffn/linear_0/weight" in variables:
        layers.append(f"{side}/layer_{len(layers)}")
    return layers


def _value(name: str, shape: Any = None, kind: int = TensorProto.FLOAT) -> Any:
    return helper.make_tensor_value_info(name, kind, shape)
