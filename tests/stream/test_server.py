"""The media shell over a real server: a call's course, and every way it goes wrong."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket
from structlog.testing import capture_logs
from websockets.asyncio.client import ClientConnection

from stream.audio import AudioFormat, Party
from stream.errors import (
    BadRequest,
    CallFinished,
    Idle,
    Internal,
    MediaError,
    NotAllowed,
    Overloaded,
    PartyTaken,
    TooBig,
    Unauthorised,
    UnsupportedFormat,
)
from stream.events import CallStarted, ContextChanged, Media, Paused, Resumed
from stream.intake import Credentials
from stream.limits import MAX_MESSAGE_BYTES
from stream.protocols import Codec
from stream.protocols.pcm import PcmCodec
from stream.protocols.twilio import TwilioCodec
from stream.server import PIECE_SECONDS, SocketLimits, pieces, serve_media
from tests.stream.serving import Seat, Seats, closed, dialled, received, serving, soon

START = json.dumps(
    {"call": "one", "format": {"encoding": "s16le", "rate": 8000, "channels": ["agent"]}}
)
STOP = '{"type":"stop"}'
PATIENT = SocketLimits(ack_seconds=60.0)


@dataclass
class Studio:
    """A server with one media socket route, and what it was asked."""

    intake: Seats = field(default_factory=Seats)
    limits: SocketLimits = PATIENT
    codec: Callable[[], Codec] = PcmCodec
    refusal: MediaError | None = None
    admitted: list[tuple[CallStarted, Credentials]] = field(default_factory=list)
    served: asyncio.Event = field(default_factory=asyncio.Event)
    address: str = ""

    def admit(self, started: CallStarted, credentials: Credentials) -> None:
        self.admitted.append((started, credentials))
        if self.refusal is not None:
            raise self.refusal

    async def media(self, socket: WebSocket) -> None:
        await serve_media(socket, self.codec(), self.intake, self.admit, limits=self.limits)
        self.served.set()

    @asynccontextmanager
    async def client(self, **options: Any) -> AsyncIterator[ClientConnection]:
        async with dialled(self.address, "/media", **options) as client:
            yield client

    @asynccontextmanager
    async def call(self) -> AsyncIterator[tuple[ClientConnection, Seat]]:
        """A client whose call was taken, and its seat."""
        async with self.client() as client:
            await client.send(START)
            assert await received(client) == {"type": "ready", "call": "one"}
            yield client, await self.intake.next()


@pytest.fixture
async def studio() -> AsyncIterator[Studio]:
    studio = Studio()
    app = Starlette(routes=[WebSocketRoute("/media", studio.media)])
    async with serving(app) as studio.address:
        yield studio


async def fault_of(client: ClientConnection, kind: type[MediaError]) -> str:
    """The message of the error that comes, with its close; it is of that kind."""
    error = await received(client)
    assert (error["type"], error["code"]) == ("error", kind.code)
    code, reason = await closed(client)
    assert code == kind.close
    assert error["message"].startswith(reason)
    return str(error["message"])


# -- a call's course ----------------------------------------------------------------------------


async def test_a_call_from_start_to_end(studio: Studio) -> None:
    async with studio.call() as (client, seat):
        await client.send(b"\1\2" * 80)
        assert await seat.next() == Media(b"\1\2" * 80)
        await client.send('{"type":"pause"}')
        await client.send('{"type":"resume","at":3.5}')
        await client.send('{"type":"context","product":"x"}')
        assert [await seat.next() for _ in range(3)] == [
            Paused(),
            Resumed(3.5),
            ContextChanged({"product": "x"}),
        ]
        await client.send(STOP)
        await soon(seat.stopped)
        seat.ended.set()
        assert await received(client) == {"type": "ended"}
        assert await closed(client) == (1000, "")
    await soon(studio.served)
    assert seat.reasons == ["stopped"]
    assert not seat.vanished.is_set()


async def test_a_sender_may_leave_before_the_call_has_ended(studio: Studio) -> None:
    async with studio.call() as (client, seat):
        await client.send(STOP)
        await soon(seat.stopped)
    await soon(studio.served)
    assert seat.reasons == ["stopped"]
    assert not seat.vanished.is_set()


async def test_what_was_sent_before_leaving_is_heard(studio: Studio) -> None:
    studio.limits = SocketLimits(ack_seconds=0.001)  # acks find out first that it left
    studio.intake.room = False
    async with studio.client() as client:
        await client.send(START)
        seat = await studio.intake.next()
        for _ in range(5):
            await client.send(b"\0\0")
        await client.send(STOP)
        await soon(seat.waiting)
        leaving = asyncio.create_task(client.close())
        seat.room.set()
        await soon(seat.stopped)
        await leaving
    assert seat.bytes_kept == 10
    assert seat.reasons == ["stopped"]


async def test_what_is_kept_is_acknowledged(studio: Studio) -> None:
    studio.limits = SocketLimits(ack_seconds=0.01)
    async with studio.call() as (client, seat):
        await client.send(bytes(16_000))
        for _ in range(4):
            await seat.next()
        while (ack := await received(client))["at"] < 1.0:
            assert ack["type"] == "ack"
        assert ack == {"type": "ack", "party": "agent", "at": 1.0}


async def test_a_large_message_is_handed_on_in_pieces(studio: Studio) -> None:
    async with studio.call() as (client, seat):
        audio = bytes(range(250)) * 64 + b"\7"
        await client.send(audio)
        parts = [await seat.next() for _ in range(5)]
        assert all(isinstance(part, Media) for part in parts)
        payloads = [part.payload for part in parts if isinstance(part, Media)]
        assert b"".join(payloads) == audio
        assert [len(payload) for payload in payloads] == [4000, 4000, 4000, 4000, 1]


async def test_the_next_message_waits_until_the_last_was_taken(studio: Studio) -> None:
    studio.intake.room = False
    async with studio.call() as (client, seat):
        for text in ("first", "second"):
            await client.send(json.dumps({"type": "context", "text": text}))
        await soon(seat.waiting)
        assert seat.taken.empty()
        seat.room.set()
        taken = [await seat.next() for _ in range(2)]
        assert taken == [ContextChanged({"text": "first"}), ContextChanged({"text": "second"})]


async def test_twilio_is_told_nothing(studio: Studio) -> None:
    studio.codec = TwilioCodec
    start = {
        "callSid": "CA1",
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": {"token": "hush"},
    }
    async with studio.client() as client:
        await client.send(json.dumps({"event": "connected"}))
        await client.send(json.dumps({"event": "start", "start": start}))
        seat = await studio.intake.next()
        media = {"track": "inbound", "timestamp": "20", "payload": "AAAA"}
        await client.send(json.dumps({"event": "media", "media": media}))
        assert await seat.next() == Media(b"\0\0\0", seat.parties[0], 0.02)
        await client.send(json.dumps({"event": "stop"}))
        await soon(seat.stopped)
        seat.ended.set()
        assert await closed(client) == (1000, "")
    assert studio.admitted[0][0].token == "hush"


async def test_a_bearer_subprotocol_is_named_and_handed_to_admission(studio: Studio) -> None:
    async with studio.client(token="a.b.c") as client:
        assert client.subprotocol == "bearer.a.b.c"
        await client.send(START)
        await received(client)
    started, credentials = studio.admitted[0]
    assert started.call == "one"
    assert credentials.subprotocols == ("bearer.a.b.c",)
    assert "a.b.c" not in repr(credentials)


# -- ends that are nobody's wish ----------------------------------------------------------------


async def test_a_socket_that_vanishes_may_come_back(studio: Studio) -> None:
    async with studio.call() as (client, seat):
        client.transport.abort()
        await soon(seat.vanished)
    await soon(studio.served)
    assert seat.reasons == []


@pytest.mark.parametrize("message", ["{", '{"type":"start"}', START])
async def test_bad_messages_end_the_parties(studio: Studio, message: str) -> None:
    async with studio.call() as (client, seat):
        await client.send(message)
        await fault_of(client, BadRequest)
        await soon(seat.stopped)
    assert seat.reasons == ["bad_request"]


@pytest.mark.parametrize("over", [1, MAX_MESSAGE_BYTES + 1])
async def test_messages_above_the_limit_end_the_parties(studio: Studio, over: int) -> None:
    async with studio.call() as (client, seat):
        await client.send(bytes(MAX_MESSAGE_BYTES + over))
        if over == 1:
            await fault_of(client, TooBig)
        else:  # the websocket library's own limit: it has no words of ours
            assert (await closed(client))[0] == TooBig.close
        await soon(seat.stopped)
    assert seat.reasons == ["too_big"]


FAULTS = [
    BadRequest("no"),
    UnsupportedFormat("no"),
    TooBig("no"),
    Unauthorised("no"),
    NotAllowed("no"),
    CallFinished("no"),
    PartyTaken("no"),
    Idle("no"),
    Overloaded("no", retry_after=3.0),
    Internal("no"),
]


def test_the_faults_are_all_there_are() -> None:
    assert {type(fault) for fault in FAULTS} >= {
        kind for kind in MediaError.__subclasses__() if kind.__module__ == "stream.errors"
    }


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.code)
async def test_a_refusal_has_its_code(studio: Studio, fault: MediaError) -> None:
    studio.intake.fault = fault
    async with studio.client() as client:
        await client.send(START)
        error = await received(client)
        assert error == fault.payload()
        assert await closed(client) == (fault.close, "no")


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.code)
async def test_a_fault_during_the_call_lets_go_of_the_seat(
    studio: Studio, fault: MediaError
) -> None:
    async with studio.call() as (client, seat):
        seat.fault = fault
        await client.send(b"\0\0")
        await fault_of(client, type(fault))
    await soon(studio.served)
    may_come_back = fault.code in ("call_ended", "idle", "overloaded")
    assert seat.vanished.is_set() is may_come_back
    done = [] if may_come_back or fault.code == "party_taken" else [fault.code]
    assert seat.reasons == done


async def test_admission_comes_before_the_call(studio: Studio) -> None:
    studio.refusal = Unauthorised("no token: send one")
    async with studio.client() as client:
        await client.send(START)
        assert await fault_of(client, Unauthorised) == "no token: send one"
    assert studio.intake.given.empty()


async def test_a_long_reason_is_cut_to_what_a_close_frame_holds(studio: Studio) -> None:
    studio.refusal = NotAllowed("é" * 100)
    async with studio.client() as client:
        await client.send(START)
        assert (await received(client))["message"] == "é" * 100
        assert await closed(client) == (NotAllowed.close, "é" * 61)


async def test_a_fault_of_ours_is_logged_without_what_was_said(studio: Studio) -> None:
    with capture_logs() as logs:
        async with studio.call() as (client, seat):
            seat.fault = ZeroDivisionError("call me on 555 0123")
            await client.send(b"\0\0")
            await fault_of(client, Internal)
            await soon(seat.stopped)
    assert seat.reasons == ["internal"]
    broke = next(entry for entry in logs if entry["event"] == "media.broke")
    assert (broke["error"], broke["call"]) == ("ZeroDivisionError", "one")
    assert "555" not in str(logs)


@pytest.mark.parametrize("moment", ["reading", "taking", "stopped"])
async def test_a_newer_socket_takes_over(studio: Studio, moment: str) -> None:
    studio.intake.room = moment != "taking"
    async with studio.call() as (client, seat):
        if moment == "taking":
            await client.send(b"\0\0")
            await soon(seat.waiting)
        elif moment == "stopped":
            await client.send(STOP)
            await soon(seat.stopped)
        seat.replaced.set()
        await fault_of(client, PartyTaken)
    await soon(studio.served)
    assert seat.reasons == (["stopped"] if moment == "stopped" else [])
    assert not seat.vanished.is_set()


async def test_a_call_that_ends_without_its_sender(studio: Studio) -> None:
    async with studio.call() as (client, seat):
        seat.ended.set()
        await fault_of(client, CallFinished)


# -- patience -----------------------------------------------------------------------------------


async def test_nothing_said_at_first(studio: Studio) -> None:
    studio.limits = SocketLimits(first_message_seconds=0.05)
    async with studio.client() as client:
        await fault_of(client, Idle)


async def test_silence_in_a_call(studio: Studio) -> None:
    studio.limits = SocketLimits(idle_seconds=0.05)
    async with studio.call() as (client, seat):
        await fault_of(client, Idle)
        await soon(seat.vanished)
    assert seat.reasons == []


async def test_a_paused_sender_may_be_silent(studio: Studio) -> None:
    studio.limits = SocketLimits(idle_seconds=0.3, ack_seconds=0.1)
    async with studio.client() as client:
        await client.send(START)
        await client.send('{"type":"pause"}')
        assert (await received(client))["type"] == "ready"
        for _ in range(5):  # longer than the patience for one who is not paused
            assert (await received(client))["type"] == "ack"


# -- pieces -------------------------------------------------------------------------------------


@given(
    size=st.integers(0, 40_000),
    rate=st.integers(8_000, 48_000),
    encoding=st.sampled_from(["s16le", "mulaw", "f32le"]),
    stereo=st.booleans(),
    at=st.none() | st.floats(0, 1e4),
)
def test_pieces_are_the_whole(
    size: int, rate: int, encoding: Any, stereo: bool, at: float | None
) -> None:
    names = ("agent", "customer") if stereo else ("agent",)
    format = AudioFormat(encoding, rate, tuple(Party.named(name) for name in names))
    payload = bytes(index % 251 for index in range(size))
    parts = list(pieces(Media(payload, at=at), format))
    assert b"".join(part.payload for part in parts) == payload
    bytes_a_second = format.frame_bytes * rate
    done = 0
    for part in parts:
        assert len(part.payload) <= bytes_a_second * PIECE_SECONDS
        if at is None:
            assert part.at is None
        else:
            assert part.at == pytest.approx(at + done / bytes_a_second)
        done += len(part.payload)
