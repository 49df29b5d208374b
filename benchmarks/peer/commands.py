"""`coach bench latency --peer`: ours and another system, one after the other in one run."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Console

from benchmarks.dataset import ONE_SIDE, ReferenceCall, harper_valley
from benchmarks.peer.address import OURS, Peer
from benchmarks.peer.report import draw_versus, print_versus
from benchmarks.peer.run import greet, record_peer_all
from benchmarks.peer.versus import ONE_SIDED, TWO_SIDED, Versus, measured
from benchmarks.progress import call_progress, tell
from benchmarks.recording import Recording
from benchmarks.report import OUT, write_json
from benchmarks.run import record_all
from benchmarks.server import listener
from benchmarks.surroundings import surroundings


def bench_latency_versus(
    peer: Peer,
    *,
    url: str | None = None,
    out: Path = OUT,
    recordings: Path | None = None,
    calls: Iterable[str] = (),
) -> bool:
    """Feeds one side of the Harper Valley calls and then both, each to ours and then to `peer`,
    and prints how many times faster and cheaper ours is.

    `recordings`: a folder to reuse recordings from and to keep new ones in, the peer's in a
    folder of its name. Raises DatasetMissing, ServerFailed, ReplayError, PeerFailed.
    """
    chosen = harper_valley(calls)
    ways = {ONE_SIDED: [call.only(ONE_SIDE) for call in chosen], TWO_SIDED: chosen}
    kept = recordings / peer.name if recordings else None
    if not all(_is_kept(kept, call) for each in ways.values() for call in each):
        # Before ours is fed for minutes.
        asyncio.run(greet(peer))
    found = [_versus(what, each, peer, url, recordings, kept) for what, each in ways.items()]
    for versus in found:
        print_versus(Console(), versus)
    name = f"latency-{peer.name}"
    body = {
        **surroundings(),
        "peer": {"name": peer.name, "model": peer.model},
        "passed": all(versus.passed for versus in found),
        "ways": [versus.body() for versus in found],
    }
    tell(write_json(out, name, body), draw_versus(out, name, found))
    return all(versus.passed for versus in found)


def _versus(
    what: str,
    calls: Sequence[ReferenceCall],
    peer: Peer,
    url: str | None,
    folder: Path | None,
    peer_folder: Path | None,
) -> Versus:
    lengths = {call.name: call.seconds() for call in calls}
    with call_progress(lengths, f"{OURS}: {what}") as at:
        ours = asyncio.run(
            record_all(
                calls,
                url=url,
                pid=listener(url) if url else None,
                folder=folder,
                on_progress=at,
            )
        )
    with call_progress(lengths, f"{peer.title}: {what}") as at:
        theirs = asyncio.run(record_peer_all(peer, calls, folder=peer_folder, on_progress=at))
    return Versus(what, measured(OURS, calls, ours), measured(peer.title, calls, theirs))


def _is_kept(folder: Path | None, call: ReferenceCall) -> bool:
    return folder is not None and Recording.load(folder, call.name) is not None
