"""What every bus must do: one class of tests, run over each implementation.

A test module of a bus derives from `BusContract` and defines the fixture `bus`. Delivery may
take its time: tests wait for what must come, and use a marker where something must not.
"""

from __future__ import annotations

import asyncio
import json
from abc import abstractmethod
from collections.abc import AsyncIterator
from typing import Any

import pytest

from coach.bus import Behind, Body, Bus, Subscription
from coach.events import Event
from stream.audio import CallId

CALL = CallId("one")
OTHER = CallId("two")
TS = "2026-11-22T04:00:00.123Z"
HANG = 10.0
"""Seconds until a test that waits for what never comes fails instead of hanging."""
MARK = "mark"


def durable(n: int, call: CallId = CALL, kind: str = "note", **data: Any) -> Event:
    return Event(call, kind, float(n), TS, {"text": f"event {n}", **data}, n, f"key {n}")


def partial(text: str, *, party: str = "customer", utterance: int = 1) -> Event:
    data = {"party": party, "utterance": utterance, "text": text}
    return Event(CALL, "transcript.partial", 1.0, TS, data)


def final(n: int, *, party: str = "customer", utterance: int = 1) -> Event:
    return durable(n, kind="transcript.final", party=party, utterance=utterance)


async def following(reader: Subscription) -> Body | Behind:
    async with asyncio.timeout(HANG):
        return await anext(reader)


async def up_to_mark(reader: Subscription) -> list[Body | Behind]:
    """All that comes before the next event of type MARK."""
    items: list[Body | Behind] = []
    while True:
        item = await following(reader)
        if not isinstance(item, Behind) and item["type"] == MARK:
            return items
        items.append(item)


def texts(items: list[Body | Behind]) -> list[str]:
    return [item["data"]["text"] for item in items if not isinstance(item, Behind)]


