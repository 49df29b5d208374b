"""Tables of how well tone is told."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from rich.console import Console

from benchmarks.detection.scores import Figure
from benchmarks.report import print_table
from benchmarks.tone.calls import Calls, Labels
from benchmarks.tone.measure import WAYS, CorpusFigures
from models.training.tone_clips import Corpus
from models.training.tone_rows import LEAD

TITLES = {
    "unseen": "unseen speakers",
    "hissing": "with hiss",
    "across": "other corpus",
    "fallback": "fallback",
}
"""Of WAYS."""
THOUSAND = 1000


def print_tone(console: Console, acted: Mapping[Corpus, CorpusFigures], calls: Calls) -> None:
    """All tables."""
    rows = [
        [f"{corpus}, {score}", str(ways["unseen"].count), *(_told(ways.get(way)) for way in WAYS)]
        for corpus, found in acted.items()
        for score, ways in found.auc.items()
    ]
    title = (
        f"Tone of acted clips over a telephone line, after {LEAD:.0f} s of the speaker's neutral "
        "speech: AUC (95 % by speaker)"
    )
    print_table(console, title, ["", "clips", *(TITLES[way] for way in WAYS)], rows)
    for corpus, found in acted.items():
        console.print(_more(corpus, found), highlight=False)
    _print_calls(console, calls)


def _more(corpus: Corpus, found: CorpusFigures) -> str:
    unsure = found.unsure
    fearful = f"; fearful against the calm: {_told(found.fearful)}" if found.fearful else ""
    return (
        f"{corpus} ({found.clips} clips, {found.speakers} speakers): men less women "
        f"{_told(found.sexes)}; activation on its side {unsure.all:.3f}, without the least "
        f"confident tenth {unsure.kept:.3f} (better by {_told(unsure.better)}; AUC "
        f"{unsure.auc:.3f}), that tenth {unsure.dropped:.3f}; angry clips as tense as a label "
        f"wants: {_told(found.tense)} of {found.tense.count}, others: {_told(found.falsely)} of "
        f"{found.falsely.count}, neutral, calm and sad ones: {_told(found.calmly)} of "
        f"{found.calmly.count}{fearful}"
    )


def _print_calls(console: Console, calls: Calls) -> None:
    for name, told in (("model", calls.model), ("fallback", calls.fallback)):
        console.print(f"ordinary calls, {calls.sides} sides, {name}: {_labels(told)}")
    encode, beyond = (
        np.percentile(np.array(each) * THOUSAND, [50, 95]) for each in (calls.encode, calls.beyond)
    )
    console.print(
        f"a window: encoder p50 {encode[0]:.1f} ms, p95 {encode[1]:.1f} ms; beyond it p50 "
        f"{beyond[0]:.2f} ms, p95 {beyond[1]:.2f} ms on one core"
    )


def _labels(told: Labels) -> str:
    windows = ", ".join(f"{count} {label}" for label, count in told.windows.items())
    return (
        f"{windows}; tense or distressed {told.strained}; as tense as a label wants, certain or "
        f"not, {told.high}"
    )


def _told(figure: Figure | None) -> str:
    if figure is None:
        return ""
    return f"{figure.value:.3f} ({figure.low:.3f} to {figure.high:.3f})"
