"""One call's events for one reader, and what the reader has to say of it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import aclosing
from typing import Any

from fastapi import APIRouter, WebSocket

from coach import commands
from coach.follow import follow
from coach.redact import context_names
from stream.audio import CallId
from stream.errors import BadRequest, NotAllowed
from stream.protocols import fields
from web.access import call_id, principal, services
from web.principal import Principal, Role
from web.services import Services
from web.wire import Wire, attend

DECIDING = frozenset({"call.started", "context.changed", "call.ended"})
"""Events after which a reader's right may be another."""

_SPEAKS_AS: dict[str, tuple[Role, ...]] = {
    "message": ("supervisor", "admin", "agent"),
    "note": ("supervisor", "agent", "admin"),
}
_OTHERWISE: tuple[Role, ...] = ("agent", "supervisor", "admin")

router = APIRouter()


@router.websocket("/v1/calls/{call}/events")
async def call_events(socket: WebSocket, call: str) -> None:
    """Durable events after `after`, the newest partials, then live; commands on the same socket."""

    async def talk(wire: Wire) -> None:
        who = principal(socket)
        feed = CallFeed(services(socket), who, call_id(call), wire)
        after = fields.whole(socket.query_params.get("after") or 0, "after")
        await wire.converse(feed.tell(after), feed.answer)

    await attend(socket, talk)


class CallFeed:
    """One reader of one call."""

    def __init__(self, uses: Services, who: Principal, call: CallId, wire: Wire) -> None:
        self._uses = uses
        self._who = who
        self._call = call
        self._wire = wire

    async def tell(self, after: int) -> None:
        """Send the call's events until the bus closes. Raises NotAllowed, Gone."""
        if not await self._admitted():
            return
        entitled = self._who.entitled_to_verbatim
        bodies = follow(
            self._uses.store, self._uses.bus, self._call, after=after, entitled=entitled
        )
        async with aclosing(bodies):
            async for body in bodies:
                if body["type"] in DECIDING and not await self._may_read():
                    raise self._refusal()
                await self._wire.send(body)

    async def answer(self, command: dict[str, Any], ref: str | None) -> None:
        """Do what a person asks; returns once it is stored. Raises BadRequest, NotAllowed."""
        parsed = commands.parse(command)
        uses, call = self._uses, self._call
        record = await uses.store.call(call)
        if record is None:
            raise BadRequest("the call has not begun: send this again once it has")
        if not self._who.may_command(parsed.type, call, record.context):
            raise NotAllowed(f"your token may not send {parsed.type} to this call")
        draft = commands.draft(
            parsed,
            by=self._who.subject,
            role=speaks_as(self._who, parsed.type),
            ref=ref,
            at=await uses.store.clock(call),
            names=context_names(record.context),
        )
        await uses.journal.say(call, [draft])
        await uses.journal.drain(call)
        if isinstance(parsed, commands.NudgeUpdate) and uses.calls.live(call):
            await uses.calls.nudge_updated(call, parsed.id, parsed.state)

    # -- the right to read ------------------------------------------------------------------

    async def _admitted(self) -> bool:
        """Waits until it is known that the reader may read the call; False: the bus closed.

        An agent may open the page before anyone knows whose call it will be. Nothing is kept
        meanwhile: what there is to tell is read anew after it.
        """
        if await self._may_read():
            return True
        bodies = follow(self._uses.store, self._uses.bus, self._call, entitled=False)
        async with aclosing(bodies):
            async for body in bodies:
                if body["type"] in DECIDING and await self._may_read():
                    return True
        return False

    async def _may_read(self) -> bool:
        """False while it is not known; raises NotAllowed once it is known that not."""
        record = await self._uses.store.call(self._call)
        context = record.context if record is not None else {}
        if self._who.may_read_call(self._call, context):
            return True
        over = record is not None and record.state == "ended"
        if over or not self._who.may_read_call(self._call, _at_best(context, self._who)):
            raise self._refusal()
        return False

    def _refusal(self) -> NotAllowed:
        return NotAllowed("your token may not read this call: ask for one that names it")


def _at_best(context: Mapping[str, Any], who: Principal) -> dict[str, Any]:
    """The context, with what it does not say of the agent as this reader would wish."""
    agent = context.get("agent")
    known = {k: v for k, v in agent.items() if v} if isinstance(agent, Mapping) else {}
    return {**context, "agent": {"id": who.subject, "team": who.team, **known}}


def speaks_as(who: Principal, kind: str) -> str:
    """The role in which someone sends a command. A token has one; the developer has all, and
    sends messages from the supervisor's page and the rest from the agent's."""
    order = _SPEAKS_AS.get(kind, _OTHERWISE)
    return next(
        (role for role in order if role in who.roles), min(who.roles - {"media"}, default="media")
    )
