"""Loads as people read them: a table and a curve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure
from rich.console import Console

from benchmarks.capacity import LIMIT, Load, capacity
from benchmarks.latency import PERCENTILES, percentiles
from benchmarks.report import print_table, save

CALLS = "two-sided calls"
STREAMS = "one-sided streams"
"""What there may be so many of at once."""


def print_loads(
    console: Console, loads: Sequence[Load], what: str = CALLS, system: str = ""
) -> None:
    """A row a load, and what is carried. `system` names it where there are two."""
    title = f"{what.capitalize()} at once; words shown, seconds"
    points = [f"p{p}" for p in PERCENTILES]
    print_table(
        console,
        f"{system}: {title}" if system else title,
        ["at once", "words", *points, "finals", "CPU", "MiB", "delay"],
        [_row(load) for load in loads],
    )
    console.print(
        f"carried: {capacity(loads)} {what} at once, words shown p95 at most {LIMIT:g} s. "
        "words: shown of those timed; finals: p95; CPU: seconds a call second; delay: events "
        "that say so.",
        highlight=False,
    )


def print_versus(console: Console, found: Mapping[str, Sequence[Load]], what: str) -> None:
    """What each of two systems carries, ours first. One that carries none counts as one."""
    (ours, mine), (peer, theirs) = ((name, capacity(loads)) for name, loads in found.items())
    counted = "" if theirs else ", which counts as 1"
    console.print(
        f"{what} carried: {ours} {mine}, {peer} {theirs}{counted}: "
        f"{mine / max(theirs, 1):.1f} times as many",
        highlight=False,
    )


def draw_capacity(
    out: Path, name: str, found: Mapping[str, Sequence[Load]], what: str = CALLS
) -> Path:
    """Percentiles of words shown against the number at once, as `name`.png; of two systems the
    95th alone."""
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.subplots()
    points = ("p50", "p95", "p99") if len(found) == 1 else ("p95",)
    for system, loads in found.items():
        told = [load for load in loads if load.shown]
        for point in points:
            label = point if len(found) == 1 else f"{system}, {point}"
            seconds = [load.shown[point] for load in told]
            axes.plot([load.calls for load in told], seconds, marker="o", label=label)
    axes.axhline(LIMIT, color="black", linewidth=0.8, linestyle="--", label="limit of p95")
    axes.set_xticks(sorted({load.calls for loads in found.values() for load in loads}))
    axes.set(xlabel=f"{what} at once", ylabel="words shown after, seconds", title="Capacity")
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    axes.legend(loc="best")
    return save(figure, out / f"{name}.png")


def _row(load: Load) -> list[str]:
    finals = percentiles(load.latencies.series()["finals"])
    shown = [f"{load.shown[f'p{p}']:.2f}" if load.shown else "" for p in PERCENTILES]
    cpu = f"{load.cpu:.2f}" if load.cpu is not None else ""
    memory = f"{load.usage.rss / 2**20:.0f}" if load.usage else ""
    timed = len(load.latencies.words)
    return [
        str(load.calls),
        f"{timed - len(load.latencies.missing)}/{timed}",
        *shown,
        f"{finals['p95']:.2f}" if finals else "",
        cpu,
        memory,
        str(load.delays),
    ]
