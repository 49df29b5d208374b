"""What one reader of the bus holds: bounded, and never a reason for anyone to wait.

Rules of a subscription of a given size:
- An ephemeral event replaces the older one of its (call, party, type), and goes to the end;
  a final takes away the partial it supersedes. Where there is no room, it is lost.
- Where a durable event finds no room, the ephemeral ones held make way. Where that does not
  help either, the reader is behind: what is held is dropped, and the reader gets one `Behind`
  for each call that lost something. Until the reader has it, nothing more of that call is
  held: it is stored already, and the reader will find it there.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from coach.events import EPHEMERAL
from stream.audio import CallId

Body = dict[str, Any]
"""An event as the API shows it, in the view of the reader. Shared: read it, never change it."""

HELD = 1000
"""Events a reader may lag behind: minutes of one call, seconds of a board of a hundred, and
about a megabyte. Beyond it, reading the store again is cheaper than holding more."""

_Slot = tuple[str, ...] | int


@dataclass(frozen=True, slots=True)
class Behind:
    """The reader lost events of this call: read the store again from the last `n` seen."""

    call: CallId


class Subscription:
    """Events for one reader, from `async with` on: an async iterator over Body and Behind.

    One task reads it. It ends when the bus closes, after what was held.
    """

    def __init__(
        self,
        size: int,
        *,
        opened: Callable[[Subscription], Awaitable[None]],
        closed: Callable[[Subscription], Awaitable[None]],
    ) -> None:
        if size < 1:
            raise ValueError(f"a subscription of size {size} holds nothing: give 1 or more")
        self._size = size
        self._opened = opened
        self._closed = closed
        self._held: OrderedDict[_Slot, Body] = OrderedDict()
        self._behind: OrderedDict[CallId, None] = OrderedDict()
        """At most one mark for each live call."""
        self._count = 0
        self._ready = asyncio.Event()
        self._ended = False

    async def __aenter__(self) -> Self:
        await self._opened(self)
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.end()
        await self._closed(self)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Body | Behind:
        while True:
            if self._behind:
                return Behind(self._behind.popitem(last=False)[0])
            if self._held:
                return self._held.popitem(last=False)[1]
            if self._ended:
                raise StopAsyncIteration
            self._ready.clear()
            await self._ready.wait()

    def end(self) -> None:
        """No more will come; for the bus."""
        self._ended = True
        self._ready.set()

    def offer(self, body: Body) -> None:
        """Hold an event for the reader, by the rules above; for the bus."""
        if self._ended or body["call"] in self._behind:
            return
        if body["type"] in EPHEMERAL:
            self._offer_ephemeral(body)
        else:
            self._offer_durable(body)
        self._ready.set()

    def miss(self, call: CallId) -> None:
        """Events of the call passed by: the reader is behind; for the bus."""
        if self._ended:
            return
        kept = (item for item in self._held.items() if item[1]["call"] != call)
        self._held = OrderedDict(kept)
        self._behind[call] = None
        self._ready.set()

    def _offer_ephemeral(self, body: Body) -> None:
        slot = (body["call"], str(body["data"].get("party", "")), body["type"])
        self._held.pop(slot, None)
        if len(self._held) < self._size:
            self._held[slot] = body

    def _offer_durable(self, body: Body) -> None:
        self._forget_partial(body)
        if len(self._held) >= self._size:
            durable = (item for item in self._held.items() if item[1]["type"] not in EPHEMERAL)
            self._held = OrderedDict(durable)
        if len(self._held) < self._size:
            self._count += 1
            self._held[self._count] = body
            return
        self._behind.update({held["call"]: None for held in self._held.values()})
        self._behind[body["call"]] = None
        self._held.clear()

    def _forget_partial(self, body: Body) -> None:
        if body["type"] != "transcript.final":
            return
        slot = (body["call"], str(body["data"].get("party", "")), "transcript.partial")
        partial = self._held.get(slot)
        if partial is not None and supersedes(body["data"], partial["data"]):
            del self._held[slot]


def supersedes(final: dict[str, Any], partial: dict[str, Any]) -> bool:
    """Whether a party's final leaves nothing for its partial to say, by their data."""
    return int(final.get("utterance", 0)) >= int(partial.get("utterance", 0))
