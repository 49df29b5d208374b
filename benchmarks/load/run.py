"""Feeds ours many calls at once, and a further one as soon as their sound is over."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from benchmarks.dataset import ReferenceCall
from benchmarks.load.aftermath import aftermath
from benchmarks.load.capacity import LIMIT, LOADS, Fed, Load, grow
from benchmarks.recording import Recording, Usage
from benchmarks.run import Progress, record_call
from benchmarks.server import Meter, Server, calibrated, listener, serving
from benchmarks.together import first_fault, together


@dataclass(frozen=True, slots=True)
class Together:
    """Calls that were fed at once. `ended`: monotonic second at which the last sound of all was
    sent; `probe`: the call that began then."""

    recordings: list[Recording]
    usage: Usage | None
    ended: float
    probe: Recording


class _Sent:
    """Knows when the sound of all calls is sent."""

    def __init__(self, calls: Sequence[ReferenceCall], on_progress: Progress | None) -> None:
        self._left = {i: call.seconds() for i, call in enumerate(calls)}
        self._on_progress = on_progress
        self.all = asyncio.Event()
        self.ended = 0.0

    def progress(self, number: int) -> Progress:
        """What that call's feeder tells of itself; the first one's is told on."""

        def at(name: str, seconds: float) -> None:
            if number == 0 and self._on_progress:
                self._on_progress(name, seconds)
            if seconds >= self._left.get(number, float("inf")) - 1e-3:
                del self._left[number]
                self.ended = time.monotonic()
            if not self._left:
                self.all.set()

        return at


async def record_together(
    server: Server,
    calls: Sequence[ReferenceCall],
    *,
    probe: ReferenceCall,
    on_progress: Progress | None = None,
) -> Together:
    """All calls at once, in real time, and what the server used meanwhile; as soon as their sound
    is over, the `probe`.

    Raises ReplayError, TimeoutError, ConnectionError as soon as one call fails.
    """
    meter, sent, unmeasured = Meter(server), _Sent(calls, on_progress), Server(server.url)

    async def after() -> Recording:
        await sent.all.wait()
        return await record_call(unmeasured, probe)

    async def load() -> tuple[list[Recording], Usage | None]:
        try:
            fed = await together(
                record_call(unmeasured, call, on_progress=sent.progress(i))
                for i, call in enumerate(calls)
            )
        finally:
            usage = await meter.stop()
        return fed, usage

    try:
        async with asyncio.TaskGroup() as group:
            probed, fed = group.create_task(after()), group.create_task(load())
    except BaseExceptionGroup as faults:
        raise first_fault(faults) from faults
    recordings, usage = fed.result()
    return Together(recordings, usage, sent.ended, probed.result())


async def measure_loads(
    calls: Sequence[ReferenceCall],
    loads: Sequence[int] = LOADS,
    *,
    url: str | None = None,
    on_progress: Progress | None = None,
    on_calibration: Callable[[int | None], None] = lambda calls: None,
) -> AsyncIterator[Load]:
    """Load after load, over one server of ours; after the first that is not carried only the
    largest.

    Raises as `record_together` does, and ServerFailed.
    """
    # The longest sees the most of what comes after.
    probe = max(calls, key=ReferenceCall.seconds)
    async with serving(url, pid=listener(url) if url else None) as server:
        on_calibration(await calibrated(server))

        async def feed(chosen: Sequence[ReferenceCall]) -> Fed:
            fed = await record_together(server, chosen, probe=probe, on_progress=on_progress)
            after = await aftermath(
                server.url, fed.recordings, fed.ended, (probe, fed.probe), LIMIT
            )
            return Fed(fed.recordings, fed.usage, after)

        async for load in grow(calls, loads, feed, beyond=True):
            yield load
