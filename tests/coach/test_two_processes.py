"""Two real processes over one PostgreSQL and one Redis: calls in one, readers at the other."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect

from coach.client.link import subscribe
from stream.audio import Samples
from tests.coach.caller import Event, calling, clip, durable, heard, of_type, whole_call
from tests.conftest import RunningServer
from tests.two_processes import HANG, Two, two_processes


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    with two_processes(tmp_path_factory.mktemp("two")) as running:
        yield running


@pytest.fixture(scope="module")
def audio() -> dict[str, Samples]:
    return clip()


@asynccontextmanager
async def board(server: RunningServer) -> AsyncIterator[ClientConnection]:
    async with connect(f"{server.ws}/v1/board", proxy=None, compression=None) as socket:
        yield socket


async def to_the_end(source: Any, call: str) -> list[Event]:
    """Events of one call, from a board or an events socket, up to its end."""
    found: list[Event] = []
    async with asyncio.timeout(HANG):
        async for item in source:
            event = json.loads(item) if isinstance(item, str | bytes) else item
            if event["call"] == call:
                found.append(event)
                if event["type"] == "call.ended":
                    return found
    raise AssertionError("the socket closed before the call ended")


async def until(source: Any, kind: str, least: int = 1) -> list[Event]:
    """Events of one call, up to the `least`th of that type."""
    found: list[Event] = []
    async with asyncio.timeout(HANG):
        async for event in source:
            found.append(event)
            if len(of_type(found, kind)) == least:
                return found
    raise AssertionError(f"the socket closed before {kind}")


async def stored(server: RunningServer, call: str) -> list[Event]:
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{server.url}/v1/calls/{call}/events?limit=1000")
    found: list[Event] = answer.json()["events"]
    assert [event["n"] for event in found] == [*range(1, len(found) + 1)]
    return found


async def test_readers_elsewhere_see_the_call(two: Two, audio: dict[str, Samples]) -> None:
    async with (
        subscribe(two.far.url, "seen") as page,
        board(two.far) as seen,
        asyncio.TaskGroup() as tasks,
    ):
        there = tasks.create_task(to_the_end(page, "seen"))
        shown = tasks.create_task(to_the_end(seen, "seen"))
        here = tasks.create_task(whole_call(two.near, "seen", audio))
    said = durable(here.result())
    assert said == durable(there.result()) == durable(shown.result())
    assert said == await stored(two.near, "seen") == await stored(two.far, "seen")
    for found in (there.result(), shown.result()):
        assert len(found) > len(said), "what is ephemeral comes too"
    assert await heard(two.far, "seen", after=3) == said[3:]


async def test_what_people_do_elsewhere_is_of_the_call(two: Two, audio: dict[str, Samples]) -> None:
    """Commands at both processes while the call goes on: numbers without holes, seen by all."""
    path = "/v1/calls/commanded/events"
    told = [
        {"type": "message", "text": "You are doing fine", "ref": "1"},
        {"type": "note", "text": "Asked for the lot", "ref": "2"},
        {"type": "flag", "kind": "adverse_event", "ref": "3"},
        {"type": "nudge.update", "id": "none", "state": "done", "ref": "4"},
    ]

    async def command(server: RunningServer, by: str) -> None:
        async with connect(server.ws + path, proxy=None, compression=None) as socket:
            for each in told:
                await socket.send(json.dumps({**each, "ref": f"{by} {each['ref']}"}))
            acks = 0
            async for text in socket:
                answer = json.loads(text)
                assert answer["type"] != "error", answer
                acks += answer["type"] == "ack"
                if acks == len(told):
                    return

    async with calling(two.near, "commanded") as caller:
        async with asyncio.timeout(HANG):
            by = (command(two.near, "near"), command(two.far, "far"))
            await asyncio.gather(caller.speak(audio), *by)
        await caller.stop()
    events = await heard(two.near, "commanded")
    assert durable(events) == await stored(two.far, "commanded")
    kinds = [event["type"] for event in durable(events)]
    # The same nudge dealt with twice by one person is said once.
    assert {kind: kinds.count(kind) for kind in ("message", "note", "flag", "nudge.update")} == {
        "message": 2, "note": 2, "flag": 2, "nudge.update": 1,
    }  # fmt: skip


async def test_context_put_elsewhere_reaches_the_call(two: Two, audio: dict[str, Samples]) -> None:
    async with subscribe(two.near.url, "context") as page, calling(two.near, "context") as caller:
        await caller.speak(audio, 0, 1)
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.put(
                f"{two.far.url}/v1/calls/context/context", json={"product": "Injecta"}
            )
        assert answer.status_code == 204
        changed = (await until(page, "context.changed"))[-1]
        assert changed["data"]["context"]["product"] == "Injecta"
        await caller.stop()


@pytest.mark.parametrize("how", ["stopped", "frozen"])
async def test_pages_recover_from_an_outage_of_redis(
    two: Two, audio: dict[str, Samples], how: str
) -> None:
    """The call goes on and ends while Redis is away; nothing durable is missing afterwards."""
    call, other = f"outage-{how}", f"after-{how}"
    async with subscribe(two.far.url, call) as page, board(two.far) as seen:
        shown = asyncio.create_task(to_the_end(seen, call))
        async with subscribe(two.near.url, call) as own, calling(two.near, call) as caller:
            await caller.speak(audio, 0, 5)
            before = await until(page, "party.joined", 2)
            two.redis.stop() if how == "stopped" else two.redis.freeze()
            try:
                await caller.speak(audio, 5)
                await caller.stop()
                here = await to_the_end(own, call)
            finally:
                two.redis.start() if how == "stopped" else two.redis.thaw()
        there = before + await to_the_end(page, call)
        said = await stored(two.near, call)
        assert of_type(said, "transcript.final")
        assert durable(here) == said, "the call's own process never missed a thing"
        assert durable(there) == said
        assert durable(await shown) == said
    # And all is as before.
    async with subscribe(two.far.url, other) as page, asyncio.TaskGroup() as tasks:
        following = tasks.create_task(to_the_end(page, other))
        tasks.create_task(whole_call(two.near, other, audio))
    assert len(following.result()) > len(durable(following.result()))


async def test_measurements_tell_of_the_bus(two: Two) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        for server in (two.near, two.far):
            lines = (await client.get(f"{server.url}/metrics")).text.splitlines()
            assert "coach_bus_up 1.0" in lines
