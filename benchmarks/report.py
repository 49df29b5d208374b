"""What a benchmark leaves: a table for people, JSON for machines, a picture for both."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from rich.console import Console
from rich.table import Table

from benchmarks.latency import TARGET_P50, TARGET_P95

OUT = Path("benchmarks") / "out"
"""Where results go unless told otherwise; not under version control."""


def write_json(out: Path, name: str, body: Mapping[str, Any]) -> Path:
    """Writes `name`.json to `out` and returns it."""
    out.mkdir(parents=True, exist_ok=True)
    file = out / f"{name}.json"
    file.write_text(json.dumps(body, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return file


def print_table(
    console: Console, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]
) -> None:
    """A table whose first column is text and whose others are figures."""
    table = Table(title=title, title_justify="left")
    for i, column in enumerate(columns):
        table.add_column(column, justify="left" if i == 0 else "right")
    for row in rows:
        table.add_row(*row)
    console.print(table)


def draw_latency(out: Path, series: Mapping[str, Sequence[float]]) -> Path:
    """The share of words and finals that came within a time, as latency.png."""
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.subplots()
    for name, values in series.items():
        if values:
            share = [100 * (i + 1) / len(values) for i in range(len(values))]
            axes.step(sorted(values), share, where="post", label=f"{name} ({len(values)})")
    for second, percent in ((TARGET_P50, 50), (TARGET_P95, 95)):
        axes.plot([second], [percent], "k+", markersize=12)
        axes.annotate(f"target p{percent}", (second, percent), xytext=(6, -12),
                      textcoords="offset points", fontsize=8)  # fmt: skip
    axes.set(xlabel="seconds", ylabel="share within, %", title="Latency", ylim=(0, 101))
    axes.set_xlim(left=min(0.0, axes.get_xlim()[0]))
    axes.grid(alpha=0.3)
    if any(series.values()):
        axes.legend(loc="lower right")
    return save(figure, out / "latency.png")


def draw_accuracy(out: Path, rates: Mapping[str, tuple[float, float]]) -> Path:
    """Error rates of finals and reference side by side for each call, as accuracy.png."""
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.subplots()
    places = range(len(rates))
    for shift, label, which in ((-0.2, "finals", 0), (0.2, "offline reference", 1)):
        heights = [100 * pair[which] for pair in rates.values()]
        axes.bar([place + shift for place in places], heights, width=0.4, label=label)
    axes.set_xticks(list(places), [name[:8] for name in rates], rotation=30)
    axes.set(ylabel="word error rate, %", title="Accuracy by call")
    axes.legend()
    return save(figure, out / "accuracy.png")


def save(figure: Figure, file: Path) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=120)
    return file
