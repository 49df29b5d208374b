"""The events socket over a real server: rights, resuming, slow readers, commands."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from coach.events import Draft
from stream.errors import BadRequest, NotAllowed, Unauthorised
from tests.stream.serving import closed, received
from tests.web.house import (
    CONTEXT,
    SOUTH,
    House,
    command,
    durable,
    final,
    numbers,
    open_house,
    partial,
    refusal,
    remark,
)
from web.principal import ROLES, Role
from web.wire import COMMAND_BYTES, FAULTS_IN_A_ROW


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as house:
        yield house


# -- reading ------------------------------------------------------------------------------------


async def test_history_then_partials_then_live(house: House) -> None:
    call = await house.begin()
    await house.say(call, final(1, "first"), partial(2, "sec"))
    async with house.events(token=house.token("agent")) as client:
        bodies = [await received(client) for _ in range(3)]
        kinds = [body["type"] for body in bodies]
        assert kinds == ["call.started", "transcript.final", "transcript.partial"]
        assert bodies[1]["v"] == 1
        assert "n" not in bodies[2]
        await house.say(call, final(2, "second"))
        assert numbers(await durable(client, 1)) == [3]


async def test_a_reader_goes_on_where_it_was(house: House) -> None:
    call = await house.begin()
    await house.say(call, *(remark(f"quality {i}") for i in range(4)))
    async with house.events(token=house.token("agent"), after=3) as client:
        assert numbers(await durable(client, 2)) == [4, 5]
        await house.say(call, remark("live"))
        assert numbers(await durable(client, 1)) == [6]


async def test_each_reader_has_its_view_of_the_same_event(house: House) -> None:
    call = await house.begin()
    agent, supervisor = house.token("agent"), house.token("supervisor", "sue", team="north")
    async with house.events(token=agent) as whole, house.events(token=supervisor) as redacted:
        await durable(whole, 1)
        (first,) = await durable(redacted, 1)
        assert first["data"]["context"]["customer"] == {"name": "[name]"}
        await house.say(call, final(1, "call [phone]", whole="call 555 012 345"))
        (said,), (shown,) = await durable(whole, 1), await durable(redacted, 1)
    assert said["n"] == shown["n"]
    assert (said["data"]["text"], shown["data"]["text"]) == ("call 555 012 345", "call [phone]")


async def test_a_slow_reader_delays_nobody_and_misses_nothing_durable(house: House) -> None:
    call = await house.begin()
    token = house.token("agent")
    many = 3_000
    async with (
        house.events(token=token, max_queue=1) as slow,
        house.events(token=token) as quick,
    ):
        await house.subscribed(2)
        padding = "x" * 5_000  # beyond what the network's own buffers hold
        for start in range(0, many, 500):
            drafts = [Draft("quality", 1.0, {"kind": padding}, f"{start + i}") for i in range(500)]
            await house.say(call, *drafts)
            found = await durable(quick, 501 if start == 0 else 500)
            assert found[-1]["n"] == start + 501
        assert numbers(await durable(slow, many + 1)) == list(range(1, many + 2))
        await house.subscribed()  # it was behind, and read the store again


async def test_the_socket_stays_after_the_call(house: House) -> None:
    call = await house.begin()
    async with house.events(token=house.token("agent")) as client:
        await durable(client, 1)
        await house.end(call)
        assert (await durable(client, 1))[0]["type"] == "call.ended"
        assert await command(client, type="note", text="follow up", ref="a") == {
            "type": "ack",
            "ref": "a",
        }
    bodies = await house.store.events(call, entitled=False)
    assert [(body["n"], body["type"]) for body in bodies][-1] == (3, "note")


async def test_the_server_says_when_it_goes(house: House) -> None:
    await house.begin()
    async with house.events(token=house.token("agent")) as client:
        await durable(client, 1)
        await house.bus.close()
        assert (await closed(client))[0] == 1001


# -- rights -------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ROLES)
async def test_each_role_reads_what_its_row_says(house: House, role: Role) -> None:
    await house.begin()
    async with house.events(token=house.token(role)) as client:
        if role == "media":
            await refusal(client, NotAllowed)
        else:
            assert numbers(await durable(client, 1)) == [1]


async def test_refusals_have_their_codes(house: House) -> None:
    await house.begin("two", SOUTH)
    async with house.events("two") as client:
        await refusal(client, Unauthorised)
    async with house.events("two", "not.a.token") as client:
        await refusal(client, Unauthorised)
    for token in (house.token("agent"), house.token("supervisor", team="north")):
        async with house.events("two", token) as client:
            await refusal(client, NotAllowed)
    async with house.events("a%20b", house.token("admin")) as client:
        await refusal(client, BadRequest)
    async with house.events("two", house.token("admin"), after=-1) as client:
        await refusal(client, BadRequest)


async def test_a_page_may_be_open_before_the_call(house: House) -> None:
    async with house.events(token=house.token("agent")) as own:
        async with house.events(token=house.token("agent", "ben")) as other:
            await house.subscribed(2)
            call = await house.begin()
            assert (await durable(own, 1))[0]["type"] == "call.started"
            await refusal(other, NotAllowed)
        await house.say(call, remark("live"))
        assert numbers(await durable(own, 1)) == [2]


async def test_nothing_is_told_before_it_is_known_whose_call_it_is(house: House) -> None:
    call = await house.begin(context={"product": "x"})
    async with house.events(token=house.token("agent")) as client:
        assert await command(client, type="note", text="hm", ref="1") != {"type": "ack"}
        await house.subscribed()
        await house.say(call, final(1, "secret"), partial(2, "secr"))
        assert (await command(client, type="ping", ref="p")) == {"type": "ack", "ref": "p"}
        await house.recontext(call, CONTEXT)
        assert numbers(await durable(client, 3)) == [1, 2, 3]


async def test_a_call_that_ends_without_an_agent_is_nobodys(house: House) -> None:
    call = await house.begin(context={})
    async with house.events(token=house.token("agent")) as client:
        await house.subscribed()
        await house.store.finish(call, reason="stopped", ended_at="", duration=1.0)
        await house.say(call, Draft("call.ended", 1.0, {}, "call.ended"))
        await refusal(client, NotAllowed)


async def test_a_call_that_goes_to_another_agent_is_closed_to_the_first(house: House) -> None:
    call = await house.begin()
    async with house.events(token=house.token("agent")) as client:
        await durable(client, 1)
        await house.recontext(call, SOUTH)
        await refusal(client, NotAllowed)


# -- commands -----------------------------------------------------------------------------------


async def test_commands_become_events_for_everyone(house: House) -> None:
    call = await house.begin()
    await house.say(call, final(1, "hello", start=9.0))
    agent, supervisor = house.token("agent"), house.token("supervisor", "sue", team="north")
    async with house.events(token=agent) as page, house.events(token=supervisor) as panel:
        await durable(page, 2)
        await durable(panel, 2)
        text = "tell Maria to ring 555 012 345"
        assert await command(panel, type="message", text=text, ref="m") == {
            "type": "ack",
            "ref": "m",
        }
        (message,) = await durable(page, 1)
        assert (message["type"], message["at"]) == ("message", 10.0)
        assert message["data"] == {"from": "supervisor", "by": "sue", "to": "agent", "text": text}
        assert (await command(page, type="flag", kind="adverse_event", at=4.5))["type"] == "ack"
        assert (await command(page, type="nudge.update", id="n1", state="done"))["type"] == "ack"
    bodies = await house.store.events(call, after=2, entitled=False)
    assert bodies[0]["data"]["text"] == "tell [name] to ring [phone]"
    assert (bodies[1]["at"], bodies[1]["data"]["at"]) == (4.5, 4.5)
    assert bodies[2]["data"] == {"id": "n1", "state": "done", "by": "ada"}
    assert house.calls.nudges == [(call, "n1", "done")]


async def test_a_command_sent_again_is_said_once(house: House) -> None:
    call = await house.begin()
    async with house.events(token=house.token("agent")) as client:
        for _ in range(2):
            answer = await command(client, type="flag", kind="adverse_event", at=1.0, ref="f")
            assert answer == {"type": "ack", "ref": "f"}
            answer = await command(client, type="nudge.update", id="n1", state="shown")
            assert answer == {"type": "ack"}
        await command(client, type="flag", kind="adverse_event", at=2.0, ref="f")
    kinds = [body["type"] for body in await house.store.events(call, entitled=False)]
    assert kinds == ["call.started", "flag", "nudge.update", "flag"]


async def test_a_command_is_stored_before_it_is_acknowledged(house: House) -> None:
    call = await house.begin()
    async with house.events(token=house.token("agent")) as client:
        await command(client, type="note", text="kept")
        assert [body["n"] for body in await house.store.events(call, entitled=False)] == [1, 2]


@pytest.mark.parametrize("role", ["safety", "integrator"])
async def test_readers_only_may_not_command(house: House, role: Role) -> None:
    await house.begin()
    async with house.events(token=house.token(role)) as client:
        answer = await command(client, type="note", text="x", ref="r")
        assert (answer["code"], answer["ref"]) == ("not_allowed", "r")
        assert await command(client, type="ping", ref="p") == {"type": "ack", "ref": "p"}


async def test_faults_of_commands_do_not_close(house: House) -> None:
    await house.begin()
    async with house.events(token=house.token("agent")) as client:
        await durable(client, 1)
        bad: list[tuple[str | bytes, str, str | None]] = [
            ("{", "bad_request", None),
            ("[]", "bad_request", None),
            (b"{}", "bad_request", None),
            ('{"type":"dance","ref":"1"}', "bad_request", "1"),
            ('{"type":"note","text":" ","ref":"2"}', "bad_request", "2"),
            ('{"type":"note","text":"x","ref":3}', "bad_request", None),
            (json.dumps({"type": "note", "text": "x" * COMMAND_BYTES}), "too_big", None),
        ]
        for message, code, ref in bad:
            await client.send(message)
            answer = await received(client)
            assert (answer["type"], answer["code"], answer.get("ref")) == ("error", code, ref)
        assert (await command(client, type="note", text="still here"))["type"] == "ack"


async def test_ten_faults_in_a_row_close(house: House) -> None:
    await house.begin()
    async with house.events(token=house.token("agent")) as client:
        await durable(client, 1)
        for _ in range(FAULTS_IN_A_ROW):
            await client.send("{")
            assert (await received(client))["code"] == "bad_request"
        await refusal(client, BadRequest)


async def test_no_commands_before_the_call(house: House) -> None:
    async with house.events(token=house.token("agent", call="one")) as client:
        answer = await command(client, type="flag", kind="adverse_event", ref="f")
        assert (answer["code"], answer["ref"]) == ("bad_request", "f")


async def test_a_fault_of_ours_is_answered_and_the_socket_stays(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.begin()

    async def broken(*_: object) -> float:
        raise ZeroDivisionError

    async with house.events(token=house.token("agent")) as client:
        await durable(client, 1)
        with monkeypatch.context() as patched:
            patched.setattr(house.store, "clock", broken)
            answer = await command(client, type="note", text="x", ref="r")
            assert (answer["code"], answer["ref"]) == ("internal", "r")
        assert (await command(client, type="note", text="x", ref="r"))["type"] == "ack"


async def test_what_is_sent_before_leaving_is_done(house: House) -> None:
    call = await house.begin()
    done = asyncio.Event()
    async with house.bus.subscribe(call, entitled=False) as live:
        async with house.events(token=house.token("agent")) as client:
            await client.send(json.dumps({"type": "flag", "kind": "adverse_event"}))
        async with asyncio.timeout(10.0):
            async for item in live:
                if isinstance(item, dict) and item["type"] == "flag":
                    done.set()
                    break
    assert done.is_set()
