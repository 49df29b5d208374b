"""Bad input at a real media socket: named, with its code and close code, and nobody else's harm."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from stream.audio import Samples
from stream.limits import MAX_MESSAGE_BYTES
from tests.coach.caller import (
    PARTIES,
    RATE,
    Caller,
    calling,
    clip,
    dialled,
    finals,
    heard,
    of_type,
    start,
    whole_call,
)
from tests.conftest import RunningServer, running

HALF = 5.0
"""Seconds after which a call in good order is interrupted by others."""

BAD: dict[str, tuple[str | bytes, str, int]] = {
    "no JSON": ('{"call":', "bad_request", 1007),
    "a list": ("[]", "bad_request", 1007),
    "no format": (json.dumps({"call": "bad"}), "bad_request", 1007),
    "an id with a blank": (json.dumps(start("a b")), "bad_request", 1007),
    "an unknown encoding": (json.dumps(start("bad", encoding="opus")), "unsupported_format", 1003),
    "a rate too low": (json.dumps(start("bad", rate=4_000)), "unsupported_format", 1003),
    "three channels": (json.dumps(start("bad", ("a", "b", "c"))), "unsupported_format", 1003),
    "audio first": (b"\0\0", "bad_request", 1007),
    "a pause first": ('{"type":"pause"}', "bad_request", 1007),
    "too big": (b"\0" * (MAX_MESSAGE_BYTES + 1), "too_big", 1009),
}


@pytest.fixture(scope="module")
def audio() -> dict[str, Samples]:
    return clip()


@pytest.fixture(scope="module")
def reference(server: RunningServer, audio: dict[str, Samples]) -> list[dict[str, Any]]:
    """Finals of a call that nothing happens to."""
    return finals(asyncio.run(whole_call(server, "undisturbed", audio)))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A service with room for one call."""
    place: Path = tmp_path_factory.mktemp("small")
    environ = {"COACH_DATA_DIR": str(place), "COACH_CALL_LIMIT": "1"}
    with running(environ) as server:
        yield server


async def refused(socket: ClientConnection, code: str, close: int) -> dict[str, Any]:
    """The socket ends with this fault, said in words before the close and again in it."""
    error, closed, reason = await Caller(socket, start("x")).closed()
    assert error is not None, f"closed with {closed} {reason!r} without a word"
    assert (error["code"], closed) == (code, close), error
    assert len(error["message"]) > 20
    assert ":" in error["message"], "the fault, then the mend"
    assert reason
    assert error["message"].startswith(reason)
    return error


@asynccontextmanager
async def unharmed(
    server: RunningServer, call: str, audio: dict[str, Samples], wanted: list[dict[str, Any]]
) -> AsyncIterator[Caller]:
    """A call in good order, in whose midst something else happens; it must not be hurt."""
    async with calling(server, call) as caller:
        await caller.speak(audio, 0, HALF)
        yield caller
        await caller.speak(audio, HALF)
        await caller.stop()
    assert finals(await heard(server, call)) == wanted


@pytest.mark.parametrize("name", BAD)
async def test_bad_input_is_named(server: RunningServer, name: str) -> None:
    message, code, close = BAD[name]
    async with dialled(server) as socket:
        await socket.send(message)
        await refused(socket, code, close)
    assert not server.service.calls.live("bad")  # type: ignore[arg-type]


async def test_a_call_beside_bad_ones_is_unharmed(
    server: RunningServer, audio: dict[str, Samples], reference: list[dict[str, Any]]
) -> None:
    async with unharmed(server, "beside", audio, reference):
        for message, code, close in BAD.values():
            async with dialled(server) as socket:
                await socket.send(message)
                await refused(socket, code, close)


async def test_a_message_above_what_the_library_reads_closes_too(server: RunningServer) -> None:
    async with calling(server, "huge", ("agent",)) as caller:
        with suppress(ConnectionClosed):  # by its length alone, while the rest is on its way
            await caller.socket.send(b"\0" * (3 * MAX_MESSAGE_BYTES))
        _, close, _ = await caller.closed()
        assert close == 1009
    assert (await heard(server, "huge"))[-1]["data"]["reason"] == "too_big"


