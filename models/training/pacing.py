"""`coach train pacing`: from our lines and synthetic voices to pacing.onnx and its figures.

    lines ──> voices that are learnt ──> made-up lines ──> fit ──> pacing.onnx ──┐
    lines ──> voices that are kept ────> made-up lines ──────────────────────────┴─> figures

The figures are those of the finished graph. No recorded speech is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from models.pacing_model import DELAY, GRAPH, STEP_SECONDS, PacingModel, fresh_state
from models.training.lines import read_lines
from models.training.pacing_data import (
    Rows,
    Tell,
    kept_cast,
    learnt_cast,
    rows,
    spoken_lines,
)
from models.training.pacing_fit import Course, train
from models.training.pacing_graph import build_pacing
from models.training.pacing_network import PacingNetwork

SECONDS = 2.0
"""Of the windows whose rates are judged."""
SPOKEN = 0.75
"""Part of a window that must be speech for it to be judged."""
KEPT_SEED = 1
"""Added to the course's seed for what is kept: the same lines whatever is learnt."""
PARTS = ((0.0, 0.45), (0.45, 0.6), (0.6, 1.0))
"""Of the whole: speaking, lines, fitting. Rough shares of its time."""


@dataclass(frozen=True, slots=True)
class Heard:
    """How the graph does on voices that are kept: of `windows` the median size of the rate's error
    as a part of it, the median error; and the shares of steps in which speech is told rightly,
    of speech and of silence."""

    windows: int
    error: float
    bias: float
    speech: float
    silence: float


@dataclass(frozen=True, slots=True)
class Trained:
    """What came of it. `minutes` of rows, from `lines` that `voices` spoke; `heard`: by voice."""

    voices: int
    lines: int
    minutes: float
    heard: dict[str, Heard]


def train_pacing(out: Path, course: Course, tell: Tell) -> Trained:
    """Train, and write GRAPH to `out`. Raises voices.VoiceMissing, lines.BadLine, OSError."""
    torch.set_num_threads(1)  # sums in one order: the same weights on any number of cores
    texts = sorted({line.said.turn.text for line in read_lines()})
    chance = np.random.default_rng(course.seed)
    speaking, lining, fitting = (_part(tell, *part) for part in PARTS)
    lines = spoken_lines(learnt_cast(course.seed, course.share), texts, chance, speaking)
    learnt = rows(lines, course.rounds, chance, lining)
    torch.manual_seed(course.seed)
    network = train(PacingNetwork(), learnt, course, fitting)
    out.mkdir(parents=True, exist_ok=True)
    build_pacing({name: value.numpy() for name, value in network.state_dict().items()}, out / GRAPH)
    told = kept_rows(course, texts)
    minutes = learnt.speech.size * STEP_SECONDS / 60
    count = sum(len(said) for said in lines.values())
    return Trained(len(lines), count, minutes, heard(PacingModel(out), told))


def kept_rows(course: Course, texts: Sequence[str]) -> Rows:
    """Of the voices that are kept."""
    chance = np.random.default_rng(course.seed + KEPT_SEED)
    spoken = spoken_lines(kept_cast(course.share), texts, chance, lambda what, share: None)
    return rows(spoken, 1, chance, lambda what, share: None)


def heard(model: PacingModel, told: Rows) -> dict[str, Heard]:
    """By voice, and of all."""
    states = np.stack([fresh_state()] * len(told.voices))
    counted, speech, _ = model.step(told.frames.astype(np.float32), states)
    counted, active = counted[:, DELAY:], speech[:, DELAY:] >= 0.5
    known = told.syllables[:, :-DELAY], told.speech[:, :-DELAY] >= 0.5
    found = {}
    for name in [*dict.fromkeys(told.voices), "all"]:
        mine = np.array([name in (voice, "all") for voice in told.voices])
        found[name] = _heard(counted[mine], active[mine], known[0][mine], known[1][mine])
    return found


def _heard(counted: np.ndarray, active: np.ndarray, true: np.ndarray, speech: np.ndarray) -> Heard:
    """All four [rows, steps]: syllables and speech as they are heard, and as they are."""
    size = round(SECONDS / STEP_SECONDS)
    cuts = range(0, counted.shape[1] - size + 1, size)
    whole = np.stack([true[:, at : at + size].sum(axis=1) for at in cuts])
    ours = np.stack([counted[:, at : at + size].sum(axis=1) for at in cuts])
    said = np.stack([speech[:, at : at + size].mean(axis=1) for at in cuts]) >= SPOKEN
    errors = ours[said] / whole[said] - 1
    return Heard(
        windows=len(errors),
        error=float(np.median(np.abs(errors))),
        bias=float(np.median(errors)),
        speech=float(active[speech].mean()),
        silence=float(1 - active[~speech].mean()),
    )


def _part(tell: Tell, first: float, last: float) -> Tell:
    """Tells of a part of the whole."""
    return lambda what, share: tell(what, first + share * (last - first))
