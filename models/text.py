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
        """What each tells. One by one: together they would save nothing on a CPU, and what goes
        into a product is quantised by the largest number of all, so that they would disturb each
        other."""
        return [self._read(each) for each in said]

    def _read(self, said: Said) -> Read:
        row = self.input.tokens(said)
        labels, parts = self._session.run(["labels", "spans"], _inputs(row))
        return Read(
            dict(zip(LABELS, map(float, labels[0]), strict=True)),
            tuple(spans(said.turn.text, row.chars, parts[0, row.first : row.last])),
        )


def _inputs(row: Tokens) -> dict[str, Array]:
    count = len(row.ids)
    share = np.zeros((1, 1, count), np.float32)
    share[0, 0, row.first : row.last] = 1 / max(1, row.last - row.first)
    return {
        "ids": np.array([row.ids], np.int64),
        "types": np.array([row.types], np.int64),
        "mask": np.zeros((1, 1, 1, count), np.float32),
        "share": share,
        "at": np.arange(count),
    }
