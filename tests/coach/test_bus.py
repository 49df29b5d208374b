"""The memory bus against the contract, and the rules of a subscription one by one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.bus import Behind, Bus, MemoryBus, Subscription
from coach.events import Event
from stream.audio import CallId
from tests.coach.bus_contract import (
    CALL,
    OTHER,
    TS,
    BusContract,
    durable,
    final,
    partial,
)


class TestMemoryBus(BusContract):
    @pytest.fixture
    async def bus(self) -> AsyncIterator[Bus]:
        bus = MemoryBus()
        yield bus
        await bus.close()

    async def test_a_closed_bus_says_so(self) -> None:
        bus = MemoryBus()
        await bus.close()
        with pytest.raises(RuntimeError, match="closed"):
            await bus.publish(durable(1))
        with pytest.raises(RuntimeError, match="closed"):
            async with bus.subscribe(CALL, entitled=True):
                pass


async def nothing(_reader: Subscription) -> None: ...


def held(size: int, *events: Event) -> list[str]:
    """What a reader of that size gets who was offered these events before it read."""

    async def read() -> list[str]:
        async with Subscription(size, opened=nothing, closed=nothing) as reader:
            for event in events:
                reader.offer(event.view(entitled=True))
            reader.end()
            return [
                f"behind {item.call}" if isinstance(item, Behind) else item["data"]["text"]
                async for item in reader
            ]

    return asyncio.run(read())


def test_a_partial_replaces_the_one_before_and_goes_to_the_end() -> None:
    assert held(9, partial("I"), durable(1), partial("I feel")) == ["event 1", "I feel"]


def test_a_final_takes_its_partial_away_but_not_the_next_ones() -> None:
    assert held(9, partial("I"), final(1)) == ["event 1"]
    assert held(9, partial("and", utterance=2), final(1)) == ["and", "event 1"]
    assert held(9, partial("hello", party="agent"), final(1)) == ["hello", "event 1"]


def test_a_partial_without_room_is_lost() -> None:
    assert held(1, durable(1), partial("I")) == ["event 1"]


def test_partials_make_way_for_durable_events() -> None:
    assert held(2, partial("I"), durable(1), durable(2)) == ["event 1", "event 2"]


def test_behind_once_for_each_call_that_lost_something() -> None:
    events = [durable(1), durable(1, OTHER), durable(2), durable(3), durable(2, OTHER)]
    assert held(2, *events) == ["behind one", "behind two"]
    assert held(1, durable(1), durable(2), partial("I"), durable(1, OTHER)) == [
        "behind one",
        "event 1",
    ]


async def test_after_behind_events_are_held_again() -> None:
    async with Subscription(1, opened=nothing, closed=nothing) as reader:
        for n in (1, 2, 3):
            reader.offer(durable(n).view(entitled=True))
        assert await anext(reader) == Behind(CALL)
        reader.offer(durable(4).view(entitled=True))
        assert await anext(reader) == durable(4).view(entitled=True)


def test_a_size_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="1 or more"):
        MemoryBus().subscribe(CALL, entitled=True, size=0)


OFFERS = st.lists(st.tuples(st.sampled_from([CALL, OTHER]), st.booleans()), max_size=60)


@given(size=st.integers(1, 8), offers=OFFERS, reads=st.lists(st.integers(0, 59)))
def test_what_is_not_given_is_said_and_memory_is_bounded(
    size: int, offers: list[tuple[CallId, bool]], reads: list[int]
) -> None:
    """Whatever is offered and read when, each call's events come whole or a Behind says so."""

    async def run() -> None:
        said = {CALL: 0, OTHER: 0}
        seen = {CALL: 0, OTHER: 0}
        reader = Subscription(size, opened=nothing, closed=nothing)

        async def read() -> None:
            item = await anext(reader)
            if isinstance(item, Behind):
                seen[item.call] = said[item.call]  # as if read again from the store
            elif "n" in item:
                assert item["n"] == seen[item["call"]] + 1
                seen[item["call"]] += 1

        for place, (call, whether_durable) in enumerate(offers):
            if whether_durable:
                said[call] += 1
                reader.offer(durable(said[call], call).view(entitled=True))
            else:
                data = {"party": "agent", "utterance": 1, "text": "…"}
                reader.offer(Event(call, "transcript.partial", 0.0, TS, data).view(entitled=True))
            if place in reads and seen != said:
                await read()
        reader.end()
        left = 0
        while True:
            try:
                await read()
            except StopAsyncIteration:
                break
            left += 1
        assert left <= size + len(said)
        assert seen == said

    asyncio.run(run())
