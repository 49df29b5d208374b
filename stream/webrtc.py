"""The I/O shell of WebRTC media: an offer is answered, and one speaker's sound comes by RTP.

    offer -> answer, join -> connected -> relay -> stop (DELETE) | lost | replaced -> closed

A session is one audio track of one party. The library beneath (aiortc) does ICE, DTLS, SRTP and
Opus; here are the rules that it leaves open.

1. The offer has one audio track, which sends (stream/offers.py).
2. The media clock is the sender's: `at` is the RTP time since the first frame. So it is 0 at the
   first sound and not at the join, which is as much earlier as connecting takes.
3. Nothing is made up for lost packets: the frame after a hole has the later `at`. Measured (aiortc
   1.16, 20 ms packets): the hole is what was lost, to the frame. The library's own buffer drops
   four good frames with each lost one, since it expects frames of many packets; so it is given
   another, _Order, in which a packet late by less than REORDER_PACKETS still finds its place.
   Where a fifth is lost in bursts, all that came stands 6.5 ms late: Opus's own delay.
4. After a loss the sound comes REORDER_PACKETS - 1 later than before, for as long as the sender
   goes on; so much is never heard when it ends.
5. Stereo is mixed to mono, (left + right) / 2. Our answer asks for neither stereo nor silence
   suppression: who suppresses it all the same leaves holes where nobody speaks.
6. A fault ends one session, with its code in the log.
"""

from __future__ import annotations

import asyncio
import math
import secrets
import traceback
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import aiortc
import structlog
from aiortc.jitterbuffer import JitterFrame
from aiortc.rtcrtpparameters import RTCRtpCodecCapability
from aiortc.rtp import RtpPacket
from av import AudioFrame, AudioResampler
from OpenSSL import SSL

from stream.audio import AudioFormat, CallId
from stream.errors import BadRequest, Idle, Internal, MediaError, TooBig, UnsupportedFormat
from stream.events import CallStarted, Media
from stream.ice import IceServer
from stream.intake import Intake, Leg
from stream.offers import AS_IT_CAME, RATE, Offer, whole_answer
from stream.protocols import fields
from stream.sockets import first

OPUS = RTCRtpCodecCapability("audio/opus", RATE, 2)
"""Two channels is what it is called by, also where it carries one."""
REORDER_PACKETS = 5
"""Packets that one is waited for: 100 ms, as all that is heard after a loss comes so much later."""
RESTART_PACKETS = 100
"""A packet so far behind is not late: the sender counts anew (so the library sees it too)."""
ANEW_SECONDS = 60.0
"""A hole beyond this is none: so long without sound no session lives. The sender's clock is another
one, as after a change of its track."""
OVERLAP_SECONDS = 1.0
"""So far behind a frame may be: two clocks of one sender are never that near."""
GOODBYE_SECONDS = 5.0
"""How long a sender's place is kept that closed its connection without a DELETE: a tab that was
closed comes back in no case, and a page that is loaded anew within a second or two."""
WORD_SECONDS = 0.5
"""How long after such a close the DELETE may come: many senders close first, and then say so."""
CLOSE_SECONDS = 5.0
"""For a connection to close, and for its last frames to be taken: both need milliseconds unless
something hangs, and then others must not wait for it."""

_FINAL = (BadRequest, UnsupportedFormat, TooBig, Internal)
"""Faults after which the sender's party is done; after others it may come back."""

Within = AbstractContextManager[None]
"""What a session lives inside: it counts it."""
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """How patient a session is, in seconds."""

    connect_seconds: float = 30.0
    """From the answer until sound can come. Browsers give up after 15 to 30 s."""
    idle_seconds: float = 60.0
    """Without sound. Senders send each 20 to 60 ms; one on hold may send nothing for a while. One
    that vanished is found out within 40 s, as six asks by ICE go unanswered then."""


def started(call: CallId, party: str, *, resume: bool = False) -> CallStarted:
    """The start of a session. Raises BadRequest for a name that no party may have."""
    format = AudioFormat("s16le", RATE, fields.parties([party], "the address"))
    return CallStarted(call, format, source="whip", resume=resume, waits=False)


