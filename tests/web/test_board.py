"""The board over a real server: whose calls it shows, from where on, and who may see it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from coach.events import Draft
from stream.audio import CallId
from stream.errors import BadRequest, NotAllowed
from tests.stream.serving import received
from tests.web.house import (
    CONTEXT,
    SOUTH,
    House,
    command,
    durable,
    final,
    open_house,
    partial,
    refusal,
    remark,
)
from web.principal import ROLES, Role


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as house:
        yield house


async def by_call(client: Any, count: int) -> dict[str, list[int]]:
    """Numbers of the next durable events, by call."""
    found: dict[str, list[int]] = {}
    for body in await durable(client, count):
        found.setdefault(body["call"], []).append(body["n"])
    return found


async def test_the_board_tells_live_calls_from_their_start(house: House) -> None:
    one, two = await house.begin("one"), await house.begin("two")
    await house.end(await house.begin("over"))
    await house.say(one, remark("a"), remark("b"))
    async with house.board(house.token("supervisor", "sue")) as client:
        assert await by_call(client, 4) == {"one": [1, 2, 3], "two": [1]}
        three = await house.begin("three", SOUTH)
        await house.say(two, remark("a"))
        assert await by_call(client, 2) == {"three": [1], "two": [2]}
        await house.say(three, partial(1, "hel"))
        assert (await received(client))["data"]["text"] == "hel"
        await house.end(one)
        assert await by_call(client, 1) == {"one": [4]}
        await house.say(CallId("over"), remark("late"))
        await house.say(one, remark("late"))
        assert await by_call(client, 1) == {"one": [5]}


async def test_each_team_has_its_board(house: House) -> None:
    north, south = await house.begin("n"), await house.begin("s", SOUTH)
    tokens = [house.token("supervisor", "sue", team=team) for team in ("north", "south")]
    async with house.board(tokens[0]) as first, house.board(tokens[1]) as second:
        assert await by_call(first, 1) == {"n": [1]}
        assert await by_call(second, 1) == {"s": [1]}
        await house.say(north, final(1, "[name]", whole="Maria"))
        await house.say(south, remark("x"))
        (shown,) = await durable(first, 1)
        assert (shown["call"], shown["data"]["text"]) == ("n", "[name]")
        assert await by_call(second, 1) == {"s": [2]}
        # A call that comes to the team is told from its start.
        await house.recontext(south, CONTEXT)
        assert await by_call(first, 3) == {"s": [1, 2, 3]}


async def test_one_call_alone_where_the_token_names_it(house: House) -> None:
    await house.begin("one")
    await house.begin("two")
    async with house.board(house.token("admin", call="two")) as client:
        assert await by_call(client, 1) == {"two": [1]}
        await house.say(CallId("one"), remark("x"))
        await house.say(CallId("two"), remark("x"))
        assert await by_call(client, 1) == {"two": [2]}


async def test_the_board_goes_on_where_its_reader_was(house: House) -> None:
    one, _ = await house.begin("one"), await house.begin("two")
    await house.say(one, remark("a"), remark("b"))
    async with house.board(house.token("supervisor"), after="one:2,two:1") as client:
        assert await by_call(client, 1) == {"one": [3]}
    async with house.board(house.token("supervisor"), after="one") as client:
        await refusal(client, BadRequest)


async def test_a_board_that_fell_behind_reads_again(house: House) -> None:
    calls = [await house.begin(name) for name in ("one", "two")]
    async with house.board(house.token("supervisor")) as client:
        await house.subscribed(2)
        padding = "x" * 5_000
        for start in range(0, 3_000, 500):
            drafts = [Draft("quality", 1.0, {"kind": padding}, f"{start + i}") for i in range(500)]
            for call in calls:
                await house.say(call, *drafts)
        found = await by_call(client, 2 * 3_001)
        await house.subscribed()
    assert found == {call: list(range(1, 3_002)) for call in calls}


@pytest.mark.parametrize("role", ROLES)
async def test_who_may_see_the_board(house: House, role: Role) -> None:
    await house.begin()
    async with house.board(house.token(role)) as client:
        if role in ("supervisor", "admin"):
            assert await by_call(client, 1) == {"one": [1]}
            assert await command(client, type="ping", ref="p") == {"type": "ack", "ref": "p"}
            answer = await command(client, type="note", text="x", ref="n")
            assert (answer["code"], answer["ref"]) == ("bad_request", "n")
        else:
            await refusal(client, NotAllowed)
