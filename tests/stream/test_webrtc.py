"""WebRTC sessions, with a real sender over loopback: RTP, DTLS and ICE are what they are."""

from __future__ import annotations

import asyncio
import fractions
import itertools
import math
from collections.abc import AsyncIterator, Callable
from contextlib import nullcontext
from typing import Any

import aiortc
import numpy as np
import pytest
from aiortc.rtp import RtpPacket, is_rtcp
from av import AudioFrame

from stream.audio import CallId
from stream.errors import BadRequest, Overloaded, PartyTaken
from stream.events import Media
from stream.ice import IceServer
from stream.offers import RATE, read_offer
from stream.webrtc import (
    GOODBYE_SECONDS,
    REORDER_PACKETS,
    Session,
    SessionLimits,
    Sessions,
    started,
)
from tests.stream.serving import HANG, Seat, Seats, soon

FRAME = RATE // 50
PITCH = 440

CANDIDATE = "a=candidate:1 1 udp 2130706431 192.0.2.1 50000 typ host"


Sound = Callable[[Any], Any]
"""Of the second, -1 to 1."""


def sine(time: Any) -> Any:
    return np.sin(2 * np.pi * PITCH * time)


class Tone(aiortc.MediaStreamTrack):
    """A sound without end, ten times faster than real; `left`: on that channel alone."""

    kind = "audio"

    def __init__(self, sound: Sound = sine, *, left: bool = False, silent: bool = False) -> None:
        super().__init__()
        self._sound = sound
        self._left = left
        self._silent = silent
        self._count = itertools.count()

    async def recv(self) -> AudioFrame:
        if self._silent:
            await asyncio.Event().wait()
        await asyncio.sleep(0.002)
        number = next(self._count)
        time = np.arange(number * FRAME, (number + 1) * FRAME) / RATE
        wave = (10_000 * self._sound(time)).astype(np.int16)
        both = np.stack([wave, 0 * wave if self._left else wave], 1).reshape(1, -1)
        frame = AudioFrame.from_ndarray(both, format="s16", layout="stereo")
        frame.sample_rate, frame.pts = RATE, number * FRAME
        frame.time_base = fractions.Fraction(1, RATE)
        return frame


class Sender:
    """A browser, as far as it matters here."""

    def __init__(self, track: aiortc.MediaStreamTrack | None = None) -> None:
        self.connection = aiortc.RTCPeerConnection(aiortc.RTCConfiguration([]))
        transceiver = self.connection.addTransceiver(track or Tone(), "sendonly")
        self._transport = transceiver.sender.transport

    async def offer(self) -> str:
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return str(self.connection.localDescription.sdp)

    async def accept(self, answer: str) -> None:
        await self.connection.setRemoteDescription(aiortc.RTCSessionDescription(answer, "answer"))

    def over(self, network: Callable[[int, bytes], list[bytes]]) -> None:
        """Send sound over a worse network: it makes of each packet those that arrive."""
        send, count = self._transport._send_rtp, itertools.count()

        async def sent(data: bytes) -> None:
            for each in [data] if is_rtcp(data) else network(next(count), data):
                await send(each)

        self._transport._send_rtp = sent  # type: ignore[method-assign]

    async def close(self) -> None:
        await self.connection.close()

    async def vanish(self) -> None:
        """Leave the network without a word."""
        await self._transport.transport._connection.close()


class Studio:
    """The sessions of a server, over a scripted intake."""

    def __init__(self) -> None:
        self.sessions = Sessions()
        self.seats = Seats()
        self.senders: list[Sender] = []

    def patience(self, **seconds: float) -> None:
        self.sessions = Sessions(SessionLimits(**seconds))

    async def open(self, sender: Sender, party: str = "agent", text: str = "") -> Session:
        """An answered session, whose answer the sender has yet to see; `text`: its offer."""
        self.senders.append(sender)
        offer = read_offer(text or await sender.offer())
        begun = started(CallId("one"), party)
        return await self.sessions.open(offer, begun, self.seats, nullcontext())

    async def call(self, sender: Sender, party: str = "agent") -> tuple[Session, Seat]:
        session = await self.open(sender, party)
        await sender.accept(session.answer)
        return session, await self.seats.next()


@pytest.fixture
async def studio() -> AsyncIterator[Studio]:
    studio = Studio()
    yield studio
    await studio.sessions.close()
    for sender in studio.senders:
        await sender.close()


async def heard(seat: Seat, count: int) -> list[Media]:
    """The next frames."""
    frames = [await seat.next() for _ in range(count)]
    return [frame for frame in frames if isinstance(frame, Media)]


def samples(frames: list[Media]) -> Any:
    return np.frombuffer(b"".join(frame.payload for frame in frames), "<i2")


