"""`coach bench pacing`: how near the heard rate comes to the spoken one, set by set."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

from rich.console import Console

from benchmarks.detection.report import print_targets
from benchmarks.detection.scores import Figure
from benchmarks.detection.targets import Target
from benchmarks.pacing.measure import Figures, Read, figures, reads, seconds_a_second
from benchmarks.pacing.sets import Recorded, calls, clips, with_words
from benchmarks.progress import progress, tell
from benchmarks.report import OUT, print_table, write_json
from benchmarks.surroundings import surroundings
from models.pacing_model import WEIGHTS, PacingModel
from models.weights import folder

WHISPER = "whisper-base"
"""The model of the manifest that times LJSpeech's words."""
CALLS = 0.10
CLIPS = 0.08
SECONDS = 0.001
CALLS_SET, CLIPS_SET = "Harper Valley", "LJSpeech"
WORDS_SET = "Harper Valley, with the words shown by then"
FIRST = "first 2 s"
LONG = 4.0
"""Seconds of the longer windows."""

Found = Mapping[str, Mapping[str, Figures]]
"""By set, and by what a window is."""


def bench_pacing(
    *, weights: Path | None = None, recordings: Path | None = None, out: Path = OUT
) -> bool:
    """Measures, prints tables and writes JSON; whether every target is met.

    `weights`: folder of a model, the shipped one if none; `recordings`: of the live calls whose
    words are to count, too. Raises DatasetMissing, MissingWeights.
    """
    model = PacingModel(weights or WEIGHTS)
    sets = {CALLS_SET: list(calls()), CLIPS_SET: list(clips(folder(WHISPER)))}
    if recordings:
        sets[WORDS_SET] = [with_words(each, recordings) for each in sets[CALLS_SET]]
    with progress() as bar:
        task = bar.add_task("listening", total=sum(map(len, sets.values())))
        read = {name: _read(model, each, partial(bar.advance, task)) for name, each in sets.items()}
    found = {
        name: {part: figures(reads) for part, reads in parts.items() if len(reads) > 1}
        for name, parts in read.items()
    }
    longest = max(sets[CALLS_SET], key=lambda each: len(each.samples))
    cost = seconds_a_second(model, longest.samples)
    wanted = [
        _at_most(CALLS_SET, found, CALLS),
        *([_at_most(WORDS_SET, found, CALLS)] if recordings else ()),
        _at_most(CLIPS_SET, found, CLIPS),
        Target("CPU seconds a second of audio", f"at most {SECONDS:g}", cost, cost <= SECONDS),
    ]
    console = Console()
    _print(console, found)
    print_targets(console, wanted)
    body = {
        **surroundings(),
        "cpu_seconds_a_second": cost,
        "sets": {
            name: {part: asdict(each) for part, each in parts.items()}
            for name, parts in found.items()
        },
        "targets": [asdict(each) for each in wanted],
        "windows": {
            name: {part: [asdict(each) for each in reads] for part, reads in parts.items()}
            for name, parts in read.items()
        },
    }
    tell(write_json(out, "pacing", body))
    return all(each.met for each in wanted)


def _read(
    model: PacingModel, recorded: Sequence[Recorded], on: Callable[[], None]
) -> dict[str, list[Read]]:
    """The windows of a set, by what they are."""
    found: dict[str, list[Read]] = {FIRST: [], "later 2 s": [], "first 4 s": []}
    for each in recorded:
        for read in reads(model, each):
            found[FIRST if read.first else "later 2 s"].append(read)
        found["first 4 s"] += [read for read in reads(model, each, LONG) if read.first]
        on()
    return found


def _print(console: Console, found: Found) -> None:
    rows = [
        [
            f"{name}, {part}",
            str(each.error.count),
            str(each.groups),
            _told(each.error),
            _told(each.bias),
            f"{each.correlation:.2f}",
        ]
        for name, parts in found.items()
        for part, each in parts.items()
    ]
    columns = ["", "windows", "of", "median error", "median, signed", "correlation"]
    print_table(console, "Syllables a second, heard against spoken", columns, rows)


def _told(figure: Figure) -> str:
    return f"{figure.value:.1%} ({figure.low:.1%} to {figure.high:.1%})"


def _at_most(name: str, found: Found, wanted: float) -> Target:
    got = found[name][FIRST].error.value
    return Target(f"{name}, 2 s after speech starts", f"at most {wanted:g}", got, got <= wanted)
