"""The reader: batches over calls, off the loop, and a fault that stays with its utterance."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from coach.lane.reader import TOGETHER, reader
from coach.reads import ReadRequest, ReadResult
from models.text import Read
from models.text_input import Said, Turn
from stream.audio import CallId, PartyId
from tests.coach.lane_desk import ONE, PATIENCE, TWO

CALLER = PartyId("customer")


class Book:
    """Reads when the test lets it; an utterance that says "bad" cannot be read."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.open = threading.Semaphore(0)

    def read(self, said: Sequence[Said]) -> list[Read]:
        assert self.open.acquire(timeout=PATIENCE)
        texts = [each.turn.text for each in said]
        self.batches.append(texts)
        if "bad" in texts:
            raise ValueError("a page is torn")
        return [Read({"adverse_event": float(text)}, ()) for text in texts]


def request(text: str, call: CallId = ONE, utterance: int = 1) -> ReadRequest:
    return ReadRequest(call, CALLER, utterance, Said(Turn("customer", text)))


class Desk:
    """A reader and what it told."""

    def __init__(self, *, readable: bool = True) -> None:
        self.book = Book()
        self.told: list[str] = []
        self.results: asyncio.Queue[ReadResult] = asyncio.Queue()
        self.reader = reader(
            self.book.read if readable else None, observe=lambda name, _: self.told.append(name)
        )

    def ask(self, text: str, call: CallId = ONE, utterance: int = 1) -> None:
        self.reader.submit(request(text, call, utterance), self.results.put_nowait)

    def turn_pages(self, count: int) -> None:
        for _ in range(count):
            self.book.open.release()

    async def answers(self, count: int) -> list[float | None]:
        async with asyncio.timeout(PATIENCE):
            found = [await self.results.get() for _ in range(count)]
        return [each.read.labels["adverse_event"] if each.read else None for each in found]


async def test_what_comes_while_a_batch_runs_is_read_together() -> None:
    desk = Desk()
    desk.ask("0.1")
    await asyncio.sleep(0)
    for number in range(TOGETHER + 1):
        desk.ask(f"0.{number}", TWO, number)
    desk.turn_pages(3)
    assert await desk.answers(TOGETHER + 2) == [
        0.1,
        *(float(f"0.{n}") for n in range(TOGETHER + 1)),
    ]
    assert [len(batch) for batch in desk.book.batches] == [1, TOGETHER, 1]
    assert desk.told == ["read.seconds"] * 3
    await desk.reader.close()


async def test_a_fault_costs_only_the_utterance_that_caused_it() -> None:
    desk = Desk()
    desk.turn_pages(9)
    for number, text in enumerate(("0.2", "bad", "0.4")):
        desk.ask(text, utterance=number)
    assert await desk.answers(3) == [0.2, None, 0.4]
    assert desk.told.count("read.failed") == 1
    desk.ask("0.5")
    assert await desk.answers(1) == [0.5], "and it reads on"
    await desk.reader.close()


async def test_a_delivery_that_fails_harms_nobody_else() -> None:
    desk = Desk()
    desk.turn_pages(2)

    def broken(result: ReadResult) -> None:
        raise RuntimeError("nobody at home")

    desk.reader.submit(request("0.1"), broken)
    desk.ask("0.2")
    assert await desk.answers(1) == [0.2]
    await desk.reader.close()


async def test_a_call_that_is_gone_hears_nothing() -> None:
    desk = Desk()
    desk.ask("0.1")
    await asyncio.sleep(0)
    desk.ask("0.2", utterance=2)
    desk.ask("0.3", TWO)
    desk.reader.forget(ONE)
    desk.turn_pages(2)
    assert await desk.answers(1) == [0.3]
    await desk.reader.close()
    assert desk.results.empty()


async def test_without_a_model_everything_is_answered_and_nothing_read() -> None:
    desk = Desk(readable=False)
    desk.ask("0.1")
    assert await desk.answers(1) == [None]
    await desk.reader.close()


async def test_once_closed_it_says_so() -> None:
    desk = Desk()
    desk.ask("0.1")
    await asyncio.sleep(0)
    desk.ask("0.2", utterance=2)
    desk.turn_pages(1)
    await desk.reader.close()
    assert desk.book.batches == [["0.1"]], "what waited is dropped"
    with pytest.raises(RuntimeError, match="closed"):
        desk.ask("0.3")
