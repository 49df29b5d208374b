"""Reads utterances of all calls, together, in one thread of their own.

Theory. A read takes some milliseconds, too long for the event loop, and is asked for once an
utterance. What comes while one batch runs gathers into the next, so no timer is needed. A fault is
that of the one that caused it: a batch that fails is read again one by one, and who fails alone is
answered without a reading, which leaves its utterance to the lists of words.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter

import structlog

from coach.reads import ReadAll, ReadRequest, ReadResult
from models.text import Read
from stream.audio import CallId

TOGETHER = 8
"""Utterances of a batch: the first waits for the last of it, some 10 ms each on a core."""

Deliver = Callable[[ReadResult], None]
Observe = Callable[[str, float], None]

log = structlog.get_logger(__name__)


class Reader:
    """For the event loop's thread; `read` alone runs in another. None reads nothing."""

    def __init__(self, read: ReadAll | None, *, observe: Observe) -> None:
        self._read = read
        self._observe = observe
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="read")
        self._waiting: deque[tuple[ReadRequest, Deliver]] = deque()
        self._gone: set[CallId] = set()
        """Calls that were forgotten while a batch runs."""
        self._batches: asyncio.Task[None] | None = None
        self._closed = False

    def submit(self, request: ReadRequest, deliver: Deliver) -> None:
        """Read it, and call `deliver` with the answer on the loop, unless its call is forgotten.

        Raises RuntimeError once closed.
        """
        if self._closed:
            raise RuntimeError("the lane is closed: it reads nothing any more")
        self._waiting.append((request, deliver))
        if self._batches is None or self._batches.done():
            self._batches = asyncio.create_task(self._run(), name="read")

    def forget(self, call: CallId) -> None:
        """The call is gone: nothing of it is delivered any more."""
        self._waiting = deque(each for each in self._waiting if each[0].call != call)
        if self._batches is not None and not self._batches.done():
            self._gone.add(call)

    async def close(self) -> None:
        """Discard what waits, and let the batch that runs end."""
        self._closed = True
        self._waiting.clear()
        if self._batches is not None:
            await self._batches
        self._pool.shutdown()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while batch := [self._waiting.popleft() for _ in range(min(TOGETHER, len(self._waiting)))]:
            self._gone.clear()
            begun = perf_counter()
            told = await loop.run_in_executor(self._pool, self._tell, [each for each, _ in batch])
            self._observe("read.seconds", perf_counter() - begun)
            for (request, deliver), read in zip(batch, told, strict=True):
                if request.call not in self._gone:
                    self._deliver(request, deliver, read)

    def _deliver(
        self, request: ReadRequest, deliver: Deliver, read: Read | BaseException | None
    ) -> None:
        who = {"call": request.call, "party": request.party, "utterance": request.utterance}
        if isinstance(read, BaseException):
            self._observe("read.failed", 1)
            log.error("read.failed", exc_info=read, **who)
            read = None
        try:
            deliver(request.answer(read))
        except Exception:
            log.exception("read.undelivered", **who)

    def _tell(self, batch: Sequence[ReadRequest]) -> Sequence[Read | BaseException | None]:
        """What each tells, or its fault. Runs in the thread."""
        if self._read is None:
            return [None] * len(batch)
        try:
            return self._read([each.said for each in batch])
        except BaseException as error:
            if len(batch) == 1:
                return [error]
        return [self._tell([each])[0] for each in batch]
