"""Linear layers of 8 bits with a scale a row, for processors that add their products in 32 bits.

Theory. What goes into such a layer has one scale for all of it, so the loudest number decides how
finely all others are told apart. `EvenGraph` evens its rows out: each is divided by its greatest
number, multiplied, and multiplied by it again, which changes nothing but what is rounded. Whisper's
states then err little more than with a scale for each block of 128, its words no more often, and
the products take a third of the time (measured: docs/performance.md).

Why not everywhere: processors without VNNI add two products in 16 bits, which overflow where
weights have 8 bits. With 7 they do not, and Whisper mishears more.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from models.onnx_graph import ORT, Array, Graph, Variables


class RowGraph(Graph):
    """A graph whose products have a scale a row of weights, and one for all that goes in."""

    greatest = 63
    """Of a weight: 7 bits, which no processor overflows."""

    def product(self, x: str, name: str, weight: Array) -> str:
        """x times the 8-bit form of weight [outputs, inputs]."""
        scale = np.abs(weight).max(axis=1) / self.greatest
        scale[scale == 0] = 1
        bits = np.round(weight / scale[:, None]).astype(np.int8)
        return self.add(
            "DynamicQuantizeMatMul",
            x,
            self.constant(f"{name}/bits", bits.T),
            self.constant(f"{name}/scale", scale.astype(np.float32)),
            domain=ORT,
        )


class EvenGraph(RowGraph):
    """A graph whose products have their rows evened out first, but for two kinds of layers.

    `blocks`: layers with a few inputs far louder than the others in every row, which keep a scale
    for each block; `even`: layers whose rows are alike as they come.
    """

    greatest = 127

    def __init__(
        self,
        name: str,
        variables: Variables,
        head: int,
        epsilon: float,
        *,
        blocks: Collection[str] = (),
        even: Collection[str] = (),
    ) -> None:
        super().__init__(name, variables, head, epsilon)
        self._blocks = blocks
        self._even = even

    def product(self, x: str, name: str, weight: Array) -> str:
        """x times the 8-bit form of weight [outputs, inputs]."""
        if name in self._blocks:
            return Graph.product(self, x, name, weight)
        if name in self._even:
            return super().product(x, name, weight)
        greatest = self.add("ReduceMax", self.add("Abs", x), self.integers(-1), keepdims=1)
        # A row of nothing stays one: what it is divided by must be no zero.
        greatest = self.add("Max", greatest, self.constant("least", np.array(1e-9, np.float32)))
        return self.add(
            "Mul", super().product(self.add("Div", x, greatest), name, weight), greatest
        )
