"""Tables of what a detector finds and misses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console

from benchmarks.detection.measure import Calm, Label, Loss, Shown, Spoken, Written
from benchmarks.detection.scores import Figure
from benchmarks.detection.targets import Target
from benchmarks.report import print_table

THOUSAND = 1000


def print_detection(console: Console, found: Mapping[str, Any]) -> None:
    """All tables."""
    _print_written(console, found["written"])
    _print_spoken(console, found["spoken"])
    _print_calm(console, found["calm"], found["patients"])
    if "heard" in found:
        _print_hearing(console, found["heard"], found["bank"])
    seconds, near = found["seconds"], found["near"]
    console.print(
        f"an utterance takes p50 {seconds['p50'] * THOUSAND:.1f} ms, "
        f"p95 {seconds['p95'] * THOUSAND:.1f} ms on one core; of a spoken line's runs of three "
        f"words p50 {near['p50']:.0%}, p95 {near['p95']:.0%}, at most {near['most']:.0%} stand in "
        "any one line that was learnt"
    )


def print_targets(console: Console, wanted: Sequence[Target]) -> None:
    """What is wanted, what was got."""
    rows = [
        [each.name, each.wanted, f"{each.got:.3f}", "met" if each.met else "MISSED"]
        for each in wanted
    ]
    print_table(console, "Targets", ["", "wanted", "got", ""], rows)


def _print_written(console: Console, found: Mapping[str, Written]) -> None:
    rows = [
        [name, str(each.auc.count), _told(each.auc, 3), _told(each.f1, 3), _told(each.precision, 2)]
        for name, each in found.items()
    ]
    columns = ["", "count", "AUC", "F1", "precision at recall 0.95"]
    print_table(console, "Adverse events in written sentences", columns, rows)


def _print_spoken(console: Console, found: Spoken) -> None:
    rows = [_label(name, each) for name, each in found.labels.items()]
    columns = ["", "count", "AUC", "live recall", "live precision", "review recall"]
    print_table(console, "Spoken lines, by what they tell", columns, rows)
    console.print(
        f"serious events queued: {_told(found.serious, 3)} of {found.serious.count}"
        f"{' (missed: ' + ', '.join(found.missed) + ')' if found.missed else ''}; "
        f"self-harm or emergency alerted: {_told(found.dangers, 3)} of {found.dangers.count}; "
        f"shown live where nothing is reportable: {_told(found.false_live, 3)} "
        f"of {found.false_live.count}; spans by overlap, F1: "
        + ", ".join(f"{kind} {f1:.2f}" for kind, f1 in found.spans.items())
    )


def _label(name: str, found: Label) -> list[str]:
    return [
        name.replace("_", " "),
        str(found.live.count),
        f"{found.auc:.3f}",
        _told(found.live, 2),
        _told(found.precise, 2),
        _told(found.review, 2),
    ]


def _print_calm(console: Console, found: Calm, patients: Mapping[str, Figure]) -> None:
    console.print(
        f"calls without anything reportable ({found.queued.count}): {_told(found.queued, 2)} have "
        f"a line queued, {_told(found.live, 2)} show something live, "
        f"{_told(found.alerted, 2)} alert"
    )
    for name, each in patients.items():
        console.print(
            f"{name}: {each.value * THOUSAND:.1f} live adverse events a thousand utterances of "
            f"patients ({each.low * THOUSAND:.1f} to {each.high * THOUSAND:.1f}; {each.count})"
        )


def _print_hearing(console: Console, heard: Loss, bank: Sequence[Shown]) -> None:
    for tier, (written, left) in (("live", heard.live), ("review", heard.review)):
        console.print(
            f"adverse events spoken by a voice ({written.count}), {tier}: recall "
            f"{_told(left, 3)} as they were heard, {_told(written, 3)} as they were written"
        )
    console.print(f"bank calls: {len(bank)} shown live" + (":" if bank else ""))
    for each in bank:
        console.print(f"  {each.label} {each.p:.2f}: {each.text}", highlight=False)


def _told(figure: Figure, digits: int) -> str:
    return f"{figure.value:.{digits}f} ({figure.low:.{digits}f} to {figure.high:.{digits}f})"
