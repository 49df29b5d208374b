"""The calls of this process: which are live, how one begins, how one ends.

The Intake that media sockets join through. A call's id is taken for good: once ended, it takes
no more audio. At most `limit` calls are live; one more is refused with a time to try again. How
many that is may become known while calls are live (coach/room.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakValueDictionary

import structlog

from coach.consent import Consent
from coach.conversation import Conversation
from coach.drafts import stamp
from coach.inference import Lane
from coach.journal import Journal
from coach.kept_leg import KeptLeg
from coach.knowledge import Knowledge
from coach.metrics import Metrics
from coach.pipeline import Changed, Noted, Pipeline
from coach.playbook.schema import Playbook
from coach.session import Session
from coach.store import Store
from stream.audio import CallId, Context, PartyId
from stream.errors import CallFinished, Overloaded
from stream.events import CallStarted
from stream.intake import Leg

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class CallLimits:
    """Seconds, but for `calls`, the most that may be live at once."""

    calls: int
    retry_after: float
    rejoin: float
    buffer: float
    keep: float
    """Of a party whose sender cannot wait, beside the buffer."""
    consent: bool
    """What a call that says nothing of consent has granted."""


class Calls:
    """All live calls. `now`: time of day; `monotonic`: seconds of a clock that never jumps."""

    def __init__(
        self,
        knowledge: Knowledge,
        lane: Lane,
        journal: Journal,
        store: Store,
        limits: CallLimits,
        *,
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
        metrics: Metrics,
    ) -> None:
        self._knowledge = knowledge
        self._lane = lane
        self._journal = journal
        self._store = store
        self._limits = limits
        self._limit = limits.calls
        self._now = now
        self._monotonic = monotonic
        self._metrics = metrics
        self._live: dict[CallId, Session] = {}
        self._contexts: dict[CallId, Context] = {}
        self._runs: set[asyncio.Task[None]] = set()
        self._doors: WeakValueDictionary[CallId, asyncio.Lock] = WeakValueDictionary()
        """One a call: seating may wait for the hearing, and must hold up nobody else's call."""
        self._beginning = 0
        """Calls that have room but are not live yet."""

    def use(self, playbook: Playbook) -> None:
        """Calls that begin from now on are judged by this playbook."""
        self._knowledge = replace(self._knowledge, playbook=playbook)

    @property
    def limit(self) -> int:
        """Calls that may be live at once."""
        return self._limit

    def allow(self, calls: int) -> None:
        """So many may be live from now on; those that are live go on, also where they are more."""
        self._limit = calls

    @property
    def count(self) -> int:
        """Calls that are live, or about to be."""
        return len(self._live) + self._beginning

    def live(self, call: CallId) -> bool:
        """Whether the call is live here."""
        return call in self._live

    async def join(self, started: CallStarted) -> Leg:
        """Seat a socket; the first one begins the call.

        Raises PartyTaken, CallFinished or Overloaded, and changes nothing then.
        """
        door = self._doors.setdefault(started.call, asyncio.Lock())
        async with door:
            session = self._live.get(started.call)
            if session is None:
                session = await self._begin(started)
            elif session.closing:
                raise CallFinished(f"call {started.call!r} has ended: start one with a new id")
            else:
                session.check(started)
                if started.context:
                    await self._merge(session, started.context)
                await self._enter(session, started)
            leg = await session.join(started)
        return leg if started.waits else KeptLeg(leg, started.format, self._limits.keep)

    async def put_context(self, call: CallId, context: Context) -> None:
        """What is known of a live call; keys replace those before."""
        session = self._live.get(call)
        if session is not None:
            await self._merge(session, context)

    async def nudge_updated(self, call: CallId, nudge: str, state: str) -> None:
        """A person dealt with a nudge: it no longer expires by itself."""
        session = self._live.get(call)
        if session is not None and state != "shown":
            session.pipeline.conversation.nudge_updated(nudge)

    async def close(self) -> None:
        """End every call, with all that was heard, and wait until they are stored."""
        for session in list(self._live.values()):
            await session.shut("server_stopped")
        await asyncio.gather(*self._runs)

    # -- beginning and ending ----------------------------------------------------------------

    async def _begin(self, started: CallStarted) -> Session:
        call = started.call
        if (record := await self._store.call(call)) is not None:
            if record.state == "live" and record.owner != self._store.owners.me:
                raise CallFinished(
                    f"call {call!r} is live in another process: send all its audio to that one"
                )
            raise CallFinished(f"call {call!r} has ended: start one with a new id")
        if self.count >= self._limit:
            self._metrics.call_refused()
            raise Overloaded(
                f"{self.count} calls are live, as many as fit: try again in "
                f"{self._limits.retry_after:g} s, or raise COACH_CALL_LIMIT",
                retry_after=self._limits.retry_after,
            )
        self._beginning += 1
        try:
            context = await self._enter_record(started)
            consent = Consent.of(context, default=self._limits.consent)
            session = self._session(started, context, consent)
        finally:
            self._beginning -= 1
        await self._announce(session, started)
        if late := await self._store.take_context(call):
            await self._merge(session, late)  # put while the call was beginning
        return session

    async def _enter_record(self, started: CallStarted) -> Context:
        """Enter the call in the store; its context, with what was put before it began."""
        call = started.call
        context = {**await self._store.take_context(call), **started.context}
        begun = await self._store.begin(
            call,
            source=started.source,
            context=context,
            parties=started.format.parties,
            started_at=stamp(self._now()),
        )
        if not begun:
            raise CallFinished(f"call {call!r} is taken: start one with a new id")
        return context

    def _session(self, started: CallStarted, context: Context, consent: Consent) -> Session:
        call = started.call
        conversation = Conversation(call, self._knowledge, context, consent)
        pipeline = Pipeline(
            conversation,
            self._lane,
            self._journal,
            buffer=self._limits.buffer,
            now=self._monotonic,
        )
        session = Session(
            call,
            pipeline,
            source=started.source,
            rejoin=self._limits.rejoin,
            change=lambda event: self._merge(session, event.context),
        )
        self._live[call] = session
        self._contexts[call] = context
        self._metrics.call_started()
        run = asyncio.get_running_loop().create_task(self._run(session), name=f"call {call}")
        self._runs.add(run)
        run.add_done_callback(self._runs.discard)
        return session

    async def _enter(self, session: Session, started: CallStarted) -> None:
        """Keep in the call's record who else is on it now."""
        known = [there.party for there in session.attendance.values()]
        new = [party for party in started.format.parties if party.id not in session.attendance]
        if new:
            await self._store.update_parties(session.call, known + new)

    async def _announce(self, session: Session, started: CallStarted) -> None:
        at = started.at or 0.0
        drafting = session.pipeline.conversation.drafting
        zero = stamp(self._now() - timedelta(seconds=at))
        first = drafting.started(started.source, started.format.parties, at, zero)
        await session.pipeline.put(Noted(first))

    async def _run(self, session: Session) -> None:
        pipeline = session.pipeline
        try:
            await pipeline.run()
        except Exception:
            log.exception("a call failed; others go on", call=session.call)
        try:
            duration = await self._say_ended(session.call, pipeline)
            await self._store.finish(
                session.call,
                reason=pipeline.reason,
                ended_at=stamp(self._now()),
                duration=duration,
            )
        finally:
            self._live.pop(session.call, None)
            self._contexts.pop(session.call, None)
            self._lane.forget(session.call)
            session.ended.set()
            self._metrics.call_ended(pipeline.reason)
            self._metrics.media(session.source, session.clock)

    async def _say_ended(self, call: CallId, pipeline: Pipeline) -> float:
        conversation = pipeline.conversation
        ended = conversation.drafting.ended(pipeline.reason, conversation.clock)
        await self._journal.say(call, [ended])
        await self._journal.drain(call)
        return ended.at

    async def _merge(self, session: Session, change: dict[str, Any]) -> None:
        context = {**self._contexts[session.call], **change}
        self._contexts[session.call] = context
        consent = Consent.of(context, default=self._limits.consent)
        await self._store.update_context(session.call, context)
        before, coming = session.changing, session.pipeline.coming()
        if not coming and (before is None or before.done()):
            await session.pipeline.put(Changed(context, consent, round(session.clock, 3)))
            return
        # What was said before it, and is kept, is heard by what held when it was said.
        later = self._change_later(session, before, coming, context, consent)
        session.changing = asyncio.get_running_loop().create_task(later)

    async def _change_later(
        self,
        session: Session,
        before: asyncio.Task[None] | None,
        coming: dict[PartyId, float],
        context: Context,
        consent: Consent,
    ) -> None:
        if before is not None:
            await asyncio.wait({before})
        await session.pipeline.reached(coming)
        if not session.pipeline.reason:
            await session.pipeline.put(Changed(context, consent, round(session.clock, 3)))
