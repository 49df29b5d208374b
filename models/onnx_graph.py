"""ONNX graphs as they are built here: nodes one after the other, linear layers in 8 bits.

Weights of the linear layers are 8 bits each with a scale for BLOCK of them (activations too,
inside MatMulNBits): of Whisper their transcripts are those of 32 bits, at a third of the time
(measured on a processor with AVX-512). models/row_graph.py has another form of them. Needs `onnx`,
which nothing does that serves calls, but for what cuts the tone model's encoder out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Array = NDArray[Any]
Variables = Mapping[str, Array]

BLOCK = 128
"""Weights that share a scale. 32 would keep them closer, and cost an eighth more time."""
OPSET = 21
IR_VERSION = 10
"""The newest that onnxruntime 1.22 reads, the oldest that pyproject.toml allows."""
ORT = "com.microsoft"
"""Domain of operators that onnxruntime has beside the standard's."""


class Graph:
    """A graph that grows; methods return the name of what they add.

    `variables`: by their names, a linear layer's as NAME/weight [outputs, inputs] and NAME/bias, a
    norm's as NAME/gamma and NAME/beta. `head`: numbers of an attention head.
    """

    def __init__(self, name: str, variables: Variables, head: int, epsilon: float) -> None:
        self.variables = variables
        self._name = name
        self._head = head
        self._epsilon = epsilon
        self._nodes: list[Any] = []
        self._constants: dict[str, Any] = {}

    def add(self, kind: str, *inputs: str, named: str = "", **attributes: Any) -> str:
        """One node with one output, called `named`, or by its number."""
        name = named or f"t{len(self._nodes)}"
        self.add_many(kind, *inputs, named=(name,), **attributes)
        return name

    def add_many(
        self, kind: str, *inputs: str, named: Sequence[str], domain: str = "", **attributes: Any
    ) -> list[str]:
        """One node with the outputs `named`."""
        self._nodes.append(helper.make_node(kind, inputs, named, domain=domain, **attributes))
        return list(named)

    def constant(self, name: str, value: Array) -> str:
        """A constant, there once."""
        if name not in self._constants:
            self._constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def variable(self, name: str) -> str:
        """The variable `name`, as it is."""
        return self.constant(name, self.variables[name])

    def integers(self, *values: int) -> str:
        """A constant of these."""
        return self.constant("i" + "_".join(map(str, values)), np.array(values, np.int64))

    def norm(self, x: str, name: str) -> str:
        """The layer norm `name`."""
        gamma, beta = self.variable(f"{name}/gamma"), self.variable(f"{name}/beta")
        return self.add("LayerNormalization", x, gamma, beta, axis=-1, epsilon=self._epsilon)

    def linear(self, x: str, name: str, queries: int = 0) -> str:
        """The layer `name`; its first `queries` outputs ready for the attention's product."""
        weight = self.variables[f"{name}/weight"].copy()
        weight[:queries] *= self._head**-0.5
        y = self.product(x, name, weight)
        if f"{name}/bias" not in self.variables:
            return y
        bias = self.variables[f"{name}/bias"].copy()
        bias[:queries] *= self._head**-0.5
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
        """Gelu with the error function."""
        return self.add("Gelu", x, domain=ORT)

    def split(self, x: str, parts: int) -> list[str]:
        """Equal parts of the last axis."""
        names = [f"t{len(self._nodes)}_{part}" for part in range(parts)]
        return self.add_many("Split", x, named=names, axis=-1, num_outputs=parts)

    def heads(self, x: str, *, turned: bool = False, named: str = "") -> str:
        """[B, S, H D] as [B, H, S, D], or [B, H, D, S] where turned."""
        order = [0, 2, 3, 1] if turned else [0, 2, 1, 3]
        parted = self.add("Reshape", x, self.integers(0, 0, -1, self._head))
        return self.add("Transpose", parted, named=named, perm=order)

    def attend(self, queries: str, keys: str, values: str, bias: str) -> tuple[str, str]:
        """What attention to `values` makes, as [B, S, H D], and the attention [B, H, S, N]."""
        product = self.add("Add", self.add("MatMul", queries, keys), bias)
        attention = self.add("Softmax", product, axis=-1)
        joined = self.add("Transpose", self.add("MatMul", attention, values), perm=[0, 2, 1, 3])
        return self.add("Reshape", joined, self.integers(0, 0, -1)), attention

    def finish(self, inputs: Sequence[Any], outputs: Sequence[Any]) -> Any:
        """The whole as a model."""
        graph = helper.make_graph(
            self._nodes, self._name, inputs, outputs, list(self._constants.values())
        )
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(ORT, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)


def value(name: str, shape: Any = None, kind: int = TensorProto.FLOAT) -> Any:
    """What a graph takes or gives."""
    return helper.make_tensor_value_info(name, kind, shape)
