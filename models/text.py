"""The text model: what an utterance tells, by MiniLM fine-tuned on what people say on such calls.

One pass of the network for everything: labels of the utterance as it is understood after the two
turns before it, and the words that tell an event, a product, a patient, an onset and an outcome.
From which probability on a label counts, its thresholds tell, which lie beside the weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tokenizers
from numpy.typing import NDArray

from models.onnx import Provider, session
from models.text_input import Said, TextInput, Tokens
from models.text_labels import LABELS
from models.text_spans import spans
from models.types import Span
from models.weights import MissingWeights

Array = NDArray[Any]

WEIGHTS = Path(__file__).with_name("weights") / "text"
"""Where a model lies unless it is told otherwise."""
GRAPH = "text.onnx"
TOKENIZER = "tokenizer.json"
THRESHOLDS = "thresholds.toml"
NEVER = np.float32(-1e9)
"""Added to the attention to tokens that are none."""


@dataclass(frozen=True, slots=True)
class Read:
    """What an utterance tells. `labels`: the probability of each of LABELS; `spans`: in the order
    of its text, of each kind in turn."""

    labels: Mapping[str, float]
    spans: tuple[Span, ...]


class TextModel:
    """Reads utterances. Thread-safe: onnxruntime runs on the thread that asks."""

    def __init__(self, folder: Path = WEIGHTS, provider: Provider = "cpu") -> None:
        """`folder` holds GRAPH and TOKENIZER. Raises MissingWeights where it does not."""
        if missing := [name for name in (GRAPH, TOKENIZER) if not (folder / name).is_file()]:
            raise MissingWeights(
                f"{folder} has no {' and no '.join(missing)}: make a text model with "
                f"`coach train text --out {folder}`"
            )
        self.input = TextInput(tokenizers.Tokenizer.from_file(str(folder / TOKENIZER)))
        self._session = session(folder / GRAPH, provider=provider)

    def read(self, said: Sequence[Said]) -> list[Read]:
        """What each tells; the same, but for the last bits, alone and with others."""
        rows = [self.input.tokens(each) for each in said]
        if not rows:
            return []
        labels, parts = self._session.run(["labels", "spans"], _inputs(rows))
        return [
            Read(
                dict(zip(LABELS, map(float, told), strict=True)),
                tuple(spans(each.turn.text, row.chars, marked[row.first : row.last])),
            )
            for each, row, told, marked in zip(said, rows, labels, parts, strict=True)
        ]


def _inputs(rows: Sequence[Tokens]) -> dict[str, Array]:
    longest = max(len(row.ids) for row in rows)
    ids = np.zeros((len(rows), longest), np.int64)
    types = np.zeros_like(ids)
    mask = np.full((len(rows), 1, 1, longest), NEVER, np.float32)
    share = np.zeros((len(rows), 1, longest), np.float32)
    for n, row in enumerate(rows):
        count = len(row.ids)
        ids[n, :count], types[n, :count], mask[n, 0, 0, :count] = row.ids, row.types, 0
        share[n, 0, row.first : row.last] = 1 / max(1, row.last - row.first)
    return {"ids": ids, "types": types, "mask": mask, "share": share, "at": np.arange(longest)}