class _Order:
    """Packets, each of one frame, in their order: what the library asks of its jitter buffer."""

    def __init__(self) -> None:
        self._next: int | None = None
        self._held: dict[int, RtpPacket] = {}

    def add(self, packet: RtpPacket) -> tuple[bool, JitterFrame | None]:
        """The next frame, where it is there or waited for in vain; never asks for a picture."""
        number = packet.sequence_number
        if self._next is None or self._ahead(number) < -RESTART_PACKETS:
            self._next = number
            self._held.clear()
        ahead = self._ahead(number)
        if ahead >= 0:
            self._held[number] = packet
        if not self._held or (self._next not in self._held and ahead < REORDER_PACKETS):
            return False, None
        found = self._held.pop(min(self._held, key=self._ahead))
        self._next = (found.sequence_number + 1) % 65_536
        # An empty one, which only fills the line, would end the decoder for good.
        return False, JitterFrame(found.payload, found.timestamp) if found.payload else None

    def _ahead(self, number: int) -> int:
        """Packets from the next one to that, by the shorter way around."""
        assert self._next is not None
        return (number - self._next + 32_768) % 65_536 - 32_768


class _Peer:
    """The connection with one sender: as much of the library as is needed here."""

    def __init__(self, ice: Sequence[IceServer]) -> None:
        # Without a list the library would ask a public server.
        servers = [aiortc.RTCIceServer(s.url, s.username, s.credential) for s in ice]
        self._connection = aiortc.RTCPeerConnection(aiortc.RTCConfiguration(servers))
        self._connection.on("connectionstatechange", self._changed)
        transceiver = self._connection.addTransceiver("audio", "recvonly")
        transceiver.setCodecPreferences([OPUS])
        self._receiver = transceiver.receiver
        # Rule 3. There is no other way in; a test fails should this one lead nowhere.
        self._receiver._RTCRtpReceiver__jitter_buffer = _Order()  # type: ignore[attr-defined]
        self._resampler = AudioResampler(format="s16", layout="mono", rate=RATE)
        self._begin: int | None = None
        self._until = 0.0
        """Media second at which the last frame ended."""
        self._connected = asyncio.Event()
        self._over = asyncio.Event()
        self._closing: asyncio.Task[None] | None = None

    async def answer(self, offer: Offer) -> str:
        """The answer, with all our candidates. Raises BadRequest."""
        description = aiortc.RTCSessionDescription(offer.sdp, "offer")
        try:
            await self._connection.setRemoteDescription(description)
        except Exception as fault:  # of any kind, as where it reads
            log.info("media.garbled_offer", error=type(fault).__name__)
            raise BadRequest(
                f"the offer's codecs or candidates are garbled: {AS_IT_CAME}"
            ) from None
        await self._connection.setLocalDescription(await self._connection.createAnswer())
        return whole_answer(offer, self._connection.localDescription.sdp)

    async def connected(self) -> bool:
        """Wait until sound can come; False where the connection ended before."""
        await first(_wait(self._connected), _wait(self._over))
        return self._connected.is_set()

    async def next(self) -> tuple[float, bytes] | None:
        """The next frame: its media second, and its samples as s16le mono. None after the last."""
        try:
            frame = await self._receiver.track.recv()
        except aiortc.MediaStreamError:
            return None
        assert isinstance(frame, AudioFrame)
        pts = frame.pts or 0
        if self._begin is None:
            self._begin = pts
        ahead = (pts - self._begin) / RATE - self._until
        if not -OVERLAP_SECONDS <= ahead <= ANEW_SECONDS:
            self._begin = pts - round(self._until * RATE)  # its clock began anew: it follows on
        at = (pts - self._begin) / RATE
        self._until = at + frame.samples / frame.sample_rate
        mono = [part.to_ndarray().astype("<i2") for part in self._resampler.resample(frame)]
        return at, b"".join(part.tobytes() for part in mono)

    @property
    def said_goodbye(self) -> bool:
        """Whether the sender closed the connection (DTLS close_notify): then it did not break."""
        tls = self._receiver.transport._ssl
        return tls is not None and bool(tls.get_shutdown() & SSL.RECEIVED_SHUTDOWN)

    async def close(self) -> None:
        """Free what it holds. The track ends with this; what came before can still be taken."""
        await asyncio.wait({self._close()}, timeout=CLOSE_SECONDS)

    def _close(self) -> asyncio.Task[None]:
        if self._closing is None:
            self._closing = asyncio.create_task(self._connection.close(), name="close connection")
        return self._closing

    def _changed(self) -> None:
        if self._connection.connectionState == "connected":
            self._connected.set()
        elif self._connection.connectionState in ("failed", "closed"):
            self._over.set()
            self._close()