def places(frames: list[Media]) -> list[float]:
    """Where the frames stand, counted in frames."""
    return [round(frame.at * 50, 6) for frame in frames if frame.at is not None]


async def over(session: Session) -> None:
    async with asyncio.timeout(HANG):
        await asyncio.wait({session.serving})


# -- sound --------------------------------------------------------------------------------------


async def test_a_tone_arrives_as_it_was_without_a_seam(studio: Studio) -> None:
    session, seat = await studio.call(Sender())
    begun = seat.started
    assert (begun.call, begun.source, begun.waits, begun.at) == ("one", "whip", False, None)
    assert (begun.format.encoding, begun.format.rate) == ("s16le", RATE)
    assert [(party.id, party.role) for party in begun.format.parties] == [("agent", "agent")]
    frames = await heard(seat, 50)
    assert places(frames) == list(range(50))
    assert {frame.party for frame in frames} == {"agent"}
    tone = samples(frames)
    assert len(tone) == RATE
    assert np.abs(np.fft.rfft(tone)).argmax() == PITCH
    assert (session.call, session.party) == ("one", "agent")


async def test_stereo_is_mixed_to_mono(studio: Studio) -> None:
    levels = []
    for party, left in (("agent", False), ("customer", True)):
        _, seat = await studio.call(Sender(Tone(left=left)), party)
        levels.append(np.abs(samples((await heard(seat, 20))[10:])).max())
    assert levels[1] / levels[0] == pytest.approx(0.5, abs=0.05)


def dropping(*lost: int) -> Callable[[int, bytes], list[bytes]]:
    return lambda number, data: [] if number in lost else [data]


async def test_lost_packets_are_a_hole_of_their_length(studio: Studio) -> None:
    sender = Sender()
    sender.over(dropping(20, 24, 25, *range(40, 60)))
    _, seat = await studio.call(sender)
    where = places(await heard(seat, 60))
    skipped = set(range(int(where[-1]) + 1)) - {int(place) for place in where}
    first = int(min(skipped))  # 20, or less where packets came before we could hear any
    assert [int(place) - first for place in sorted(skipped)] == [0, 4, 5, *range(20, 40)]
    assert where == sorted(where)


async def test_what_comes_late_twice_or_empty_changes_nothing(studio: Studio) -> None:
    late: list[bytes] = []

    def network(number: int, data: bytes) -> list[bytes]:
        if number == 20:
            late.append(data)
            return []
        if number == 20 + REORDER_PACKETS - 1:
            return [data, *late]
        if number == 30:
            packet = RtpPacket.parse(data)
            packet.payload = b""
            return [packet.serialize()]
        return [data, data]

    sender = Sender()
    sender.over(network)
    _, seat = await studio.call(sender)
    where = places(await heard(seat, 60))
    skipped = set(range(int(where[-1]) + 1)) - {int(place) for place in where}
    assert len(skipped) == 1  # the empty one
    assert where == sorted(set(where))


@pytest.mark.parametrize("hours", [0, 3, -3])
async def test_a_sender_that_counts_anew_is_heard(studio: Studio, hours: int) -> None:
    """In packets, and perhaps in time too: it follows on."""

    def network(number: int, data: bytes) -> list[bytes]:
        packet = RtpPacket.parse(data)
        packet.sequence_number = (40_000 if number < 20 else 39_000) + number
        packet.timestamp += 0 if number < 20 else hours * 3600 * RATE
        packet.timestamp %= 1 << 32
        return [packet.serialize()]

    sender = Sender()
    sender.over(network)
    _, seat = await studio.call(sender)
    assert places(await heard(seat, 40)) == list(range(40))


# -- the end ------------------------------------------------------------------------------------


async def test_stop_ends_the_leg_with_its_reason(studio: Studio) -> None:
    session, seat = await studio.call(Sender())
    await heard(seat, 5)
    assert studio.sessions.find("one", "agent", session.name) is session
    await session.stop("stopped")
    assert seat.reasons == ["stopped"]
    assert not seat.vanished.is_set()
    assert studio.sessions.find("one", "agent", session.name) is None
    await session.stop("again")
    assert seat.reasons == ["stopped"]


async def test_stop_may_come_after_the_close(studio: Studio) -> None:
    """Many senders close their connection, and then ask for the session's end."""
    sender = Sender()
    session, seat = await studio.call(sender)
    await heard(seat, 5)
    await sender.close()
    await soon(session._peer._over)
    for _ in range(20):
        await asyncio.sleep(0)  # all that follows from it at once has followed
    await session.stop("stopped")
    assert seat.reasons == ["stopped"]
    assert not seat.vanished.is_set()


async def test_stop_before_anyone_connects(studio: Studio) -> None:
    session = await studio.open(Sender())
    seat = await studio.seats.next()
    await session.stop("stopped")
    assert seat.reasons == ["stopped"]


