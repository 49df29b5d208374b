"""A live call: who is on it, over which socket, and until when.

    party      joins ──> present ──stop──> stopped ──┐ may join again while the call lives
                 ^          │ socket vanished        │
                 └──rejoin── gone ──15 s──> left  ───┘
    call       ends when every party is stopped or left

Each party has one media clock (Timeline) that outlives its sockets. A socket is a Leg; a newer
one with `resume` takes a party over and the older closes.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import structlog

from coach.pipeline import Ended, Joined, Left, Noted, Pipeline
from stream.audio import RATE, AudioFrame, CallId, Party, PartyId, Samples
from stream.decoder import Decoder
from stream.errors import BadRequest, PartyTaken
from stream.events import CallStarted, ContextChanged, Dtmf, Media, Paused, Resumed
from stream.keep import Missed
from stream.limits import MAX_CALL_PARTIES
from stream.timeline import Gap, Timeline

log = structlog.get_logger(__name__)

OVERLOADED = "overloaded"
"""Reason of a gap: the call was so far behind that there was no room to keep more."""

Presence = Literal["present", "gone", "stopped", "left"]


@dataclass(slots=True)
class Attendance:
    """One party's part in the call."""

    party: Party
    timeline: Timeline
    leg: SocketLeg | None
    presence: Presence = "present"
    leaving: asyncio.TimerHandle | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Session:
    """One live call. `rejoin`: seconds that a vanished party's place is kept."""

    def __init__(
        self,
        call: CallId,
        pipeline: Pipeline,
        *,
        source: str,
        rejoin: float,
        change: Callable[[ContextChanged], Awaitable[None]],
    ) -> None:
        self.call = call
        self.source = source
        self.pipeline = pipeline
        self._drafting = pipeline.conversation.drafting
        self.ended = asyncio.Event()
        self.attendance: dict[PartyId, Attendance] = {}
        self.closing = False
        self._rejoin = rejoin
        self.change = change
        self.changing: asyncio.Task[None] | None = None
        """A change of context that waits for what was said before it."""
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def clock(self) -> float:
        """Media seconds: the furthest of the parties' clocks."""
        return max((a.timeline.received for a in self.attendance.values()), default=0.0)

    # -- joining -----------------------------------------------------------------------------

    def check(self, started: CallStarted) -> None:
        """Whether the socket may have its parties. Raises PartyTaken, or BadRequest for too many;
        changes nothing."""
        names = {party.id for party in started.format.parties} | self.attendance.keys()
        if len(names) > MAX_CALL_PARTIES:
            raise BadRequest(
                f"call {self.call!r} has {len(self.attendance)} parties, and {MAX_CALL_PARTIES} "
                "are the most: let one of them speak for more"
            )
        for party in started.format.parties:
            there = self.attendance.get(party.id)
            if there and there.presence == "present" and not started.resume:
                raise PartyTaken(
                    f"party {party.id!r} of call {self.call!r} is already on another socket: "
                    'use another name, or take it over with "resume":true'
                )

    async def join(self, started: CallStarted) -> SocketLeg:
        """Seat the socket's parties; `check` has passed."""
        arrival = self.clock if started.at is None else started.at
        leg = SocketLeg(self, started, arrival)
        for party in started.format.parties:
            there = self.attendance.get(party.id)
            if there is None:
                timeline = Timeline(party.id, started.format.rate, arrival)
                self.attendance[party.id] = Attendance(party, timeline, leg)
                await self._joined(party, arrival)
            else:
                await self._rejoined(there, leg, started, arrival)
        return leg

    async def _joined(self, party: Party, at: float) -> None:
        await self.pipeline.put(Joined(party, round(at * RATE)))
        await self.pipeline.put(Noted(self._drafting.joined(party, at)))

    async def _rejoined(
        self, there: Attendance, leg: SocketLeg, started: CallStarted, arrival: float
    ) -> None:
        old, there.leg = there.leg, leg
        was, there.presence = there.presence, "present"
        if there.leaving is not None:
            there.leaving.cancel()
            there.leaving = None
        if old is not None:
            old.replaced.set()
            self.pipeline.keeps(there.party.id, 0.0)  # the newcomer says it again
            # It may have carried a party that this socket does not take over.
            self.vanished(old, but=leg.parties)
        async with there.lock:
            for frame in there.timeline.reformat(started.format.rate):
                await self.pipeline.put(frame)
        leg.position = arrival
        if was in ("stopped", "left"):
            await self._joined(there.party, max(arrival, there.timeline.received))

    # -- leaving -----------------------------------------------------------------------------

    async def leave(self, party: PartyId, presence: Presence, reason: str) -> None:
        """A party's audio is over; the last one's end is the call's."""
        there = self.attendance[party]
        there.presence, there.leg, there.leaving = presence, None, None
        kept = self.pipeline.kept(party)
        self.pipeline.keeps(party, 0.0)
        async with there.lock:
            for frame in there.timeline.flush():
                await self.pipeline.put(frame)
            if kept:  # the call is ended before all that was said could be heard
                await self.pipeline.put(Gap(party, there.timeline.received, kept, reason))
            # Inside the lock: should the party come back meanwhile, it joins after this.
            await self.pipeline.put(Left(party))
            left = self._drafting.left(there.party, there.timeline.received)
            await self.pipeline.put(Noted(left))
        await self.end_if_empty(reason)

    async def end_if_empty(self, reason: str) -> None:
        """End the call when nobody is on it, or may still come back."""
        over = all(a.presence in ("stopped", "left") for a in self.attendance.values())
        if over and not self.closing:
            self.closing = True
            await self.pipeline.put(Ended(reason))

    def vanished(
        self, leg: SocketLeg, patience: float = math.inf, but: Sequence[PartyId] = ()
    ) -> None:
        """The leg's socket is gone without a stop: keep its parties' places for a while, at most
        for `patience` seconds, all `but` these."""
        kept = min(self._rejoin, patience)
        for party in leg.parties:
            there = self.attendance[party]
            if there.leg is not leg or party in but:
                continue
            there.presence, there.leg = "gone", None
            log.info("party vanished", call=self.call, party=party, rejoin_seconds=kept)
            loop = asyncio.get_running_loop()
            there.leaving = loop.call_later(kept, self._give_up, party)

    def _give_up(self, party: PartyId) -> None:
        task = asyncio.get_running_loop().create_task(self.leave(party, "left", "lost"))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def shut(self, reason: str) -> None:
        """End the call now, whoever is on it; what was heard is kept."""
        for there in self.attendance.values():
            there.leg = None  # of all at once: nothing more is heard of one while another leaves
        for party, there in list(self.attendance.items()):
            if there.leaving is not None:
                there.leaving.cancel()
            if there.presence in ("present", "gone"):
                await self.leave(party, "stopped", reason)


