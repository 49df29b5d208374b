"""The journal: gives what the pipeline says its time, stores it, then publishes it.

Durable drafts go through one bounded queue to one task, which numbers and stores all that is
queued in one transaction and publishes it once that is committed: a reader never sees what a
crash could take back. When the store fails, the task tries again until it succeeds; when the
queue is full, `say` waits. Nothing durable is dropped.

Ephemeral drafts are published at once and may be lost. One rule binds the two: after a final
was said, no partial of its utterance is published any more.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from typing import Any, TypeVar

import structlog
from sqlalchemy.exc import DataError, IntegrityError

from coach.bus import Bus
from coach.drafts import plain, stamp
from coach.events import Draft, Event
from coach.line import Line
from coach.storage.eventlog import Said
from coach.storage.records import UnknownCall
from coach.store import Store
from stream.audio import CallId

QUEUE_DRAFTS = 10_000
"""Durable drafts that may wait for the store: minutes of a hundred calls, some 20 MB."""
BATCH_DRAFTS = 500
"""Drafts of one transaction; more would make the first of them wait for the last."""
GATHER_SECONDS = 0.05
"""Least time from one transaction's start to the next: of many calls each takes many drafts
instead of one. A draft that comes after a quiet moment does not wait."""
RETRY_FIRST_SECONDS = 0.05
"""Pause after the first failure of store or bus; it doubles with each that follows."""
RETRY_MOST_SECONDS = 5.0
"""Longest pause: so long after a repair all may still be waiting."""
CLOSE_SECONDS = 10.0
"""How long `close` waits for a store that fails, before it gives up and says what is lost."""
ENDED_KEPT = 1000
"""Ended calls remembered, so that a straggling partial is not published after the end."""

REFUSALS = (ValueError, UnknownCall, IntegrityError, DataError)
"""What no second attempt mends: the draft is at fault, not the store."""

Observe = Callable[[str, float], None]
"""Told what happens, for metrics: ("stored" | "published" | "skipped" | "refused" |
"superseded" | "retried" | "unpublished", how many)."""

T = TypeVar("T")

log = structlog.get_logger(__name__)


class Journal:
    """Says the drafts of all calls of a process. `now` gives the time of day.

    `room`: durable drafts that may wait. `observe` is told of what happens, for metrics.
    """

    def __init__(
        self,
        store: Store,
        bus: Bus,
        *,
        now: Callable[[], datetime],
        room: int = QUEUE_DRAFTS,
        observe: Observe | None = None,
    ) -> None:
        self._store = store
        self._bus = bus
        self._now = now
        self._room = room
        self._observe: Observe = observe or (lambda what, count: None)
        self._queue: deque[Said] = deque()
        self._lines: dict[CallId, Line] = {}
        self._ended: OrderedDict[CallId, None] = OrderedDict()
        self._said = 0
        self._done = 0
        self._changed = asyncio.Condition()
        self._wake = asyncio.Event()
        self._hurry = asyncio.Event()
        self._waiting = 0
        self._failing = False
        self._closing = False
        self._task: asyncio.Task[None] | None = None

    @property
    def healthy(self) -> bool:
        """False while store or bus fail, or after the journal itself broke."""
        return not self._failing and (self._task is None or not self._task.done())

    @property
    def backlog(self) -> int:
        """Durable drafts said and not yet both stored and published."""
        return self._said - self._done

    async def say(self, call: CallId, drafts: Sequence[Draft]) -> None:
        """Say these in their order. Returns when they are queued or, where ephemeral, out.

        Waits while the queue is full. Raises ValueError for a draft that no log could hold
        (see `plain`), before anything of `drafts` is said, and RuntimeError once closed.
        """
        ready = [plain(draft) for draft in drafts]
        self._check_open()
        ts = stamp(self._now())
        for draft in ready:
            if draft.durable:
                await self._enqueue(call, draft, ts)
            else:
                await self._flash(call, draft, ts)

    async def drain(self, call: CallId | None = None) -> None:
        """Wait until all said so far, or all of that call, is stored and published."""
        line = self._lines.get(call) if call is not None else None
        target = self._said if call is None else line.said if line else 0
        await self._wait(lambda: self._done >= target)

    async def close(self, *, within: float = CLOSE_SECONDS) -> None:
        """Store and publish what was said, then stop; give up after `within` seconds."""
        self._closing = True
        self._wake.set()
        self._hurry.set()
        if self._task is None:
            return
        await asyncio.wait({self._task}, timeout=within)
        if self.backlog:
            log.error("journal.lost", drafts=self.backlog)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        async with self._changed:
            self._changed.notify_all()

    # -- saying -----------------------------------------------------------------------------

    def _check_open(self) -> None:
        if self._closing or (self._task is not None and self._task.done()):
            raise RuntimeError("the journal is closed: nothing can be said any more")

    async def _enqueue(self, call: CallId, draft: Draft, ts: str) -> None:
        if len(self._queue) >= self._room:
            await self._wait(lambda: len(self._queue) < self._room)
        self._check_open()  # it may have closed while this draft, or one before it, waited
        line = self._line(call)
        line.hear(draft)
        self._said += 1
        line.said = self._said
        self._queue.append((call, draft, ts))
        self._wake.set()
        if len(self._queue) >= BATCH_DRAFTS:
            self._hurry.set()
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="journal")

    async def _flash(self, call: CallId, draft: Draft, ts: str) -> None:
        line = self._line(call)
        if self._failing and line.publishing.locked():
            self._observe("unpublished", 1)  # the bus is down: the hearing goes on without it
            return
        async with line.publishing:
            if line.superseded(draft):
                self._observe("superseded", 1)
                return
            event = Event(call, draft.type, draft.at, ts, draft.data, verbatim=draft.verbatim)
            try:
                await self._bus.publish(event, team=self._store.team(call))
            except Exception as error:
                self._observe("unpublished", 1)
                log.warning("journal.unpublished", call=call, type=draft.type, error=_said(error))

    def _line(self, call: CallId) -> Line:
        line = self._lines.get(call)
        if line is None:
            line = self._lines[call] = Line(ended=call in self._ended)
        return line

    async def _wait(self, ready: Callable[[], bool]) -> None:
        """Wait for the writer, who need not gather more meanwhile."""
        self._waiting += 1
        self._hurry.set()
        try:
            async with self._changed:
                await self._changed.wait_for(lambda: ready() or self._broken())
        finally:
            self._waiting -= 1
        if not ready():
            self._check_open()

    def _broken(self) -> bool:
        return self._task is not None and self._task.done()

    # -- the one who writes -----------------------------------------------------------------

    async def _run(self) -> None:
        try:
            while True:
                if not self._queue:
                    if self._closing:
                        return
                    self._wake.clear()
                    await self._wake.wait()
                    continue
                gathered = asyncio.get_running_loop().time() + GATHER_SECONDS
                await self._write()
                await self._gather(gathered)
        except Exception:
            log.exception("journal.broke", drafts=self.backlog)
            raise

    async def _gather(self, until: float) -> None:
        if not (self._waiting or self._closing or len(self._queue) >= BATCH_DRAFTS):
            self._hurry.clear()
            try:
                async with asyncio.timeout_at(until):
                    await self._hurry.wait()
            except TimeoutError:
                pass

    async def _write(self) -> None:
        count = min(len(self._queue), BATCH_DRAFTS)
        batch = [self._queue.popleft() for _ in range(count)]
        events = await self._stored(batch)
        for event in events:
            await self._publish(event)
        self._done += count
        for call in {call for call, _, _ in batch}:
            self._forget(call)
        async with self._changed:
            self._changed.notify_all()

    async def _stored(self, batch: Sequence[Said]) -> list[Event]:
        """Store the batch. A draft that the store refuses is found by halving, and left out:
        it would hold up every call."""
        try:
            events = await self._patiently("store", lambda: self._store.append(batch))
        except REFUSALS as error:
            if len(batch) == 1:
                call, draft, _ = batch[0]
                self._observe("refused", 1)
                log.error("journal.refused", call=call, type=draft.type, error=_said(error))
                return []
            half = len(batch) // 2
            return await self._stored(batch[:half]) + await self._stored(batch[half:])
        self._observe("stored", len(events))
        self._observe("skipped", len(batch) - len(events))
        return events

    async def _publish(self, event: Event) -> None:
        team = self._store.team(event.call)
        async with self._line(event.call).publishing:
            await self._patiently("bus", lambda: self._bus.publish(event, team=team))
        self._observe("published", 1)

    async def _patiently(self, what: str, act: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Try until it succeeds, with growing pauses; refusals are raised."""
        pause = RETRY_FIRST_SECONDS
        while True:
            try:
                result = await act()
            except REFUSALS:
                raise
            except Exception as error:
                self._failing = True
                self._observe("retried", 1)
                log.warning(
                    "journal.retry",
                    what=what,
                    error=_said(error),
                    seconds=pause,
                    backlog=self.backlog,
                )
                await asyncio.sleep(pause)
                pause = min(2 * pause, RETRY_MOST_SECONDS)
            else:
                if self._failing:
                    self._failing = False
                    log.info("journal.recovered", what=what, backlog=self.backlog)
                return result

    def _forget(self, call: CallId) -> None:
        """Let go of a call that ended, or that is only spoken of, once all is said."""
        line = self._lines.get(call)
        if line is None or line.said > self._done or line.publishing.locked():
            return
        if line.ended:
            self._ended[call] = None
            if len(self._ended) > ENDED_KEPT:
                self._ended.popitem(last=False)
        if line.ended or not line.finals:
            del self._lines[call]


def _said(error: Exception) -> str:
    """What an error says, without the statement and its values: those may be verbatim text."""
    return f"{type(error).__name__}: {getattr(error, 'orig', None) or error}"
