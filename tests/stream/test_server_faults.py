"""The media shell over a real server: every way a call goes wrong, and who it ends for."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

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
from stream.limits import MAX_MESSAGE_BYTES
from stream.shell import SocketLimits
from tests.stream.serving import closed, received, soon
from tests.stream.studio import START, STOP, Studio, fault_of, open_studio


@pytest.fixture
async def studio() -> AsyncIterator[Studio]:
    async with open_studio() as studio:
        yield studio


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
