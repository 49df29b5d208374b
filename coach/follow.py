"""Follow one call without loss: the store for what was, the bus for what comes.

The subscription is entered first and the store read after it, so that nothing falls between.
What both give is shown once, by its `n`. A `Behind`, or an `n` that is further on than the
next, means events passed us by: they are in the store. A partial whose final was already
shown (from the store, before the bus brought the partial) is not shown after it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator

from coach.bus import Behind, Body, Bus
from coach.events import EPHEMERAL
from coach.store import Store
from stream.audio import CallId


class Shown:
    """What the reader has seen: the last `n`, and each party's last final."""

    def __init__(self, after: int) -> None:
        self.n = after
        self._finals: dict[str, int] = {}

    def show(self, body: Body) -> bool:
        """Whether to show this one, and if so take note that it was shown."""
        data = body["data"]
        if body["type"] in EPHEMERAL:
            done = self._finals.get(data.get("party", ""), 0)
            return body["type"] != "transcript.partial" or int(data.get("utterance", 0)) > done
        if body["n"] <= self.n:
            return False
        self.n = body["n"]
        if body["type"] == "transcript.final":
            party = data.get("party", "")
            self._finals[party] = max(self._finals.get(party, 0), data.get("utterance", 0))
        return True

    def missed(self, item: Body | Behind) -> bool:
        """Whether this item tells that events passed the reader by."""
        return isinstance(item, Behind) or item.get("n", 0) > self.n + 1


async def follow(
    store: Store, bus: Bus, call: CallId, *, after: int = 0, entitled: bool
) -> AsyncGenerator[Body]:
    """The call's durable events after `after`, the newest ephemeral ones, then all that comes.

    May be opened before the call begins. Does not end by itself but with the bus; close the
    generator (`contextlib.aclosing`) to leave early.
    """
    shown = Shown(after)
    async with bus.subscribe(call, entitled=entitled) as live:
        for body in await caught_up(store, bus, call, shown, entitled=entitled):
            yield body
        async for item in live:
            if isinstance(item, Behind) or shown.missed(item):
                for body in await caught_up(store, bus, call, shown, entitled=entitled):
                    yield body
            elif shown.show(item):
                yield item


async def caught_up(
    store: Store, bus: Bus, call: CallId, shown: Shown, *, entitled: bool
) -> list[Body]:
    """What the reader has not seen: the stored events, then the newest ephemeral ones."""
    newest = await bus.latest(call, entitled=entitled)  # first: their finals may come meanwhile
    stored = await store.events(call, after=shown.n, entitled=entitled)
    return [body for body in (*stored, *newest) if shown.show(body)]
