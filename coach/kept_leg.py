"""The leg of a sender that cannot be made to wait: what it says is kept while the call is behind.

    socket ──take──> there is room ──────────────────────────> SocketLeg.take ──> the hearing
                 └─> there is none: Keep ──as room comes────────^

While there is room, this is the leg behind it and nothing more. Once there is none, `take` keeps
what comes and returns at once, and a task hands it on in its order, waiting as the socket of a
patient sender would. The end, by `stop` or `lost`, waits its turn behind what was kept: a call may
go on for minutes after its sender has left, until all that was said is heard.

What finds no room in the Keep either becomes a gap with reason `overloaded`, in its place.
"""

from __future__ import annotations

import asyncio
import math

import structlog

from coach.session import SocketLeg
from stream.audio import AudioFormat, CallId, PartyId
from stream.errors import MediaError
from stream.events import Dtmf, Media
from stream.intake import LegEvent
from stream.keep import Keep, affordable

log = structlog.get_logger(__name__)


class KeptLeg:
    """A Leg of stream/intake.py. `seconds`: of a party's audio that are kept at most."""

    def __init__(self, leg: SocketLeg, format: AudioFormat, seconds: float) -> None:
        self._leg = leg
        self._keep = Keep(format, affordable(format, seconds))
        self._handing: asyncio.Task[None] | None = None
        self._end: str | None = None
        """Reason of a stop that waits its turn."""
        self._lost: float | None = None
        """Patience with a sender that vanished, which waits its turn."""
        self._fault: Exception | None = None
        """Of what was kept: raised to whoever takes next."""

    @property
    def call(self) -> CallId:
        return self._leg.call

    @property
    def parties(self) -> tuple[PartyId, ...]:
        return self._leg.parties

    @property
    def replaced(self) -> asyncio.Event:
        return self._leg.replaced

    @property
    def ended(self) -> asyncio.Event:
        return self._leg.ended

    @property
    def origin(self) -> float:
        return self._leg.origin

    def kept(self) -> dict[PartyId, float]:
        """Media seconds up to which each party's audio was handed on."""
        return self._leg.kept()

    async def take(self, event: LegEvent) -> None:
        """Hear this now, or keep it in its place. Hardly anything waits: a sender that is not
        read is not answered either, and some hang up then.

        Raises what was wrong with this or, where it was kept, with something before it.
        """
        if self._fault is not None:
            raise self._fault
        if isinstance(event, Media) and (self._handing is not None or not self._leg.fits(event)):
            self._hold(event)
            return
        if self._handing is not None and not isinstance(event, Media | Dtmf):
            if self._keep.note(event):
                return
            await asyncio.wait({self._handing})
        await self._leg.take(event)

    async def stop(self, reason: str) -> None:
        """The parties are done, once all that is kept is heard."""
        if self._handing is None:
            await self._leg.stop(reason)
        else:
            self._end = reason

    def lost(self, patience: float = math.inf) -> None:
        """The socket vanished; its parties' places are kept from when all that is kept is heard."""
        if self._handing is None:
            self._leg.lost(patience)
        else:
            self._lost = patience

    # -- what is kept ------------------------------------------------------------------------

    def _hold(self, media: Media) -> None:
        was_full = self._keep.full
        if not self._keep.put(media) and not was_full:
            log.warning("audio is missed: no room to keep more", call=self.call)
        self._tell()
        if self._handing is None:
            loop = asyncio.get_running_loop()
            self._handing = loop.create_task(self._hand_on(), name=f"kept audio of {self.call}")

    def _tell(self) -> None:
        for party in self.parties:
            self._leg.keeps(party, self._keep.seconds(party))

    async def _hand_on(self) -> None:
        """All that is kept, and then the end, where it has come."""
        try:
            while self._keep and not (self.replaced.is_set() or self.ended.is_set()):
                await self._hand_over()
        except Exception as fault:
            self._fault = fault
        finally:
            self._keep.clear()
            if self._fault is None:  # else it stays known until the end says what nobody heard
                self._tell()
            self._handing = None
        await self._finish()

    async def _hand_over(self) -> None:
        item = self._keep.take()
        if isinstance(item, tuple):
            for missed in item:
                await self._leg.miss(missed)
        else:
            await self._leg.take(item)
            await asyncio.sleep(0)  # there may be minutes of it: let others have their turn
        self._tell()

    async def _finish(self) -> None:
        """The end that waited; after a fault the parties are done, as when the shell hears it."""
        if self._fault is not None and (self._lost is not None or self._end is not None):
            code = self._fault.code if isinstance(self._fault, MediaError) else "internal"
            log.error("kept audio could not be heard", call=self.call, code=code)
            await self._leg.stop(code)
        elif self._end is not None:
            await self._leg.stop(self._end)
        elif self._lost is not None:
            self._leg.lost(self._lost)