class BusContract:
    @pytest.fixture
    @abstractmethod
    def bus(self) -> AsyncIterator[Bus]:
        """An open bus that nobody else uses, closed afterwards."""

    async def test_a_reader_gets_its_call_in_order_and_no_other(self, bus: Bus) -> None:
        async with bus.subscribe(CALL, entitled=True) as reader:
            for n in range(1, 6):
                await bus.publish(durable(n))
                await bus.publish(durable(n, OTHER))
            await bus.publish(durable(6, kind=MARK))
            bodies = await up_to_mark(reader)
        assert bodies == [durable(n).view(entitled=True) for n in range(1, 6)]

    async def test_a_reader_gets_nothing_from_before_it_came(self, bus: Bus) -> None:
        await bus.publish(durable(1))
        async with bus.subscribe(CALL, entitled=True) as reader:
            await bus.publish(durable(2, kind=MARK))
            assert await up_to_mark(reader) == []

    async def test_the_board_gets_every_call_and_partials_too(self, bus: Bus) -> None:
        async with bus.subscribe(None, entitled=False) as board:
            await bus.publish(durable(1))
            await bus.publish(partial("I feel"))
            await bus.publish(durable(1, OTHER), team="north")
            await bus.publish(durable(2, kind=MARK))
            got = await up_to_mark(board)
        assert texts(got) == ["event 1", "I feel", "event 1"]

    async def test_a_teams_board_gets_that_team_alone(self, bus: Bus) -> None:
        async with bus.subscribe(None, entitled=False, team="north") as board:
            await bus.publish(durable(1), team="south")
            await bus.publish(durable(2))
            await bus.publish(durable(3, OTHER), team="north")
            await bus.publish(durable(4, kind=MARK), team="north")
            assert texts(await up_to_mark(board)) == ["event 3"]

    @pytest.mark.parametrize("call", [CALL, None])
    async def test_only_entitled_readers_get_verbatim(self, bus: Bus, call: CallId | None) -> None:
        plain, whole = {"text": "my name is [name]"}, {"text": "my name is Ada Byron"}
        event = Event(CALL, "note", 1.0, TS, plain, 1, "k", whole)
        async with (
            bus.subscribe(call, entitled=False) as anyone,
            bus.subscribe(call, entitled=True) as entitled,
        ):
            await bus.publish(event)
            assert await following(entitled) == event.view(entitled=True)
            body = await following(anyone)
        assert body == event.view(entitled=False)
        assert "Byron" not in json.dumps(body)

    async def test_a_slow_reader_gets_the_newest_partial(self, bus: Bus) -> None:
        async with bus.subscribe(CALL, entitled=True, size=3) as reader:
            for n in range(50):
                await bus.publish(partial(f"word {n}"))
            await bus.publish(partial("hello", party="agent"))
            await bus.publish(durable(1, kind=MARK))
            got = await up_to_mark(reader)
        customers = [
            text for text, item in zip(texts(got), got, strict=True)
            if not isinstance(item, Behind) and item["data"]["party"] == "customer"
        ]  # fmt: skip
        assert customers[-1] == "word 49"
        assert "hello" in texts(got)

    async def test_publishing_does_not_wait_for_who_does_not_read(self, bus: Bus) -> None:
        async with bus.subscribe(CALL, entitled=True, size=2), asyncio.timeout(HANG):
            for n in range(1, 201):
                await bus.publish(durable(n))

    @pytest.mark.parametrize("call", [CALL, None])
    async def test_what_a_reader_lacks_is_said(self, bus: Bus, call: CallId | None) -> None:
        """Each event came, or a Behind said so at its place."""
        async with bus.subscribe(call, entitled=True, size=4) as reader:
            for n in range(1, 31):
                await bus.publish(durable(n))
            seen, excused = 0, False
            while seen < 30:
                item = await following(reader)
                if isinstance(item, Behind):
                    assert item.call == CALL
                    seen, excused = 30, True  # the store holds all that was published
                else:
                    assert item["n"] == seen + 1
                    seen = item["n"]
            await bus.publish(durable(31, kind=MARK))
            late = await up_to_mark(reader)
        assert all(isinstance(item, Behind) or item["n"] <= 30 for item in late)
        assert excused or not late

    async def test_two_readers_do_not_touch_each_other(self, bus: Bus) -> None:
        async with bus.subscribe(CALL, entitled=True) as quick:
            async with bus.subscribe(CALL, entitled=True, size=1):
                for n in range(1, 21):
                    await bus.publish(durable(n))
            await bus.publish(durable(21, kind=MARK))
            assert len(await up_to_mark(quick)) == 20

    async def test_latest_is_the_newest_of_each_party_and_type(self, bus: Bus) -> None:
        live = Event(CALL, "pacing.live", 1.0, TS, {"party": "agent", "wpm": 140})
        for event in (partial("I"), live, partial("hello", party="agent"), partial("I feel")):
            await bus.publish(event)
        got = await bus.latest(CALL, entitled=True)
        assert sorted(got, key=json.dumps) == sorted(
            (
                event.view(entitled=True)
                for event in (partial("I feel"), live, partial("hello", party="agent"))
            ),
            key=json.dumps,
        )
        assert await bus.latest(OTHER, entitled=True) == []

    async def test_latest_is_in_the_readers_view(self, bus: Bus) -> None:
        data, whole = {"party": "customer", "text": "card …"}, {"party": "customer", "text": "41"}
        await bus.publish(Event(CALL, "transcript.partial", 1.0, TS, data, verbatim=whole))
        assert [body["data"] for body in await bus.latest(CALL, entitled=True)] == [whole]
        assert [body["data"] for body in await bus.latest(CALL, entitled=False)] == [data]

    @pytest.mark.parametrize(("done", "kept"), [(1, 1), (2, 0), (3, 0)])
    async def test_a_final_takes_the_partial_away(self, bus: Bus, done: int, kept: int) -> None:
        await bus.publish(partial("I feel sick", utterance=2))
        await bus.publish(final(1, party="agent", utterance=9))
        await bus.publish(final(2, utterance=done))
        assert len(await bus.latest(CALL, entitled=True)) == kept

    async def test_nothing_is_latest_after_the_end(self, bus: Bus) -> None:
        await bus.publish(partial("good"))
        await bus.publish(Event(CALL, "pacing.live", 1.0, TS, {"party": "agent"}))
        await bus.publish(durable(1, kind="call.ended"))
        assert await bus.latest(CALL, entitled=True) == []

    async def test_closing_ends_the_readers_after_what_they_hold(self, bus: Bus) -> None:
        async with bus.subscribe(CALL, entitled=True) as reader:
            await bus.publish(durable(1))
            assert isinstance(await following(reader), dict)
            await bus.close()
            async with asyncio.timeout(HANG):
                assert [item async for item in reader] == []
