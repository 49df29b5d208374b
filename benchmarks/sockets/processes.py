"""The processes in which sockets are led (client.py), as the bench that starts them sees them."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal

from benchmarks.server import LOG_TAIL

Work = Literal["talk", "hold"]


class ClientFailed(Exception):
    """A process that leads sockets ended before its work. The message quotes what it said."""


@dataclass(frozen=True, slots=True)
class Client:
    """A process that leads sockets."""

    process: Process

    async def ready(self) -> None:
        """Returns when sockets that are held are there. Raises ClientFailed."""
        assert self.process.stdout is not None
        if await self.process.stdout.readline() != b"ready\n":
            await self.found()
            raise ClientFailed("the process that holds idle sockets ended before they were there")

    async def found(self) -> dict[str, Any]:
        """What came of it, once it is over; held sockets are let go. Raises ClientFailed."""
        out, err = await self.process.communicate(b"")
        if self.process.returncode:
            said = err.decode(errors="replace")[-LOG_TAIL:]
            raise ClientFailed(f"a process that leads sockets failed; it said:\n{said}")
        found: dict[str, Any] = json.loads(out)
        return found


@asynccontextmanager
async def leading(work: Work, url: str, **options: Any) -> AsyncIterator[Client]:
    """A process at work on the server at `url`; it is gone when this is left."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.sockets.client"),
        *(work, url, json.dumps(options)),
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
    )
    try:
        yield Client(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