@pytest.mark.parametrize("says_goodbye", [True, False])
async def test_a_sender_that_vanishes_is_lost(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, says_goodbye: bool
) -> None:
    """One that closed its connection, as a tab that is closed does, is waited for less long."""
    monkeypatch.setattr("aioice.ice.CONSENT_INTERVAL", 0.01)
    monkeypatch.setattr("aioice.ice.CONSENT_FAILURES", 1)
    sender = Sender()
    session, seat = await studio.call(sender)
    await heard(seat, 5)
    if says_goodbye:
        await sender.close()
    else:
        await sender.vanish()
    await soon(seat.vanished)
    await over(session)
    assert not seat.reasons
    assert seat.patience == (GOODBYE_SECONDS if says_goodbye else math.inf)
    assert studio.sessions.find("one", "agent", session.name) is None


async def test_a_sender_that_never_connects_is_lost(studio: Studio) -> None:
    studio.patience(connect_seconds=0.01)
    session = await studio.open(Sender())
    seat = await studio.seats.next()
    await soon(seat.vanished)
    await over(session)


async def test_a_sender_that_is_silent_for_too_long_is_lost(studio: Studio) -> None:
    studio.patience(idle_seconds=0.05)
    session, seat = await studio.call(Sender(Tone(silent=True)))
    await soon(seat.vanished)
    await over(session)


async def test_who_takes_the_party_over_ends_it_without_a_word(studio: Studio) -> None:
    session, seat = await studio.call(Sender())
    await heard(seat, 1)
    seat.replaced.set()
    await over(session)
    assert not seat.reasons
    assert not seat.vanished.is_set()


async def test_the_end_of_the_call_ends_it(studio: Studio) -> None:
    session, seat = await studio.call(Sender())
    seat.ended.set()
    await over(session)
    assert not seat.reasons


@pytest.mark.parametrize(
    ("fault", "reasons"),
    [
        (BadRequest("an absurd timestamp"), ["bad_request"]),
        (RuntimeError("ours"), ["internal"]),
        (Overloaded("no room", retry_after=1.0), []),
    ],
)
async def test_a_fault_ends_one_session_alone(
    studio: Studio, fault: Exception, reasons: list[str]
) -> None:
    _, healthy = await studio.call(Sender(), "customer")
    session, seat = await studio.call(Sender())
    seat.fault = fault
    await over(session)
    assert seat.reasons == reasons
    assert seat.vanished.is_set() is not bool(reasons)
    healthy.taken = asyncio.Queue()
    await heard(healthy, 5)


async def test_close_ends_all_sessions(studio: Studio) -> None:
    seats = [(await studio.call(Sender(), party))[1] for party in ("agent", "customer")]
    await studio.sessions.close()
    assert all(seat.vanished.is_set() and not seat.reasons for seat in seats)


async def test_who_is_refused_leaves_nothing(studio: Studio) -> None:
    studio.seats.fault = PartyTaken("the agent is here already")
    with pytest.raises(PartyTaken):
        await studio.open(Sender())


# -- answers ------------------------------------------------------------------------------------


async def test_the_answer_is_whole(studio: Studio) -> None:
    sender = Sender()
    sender.connection.createDataChannel("chat")
    sender.connection.addTransceiver("video", "sendonly")
    session = await studio.open(sender)
    lines = session.answer.splitlines()
    for line in ("a=recvonly", "a=setup:passive", "a=end-of-candidates"):
        assert lines.count(line) == 1
    assert sum(line.startswith("a=rtpmap:") for line in lines) == 1  # Opus alone
    assert any(line.startswith("a=candidate:") for line in lines)
    kinds = [line.split()[:2] for line in lines if line.startswith("m=")]
    assert kinds[1:] == [["m=video", "0"], ["m=application", "0"]]


@pytest.mark.parametrize("host", ["", "5f3c0d2e.local", "203.0.113.7", "nowhere"])
async def test_a_sender_of_no_known_address_is_met_as_it_comes(studio: Studio, host: str) -> None:
    sender = Sender()
    lines = [line for line in (await sender.offer()).splitlines() if "candidate:" not in line]
    if host:
        lines.insert(-2, CANDIDATE.replace("192.0.2.1", host))
    session = await studio.open(sender, text="\n".join(lines))
    await sender.accept(session.answer)
    await heard(await studio.seats.next(), 5)


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 65])
def test_names_that_no_party_may_have(name: str) -> None:
    with pytest.raises(BadRequest, match="party name"):
        started(CallId("one"), name)


def test_a_password_is_not_shown() -> None:
    assert "hush" not in repr(IceServer("turn:turn.example:3478", "coach", "hush"))
