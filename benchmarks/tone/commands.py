"""`coach bench tone`: the tone model and its fallback on acted clips and on ordinary calls."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from benchmarks.dataset import data_folder, harper_valley
from benchmarks.detection.report import print_targets
from benchmarks.progress import progress, tell
from benchmarks.report import OUT, write_json
from benchmarks.surroundings import surroundings
from benchmarks.tone.calls import listen
from benchmarks.tone.measure import measure
from benchmarks.tone.report import print_tone
from benchmarks.tone.targets import targets
from models.tone_model import WEIGHTS, ToneModel
from models.training.tone_clips import read_clips
from models.training.tone_heard import hear_clips
from models.training.tone_rows import acted
from models.training.tone_validate import validate


def bench_tone(*, weights: Path | None = None, out: Path = OUT) -> bool:
    """Measures, prints tables and writes JSON; whether every target is met.

    `weights`: folder of a model for the ordinary calls, the shipped one if none; what is told of
    acted clips is learnt anew each time without their speakers. Raises DatasetMissing, OSError,
    weights.MissingWeights.
    """
    model, calls = ToneModel(weights or WEIGHTS), harper_valley()
    clips = read_clips(data_folder())
    with progress() as bar:
        task = bar.add_task("ordinary calls", total=1.0)

        def at(what: str, share: float) -> None:
            bar.update(task, description=what, completed=share)

        heard_calls = listen(calls, model, at)
        of = acted(clips, hear_clips(clips, at))
        found = measure(of, validate(of, at))
    console, wanted = Console(), targets(found, heard_calls)
    print_tone(console, found, heard_calls)
    print_targets(console, wanted)
    body = {
        "acted": {corpus: asdict(each) for corpus, each in found.items()},
        "calls": asdict(heard_calls),
        "targets": [asdict(each) for each in wanted],
    }
    tell(write_json(out, "tone", {**surroundings(), **body}))
    return all(each.met for each in wanted)
