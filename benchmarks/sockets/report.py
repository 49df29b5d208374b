"""The run as people read it: tables, what was wanted and what was got, and a curve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure
from rich.console import Console

from benchmarks.loop_lag import described
from benchmarks.report import print_table, save
from benchmarks.sockets.figures import ADDED, BLOCKED, Measured, points
from benchmarks.sockets.talking import Talked

POINTS = ("p50", "p90", "p99", "max")


def print_sockets(console: Console, found: Measured) -> None:
    """Times of ingest, the controls beside them, and whether they are as wanted."""
    before, after = found.alone
    courses = {"alone, before": before, "loaded": found.loaded, "alone, after": after}
    rows = [
        _row(f"{protocol} {name}", talked.waits[protocol])
        for protocol in found.loaded.waits
        for name, talked in courses.items()
    ]
    added = [_row(protocol, values) for protocol, values in found.added().items()]
    controls = [
        *(_row(f"client's timer, {name}", talked.late) for name, talked in courses.items()),
        *(_row(f"ping of an idle {name}", waits) for name, waits in found.held.waits.items()),
    ]
    columns = ["", "count", *POINTS]
    print_table(console, "Ingest: until a frame was taken, milliseconds", columns, rows)
    print_table(console, "Added to a frame by the load, milliseconds", columns, added)
    print_table(console, "Beside it, milliseconds", columns, controls)
    print_table(console, "Wanted and got", ["", "wanted", "got", ""], _verdicts(found))
    console.print(_surroundings(found), highlight=False)
    for fault in found.held.faults:
        console.print(f"an idle socket died: {fault}", highlight=False)


def _row(name: str, values: Sequence[float]) -> list[str]:
    found = points(values)
    told = [f"{1000 * found[point]:.2f}" if found else "" for point in POINTS]
    return [name, str(len(values)), *told]


def _verdicts(found: Measured) -> list[list[str]]:
    decodings = found.told.decodings
    lines = (
        ("reader blocked, ms", f"at most {1000 * BLOCKED:g}", f"{1000 * found.blocked:.1f}",
         found.blocked <= BLOCKED),
        ("added to ingest, p99, ms", f"at most {1000 * ADDED:g}", f"{1000 * found.added_p99:.2f}",
         found.added_p99 <= ADDED),
        ("idle sockets alive", str(found.idle), str(found.alive), found.alive == found.idle),
        ("seconds of sound taken", f"{found.sent:.2f}", f"{found.told.taken:.2f}", found.whole),
        ("decodings", "0", str(decodings), not decodings),
    )  # fmt: skip
    return [[what, want, got, "met" if met else "MISSED"] for what, want, got, met in lines]


def _surroundings(found: Measured) -> str:
    """The server's own look at its loop, and how busy it and the machine were."""
    lag = described(found.usage.lag) if found.usage else None
    loop = ", ".join(f"{name} {1000 * value:.1f}" for name, value in (lag or {}).items())
    used = f"{found.usage.cpu_seconds:.1f} CPU s" if found.usage else "unknown"
    before, after = found.machine
    return (
        f"server's event loop late, ms: {loop or 'unknown'} (most: bound of a bucket); its process "
        f"used {used}. The machine's load average was {before:.2f} before and {after:.2f} at the "
        "end, this bench's own processes among it."
    )


def draw_sockets(out: Path, found: Measured) -> Path:
    """The share of frames that were taken within a time, alone and loaded, as sockets.png."""
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.subplots()
    before, after = found.alone
    courses: Mapping[str, tuple[Talked, ...]] = {
        "alone": (before, after),
        f"{found.idle} idle and {found.talking} talking": (found.loaded,),
    }
    for style, (name, several) in zip((":", "-"), courses.items(), strict=True):
        for number, protocol in enumerate(found.loaded.waits):
            waits = sorted(wait for talked in several for wait in talked.waits[protocol])
            share = [100 * (i + 1) / len(waits) for i in range(len(waits))]
            axes.step(
                [1000 * wait for wait in waits],
                share,
                style,
                where="post",
                color=f"C{number}",
                label=f"{protocol}, {name}",
            )
    axes.set(xlabel="milliseconds", ylabel="share taken within, %", ylim=(0, 101))
    axes.set(title="From a frame's sending to its taking", xscale="log")
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right", fontsize=8)
    return save(figure, out / "sockets.png")
