"""What all calls ask of one model, answered in one thread of its own.

Theory. An answer takes some milliseconds, too long for the event loop, and is waited for as words
are: nothing is dropped. What comes while one batch runs gathers into the next, so no timer is
needed. A fault is that of the one that caused it: a batch that fails is done again one by one, and
who fails alone is answered with nothing found, which costs the call what that one would have told
and no more.

What waits is bounded by whoever asks: a call asks for one reading at a time, and for no more tone
than its buffer holds (coach/ear.py).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import Generic, Protocol, TypeVar

import structlog

from stream.audio import CallId

Observe = Callable[[str, float], None]

log = structlog.get_logger(__name__)


class Asked(Protocol):
    """What may be asked."""

    @property
    def call(self) -> CallId: ...


Ask = TypeVar("Ask", bound=Asked)
Found = TypeVar("Found")
Answer = TypeVar("Answer")


class Answers(Generic[Ask, Found, Answer]):
    """For the event loop's thread; `find` alone runs in another.

    Tells `observe` of ("NAME.seconds", seconds of a batch) and ("NAME.failed", 1).
    """

    def __init__(
        self,
        name: str,
        find: Callable[[Sequence[Ask]], Sequence[Found]] | None,
        answer: Callable[[Ask, Found | None], Answer],
        *,
        who: Callable[[Ask], Mapping[str, str | int]],
        together: int,
        observe: Observe,
    ) -> None:
        """`find`: blocks; None finds nothing. `answer`: a request's answer, of what was found or of
        None; `who`: what a log line calls a request by; `together`: requests of a batch, at most.
        """
        self._name = name
        self._find = find
        self._answer = answer
        self._who = who
        self._together = together
        self._observe = observe
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._waiting: deque[tuple[Ask, Callable[[Answer], None]]] = deque()
        self._gone: set[CallId] = set()
        """Calls that were forgotten while a batch runs."""
        self._batches: asyncio.Task[None] | None = None
        self._closed = False

    def submit(self, request: Ask, deliver: Callable[[Answer], None]) -> None:
        """Call `deliver` with the answer on the loop, in the order of requests, unless its call is
        forgotten. Raises RuntimeError once closed."""
        if self._closed:
            raise RuntimeError(f"the lane is closed: nothing is answered any more ({self._name})")
        self._waiting.append((request, deliver))
        if self._batches is None or self._batches.done():
            self._batches = asyncio.create_task(self._run(), name=self._name)

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
        while batch := self._next():
            self._gone.clear()
            begun = perf_counter()
            told = await loop.run_in_executor(self._pool, self._tell, [each for each, _ in batch])
            self._observe(f"{self._name}.seconds", perf_counter() - begun)
            for (request, deliver), found in zip(batch, told, strict=True):
                if request.call not in self._gone:
                    self._deliver(request, deliver, found)

    def _next(self) -> list[tuple[Ask, Callable[[Answer], None]]]:
        return [self._waiting.popleft() for _ in range(min(self._together, len(self._waiting)))]

    def _deliver(
        self, request: Ask, deliver: Callable[[Answer], None], found: Found | BaseException | None
    ) -> None:
        if isinstance(found, BaseException):
            self._observe(f"{self._name}.failed", 1)
            log.error(f"{self._name}.failed", exc_info=found, **self._who(request))
            found = None
        try:
            deliver(self._answer(request, found))
        except Exception:
            log.exception(f"{self._name}.undelivered", **self._who(request))

    def _tell(self, batch: Sequence[Ask]) -> Sequence[Found | BaseException | None]:
        """What was found for each, or its fault. Runs in the thread."""
        if self._find is None:
            return [None] * len(batch)
        try:
            return self._find(batch)
        except BaseException as error:
            if len(batch) == 1:
                return [error]
        return [self._tell([each])[0] for each in batch]
