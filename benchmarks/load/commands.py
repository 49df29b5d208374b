"""`coach bench capacity`: ours alone, or ours and a peer one after the other."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.dataset import ONE_SIDE, ReferenceCall, harper_valley
from benchmarks.load.capacity import (
    LIMIT,
    LOADS,
    ONE_SIDED_LOADS,
    Fed,
    Load,
    capacity,
    grow,
)
from benchmarks.load.report import CALLS, STREAMS, draw_capacity, print_loads, print_versus
from benchmarks.load.run import measure_loads
from benchmarks.peer.address import OURS, Peer, PeerFull
from benchmarks.peer.run import greet, record_peer_together
from benchmarks.progress import progress, tell
from benchmarks.report import OUT, write_json
from benchmarks.run import Progress
from benchmarks.server import UNKNOWN_MODEL, model_of
from benchmarks.surroundings import surroundings

WIDTH = 120
"""Characters that the tables need."""


def bench_capacity(
    *,
    url: str | None = None,
    out: Path = OUT,
    calls: Iterable[str] = (),
    loads: Sequence[int] | None = None,
    one_sided: bool = False,
    peer: Peer | None = None,
) -> bool:
    """Feeds more and more of the Harper Valley calls at once, and prints how late words came.

    `one_sided`: of each call the agent's side alone, as a call with one party. `peer`: the same
    to another system afterwards. Whether ours carries one at least, and every load lost nothing
    and passed. Raises DatasetMissing, ServerFailed, ReplayError, PeerFailed.
    """
    chosen = [call.only(ONE_SIDE) if one_sided else call for call in harper_valley(calls)]
    what = STREAMS if one_sided else CALLS
    steps = loads or (ONE_SIDED_LOADS if one_sided else LOADS)
    calibration: list[int | None] = []
    found = asyncio.run(_systems(chosen, steps, what, url, peer, calibration.append))
    console = Console()
    if not console.is_terminal:
        console.width = WIDTH  # where nobody told how wide it is, figures must not be cut
    for system, measured in found.items():
        said = calibration[0] if system == OURS else None
        print_loads(console, measured, what, system if peer else "", said)
    if peer:
        print_versus(console, found, what)
    name = "-".join(["capacity", *["one-sided"] * one_sided, *([peer.name] if peer else [])])
    model = UNKNOWN_MODEL if url else model_of(os.environ)
    report = {
        **surroundings(),
        "what": what,
        "limit": LIMIT,
        "model": model,
        "calibration": calibration[0],
        **_body(found[OURS]),
    }
    if peer:
        report["peer"] = {"name": peer.name, "model": peer.model, **_body(found[peer.title])}
    tell(write_json(out, name, report), draw_capacity(out, name, found, what))
    ours = found[OURS]
    return capacity(ours) > 0 and all(load.aftermath and load.aftermath.whole for load in ours)


def _body(loads: Sequence[Load]) -> dict[str, Any]:
    return {"capacity": capacity(loads), "loads": [load.body() for load in loads]}


async def _systems(
    calls: Sequence[ReferenceCall],
    steps: Sequence[int],
    what: str,
    url: str | None,
    peer: Peer | None,
    on_calibration: Callable[[int | None], None],
) -> dict[str, list[Load]]:
    """The loads of each system by its name. Whether the peer is there is asked before ours is
    fed for minutes."""
    if peer:
        await greet(peer)
    longest = max(call.seconds() for call in calls)
    found = {
        OURS: await _watched(
            lambda at: measure_loads(
                calls, steps, url=url, on_progress=at, on_calibration=on_calibration
            ),
            longest,
            steps,
            what,
        )
    }
    if peer:
        found[peer.title] = await _watched(
            lambda at: _peer_loads(peer, calls, steps, at), longest, steps, f"{peer.title}: {what}"
        )
    return found


async def _watched(
    measured: Callable[[Progress], AsyncIterator[Load]],
    longest: float,
    steps: Sequence[int],
    what: str,
) -> list[Load]:
    """The loads as they come, with a bar. `longest`: seconds of a load."""
    found: list[Load] = []
    with progress() as bar:
        task = bar.add_task(what, total=longest * len(steps))
        before = 0.0

        def at(name: str, seconds: float) -> None:
            bar.update(task, completed=before + seconds)

        async for load in measured(at):
            found.append(load)
            before = longest * len(found)
            bar.update(task, completed=before, description=f"{load.calls} {what}")
    return found


async def _peer_loads(
    peer: Peer, calls: Sequence[ReferenceCall], steps: Sequence[int], at: Progress
) -> AsyncIterator[Load]:
    """As measure_loads. What the peer has no place for ends them, and is said."""

    async def feed(chosen: Sequence[ReferenceCall]) -> Fed:
        try:
            return Fed(*await record_peer_together(peer, chosen, on_progress=at))
        except PeerFull as full:
            raise PeerFull(f"at {len(chosen)} at once: {full}") from full

    some = False
    try:
        async for load in grow(calls, steps, feed):
            some = True
            yield load
    except PeerFull as full:
        if not some:
            raise
        print(full, file=sys.stderr)
