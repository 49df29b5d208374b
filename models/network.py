"""The Whisper network in onnxruntime: graphs in, features to tokens' scores out.

The graphs are those of models/build_whisper.py, whose head gives all shapes. One session serves
any number of threads, each decoding on the thread that asks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models import processor
from models.onnx import session
from models.processor import Form
from models.search import Step
from models.windows import Window

Array = NDArray[Any]

ENCODER: Mapping[Form, str] = {"blocks": "encoder.onnx", "rows": "encoder-rows.onnx"}
DECODER: Mapping[Form, str] = {"blocks": "decoder.onnx", "rows": "decoder-rows.onnx"}
GRAPHS = (*ENCODER.values(), *DECODER.values())
"""Files in a folder of weights."""
NEVER = np.float32(-1e9)
"""Added to what may not be: as good as never, and no infinity to make a NaN of."""


class Network:
    """One set of weights, in the form that this processor runs best unless another is named."""

    def __init__(self, folder: Path, form: Form | None = None) -> None:
        form = form or processor.form()
        self._encoder = session(folder / ENCODER[form])
        self._decoder = session(folder / DECODER[form])
        self.mels: int = self._encoder.get_inputs()[0].shape[1]
        """Mel bands of the features."""
        shapes = {each.name: each.shape for each in self._decoder.get_inputs()}
        self.layers = sum(name.startswith("past_keys") for name in shapes)
        self._past = [f"past_{each}{n}" for n in range(self.layers) for each in ("keys", "values")]
        self.heads: int = shapes["past_keys0"][1]
        self.head: int = shapes["past_keys0"][3]
        self._forbid = np.zeros(shapes["forbid"][0], np.float32)

    @property
    def vocabulary(self) -> int:
        """Tokens that there are."""
        return len(self._forbid)

    def forbid(self, tokens: Sequence[int]) -> None:
        """These are never written from now on."""
        self._forbid[list(tokens)] = NEVER

    def all_but(self, tokens: Sequence[int]) -> Array:
        """What `step` takes to forbid all others than these."""
        forbid = np.full(self.vocabulary, NEVER)
        forbid[list(tokens)] = 0
        return forbid

    def encode(self, features: Array, window: Window) -> Memory:
        """What is heard in log-mel features [1, mels, 2 * window.sound]."""
        found = self._encoder.run(
            None,
            {
                "mel": features,
                "take": window.take,
                "place": window.place,
                "weight": window.weight,
            },
        )
        sound = {"weight": window.weight}
        for layer in range(self.layers):
            sound[f"keys{layer}"], sound[f"values{layer}"] = found[2 * layer : 2 * layer + 2]
        return Memory(self, window, sound)

    def step(
        self,
        tokens: Array,
        past: Sequence[Array],
        sot: int,
        sound: dict[str, Array],
        forbid: Array | None = None,
    ) -> Step:
        """One step of the decoder; `past`: keys and values of each layer in turn; `forbid`: in
        the place of what is never written."""
        done, new = past[0].shape[2], tokens.shape[1]
        kept = dict(zip(self._past, past, strict=True))
        scores, ids, silence, attention, *state = self._decoder.run(
            None,
            {
                "tokens": tokens,
                "at": np.arange(done, done + new),
                "mask": np.triu(np.full((new, done + new), NEVER), done + 1),
                "forbid": self._forbid if forbid is None else forbid,
                "sot": np.array([sot]),
                **sound,
                **kept,
            },
        )
        return Step(scores, ids, float(np.exp(silence[0])), attention, state)

    def nothing(self, rows: int) -> list[Array]:
        """The past of a decoder that has read nothing."""
        empty = np.zeros((rows, self.heads, 0, self.head), np.float32)
        return [empty] * (2 * self.layers)


@dataclass(frozen=True, slots=True)
class Memory:
    """One window as the encoder heard it, for the decoder to read from (models.search.Reader)."""

    network: Network
    window: Window
    sound: dict[str, Array]

    def read(self, tokens: Array, past: Any, *, sot: int = 0) -> Step:
        """Read tokens [B, S]."""
        before = self.network.nothing(len(tokens)) if past is None else past
        return self.network.step(tokens, before, sot, self.sound)

    def first(self, token: int, forbid: Array) -> tuple[int, float]:
        """The likeliest token after `token` alone, of those not forbidden, and its probability
        among them."""
        past = self.network.nothing(1)
        step = self.network.step(np.array([[token]]), past, 0, self.sound, forbid)
        return int(step.ids[0, 0, 0]), float(np.exp(step.scores[0, 0, 0]))

    def keep(self, past: Any, rows: Sequence[int]) -> Any:
        """`past` of these rows, in this order."""
        if len(past[0]) == len(rows) and list(rows) == list(range(len(rows))):
            return past
        return [np.take(each, rows, axis=0) for each in past]

    def cut(self, past: Any, tokens: int) -> Any:
        """`past` of the first `tokens` tokens alone."""
        return [each[:, :, :tokens] for each in past]
