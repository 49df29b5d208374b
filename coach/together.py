"""What a process does as one of several that share a database and a bus.

- It shows that it lives, and looks whether the others do. Who has stopped is struck off, and
  its live calls are ended: nobody hears them any more.
- It tells its own calls what came to another process: of nudges that people dealt with at
  once, over the bus; of context within a beat, from the store.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from coach.bus import Behind, MemoryBus
from coach.bus.outbox import Observe
from coach.bus.redis_bus import RedisBus
from coach.drafts import stamp
from coach.store import Store
from coach.subscription import Body, Subscription
from stream.audio import CallId, Context

BEAT_SECONDS = 3.0
"""Between two beats. Context put at another process is known after one at most."""
SILENT_LOOKS = 6
"""Looks in a row that find a process's beat unchanged, after which it counts as dead: 18 s,
beyond any pause of a loop or of the database, and short enough for a board to be believed."""
CLOCKS_APART_SECONDS = 60.0
"""How far two machines' times of day may differ, when ended calls are looked up by theirs."""

log = structlog.get_logger(__name__)


class LiveCalls(Protocol):
    """The calls of this process, as far as others reach them."""

    def live(self, call: CallId) -> bool: ...

    async def put_context(self, call: CallId, context: Context) -> None: ...

    async def nudge_updated(self, call: CallId, nudge: str, state: str) -> None: ...


async def open_bus(
    url: str, store: Store, *, now: Callable[[], datetime], observe: Observe
) -> MemoryBus | RedisBus:
    """The bus at `url`, and with it this process's place in the store; calls that a dead process
    left are ended. Raises BusError."""
    if not url:
        await store.owners.strike_all()
        await store.close_orphans(stamp(now()))
        return MemoryBus()

    async def current(team: str | None, away: float) -> list[CallId]:
        since = now() - timedelta(seconds=away + CLOCKS_APART_SECONDS)
        return await store.current(team, stamp(since))

    bus = await RedisBus.open(url, current, observe=observe)
    await store.owners.enlist()
    return bus


@asynccontextmanager
async def among_others(
    bus: MemoryBus | RedisBus, store: Store, calls: LiveCalls, *, now: Callable[[], datetime]
) -> AsyncIterator[None]:
    """Within the block this process is one of several; nothing is done where it is alone.

    Leave it when the process's calls are over: what is live then counts as orphaned.
    """
    if isinstance(bus, MemoryBus):
        yield
        return
    heartbeat = Heartbeat(store, bus, calls, now=now)
    async with bus.people() as people:
        tasks = [
            asyncio.create_task(heartbeat.run(), name="heartbeat"),
            asyncio.create_task(_heed(store, people, calls), name="people elsewhere"),
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if store.owners.me is not None:
                await store.owners.strike(store.owners.me)


class Watch:
    """Finds who has stopped to show life, by looking now and then."""

    def __init__(self, looks: int = SILENT_LOOKS) -> None:
        self._looks = looks
        self._seen: dict[str, tuple[int, int]] = {}
        """Of each owner its last beats, and how many looks found them unchanged."""

    def look(self, beats: Mapping[str, int]) -> list[str]:
        """Learn of everyone's beats; who is dead by now."""
        seen = {}
        for owner, count in beats.items():
            last, silent = self._seen.get(owner, (None, 0))
            seen[owner] = (count, silent + 1 if count == last else 0)
        self._seen = seen
        return [owner for owner, (_, silent) in seen.items() if silent >= self._looks]

    def forget(self) -> None:
        """A look failed: while the database was gone nobody could show life."""
        self._seen.clear()


class Heartbeat:
    """Shows that this process lives, and looks after those that do not."""

    def __init__(
        self, store: Store, bus: RedisBus, calls: LiveCalls, *, now: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._bus = bus
        self._calls = calls
        self._now = now
        self._watch = Watch()

    async def run(self) -> None:
        """Beat until cancelled."""
        while True:
            try:
                await self.beat()
            except Exception as error:
                self._watch.forget()
                log.warning("heartbeat.failed", error=type(error).__name__)
            await asyncio.sleep(BEAT_SECONDS)

    async def beat(self) -> None:
        """One beat: raises what the store raises."""
        owners = self._store.owners
        if not await owners.beat():
            log.error("this process was taken for dead: other processes may have ended its calls")
        for call in await owners.waiting():
            if context := await self._store.take_context(call):
                await self._calls.put_context(call, context)
        for owner in self._watch.look(await owners.beats()):
            log.warning("a process is dead: its calls are ended", owner=owner)
            await owners.strike(owner)
        for event in await self._store.close_orphans(stamp(self._now())):
            await self._bus.publish(event, team=self._store.team(event.call))


async def _heed(store: Store, people: Subscription, calls: LiveCalls) -> None:
    """Tell the calls of this process what people did with their nudges, wherever they did it."""
    async for item in people:
        try:
            await _tell(store, calls, item)
        except Exception:
            log.exception("a call was not told of what a person did")


async def _tell(store: Store, calls: LiveCalls, item: Body | Behind) -> None:
    call = item.call if isinstance(item, Behind) else CallId(item["call"])
    if not calls.live(call):
        return
    # Behind: which were missed is not known, and to hear of one twice changes nothing.
    bodies = await store.events(call, entitled=False) if isinstance(item, Behind) else [item]
    for body in bodies:
        if body["type"] == "nudge.update":
            await calls.nudge_updated(call, body["data"]["id"], body["data"]["state"])
