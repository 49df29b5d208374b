"""What `coach bench nudges` leaves: a table by rule, what was missed or unexpected, a picture."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from rich.console import Console

from benchmarks.nudges import TARGET_P50, TARGET_P95, Answer, Delays, summary
from benchmarks.report import print_table
from benchmarks.watched import Seen

COLUMNS = ("count", "p50", "p95", "worst", "missed", "early")


def total(seen: Sequence[Seen]) -> Delays:
    """The delays of all calls together."""
    return sum((one.delays for one in seen), Delays())


def print_nudges(console: Console, seen: Sequence[Seen]) -> None:
    """The table by rule, then by name what was missed, unexpected, or came and was fitting."""
    delays = total(seen)
    rows = [_row(rule, answers) for rule, answers in delays.by_rule().items()]
    rows.append(_row("all", delays.answers))
    print_table(console, "Nudges, seconds from due to painted", ["", *COLUMNS], rows)
    lines = [
        *(f"missed      {a.call} at {a.due:.1f} s: {a.rule} after “{a.word}”"
          for a in delays.missed),
        *(f"unexpected  {e.call} at {e.at:.1f} s: {e.rule}: {_short(e.text)}"
          for e in delays.unexpected),
        *(f"fitting     {e.call} at {e.at:.1f} s: {e.rule}: {_short(e.text)}"
          for e in delays.fitting),
        f"nudges p50 at most {TARGET_P50} s, p95 at most {TARGET_P95} s, a missed one counted as "
        f"endless: {'met' if delays.passed else 'MISSED'}. {len(delays.unexpected)} unexpected in "
        f"{len(seen)} calls. The feeder was late by {max_late(seen):.3f} s at most.",
    ]  # fmt: skip
    for line in lines:
        console.print(line, highlight=False, markup=False)


def body(seen: Sequence[Seen]) -> dict[str, Any]:
    """All of it, as JSON."""
    delays = total(seen)
    return {
        "targets": {"p50": TARGET_P50, "p95": TARGET_P95},
        "passed": delays.passed,
        "seconds": {
            "all": summary(delays.answers),
            **{rule: summary(answers) for rule, answers in delays.by_rule().items()},
        },
        "feeder_max_late": max_late(seen),
        "missed": [dataclasses.asdict(answer) for answer in delays.missed],
        "unexpected": [dataclasses.asdict(extra) for extra in delays.unexpected],
        "fitting": [dataclasses.asdict(extra) for extra in delays.fitting],
        "each_due": [dataclasses.asdict(answer) for answer in delays.answers],
        "finals": {one.call: list(one.finals) for one in seen},
    }


def draw_nudges(out: Path, delays: Delays) -> Path:
    """Every delay as a dot in its rule's row, with the targets, as nudges.png."""
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.subplots()
    rules = list(delays.by_rule().items())
    for row, (_, answers) in enumerate(rules):
        shown = [answer.delay for answer in answers if answer.delay is not None]
        axes.plot(shown, [row] * len(shown), "o", alpha=0.6)
        if missed := len(answers) - len(shown):
            axes.annotate(f"{missed} missed", (1.0, row), xycoords=("axes fraction", "data"),
                          xytext=(-6, 4), textcoords="offset points", ha="right")  # fmt: skip
    for name, second in (("p50", TARGET_P50), ("p95", TARGET_P95)):
        axes.axvline(second, color="0.5", linestyle="--", linewidth=1)
        axes.annotate(f"target {name}", (second, 1.0), xycoords=("data", "axes fraction"),
                      xytext=(3, -12), textcoords="offset points", fontsize=8)  # fmt: skip
    axes.set_yticks(range(len(rules)), [rule for rule, _ in rules])
    axes.set(xlabel="seconds from due to painted", title="Nudges")
    axes.set_ylim(-0.7, max(len(rules), 1) - 0.3)
    axes.set_xlim(min(0.0, axes.get_xlim()[0]), max(2.5, axes.get_xlim()[1]))
    axes.grid(alpha=0.3, axis="x")
    out.mkdir(parents=True, exist_ok=True)
    file = out / "nudges.png"
    figure.savefig(file, dpi=120)
    return file


def max_late(seen: Sequence[Seen]) -> float:
    """The feeder's worst lateness, seconds."""
    return max((one.max_late for one in seen), default=0.0)


def _row(name: str, answers: Sequence[Answer]) -> list[str]:
    figures = summary(answers)
    return [name, *(_figure(figures[column]) for column in COLUMNS)]


def _figure(value: float | int | None) -> str:
    if value is None:
        return "never"
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _short(text: str) -> str:
    return " / ".join(text.split("\n"))[:100]
