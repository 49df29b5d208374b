"""Loads as people read them: a table and a curve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure
from rich.console import Console

from benchmarks.latency import PERCENTILES, percentiles
from benchmarks.load.aftermath import Aftermath
from benchmarks.load.capacity import LIMIT, Load, capacity
from benchmarks.load.recovery import WITHIN
from benchmarks.loop_lag import described
from benchmarks.report import print_table, save

CALLS = "two-sided calls"
STREAMS = "one-sided streams"
"""What there may be so many of at once."""


def print_loads(
    console: Console,
    loads: Sequence[Load],
    what: str = CALLS,
    system: str = "",
    calibration: int | None = None,
) -> None:
    """A row a load of words and of what they cost, and what is carried; where it was looked at, a
    row of what became of its calls. `system` names it where there are two; `calibration`: what
    the server itself says."""
    title = f"{what.capitalize()} at once; words shown, seconds"
    points = [f"p{p}" for p in PERCENTILES]
    print_table(
        console,
        f"{system}: {title}" if system else title,
        ["at once", "words", *points, "finals", "WER", "CPU", "MiB", "lag p50", "lag p99"],
        [_row(load) for load in loads],
    )
    said = "" if calibration is None else f" The server's calibration says {calibration}."
    console.print(
        f"carried: {capacity(loads)} {what} at once, words shown p95 at most {LIMIT:g} s.{said} "
        "words: shown of those timed; finals: p95; CPU: seconds a call second; lag: of the event "
        "loop.",
        highlight=False,
    )
    _print_aftermaths(console, [(load, load.aftermath) for load in loads if load.aftermath])


def _print_aftermaths(console: Console, found: Sequence[tuple[Load, Aftermath]]) -> None:
    if not found:
        return
    print_table(
        console,
        "What became of them; seconds",
        ["at once", *_COUNTS, "unlike", "delays", "largest", "events out", "normal", "feeder"],
        [_aftermath(load, after) for load, after in found],
    )
    every = all(after.finals.whole for _, after in found)
    whole = all(after.whole for _, after in found)
    console.print(
        f"every final once, none lost, as stored: {'met' if every else 'MISSED'}. As before within "
        f"{WITHIN:g} s of the load's end: {'met' if whole else 'MISSED'}. largest: delay that a "
        "page was told; events out: after a call's last sound; normal: after the load's, words of "
        "a further call in time and every delay told to be over; feeder: how late it was itself.",
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


_COUNTS = ("expected", "arrived", "lost", "doubled", "holes")


def _row(load: Load) -> list[str]:
    finals, points = percentiles(load.latencies.series()["finals"]), load.shown
    usage, timed = load.usage, len(load.latencies.words)
    lag = described(usage.lag) if usage else None
    return [
        str(load.calls),
        f"{timed - len(load.latencies.missing)}/{timed}",
        *(_told(points.get(f"p{p}"), ".2f") for p in PERCENTILES),
        _told(finals.get("p95"), ".2f"),
        _told(load.error_rate, ".1%"),
        _told(load.cpu, ".2f"),
        _told(usage.rss / 2**20 if usage else None, ".0f"),
        *(_told(lag[name] if lag else None, ".3f") for name in ("p50", "p99")),
    ]


def _aftermath(load: Load, after: Aftermath) -> list[str]:
    finals = after.finals
    return [
        str(load.calls),
        *(str(getattr(finals, name)) for name in _COUNTS),
        "not read" if finals.unread else str(finals.unlike),
        str(after.delays),
        f"{after.behind:.1f}",
        f"{after.closing:.1f}",
        _told(after.normal, ".1f") or "not seen",
        f"{load.max_late:.2f}",
    ]


def _told(figure: float | None, form: str) -> str:
    return "" if figure is None else format(figure, form)
