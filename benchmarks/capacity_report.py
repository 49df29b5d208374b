"""Loads as people read them: a table and a curve."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure
from rich.console import Console

from benchmarks.capacity import LIMIT, Load, capacity
from benchmarks.latency import PERCENTILES, percentiles
from benchmarks.report import print_table, save


def print_loads(console: Console, loads: Sequence[Load]) -> None:
    """A row a load, and what is carried."""
    shown = [f"shown p{p}" for p in PERCENTILES]
    print_table(
        console,
        "Calls at once; seconds",
        ["calls", "words", *shown, "finals p95", "CPU", "MiB", "delay"],
        [_row(load) for load in loads],
    )
    console.print(
        f"carried: {capacity(loads)} two-sided calls at once, words shown p95 at most {LIMIT:g} s. "
        "CPU: seconds a call second; delay: events that say so.",
        highlight=False,
    )


def draw_capacity(out: Path, loads: Sequence[Load]) -> Path:
    """Percentiles of words shown against the number of calls at once, as capacity.png."""
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.subplots()
    told = [load for load in loads if load.shown]
    for name in ("p50", "p95", "p99"):
        places = [load.calls for load in told]
        axes.plot(places, [load.shown[name] for load in told], marker="o", label=name)
    axes.axhline(LIMIT, color="black", linewidth=0.8, linestyle="--", label="limit of p95")
    axes.set_xticks([load.calls for load in loads])
    axes.set(xlabel="calls at once", ylabel="words shown after, seconds", title="Capacity")
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    axes.legend(loc="best")
    return save(figure, out / "capacity.png")


def _row(load: Load) -> list[str]:
    finals = percentiles(load.latencies.series()["finals"])
    shown = [f"{load.shown[f'p{p}']:.2f}" if load.shown else "" for p in PERCENTILES]
    cpu = f"{load.cpu:.2f}" if load.cpu is not None else ""
    memory = f"{load.usage.rss / 2**20:.0f}" if load.usage else ""
    words = str(len(load.latencies.series()["words shown"]))
    return [
        str(load.calls),
        words,
        *shown,
        f"{finals['p95']:.2f}" if finals else "",
        cpu,
        memory,
        str(load.delays),
    ]
