"""Gets to know the machine beside the service: once, and only while no call is live.

Calls are taken meanwhile, up to the least limit (coach/room.py): a service is ready as soon as its
models are loaded. A call that begins ends the measurement within one decoding, some tenths of a
second; it is tried again when nobody calls. What was measured is kept for the next start, unless
others were using the processor.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

import structlog

from coach import calibration_file
from coach.calibration import Busy, Calibration, calibrate
from coach.calls import Calls
from coach.inference import Decoder
from coach.knowledge import Knowledge
from coach.room import Room
from coach.settings import Settings
from models import weights
from models.vad import Vad

AGAIN_SECONDS = 10.0
"""Until it is tried again, while calls are live."""

log = structlog.get_logger(__name__)

Measure = Callable[[Callable[[], bool]], Calibration]
"""Blocks; raises Busy as soon as what it is given says so."""


@asynccontextmanager
async def calibrating(
    settings: Settings, decoder: Decoder, vad: Vad, knowledge: Knowledge, calls: Calls, room: Room
) -> AsyncIterator[None]:
    """While this is open, the machine is found out about and `calls` told what it allows. Nothing
    is measured where the setting names a limit: nobody would ask."""
    if settings.call.limit:
        yield
        return
    workers = settings.models.worker_count
    measure = partial(_measure, decoder, vad, knowledge, workers)
    over = threading.Event()
    task = asyncio.create_task(_learn(settings, measure, calls, room, over), name="calibrating")
    try:
        yield
    finally:
        over.set()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _measure(
    decoder: Decoder, vad: Vad, knowledge: Knowledge, workers: int, busy: Callable[[], bool]
) -> Calibration:
    return calibrate(decoder, vad, knowledge, workers=workers, busy=busy)


async def _learn(
    settings: Settings, measure: Measure, calls: Calls, room: Room, over: threading.Event
) -> None:
    try:
        found = await _known(settings, measure, lambda: over.is_set() or calls.count > 0)
    except Exception:
        log.exception("calibration.failed", limit=room.limit)
        return
    room.capacity = found.calls
    calls.allow(room.limit)
    log.info("calibrated", calls=found.calls, limit=room.limit, alone=found.alone)


async def _known(settings: Settings, measure: Measure, busy: Callable[[], bool]) -> Calibration:
    """What was kept, or what is measured now."""
    basis = await asyncio.to_thread(_basis, settings)
    kept = await asyncio.to_thread(calibration_file.read, settings.data_dir, basis)
    if kept is not None:
        return kept
    found = await measured(measure, busy)
    if found.alone:
        await asyncio.to_thread(calibration_file.write, settings.data_dir, basis, found)
    return found


async def measured(
    measure: Measure, busy: Callable[[], bool], again: float = AGAIN_SECONDS
) -> Calibration:
    """What is measured once nobody needs the machine; looks each `again` seconds."""
    while True:
        if not busy():
            try:
                return await asyncio.to_thread(measure, busy)
            except Busy:
                log.info("calibration.postponed")
        await asyncio.sleep(again)


def _basis(settings: Settings) -> calibration_file.Basis:
    models = settings.models
    return calibration_file.basis(
        weights.resolve_whisper(models.whisper),
        engine=models.engine,
        device=models.device,
        compute=models.compute,
        workers=models.worker_count,
        partials=models.partials,
        batch=models.batch_count,
    )
