"""`coach bench sockets`: tables, JSON and a picture."""

from __future__ import annotations

import asyncio
from pathlib import Path

from rich.console import Console

from benchmarks.progress import progress, tell
from benchmarks.report import OUT, write_json
from benchmarks.sockets.caller import PROTOCOLS
from benchmarks.sockets.report import draw_sockets, print_sockets
from benchmarks.sockets.run import ALONE, measure
from benchmarks.surroundings import surroundings


def bench_sockets(*, idle: int, talking: int, seconds: float, out: Path = OUT) -> bool:
    """Hold and feed so many sockets at once and print how long readers were blocked, and what the
    load added to ingest; whether both are as wanted. Raises ServerFailed, ClientFailed, ValueError
    where fewer talk than there are protocols."""
    if talking < len(PROTOCOLS):
        raise ValueError(f"{talking} talking: let there be one of {', '.join(PROTOCOLS)} at least")
    with progress() as bar:
        task = bar.add_task("sockets", total=seconds * (1 + 2 * len(PROTOCOLS) / ALONE))
        before = 0.0

        def tell_step(what: str, takes: float) -> None:
            nonlocal before
            bar.update(task, description=what, completed=before)
            before += takes

        found = asyncio.run(measure(idle, talking, seconds, tell_step))
    print_sockets(Console(), found)
    body = {**surroundings(), "seconds": seconds, **found.body()}
    tell(write_json(out, "sockets", body), draw_sockets(out, found))
    return found.passed
