"""The board: every live call that a supervisor may see, told from its start, then live."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, WebSocket

from coach.bus import Behind, Body
from coach.follow import Shown, caught_up
from coach.storage.records import CallRecord
from stream.audio import CallId
from stream.errors import BadRequest, NotAllowed
from stream.protocols import fields
from web.access import call_id, principal, services, team_of
from web.principal import Principal
from web.services import Services
from web.wire import Wire, attend

CALLS_READ = 200
"""Live calls read from the store at a time."""
FINISHED_KEPT = 1_000
"""Finished calls of which it is remembered what was shown: people add to them for a while."""

router = APIRouter()


@router.websocket("/v1/board")
async def board(socket: WebSocket) -> None:
    """All calls of the team. `after`: "CALL:N,CALL:N", what a returning reader has seen."""

    async def talk(wire: Wire) -> None:
        who = principal(socket)
        if not who.may_see_board():
            raise NotAllowed("your token may not see the board: ask for role supervisor")
        seen = read_marks(socket.query_params.get("after") or "")
        feed = BoardFeed(services(socket), who, wire, seen)
        await wire.converse(feed.tell(), _no_command)

    await attend(socket, talk)


def read_marks(text: str) -> dict[CallId, int]:
    """The last number seen of each call named. Raises BadRequest."""
    marks = {}
    for mark in filter(None, text.split(",")):
        call, _, n = mark.rpartition(":")
        marks[call_id(call)] = fields.whole(n, "after")
    return marks


async def _no_command(_command: dict[str, Any], _ref: str | None) -> None:
    raise BadRequest("the board takes no commands: send them on the call's own events socket")


class BoardFeed:
    """One reader of the board. `seen`: the last number that it has of each call."""

    def __init__(self, uses: Services, who: Principal, wire: Wire, seen: dict[CallId, int]) -> None:
        self._uses = uses
        self._who = who
        self._wire = wire
        self._seen = seen
        self._entitled = who.entitled_to_verbatim
        self._team = team_of(who)
        self._shown: dict[CallId, Shown | None] = {}
        """What was shown of each call; None: of another team, and none of this reader's."""
        self._finished: OrderedDict[CallId, None] = OrderedDict()

    async def tell(self) -> None:
        """Send until the bus closes. Raises Gone."""
        bus = self._uses.bus
        async with bus.subscribe(None, entitled=self._entitled, team=self._team) as live:
            async for record in self._live_calls():
                if record.id not in self._shown:
                    await self._open(record)
            async for item in live:
                await self._take(item)

    async def _live_calls(self) -> AsyncIterator[CallRecord]:
        before = None
        while True:
            page = await self._uses.store.calls(
                state="live", team=self._team, limit=CALLS_READ, before=before
            )
            for record in page:
                yield record
            if len(page) < CALLS_READ:
                return
            before = page[-1].id

    async def _take(self, item: Body | Behind) -> None:
        """Show what the bus brought, or what it tells that we lack."""
        call = item.call if isinstance(item, Behind) else CallId(item["call"])
        if call not in self._shown:
            await self._meet(call, item)
            return
        if not isinstance(item, Behind) and item["type"] == "context.changed":
            await self._judge(call)
        shown = self._shown[call]
        if shown is None:
            self._forget_at_end(call, item)
        elif isinstance(item, Behind) or shown.missed(item):
            await self._catch_up(call, shown)
        elif shown.show(item):
            await self._send(item)

    async def _meet(self, call: CallId, item: Body | Behind) -> None:
        """A call not met before: new, or finished so long ago that it was forgotten."""
        record = await self._uses.store.call(call)
        begins = not isinstance(item, Behind) and item.get("n") == 1
        if record is not None and (record.state == "live" or begins):
            await self._open(record)

    async def _open(self, record: CallRecord) -> None:
        if not self._who.may_read_call(record.id, record.context):
            self._shown[record.id] = None
            return
        shown = self._shown[record.id] = Shown(self._seen.get(record.id, 0))
        await self._catch_up(record.id, shown)

    async def _judge(self, call: CallId) -> None:
        """The context changed: the call may have come to this reader's team, or have left it."""
        record = await self._uses.store.call(call)
        if record is None or not self._who.may_read_call(call, record.context):
            self._shown[call] = None
        elif self._shown[call] is None:
            self._shown[call] = Shown(self._seen.get(call, 0))

    async def _catch_up(self, call: CallId, shown: Shown) -> None:
        bodies = await caught_up(
            self._uses.store, self._uses.bus, call, shown, entitled=self._entitled
        )
        for body in bodies:
            await self._send(body)

    async def _send(self, body: Body) -> None:
        await self._wire.send(body)
        self._forget_at_end(CallId(body["call"]), body)

    def _forget_at_end(self, call: CallId, item: Body | Behind) -> None:
        """Let go of the calls that ended longest ago."""
        if isinstance(item, Behind) or item["type"] != "call.ended":
            return
        self._finished[call] = None
        if len(self._finished) > FINISHED_KEPT:
            oldest, _ = self._finished.popitem(last=False)
            self._shown.pop(oldest, None)
            self._seen.pop(oldest, None)
