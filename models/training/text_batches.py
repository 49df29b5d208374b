"""Examples as tensors: padded batches of like length, and what is to be learnt of each."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from models.text_input import TextInput, Tokens
from models.text_labels import LABELS, SPANS
from models.training.examples import Example

UNKNOWN = -1.0
"""In targets: nobody said, so nothing is learnt."""


@dataclass(frozen=True, slots=True)
class Row:
    """An example as the network reads it. `labels`: of LABELS in order, 0, 1 or UNKNOWN; `spans`
    [tokens of the utterance][SPANS]."""

    tokens: Tokens
    labels: list[float]
    spans: list[list[float]]


@dataclass(frozen=True, slots=True)
class Batch:
    """Tensors [B, T] of what is read, [B, labels] and [B, T, spans] of what is learnt."""

    ids: Any
    types: Any
    mask: Any
    words: Any
    labels: Any
    spans: Any


def row(reader: TextInput, example: Example) -> Row:
    """Its tokens, and what is to be learnt of them."""
    tokens = reader.tokens(example.said)
    known = [float(example.labels[n]) if n in example.labels else UNKNOWN for n in LABELS]
    spans = [
        [
            UNKNOWN
            if kind not in example.marked
            else float(any(m.label == kind and m.start < b and a < m.end for m in example.spans))
            for kind in SPANS
        ]
        for a, b in tokens.chars
    ]
    return Row(tokens, known, spans)


def batches(rows: Sequence[Row], size: int, rng: random.Random | None) -> Iterator[Batch]:
    """All rows once; in an order of chance, but rows of like length together, where `rng`."""
    order = list(range(len(rows)))
    if rng is not None:
        rng.shuffle(order)
        pool = 50 * size
        parts = [order[i : i + pool] for i in range(0, len(order), pool)]
        order = [i for part in parts for i in sorted(part, key=lambda i: len(rows[i].tokens.ids))]
    groups = [order[i : i + size] for i in range(0, len(order), size)]
    if rng is not None:
        rng.shuffle(groups)
    for group in groups:
        yield _batch([rows[i] for i in group])


def hidden(batch: Batch, share: float, mask: int) -> Batch:
    """The batch with a share of each utterance's tokens hidden, by torch's chance: what it tells
    shall not hang on one word of it. `mask`: the token that stands for a hidden one."""
    hit = (torch.rand(batch.ids.shape) < share) & batch.words.bool()
    return replace(batch, ids=batch.ids.masked_fill(hit, mask))


def _batch(rows: Sequence[Row]) -> Batch:
    count, longest = len(rows), max(len(row.tokens.ids) for row in rows)
    ids = torch.zeros(count, longest, dtype=torch.long)
    types, mask = torch.zeros_like(ids), torch.zeros_like(ids)
    words = torch.zeros(count, longest)
    spans = torch.full((count, longest, len(SPANS)), UNKNOWN)
    for n, each in enumerate(rows):
        tokens, length = each.tokens, len(each.tokens.ids)
        ids[n, :length] = torch.tensor(tokens.ids)
        types[n, :length] = torch.tensor(tokens.types)
        mask[n, :length] = 1
        words[n, tokens.first : tokens.last] = 1
        if each.spans:
            spans[n, tokens.first : tokens.last] = torch.tensor(each.spans)
    labels = torch.tensor([each.labels for each in rows])
    return Batch(ids, types, mask, words, labels, spans)
