"""Feeds calls to a peer in real time and records what a reader sees of it, as benchmarks/run.py
does for ours. What is fair in it, and why, stands in whisperlive.py."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soxr

from benchmarks.dataset import ReferenceCall
from benchmarks.peer.address import Peer
from benchmarks.peer.whisperlive import Client, connected
from benchmarks.recording import Recording, Usage
from benchmarks.run import Progress
from benchmarks.server import Meter
from benchmarks.surroundings import surroundings
from benchmarks.together import together
from stream.audio import Samples

RATE = 16_000
"""Hz, the only rate that WhisperLive takes."""
CHUNK = RATE // 50
"""Samples a message: 20 ms, as `replay` sends to ours."""


async def greet(peer: Peer) -> None:
    """Makes sure that the peer is there and ready, its model loaded. Raises PeerFailed."""
    async with connected(peer, "", lambda: None):
        pass


async def record_peer_call(
    peer: Peer,
    call: ReferenceCall,
    *,
    on_work: Callable[[], None] = lambda: None,
    on_progress: Progress | None = None,
) -> Recording:
    """Feeds the sides of a call in real time, a client each. Raises PeerFailed.

    `on_work` is called when the audio is out, and with every change of a screen after that. The
    recording has no usage: the server may have other calls.
    """
    sides = _sides(call)
    out = asyncio.Event()
    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(
                connected(peer, party, lambda: on_work() if out.is_set() else None)
            )
            for party in sides
        ]
        started = time.monotonic()
        pace = _Pace(started, (lambda at: on_progress(call.name, at)) if on_progress else None)
        await together(_play(client, sides[client.party], pace) for client in clients)
        out.set()
        on_work()
        await together(client.rest(peer.patience) for client in clients)
    arrivals = sorted((a for c in clients for a in c.arrivals), key=lambda arrival: arrival.wall)
    return Recording(
        name=call.name,
        call=clients[0].uid,
        started=dict.fromkeys(sides, started),
        seconds=max(len(samples) for samples in sides.values()) / RATE,
        speed=1.0,
        max_late=pace.max_late,
        arrivals=tuple(arrivals),
        settings={
            "encoding": "f32le",
            "rate": RATE,
            "layout": "a client a side",
            "protocol": peer.name,
            "model": peer.model,
            "surroundings": surroundings(),
        },
    )


async def record_peer_together(
    peer: Peer,
    calls: Sequence[ReferenceCall],
    *,
    on_progress: Progress | None = None,
) -> tuple[list[Recording], Usage | None]:
    """All calls at once, and what the peer used for them. Raises PeerFailed."""
    meter = Meter(peer.server())
    try:
        recordings = await together(
            record_peer_call(
                peer,
                call,
                on_work=meter.mark,
                on_progress=on_progress if not i else None,
            )
            for i, call in enumerate(calls)
        )
    finally:
        usage = await meter.stop()
    return recordings, usage


async def record_peer_all(
    peer: Peer,
    calls: Sequence[ReferenceCall],
    *,
    folder: Path | None = None,
    on_progress: Progress | None = None,
) -> list[Recording]:
    """The calls one at a time. Recordings in `folder` are taken instead of feeding a call again,
    and new ones are kept there. Raises PeerFailed."""
    recordings: list[Recording] = []
    for call in calls:
        recording = Recording.load(folder, call.name) if folder else None
        if recording is None:
            (recording,), usage = await record_peer_together(peer, [call], on_progress=on_progress)
            recording = replace(recording, usage=usage)
            if folder:
                recording.save(folder)
        recordings.append(recording)
    return recordings


@dataclass(slots=True)
class _Pace:
    """The schedule that the sides of a call share. `max_late`: seconds, at worst."""

    started: float
    on_progress: Callable[[float], None] | None
    max_late: float = 0.0
    furthest: float = 0.0

    async def until(self, media: float) -> None:
        """Waits until media second `media` has been spoken."""
        due = self.started + media
        await asyncio.sleep(max(due - time.monotonic(), 0.0))
        self.max_late = max(self.max_late, time.monotonic() - due)
        if self.on_progress is not None and media > self.furthest:
            self.furthest = media
            self.on_progress(media)


async def _play(client: Client, samples: Samples, pace: _Pace) -> None:
    for first in range(0, len(samples), CHUNK):
        chunk = samples[first : first + CHUNK]
        await pace.until((first + len(chunk)) / RATE)
        await client.send(chunk.tobytes())


def _sides(call: ReferenceCall) -> dict[str, Samples]:
    """Each side at RATE, the shorter filled with silence."""
    parties, rate = call.audio()
    longest = max(len(samples) for samples in parties.values())
    sides: dict[str, Samples] = {}
    for party, samples in parties.items():
        filled = np.zeros(longest, dtype=np.float32)
        filled[: len(samples)] = samples
        sides[party] = soxr.resample(filled, rate, RATE, quality="HQ").astype("<f4")
    return sides