async def test_a_party_that_is_taken_is_refused_and_its_owner_goes_on(
    server: RunningServer, audio: dict[str, Samples], reference: list[dict[str, Any]]
) -> None:
    async with unharmed(server, "taken", audio, reference), dialled(server) as newcomer:
        await newcomer.send(json.dumps(start("taken", ("customer",))))
        error = await refused(newcomer, "party_taken", 4002)
        assert "customer" in error["message"]


async def test_a_finished_id_takes_no_more_audio(server: RunningServer) -> None:
    async with calling(server, "finished", ("agent",)) as caller:
        await caller.stop()
    for more in (start("finished"), start("finished", resume=True, at=0.0)):
        async with dialled(server) as socket:
            await socket.send(json.dumps(more))
            await refused(socket, "call_ended", 4001)
    assert (await heard(server, "finished"))[-1]["type"] == "call.ended"


async def test_a_call_too_many_is_told_when_to_try_again(small: RunningServer) -> None:
    async with calling(small, "only", ("agent",)) as caller:
        async with dialled(small) as socket:
            await socket.send(json.dumps(start("further")))
            error = await refused(socket, "overloaded", 1013)
            assert error["retry_after"] > 0
        async with calling(small, "only", ("customer",)) as other:  # joins, begins none
            await other.tell(type="stop")
            await caller.stop()
            await other.until("ended")
    async with calling(small, "further") as caller:
        await caller.stop()


@pytest.mark.parametrize(
    ("text", "code"), [("{no json", "bad_request"), (json.dumps(start("other")), "bad_request")]
)
async def test_a_bad_message_in_a_call_ends_it_with_what_was_heard(
    server: RunningServer, audio: dict[str, Samples], text: str, code: str
) -> None:
    call = f"spoiled-{len(text)}"
    async with calling(server, call) as caller:
        await caller.speak(audio, 0, HALF)
        await caller.socket.send(text)
        await refused(caller.socket, code, 1007)
    events = await heard(server, call)
    assert events[-1]["data"]["reason"] == code
    assert events[-1]["data"]["duration"] == pytest.approx(HALF, abs=0.05)
    assert "calling patient support" in finals(events)[0]["text"].lower()
    assert [event["data"]["party"] for event in of_type(events, "party.left")] == list(PARTIES)


async def test_a_bad_message_of_one_party_leaves_the_other_on_the_call(
    server: RunningServer, audio: dict[str, Samples], reference: list[dict[str, Any]]
) -> None:
    async with (
        calling(server, "half-bad", ("agent",), at=0.0) as agent,
        calling(server, "half-bad", ("customer",), at=0.0) as customer,
    ):
        await agent.socket.send("nonsense")
        await refused(agent.socket, "bad_request", 1007)
        await customer.speak(audio)
        await customer.stop()
    events = await heard(server, "half-bad")
    assert finals(events) == [final for final in reference if final["party"] == "customer"]
    assert events[-1]["data"]["reason"] == "stopped"


async def test_a_timestamp_from_elsewhere_is_refused(
    server: RunningServer, audio: dict[str, Samples]
) -> None:
    """Milliseconds, or a wall clock, must not become hours of silence."""
    async with calling(server, "milliseconds") as caller:
        await caller.speak(audio, 0, 1)
        await caller.tell(type="resume", at=200_000)
        await refused(caller.socket, "bad_request", 1007)
    ended = (await heard(server, "milliseconds"))[-1]
    assert ended["data"] == {"reason": "bad_request", "duration": pytest.approx(1, abs=0.05)}


async def test_every_bad_call_is_gone_and_the_server_goes_on(
    server: RunningServer, audio: dict[str, Samples], reference: list[dict[str, Any]]
) -> None:
    """After all of the above the same call says the same."""
    assert finals(await whole_call(server, "afterwards", audio, rate=RATE)) == reference