class SocketLeg:
    """One socket's place in a call: the Leg that stream/server.py drives."""

    def __init__(self, session: Session, started: CallStarted, origin: float) -> None:
        """`origin`: media second of the call at which the sender's own clock is 0."""
        self._session = session
        self._format = started.format
        self._whole = Decoder(started.format)
        self._single: dict[PartyId, Decoder] = {}
        self.origin = origin
        self._paused = False
        self.position: float | None = None
        """Media second of the next sample, of a sender that came back and may say again what
        is known; None where its sound follows on."""
        self.call = session.call
        self.parties = tuple(party.id for party in started.format.parties)
        self.replaced = asyncio.Event()

    @property
    def ended(self) -> asyncio.Event:
        """Set once every event of the call is out."""
        return self._session.ended

    def kept(self) -> dict[PartyId, float]:
        """Media seconds up to which each party's audio is kept."""
        attendance = self._session.attendance
        return {party: attendance[party].timeline.received for party in self.parties}

    async def take(self, event: Media | Paused | Resumed | ContextChanged | Dtmf) -> None:
        """Take what the codec made of a message; waits while the call's buffer is full."""
        match event:
            case Media():
                await self._media(event)
            case Paused() | Resumed():
                await self._pause(event)
            case ContextChanged():
                await self._session.change(event)
            case Dtmf():
                pass  # never stored: the digits may be a card's

    async def stop(self, reason: str) -> None:
        """The socket's parties are done."""
        dropped = self._whole.remainder + sum(d.remainder for d in self._single.values())
        if dropped:
            log.info("bytes of an unfinished sample dropped", call=self.call, bytes=dropped)
        for party in self.parties:
            if self._session.attendance[party].leg is self:
                await self._session.leave(party, "stopped", reason)

    def lost(self, patience: float = math.inf) -> None:
        """The socket vanished without a stop; its parties may come back for so many seconds."""
        self._session.vanished(self, patience)

    async def _media(self, media: Media) -> None:
        if self._paused:
            return
        decoded = self._decoded(media)
        if not any(len(samples) for samples in decoded.values()):
            return  # not a whole sample yet
        at = self.position if media.at is None else self.origin + media.at
        for party, samples in decoded.items():
            await self._feed(party, samples, at)
        if self.position is not None:
            self._move(max(len(samples) for samples in decoded.values()) / self._format.rate)

    def fits(self, media: Media) -> bool:
        """Whether `take` would find room for it now."""
        format = self._format if media.party is None else self._format.only(media.party)
        seconds = len(media.payload) / format.frame_bytes / format.rate
        for party in format.parties:
            received = self._session.attendance[party.id].timeline.received
            begins = received if media.at is None else max(received, self.origin + media.at)
            if not self._session.pipeline.fits(party.id, begins + seconds):
                return False
        return True

    async def miss(self, missed: Missed) -> None:
        """Sound was not kept: the clock goes on without it, and says so."""
        for party in self.parties if missed.party is None else (missed.party,):
            there = self._session.attendance[party]
            async with there.lock:
                if there.leg is not self:
                    continue
                until = there.timeline.received + missed.seconds
                if missed.until is not None:
                    until = self.origin + missed.until
                await self._hand_on(there, there.timeline.advance(until, OVERLOADED))

    def keeps(self, party: PartyId, seconds: float) -> None:
        """So much of the party waits before `take`; its seat may be another's by now."""
        if self._session.attendance[party].leg is self:
            self._session.pipeline.keeps(party, seconds)

    def _move(self, seconds: float) -> None:
        """The sender has said that much more; where that is new, its sound follows on."""
        assert self.position is not None
        self.position += seconds
        if max(self.kept().values()) <= self.position + 1 / self._format.rate:
            self.position = None

    def _decoded(self, media: Media) -> dict[PartyId, Samples]:
        if media.party is None:
            return self._whole.feed(media.payload)
        decoder = self._single.get(media.party)
        if decoder is None:
            decoder = self._single[media.party] = Decoder(self._format.only(media.party))
        return decoder.feed(media.payload)

    async def _feed(self, party: PartyId, samples: Samples, at: float | None) -> None:
        there = self._session.attendance[party]
        async with there.lock:
            if there.leg is self:
                await self._hand_on(there, there.timeline.feed(samples, at))

    async def _hand_on(self, there: Attendance, items: Iterator[AudioFrame | Gap]) -> None:
        """Give the hearing what the clock makes, as long as the seat is ours.

        The clock moves with each item: never before there is room for it, or a wait that is
        cancelled would lose sound that the clock counts.
        """
        pipeline = self._session.pipeline
        while True:
            await pipeline.room(there.party.id)
            item = next(items, None) if there.leg is self else None
            if item is None:
                return
            await pipeline.put(item)

    async def _pause(self, event: Paused | Resumed) -> None:
        self._paused = isinstance(event, Paused)
        at = event.at if isinstance(event, Resumed) else None
        if at is not None:
            self.position = None
        for party in self.parties:
            there = self._session.attendance[party]
            if isinstance(event, Resumed) and at is not None:
                until = at + (self.origin if event.own else 0.0)
                async with there.lock:
                    await self._hand_on(there, there.timeline.advance(until, "paused"))
            drafting = self._session.pipeline.conversation.drafting
            draft = drafting.paused(party, there.timeline.received, paused=self._paused)
            await self._session.pipeline.put(Noted(draft))
