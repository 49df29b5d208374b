"""The I/O shell of media: drive a codec over a connection, hand the call on.

    greeting (CallStarted: admit, join, ready) -> relay -> stop -> ended -> close

The shell reads the next message when what the last one held was taken: that is all the
back-pressure there is, and why nothing is kept here. Faults end one socket, with their code.
"""

from __future__ import annotations

import asyncio
import contextlib
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import assert_never

import structlog

from stream.audio import SAMPLE_BYTES, AudioFormat
from stream.errors import (
    BadRequest,
    CallFinished,
    Idle,
    Internal,
    MediaError,
    NotAllowed,
    PartyTaken,
    TooBig,
    Unauthorised,
    UnsupportedFormat,
)
from stream.events import (
    CallEnded,
    CallStarted,
    ContextChanged,
    Dtmf,
    Media,
    Paused,
    Reply,
    Resumed,
    StreamEvent,
)
from stream.intake import Admit, Intake, Leg, Transcribe
from stream.protocols import Ack, Codec, Ended, Failed, Ready
from stream.sockets import Gone, Wire, first
from stream.upgrade import Upgrade

PIECE_SECONDS = 0.25
"""Audio handed on at a time: decoding and resampling so much takes about a millisecond, and
then the event loop is free for others."""

_FINAL = (BadRequest, UnsupportedFormat, TooBig, Unauthorised, NotAllowed, Internal)
"""Faults after which the sender's parties are done; after others it may come back."""
_CLOSED_FOR_FAULT = {1002: "bad_request", 1007: "bad_request", 1009: "too_big"}
"""Close codes with which the websocket library itself ends a sender that broke its rules."""
_ORDINARY = (1000, 1001)
"""Close codes of a sender that meant to: done, and going away. Not 1005, none given: the server
beneath says that of a line that broke, too."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SocketLimits:
    """How patient a media socket is, in seconds."""

    first_message_seconds: float = 10.0
    """From the accept to the start message: the same time a telephone system gives us."""
    idle_seconds: float = 60.0
    """Without any message, unless paused. Senders send each 20 to 200 ms; after a minute the
    line is dead, though TCP may not know it yet."""
    ack_seconds: float = 1.0
    """Between acknowledgements, as the API says."""
    farewell_seconds: float = 5.0
    """For the last words to a sender that perhaps no longer reads, and for it to close where the
    protocol leaves that to it."""
    refusal_seconds: float = 0.5
    """A sender that is not let in waits so long for the answer, so that guessing is slow."""
    ending_seconds: float = 8.0
    """Until such a sender is told the end, whether every event is out or not: AudioHook waits for
    10 s. What was sent is heard all the same."""


def pieces(media: Media, format: AudioFormat) -> Iterator[Media]:
    """The same audio in pieces of at most PIECE_SECONDS, each with its own `at` where the
    protocol gives one: were only the first placed, the others would follow what it became."""
    channels = 1 if media.party is not None else len(format.parties)
    frame = SAMPLE_BYTES[format.encoding] * channels
    size = max(1, int(format.rate * PIECE_SECONDS)) * frame
    if len(media.payload) <= size:
        yield media
        return
    for start in range(0, len(media.payload), size):
        at = None if media.at is None else media.at + start / frame / format.rate
        yield replace(media, payload=media.payload[start : start + size], at=at)


class Shell:
    """One media connection, whatever it runs over."""

    def __init__(
        self,
        wire: Wire,
        codec: Codec,
        intake: Intake,
        admit: Admit,
        upgrade: Upgrade,
        limits: SocketLimits,
        transcribe: Transcribe | None = None,
    ) -> None:
        """`transcribe`: where what was said comes from, for protocols that tell it."""
        self._wire = wire
        self._codec = codec
        self._intake = intake
        self._admit = admit
        self._upgrade = upgrade
        self._limits = limits
        self._transcribe = transcribe
        self._leg: Leg | None = None
        self._format: AudioFormat | None = None
        self._paused = False
        self._reason: str | None = None
        """Why the sender's parties are done; None while they are not."""
        self._settled = False
        """Whether the leg was told its end."""

    async def serve(self) -> None:
        """From the first message to the close. Raises nothing of its own."""
        try:
            await self._converse()
        except Gone as gone:
            await self._release(self._why(gone.code))
        except MediaError as fault:
            await self._refuse(fault)
        except Exception as error:
            self._report(error)
            await self._refuse(Internal("a fault of the server: it is in its log; try again"))
        except asyncio.CancelledError:
            self._lose()
            raise

    # -- the conversation -------------------------------------------------------------------

    async def _converse(self) -> None:
        await self._greet()
        leg = self._leg
        if leg is None:  # it said goodbye before it said hello
            await self._part()
            return
        acks = asyncio.create_task(self._acknowledge(leg))
        repeats = asyncio.create_task(self._repeat(leg))
        try:
            await first(self._relay(), self._displaced(leg), self._overtaken(leg))
            self._settled = True
            await leg.stop(self._reason or "stopped")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._ending_seconds()):
                    await first(_over(leg, repeats), self._see_off(), self._displaced(leg))
        finally:
            for task in (acks, repeats):
                task.cancel()
            await asyncio.gather(acks, repeats, return_exceptions=True)
        await self._tell(self._codec.tell(Ended()))
        await self._part()

    async def _greet(self) -> None:
        """Up to the start message, however many others come before it."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._limits.first_message_seconds
        while self._leg is None and self._reason is None:
            message = await self._hear(deadline - loop.time(), "no start message came in time")
            await self._take(message)

    async def _relay(self) -> None:
        """Up to the stop message."""
        while self._reason is None:
            silent = self._paused and not self._codec.manners.pings
            patience = None if silent else self._limits.idle_seconds
            await self._take(await self._hear(patience, "nothing came for too long"))

    async def _hear(self, patience: float | None, fault: str) -> str | bytes:
        try:
            async with asyncio.timeout(patience):
                return await self._wire.hear()
        except TimeoutError:
            raise Idle(f"{fault}: connect again, and send audio or pause") from None

    async def _take(self, message: str | bytes) -> None:
        for event in self._codec.receive(message):
            await self._dispatch(event)
        await asyncio.sleep(0)  # the next one may be here already: let others have their turn

    async def _dispatch(self, event: StreamEvent) -> None:
        match event:
            case CallStarted():
                await self._join(event)
            case Media():
                leg, format = self._started()
                for number, piece in enumerate(pieces(event, format)):
                    if number:
                        await asyncio.sleep(0)
                    await leg.take(piece)
            case Paused() | Resumed():
                self._paused = isinstance(event, Paused)
                await self._started()[0].take(event)
            case ContextChanged() | Dtmf():
                await self._started()[0].take(event)
                await asyncio.sleep(0)
            case Reply():
                await self._tell([event.text])
                await asyncio.sleep(0)
            case CallEnded():
                self._reason = event.reason
            case _:
                assert_never(event)

    async def _join(self, started: CallStarted) -> None:
        if self._leg is not None:
            raise BadRequest("a second start: open a socket of its own for another call")
        self._admit(started, self._upgrade)
        self._format = started.format
        self._leg = await self._intake.join(started)
        await self._tell(self._codec.tell(Ready()))

    def _started(self) -> tuple[Leg, AudioFormat]:
        if self._leg is None or self._format is None:
            raise BadRequest("this came before the start message: send that one first")
        return self._leg, self._format

    # -- what goes on beside it -------------------------------------------------------------

    async def _acknowledge(self, leg: Leg) -> None:
        """Tell each second what is kept. One who left is not told; what it had sent is heard."""
        with contextlib.suppress(Gone):
            while True:
                await asyncio.sleep(self._limits.ack_seconds)
                for party, at in leg.kept().items():
                    await self._tell(self._codec.tell(Ack(party, at)))

    async def _repeat(self, leg: Leg) -> None:
        """Tell what was said, where the protocol wants it."""
        if self._transcribe is None or not self._codec.manners.transcribed:
            return
        try:
            async with contextlib.aclosing(self._transcribe(leg)) as transcripts:
                async for transcript in transcripts:
                    await self._tell(self._codec.tell(transcript))
        except Gone:
            pass  # whoever relays finds out, too
        except Exception as error:
            self._report(error)  # the call is heard all the same

    async def _displaced(self, leg: Leg) -> None:
        await leg.replaced.wait()
        raise PartyTaken("another socket took over this party: send on that one")

    async def _overtaken(self, leg: Leg) -> None:
        """The call ended without this socket's doing."""
        await leg.ended.wait()
        if self._reason is None:
            raise CallFinished("the call has ended: use a new id for another call")

    def _ending_seconds(self) -> float | None:
        return self._limits.ending_seconds if self._codec.manners.client_closes else None

    async def _tell(self, texts: list[str]) -> None:
        for text in texts:
            await self._wire.say(text)

    async def _part(self, code: int = 1000, reason: str = "") -> None:
        """Close, once the sender has had time to, where that is its business. Raises Gone."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._limits.farewell_seconds):
                if self._codec.manners.client_closes:
                    await self._see_off()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._limits.farewell_seconds):
                await self._wire.part(code, reason)

    async def _see_off(self) -> None:
        """Nothing after the end counts, but what the protocol wants answered, until the sender
        leaves."""
        while True:
            message = await self._wire.hear()
            await asyncio.sleep(0)
            with contextlib.suppress(MediaError):
                for event in self._codec.receive(message):
                    if isinstance(event, Reply):
                        await self._tell([event.text])

    def _why(self, code: int) -> str | None:
        """Why the parties of one who closed with this code are done; None where they may not be."""
        if self._codec.manners.close_ends and code in _ORDINARY:
            return "stopped"
        return _CLOSED_FOR_FAULT.get(code)

    # -- the end ----------------------------------------------------------------------------

    async def _refuse(self, fault: MediaError) -> None:
        """Say what is wrong, close, and let go of the leg."""
        call = self._leg.call if self._leg else None
        log.info("media.refused", code=fault.code, call=call)
        if isinstance(fault, Unauthorised):
            await asyncio.sleep(self._limits.refusal_seconds)
        try:
            async with asyncio.timeout(self._limits.farewell_seconds):
                await self._tell(self._codec.tell(Failed(fault)))
            await self._part(fault.close, fault.message)
        except (Gone, TimeoutError):
            pass
        if isinstance(fault, _FINAL):
            await self._release(fault.code)
        elif not isinstance(fault, PartyTaken):
            await self._release(None)

    async def _release(self, reason: str | None) -> None:
        """Let go of the leg: its parties are done for `reason`, or where None only lost."""
        if reason is None:
            self._lose()
        elif self._leg is not None and not self._settled:
            self._settled = True
            try:
                await self._leg.stop(reason)
            except Exception as error:
                self._report(error)

    def _lose(self) -> None:
        if self._leg is not None and not self._settled:
            self._settled = True
            self._leg.lost()

    def _report(self, error: Exception) -> None:
        """Where it broke, without the error's words: they may quote what was said."""
        log.error(
            "media.broke",
            call=self._leg.call if self._leg else None,
            error=type(error).__name__,
            trace="".join(traceback.format_tb(error.__traceback__)),
        )


async def _wait(event: asyncio.Event) -> None:
    await event.wait()


async def _over(leg: Leg, repeats: asyncio.Task[None]) -> None:
    """Every event of the call is out, and what was said is told: the last words may still be on
    their way from another process's bus, or wait for a slow line."""
    await leg.ended.wait()
    await asyncio.wait({repeats})
