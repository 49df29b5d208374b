"""Second opinions that are begun beside the first, where Whisper was not sure before."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import structlog

from models.types import DecodeKind
from tests.coach.lane_desk import ONE, TWO, Desk, desk

Found = list[tuple[str, str]]


@asynccontextmanager
async def doubted(kind: DecodeKind = "guess", name: str = "unsure") -> AsyncIterator[Desk]:
    """Two workers, and on them both opinions on an utterance that was doubted before."""
    async with desk(workers=2) as at:
        at.ask("unsure before", "guess")
        await at.run("unsure before", "unsure before again")
        at.ask(name, kind)
        assert [await at.decoder.begins() for _ in range(2)] == [name, f"{name} again"]
        at.results.clear()
        yield at


async def settled(at: Desk) -> None:
    """Return once what ended is told: until then no worker is free."""
    at.ask("settled", call=TWO)
    await at.run("settled")


def found(at: Desk) -> Found:
    return [(each.kind, each.words[0].w) for each in at.results if each.call == ONE]


@pytest.mark.parametrize("kind", ["guess", "final"])
async def test_the_second_comes_after_the_first(kind: DecodeKind) -> None:
    async with doubted(kind) as at:
        at.decoder.end("unsure")
        await settled(at)
        assert found(at) == [("guess", "first")]
        at.decoder.end("unsure again")
    assert found(at) == [("guess", "first"), (kind, "second")]


@pytest.mark.parametrize("kind", ["guess", "final"])
async def test_the_second_comes_before_the_first(kind: DecodeKind) -> None:
    async with doubted(kind) as at:
        at.decoder.end("unsure again")
        await settled(at)
        assert found(at) == []
        at.decoder.end("unsure")
    assert found(at) == [("guess", "first"), (kind, "second")]


async def test_nobody_needs_it_where_the_first_is_sure() -> None:
    async with doubted("final", "said") as at:
        at.decoder.end("said")
        await settled(at)
        at.decoder.end("said again")
    assert found(at) == [("final", "said")]


async def test_a_final_takes_what_was_begun_ahead_of_its_guess() -> None:
    async with doubted() as at:
        at.ask("unsure")
        at.decoder.end("unsure")
        at.decoder.end("unsure again")
    assert found(at) == [("guess", "first"), ("guess", "second"), ("final", "second")]
    assert at.decoder.total == 4


async def test_a_final_waits_for_what_was_begun_ahead_of_its_guess() -> None:
    async with doubted() as at:
        at.decoder.end("unsure")
        await settled(at)
        at.ask("unsure")
        at.decoder.end("unsure again")
    assert found(at) == [("guess", "first"), ("guess", "second"), ("final", "second")]


async def test_it_is_dropped_once_more_was_said() -> None:
    async with doubted() as at:
        at.ask("more", "partial")
        at.decoder.end("unsure")
        await at.run("more")
        at.decoder.end("unsure again")
    assert found(at) == [("guess", "first"), ("partial", "more")]


@pytest.mark.parametrize("early", [True, False])
async def test_one_that_fails_is_asked_for_again(early: bool) -> None:
    order = ("unsure again", "unsure") if early else ("unsure", "unsure again")
    async with doubted("final") as at:
        with structlog.testing.capture_logs():
            for name in order:
                at.decoder.end(name, RuntimeError("broken") if "again" in name else None)
                if name == order[0]:
                    await settled(at)
            await at.run("unsure again")
    assert found(at) == [("guess", "first"), ("final", "second")]


async def test_a_forgotten_call_hears_nothing_of_it() -> None:
    async with doubted("final") as at:
        at.lane.forget(ONE)
        at.decoder.end("unsure again")
        at.decoder.end("unsure")
    assert found(at) == []


async def test_what_waits_goes_first() -> None:
    async with desk(workers=2) as at:
        at.ask("unsure before", "guess")
        await at.run("unsure before", "unsure before again")
        at.ask("other", call=TWO)
        assert await at.decoder.begins() == "other"
        at.ask("unsure", "guess")
        assert await at.decoder.begins() == "unsure"
        at.ask("next", call=TWO, party="customer")
        at.decoder.end("other")
        assert await at.decoder.begins() == "next"
        at.decoder.end("unsure")
        await at.run("unsure again")
        at.decoder.end("next")
    assert at.decoder.total == 6
