"""The process in which sockets are led, so that no work of theirs is the server's or the bench's.

`python -m benchmarks.sockets.client talk|hold URL OPTIONS`, options as JSON. What came of it is
JSON on stdout; `hold` says `ready` on a line of its own before, and ends with its stdin.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
from dataclasses import asdict
from functools import partial
from typing import Any

from benchmarks.sockets.holding import hold
from benchmarks.sockets.talking import talk


def main() -> None:
    """Do what the arguments say."""
    what, url, options = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    gc.disable()  # a pause of ours would count as one of the server's; a run is short
    work = _held if what == "hold" else _talked
    print(json.dumps(asyncio.run(work(url, options))))


async def _talked(url: str, options: dict[str, Any]) -> dict[str, Any]:
    return asdict(await talk(url, **options))


async def _held(url: str, options: dict[str, Any]) -> dict[str, Any]:
    over, reader = asyncio.Event(), asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    pipe, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    waiting = asyncio.create_task(_ended(reader, over))
    try:
        return asdict(
            await hold(url, ready=partial(print, "ready", flush=True), over=over, **options)
        )
    finally:
        waiting.cancel()
        pipe.close()


async def _ended(stdin: asyncio.StreamReader, over: asyncio.Event) -> None:
    """Set `over` when nobody holds our stdin any more."""
    await stdin.read()
    over.set()


if __name__ == "__main__":
    main()
