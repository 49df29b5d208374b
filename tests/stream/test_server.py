"""The media shell over a real server: a call's course from start to end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.audio import AudioFormat, Party
from stream.events import ContextChanged, Media, Paused, Resumed
from stream.protocols.twilio import TwilioCodec
from stream.shell import PIECE_SECONDS, SocketLimits, pieces
from tests.stream.serving import closed, received, soon
from tests.stream.studio import START, STOP, Studio, open_studio


@pytest.fixture
async def studio() -> AsyncIterator[Studio]:
    async with open_studio() as studio:
        yield studio


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
