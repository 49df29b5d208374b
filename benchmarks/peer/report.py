"""Two systems as people read them: a table with ratios, and the distributions side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure
from rich.console import Console

from benchmarks.latency import PERCENTILES
from benchmarks.peer.versus import CPU_TIMES, SHOWN_TIMES, Measured, Versus
from benchmarks.report import print_table, save

POINTS = [f"p{p}" for p in PERCENTILES]


def print_versus(console: Console, versus: Versus) -> None:
    """Ours, the peer's, and how many times lower ours is."""
    cells = [_cell(versus.times(point)) for point in POINTS]
    print_table(
        console,
        f"{versus.what.capitalize()}; words shown, seconds",
        ["", "words", *POINTS, "wrong", "CPU", "MiB"],
        [
            _row(versus.ours),
            _row(versus.peer),
            ["times lower", "", *cells, "", _cell(versus.cpu_times), ""],
        ],
    )
    late = max(versus.ours.max_late, versus.peer.max_late)
    console.print(
        f"p95 {_verdict(versus.times(), SHOWN_TIMES[versus.what], 'no word was shown')}; "
        f"CPU {_verdict(versus.cpu_times, CPU_TIMES, 'whose process it is, --peer-pid says')}. "
        "words: shown of those timed; wrong: word error rate at the end; CPU: seconds a call "
        f"second. The feeder was late by {late:.3f} s at most.",
        highlight=False,
    )


def draw_versus(out: Path, name: str, found: Sequence[Versus]) -> Path:
    """The share of words shown within a time, both systems in a picture each way of feeding."""
    figure = Figure(figsize=(5 * len(found), 4.5), layout="constrained")
    for axes, versus in zip(figure.subplots(1, len(found), squeeze=False)[0], found, strict=True):
        for system in (versus.ours, versus.peer):
            values = sorted(system.latencies.series()["words shown"])
            share = [100 * (i + 1) / len(values) for i in range(len(values))]
            label = f"{system.system} ({len(values)}, {len(system.latencies.missing)} never)"
            axes.step(values, share, where="post", label=label)
        axes.axhline(95, color="black", linewidth=0.8, linestyle="--")
        axes.set(xlabel="words shown after, seconds", ylabel="share within, %", ylim=(0, 101))
        axes.set_title(versus.what.capitalize())
        axes.grid(alpha=0.3)
        axes.legend(loc="lower right")
    return save(figure, out / f"{name}.png")


def _row(system: Measured) -> list[str]:
    timed, missing = len(system.latencies.words), len(system.latencies.missing)
    return [
        system.system,
        f"{timed - missing}/{timed}",
        *(_cell(system.shown.get(point)) for point in POINTS),
        f"{system.wrong:.1%}",
        _cell(system.cpu),
        f"{system.use['rss_bytes'] / 2**20:.0f}" if system.use else "",
    ]


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _verdict(times: float | None, wanted: float, unknown: str) -> str:
    if times is None:
        return f"at least {wanted:g} times lower: unknown ({unknown})"
    return f"at least {wanted:g} times lower: {'met' if times >= wanted else 'MISSED'}"