class Session:
    """One sender, from its answer to its end. `name` is part of its address, not to be guessed."""

    def __init__(
        self, answer: str, leg: Leg, peer: _Peer, limits: SessionLimits, within: Within
    ) -> None:
        self.name = secrets.token_urlsafe(16)
        self.answer = answer
        self.call, self.party = leg.call, leg.parties[0]
        self._leg = leg
        self._peer = peer
        self._limits = limits
        self._reason: str | None = None
        """Why the party is done; None where it is only lost."""
        self._stopping = asyncio.Event()
        self.serving = asyncio.create_task(self._serve(within), name=f"session of {self.call}")

    async def stop(self, reason: str | None) -> None:
        """End it once all that came is taken: the party is done for `reason`, where None lost."""
        self._reason = self._reason or reason
        self._stopping.set()
        await self._peer.close()
        await asyncio.wait({self.serving}, timeout=CLOSE_SECONDS)
        self.serving.cancel()
        await asyncio.wait({self.serving})

    async def _serve(self, within: Within) -> None:
        with within:
            try:
                await first(self._relay(), _wait(self._leg.replaced), _wait(self._leg.ended))
            except MediaError as fault:
                log.info("media.ended", code=fault.code, call=self.call, why=fault.message)
                self._reason = fault.code if isinstance(fault, _FINAL) else self._reason
            except Exception as error:
                self._report(error)
                self._reason = Internal.code
            finally:
                await self._release()

    async def _relay(self) -> None:
        """Up to the end of the track."""
        try:
            async with asyncio.timeout(self._limits.connect_seconds):
                connected = await self._peer.connected()
        except TimeoutError:
            raise Idle("nobody connected after the answer: send a new offer") from None
        while connected and (heard := await self._hear()) is not None:
            at, payload = heard
            await self._leg.take(Media(payload, self.party, at))
            await asyncio.sleep(0)
        if self._peer.said_goodbye:
            await first(_wait(self._stopping), asyncio.sleep(WORD_SECONDS))

    async def _hear(self) -> tuple[float, bytes] | None:
        try:
            async with asyncio.timeout(self._limits.idle_seconds):
                return await self._peer.next()
        except TimeoutError:
            raise Idle("no sound came for too long: send a new offer") from None

    async def _release(self) -> None:
        """Let go of the leg, unless another took it over, and of the connection."""
        try:
            if self._leg.replaced.is_set():
                log.info("media.replaced", call=self.call)
            elif self._reason is None:
                self._leg.lost(GOODBYE_SECONDS if self._peer.said_goodbye else math.inf)
            else:
                await self._leg.stop(self._reason)
        except Exception as error:
            self._report(error)
        await self._peer.close()

    def _report(self, error: Exception) -> None:
        """Where it broke, without the error's words: they may quote what was said."""
        trace = "".join(traceback.format_tb(error.__traceback__))
        log.error("media.broke", call=self.call, error=type(error).__name__, trace=trace)


class Sessions:
    """The sessions of one server. `ice`: servers that help senders and us to find each other."""

    def __init__(self, limits: SessionLimits | None = None, ice: Sequence[IceServer] = ()) -> None:
        self.ice = tuple(ice)
        self._limits = limits or SessionLimits()
        self._open: dict[str, Session] = {}

    async def open(
        self, offer: Offer, started: CallStarted, intake: Intake, within: Within
    ) -> Session:
        """Answer the offer and join the call; the session lives inside `within`. Raises
        MediaError, and keeps nothing then."""
        peer = _Peer(self.ice)
        try:
            answer = await peer.answer(offer)
            leg = await intake.join(started)
        except BaseException:
            await peer.close()
            raise
        session = Session(answer, leg, peer, self._limits, within)
        self._open[session.name] = session
        session.serving.add_done_callback(lambda _: self._open.pop(session.name))
        return session

    def find(self, call: str, party: str, name: str) -> Session | None:
        """The session of that name, where it is one of that party."""
        session = self._open.get(name)
        return session if session and (session.call, session.party) == (call, party) else None

    async def close(self) -> None:
        """End all. Their senders are lost: they may come back to another server."""
        await asyncio.gather(*(session.stop(None) for session in list(self._open.values())))


async def _wait(event: asyncio.Event) -> None:
    await event.wait()
