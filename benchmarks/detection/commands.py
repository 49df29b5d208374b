"""`coach bench detection`: what the text model finds and misses, set by set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, is_dataclass
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from benchmarks.detection import measure, sets
from benchmarks.detection.near import nearest
from benchmarks.detection.report import print_detection, print_targets
from benchmarks.detection.targets import targets
from benchmarks.progress import progress, tell
from benchmarks.report import OUT, write_json
from benchmarks.surroundings import surroundings
from models.text import THRESHOLDS, WEIGHTS, Read, TextModel
from models.text_input import Said
from models.thresholds import read_thresholds

TIMED = 200
"""Utterances that are timed, each by itself."""
COPIED = 0.5
"""A test line that shares so much with a line that was learnt is told."""


def bench_detection(*, weights: Path | None = None, out: Path = OUT) -> bool:
    """Measures, prints tables and writes JSON; whether every target is met.

    `weights`: folder of a model, the shipped one if none. Raises DatasetMissing, OSError.
    """
    folder = weights or WEIGHTS
    model = TextModel(folder)
    thresholds = read_thresholds(folder / THRESHOLDS)
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
    spoken = measure.spoken(lines, told["spoken"], thresholds)
    found: dict[str, Any] = {
        "written": {
            name: measure.written([yes for _, yes in pairs], told[name])
            for name, pairs in written.items()
        },
        "spoken": spoken,
        "calm": measure.calm(calls, told["calm"], thresholds),
        "patients": {
            name: measure.alerts(told[name], thresholds[measure.EVENT]) for name in patients
        },
        "seconds": _spread(measure.seconds(model.read, said["spoken"][:TIMED])),
        "near": _near([each.turn.text for each in said["spoken"]]),
    }
    console, wanted = Console(), targets(found)
    print_detection(console, found)
    print_targets(console, wanted)
    body = {name: _body(each) for name, each in found.items()}
    body["targets"] = [_body(each) for each in wanted]
    tell(write_json(out, "detection", {**surroundings(), **body}))
    return all(each.met for each in wanted)


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
    return None if isinstance(found, float) and isnan(found) else found
