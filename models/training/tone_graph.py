"""The tone model as an onnxruntime graph.

   states [N, width]: of the encoder's frames of one window
   speech [N]: 1 where the frame is speech, else 0; one at least is
-> scores [3]: raw ones, of tone_model.SCORES
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx

from models.onnx_graph import Graph, value
from models.vad import Array


def build_tone(weights: Array, out: Path) -> None:
    """Write the graph of weights [scores, width]."""
    graph = Graph("tone", {}, head=1, epsilon=0.0)
    frames = graph.add("ReduceSum", "speech", keepdims=1)
    share = graph.add("Unsqueeze", graph.add("Div", "speech", frames), graph.integers(0))
    mean = graph.add("MatMul", share, "states")
    columns = graph.constant("weights", weights.T.astype(np.float32))
    scores = graph.add("MatMul", mean, columns)
    graph.add("Squeeze", scores, graph.integers(0), named="scores")
    inputs = [value("states", ["N", weights.shape[1]]), value("speech", ["N"])]
    onnx.save(graph.finish(inputs, [value("scores", [len(weights)])]), out)
