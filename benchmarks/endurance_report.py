"""`coach bench endurance`: a table of spans, JSON and a picture."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path

from matplotlib.figure import Figure
from rich.console import Console

from benchmarks.dataset import harper_valley
from benchmarks.endurance import (
    GROWTH,
    SLOWER,
    Endurance,
    Span,
    chained,
    compared,
    record_long,
    spans,
)
from benchmarks.latency import percentiles
from benchmarks.progress import call_progress, tell
from benchmarks.report import print_table, save, write_json
from benchmarks.surroundings import surroundings

MINUTE = 60.0


def bench_endurance(*, out: Path, minutes: float, calls: Iterable[str] = ()) -> bool:
    """Feeds one call of so many minutes and prints how each five of them went.

    Whether the last are as good as the first. Raises DatasetMissing, ServerFailed, ReplayError.
    """
    call = chained(harper_valley(calls), minutes * MINUTE)
    with call_progress({call.name: call.seconds}) as at:
        recording, looks = asyncio.run(record_long(call, on_progress=at))
    found = spans(call, recording, looks)
    result = compared(found)
    print_spans(Console(), found, result)
    report = {
        **surroundings(),
        "seconds": call.seconds,
        "limits": {"slower": SLOWER, "growth_bytes": GROWTH},
        "slower": result.slower,
        "growth_bytes": result.growth,
        "passed": result.passed,
        "feeder_max_late": recording.max_late,
        "spans": [span.body() for span in found],
    }
    tell(write_json(out, "endurance", report), draw_endurance(out, found))
    return result.passed


def print_spans(console: Console, found: Sequence[Span], result: Endurance) -> None:
    """A row a span, and the last against the first."""
    columns = ["minutes", "words", "shown p50", "shown p95", "finals p95", "CPU", "MiB"]
    print_table(console, "One long call; seconds", columns, [_row(span) for span in found])
    slower = "unknown" if result.slower is None else f"{result.slower:.2f}"
    growth = "unknown" if result.growth is None else f"{result.growth / 2**20:+.0f} MiB"
    console.print(
        f"last against first: words shown p95 {slower} times (at most {SLOWER:g}), memory "
        f"{growth} (at most {GROWTH / 2**20:.0f}): {'met' if result.passed else 'MISSED'}",
        highlight=False,
    )


def _row(span: Span) -> list[str]:
    series = span.latencies.series()
    finals = percentiles(series["finals"])
    return [
        f"{span.start / MINUTE:.1f} to {span.end / MINUTE:.1f}",
        str(len(series["words shown"])),
        *(f"{span.shown[p]:.2f}" if span.shown else "" for p in ("p50", "p95")),
        f"{finals['p95']:.2f}" if finals else "",
        f"{span.cpu:.2f}" if span.cpu is not None else "",
        f"{span.rss / 2**20:.0f}" if span.rss is not None else "",
    ]


def draw_endurance(out: Path, found: Sequence[Span]) -> Path:
    """Words shown and memory over the call's minutes, as endurance.png."""
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.subplots()
    told = [span for span in found if span.shown]
    middles = [(span.start + span.end) / 2 / MINUTE for span in told]
    for name in ("p50", "p95"):
        axes.plot(middles, [span.shown[name] for span in told], marker="o", label=name)
    axes.set(xlabel="minute of the call", ylabel="words shown after, seconds")
    axes.set_title("One long call")
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    axes.legend(loc="lower left")
    known = [span for span in found if span.rss is not None]
    memory = axes.twinx()
    memory.plot(
        [(span.start + span.end) / 2 / MINUTE for span in known],
        [(span.rss or 0.0) / 2**20 for span in known],
        color="grey",
        linestyle=":",
        label="memory",
    )
    memory.set(ylabel="MiB resident")
    memory.set_ylim(bottom=0)
    memory.legend(loc="lower right")
    return save(figure, out / "endurance.png")
