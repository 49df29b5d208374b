"""`coach train text`: from lines, reviews and lay words to text.onnx, its thresholds and its card.

    lines (7 of 8), some heard, PsyTAR train, lay words ──> fit ──> text.onnx ──┐
    lines (1 of 8) ─────────────────────────────────────────────────────────────┴─> thresholds, card

Lines are parted in blocks, since neighbours may share a context. The thresholds are set on what the
finished graph says, 8 bits and all.
"""

from __future__ import annotations

import hashlib
import random
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tokenizers
import torch

from models.text import GRAPH, THRESHOLDS, TOKENIZER, Read, TextModel
from models.text_input import LONGEST, TextInput
from models.text_labels import LABELS, REPORTABLE, SPANS
from models.thresholds import Threshold, write_thresholds
from models.training.examples import Example
from models.training.heard import read_heard
from models.training.lay_words import read_lay_words
from models.training.lines import read_lines
from models.training.psytar import read_sentences, read_spans
from models.training.text_batches import row
from models.training.text_fit import Course, Tell, train
from models.training.text_graph import build_text
from models.training.text_network import TextNetwork
from models.training.thresholds import thresholds

TOGETHER = 12
"""Neighbouring lines of a writer that fall on one side."""
PARTS = 8
"""One of so many is for development."""
LAY_WORDS = 2000
"""Of some seven thousand: names of symptoms beside the sentences, not instead of them."""
AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Trained:
    """What came of it: thresholds, and what the graph says of the lines for development.

    `learnt`: examples; `lines`: those of them that are our own; `heard`: these once more, as they
    were heard.
    """

    thresholds: dict[str, Threshold]
    development: list[Example]
    told: list[Read]
    learnt: int
    lines: int
    heard: int


def train_text(base: Path, data: Path, out: Path, course: Course, tell: Tell) -> Trained:
    """Train, and write GRAPH and TOKENIZER to `out`. `base`: folder of MiniLM; `data`: shared data.

    Raises OSError where something is not there, lines.BadLine.
    """
    reader = TextInput(tokenizers.Tokenizer.from_file(str(base / TOKENIZER)))
    learnt, development = parted(list(read_lines()))
    heard = list(read_heard({each.id: each for each in learnt}))
    examples = [
        *learnt,
        *heard,
        *read_sentences(data, "train", ("post", "customer")),
        *read_spans(data, "train"),
        *random.Random(course.seed).sample(list(read_lay_words(data)), LAY_WORDS),
    ]
    torch.manual_seed(course.seed)  # the heads begin by chance, too
    network = TextNetwork(base, len(LABELS), len(SPANS))
    train(network, [row(reader, each) for each in examples], course, reader.mask, tell)
    out.mkdir(parents=True, exist_ok=True)
    state = {name: value.numpy() for name, value in network.state_dict().items()}
    build_text(state, network.backbone.config.num_attention_heads, LONGEST, out / GRAPH)
    shutil.copy(base / TOKENIZER, out / TOKENIZER)
    told = read_all(TextModel(out), development)
    found = _thresholds(development, told)
    write_thresholds(out / THRESHOLDS, found)
    return Trained(found, development, told, len(examples), len(learnt), len(heard))


def parted(lines: Sequence[Example]) -> tuple[list[Example], list[Example]]:
    """What is learnt, and what is for development."""
    learnt: list[Example] = []
    development: list[Example] = []
    for each in lines:
        writer, number = each.id.split("-")
        block = f"{writer}-{int(number) // TOGETHER}".encode()
        chosen = int(hashlib.sha256(block).hexdigest(), 16) % PARTS == 0
        (development if chosen else learnt).append(each)
    return learnt, development


def read_all(model: TextModel, examples: Sequence[Example]) -> list[Read]:
    """What the model says of each, in their order."""
    said = [each.said for each in examples]
    return [
        read
        for first in range(0, len(said), AT_ONCE)
        for read in model.read(said[first : first + AT_ONCE])
    ]


def _thresholds(lines: Sequence[Example], told: Sequence[Read]) -> dict[str, Threshold]:
    truth = {name: np.array([each.labels[name] for each in lines]) for name in REPORTABLE}
    found = {name: np.array([each.labels[name] for each in told]) for name in REPORTABLE}
    return thresholds(REPORTABLE, truth, found)
