"""A playbook is taken up while the service runs: SIGHUP reads the file again.

Calls that have begun keep the playbook they began with: half a call by one and half by another
could be explained to nobody. A playbook with a fault is refused, and the old one stays.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import structlog

from coach.playbook import reading
from coach.playbook.schema import Playbook

log = structlog.get_logger(__name__)


@contextlib.asynccontextmanager
async def reread_on_hangup(file: Path, use: Callable[[Playbook], None]) -> AsyncIterator[None]:
    """While this lasts, SIGHUP reads `file` and hands what it says to `use`."""
    loop = asyncio.get_running_loop()
    asked = asyncio.Event()
    loop.add_signal_handler(signal.SIGHUP, asked.set)
    following = loop.create_task(_follow(asked, file, use))
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)
        following.cancel()


async def _follow(asked: asyncio.Event, file: Path, use: Callable[[Playbook], None]) -> None:
    while True:
        await asked.wait()
        asked.clear()  # one that comes while we read is not lost, and many are one
        await reread(file, use)


async def reread(file: Path, use: Callable[[Playbook], None]) -> None:
    """Read `file`, off the event loop: live calls must not wait for YAML. Never raises: a fault
    is logged, and nothing is handed on."""
    try:
        playbook = await asyncio.get_running_loop().run_in_executor(None, reading.load, file)
    except reading.PlaybookError as fault:
        log.error("playbook refused, the old one stays", fault=str(fault))
    except Exception:
        log.exception("playbook could not be read, the old one stays", file=str(file))
    else:
        use(playbook)
        log.info("playbook taken up by new calls", file=str(file), version=playbook.version)
