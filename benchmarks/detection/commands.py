"""`coach bench detection`: what the text model finds and misses, set by set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, is_dataclass
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from benchmarks.accuracy_report import MODEL
from benchmarks.dataset import harper_valley
from benchmarks.detection import measure, sets
from benchmarks.detection.heard import calls_heard
from benchmarks.detection.near import nearest
from benchmarks.detection.report import print_detection, print_targets
from benchmarks.detection.targets import targets
from benchmarks.progress import progress, tell
from benchmarks.report import OUT, write_json
from benchmarks.surroundings import surroundings
from coach.demo.listening import listening, spoken_again
from coach.machine import cores
from models.text import THRESHOLDS, WEIGHTS, Read, TextModel
from models.text_input import Said
from models.text_labels import EVENT
from models.thresholds import Threshold, read_thresholds
from models.weights import folder as weights_of
from models.whisper import Whisper

TIMED = 200
"""Utterances that are timed, each by itself."""
COPIED = 0.5
"""A test line that shares so much with a line that was learnt is told."""


def bench_detection(*, weights: Path | None = None, quick: bool = False, out: Path = OUT) -> bool:
    """Measures, prints tables and writes JSON; whether every target is met.

    `weights`: folder of a model, the shipped one if none; `quick`: without what must be heard
    first, which takes minutes. Raises DatasetMissing, OSError, RuntimeError without flite.
    """
    folder = weights or WEIGHTS
    model = TextModel(folder)
    thresholds = read_thresholds(folder / THRESHOLDS)
    found = _texts(model, thresholds)
    if not quick:
        found |= _hearing(model, thresholds)
    console, wanted = Console(), targets(found)
    print_detection(console, found)
    print_targets(console, wanted)
    body = {name: _body(each) for name, each in found.items()}
    body["targets"] = [_body(each) for each in wanted]
    tell(write_json(out, "detection", {**surroundings(), **body}))
    return all(each.met for each in wanted)


def _texts(model: TextModel, thresholds: Mapping[str, Threshold]) -> dict[str, Any]:
    """Of all sets of texts."""
    lines, calls = sets.spoken(), sets.calm()
    written = {"PsyTAR test": sets.psytar(), "ADE corpus": sets.ade()}
    patients = {"PriMock57": sets.consultations(), "MTS-Dialog": sets.dialogues()}
    said = {
        "spoken": [line.said for line in lines],
        "calm": [each for call in calls for each in call],
        **{name: [each for each, _ in pairs] for name, pairs in written.items()},
        **patients,
    }
    told = _read(model, said)
    return {
        "written": {
            name: measure.written([yes for _, yes in pairs], told[name])
            for name, pairs in written.items()
        },
        "spoken": measure.spoken(lines, told["spoken"], thresholds),
        "calm": measure.calm(calls, told["calm"], thresholds),
        "patients": {name: measure.alerts(told[name], thresholds[EVENT]) for name in patients},
        "seconds": _spread(measure.seconds(model.read, said["spoken"][:TIMED])),
        "near": _near([each.turn.text for each in said["spoken"]]),
    }


def _hearing(model: TextModel, thresholds: Mapping[str, Threshold]) -> dict[str, Any]:
    """Of what our own hearing leaves: the adverse events of the spoken set, and the bank calls."""
    calls = harper_valley()
    events = [line.said for line in sets.spoken() if line.labels[EVENT]]
    listen = listening(Whisper(str(weights_of(MODEL))).decode)
    with progress() as bar:
        task = bar.add_task("hearing", total=len(events) + len(calls))
        on: Callable[[int], None] = lambda count: bar.advance(task, count)  # noqa: E731
        heard = spoken_again(events, listen, cores(), on)
        bank = [each for call in calls_heard(calls, listen, on) for each in call]
    told = _read(model, {"written": events, "heard": heard, "bank": bank})
    return {
        "heard": measure.loss(told["written"], told["heard"], thresholds[EVENT]),
        "bank": measure.shown(bank, told["bank"], thresholds),
    }


def _read(model: TextModel, said: dict[str, list[Said]]) -> dict[str, list[Read]]:
    """What the model says of every set, with a bar."""
    with progress() as bar:
        task = bar.add_task("reading", total=sum(map(len, said.values())))
        on: Callable[[int], None] = lambda count: bar.advance(task, count)  # noqa: E731
        return {name: measure.read_all(model.read, each, on) for name, each in said.items()}


def _spread(seconds: list[float]) -> dict[str, float]:
    p50, p95 = np.percentile(seconds, [50, 95])
    return {"p50": float(p50), "p95": float(p95)}


def _near(test: list[str]) -> dict[str, float]:
    """How near the test lines come to the lines that were learnt."""
    from models.training.lines import read_lines

    found = np.array(nearest(test, (each.said.turn.text for each in read_lines())))
    p50, p95 = np.percentile(found, [50, 95])
    copied = float((found >= COPIED).mean())
    return {"p50": float(p50), "p95": float(p95), "most": float(found.max()), "copied": copied}


def _body(found: Any) -> Any:
    """As JSON; what is not known is null."""
    if is_dataclass(found) and not isinstance(found, type):
        found = asdict(found)
    if isinstance(found, dict):
        return {name: _body(each) for name, each in found.items()}
    if isinstance(found, list | tuple):
        return [_body(each) for each in found]
    return None if isinstance(found, float) and isnan(found) else found
