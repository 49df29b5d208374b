"""The lane with a decoder that does what the test says, when the test says it."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
import structlog
from numpy.testing import assert_array_equal

from coach.inference import Lane
from models.types import DecodeResult
from models.vad import STATE_SIZE, Array
from stream.audio import Samples
from tests.coach.lane_desk import (
    ONE,
    TWO,
    Desk,
    ScriptedDecoder,
    busy_desk,
    desk,
    result,
)


async def test_a_result_is_delivered_on_the_loop() -> None:
    async with desk() as at:
        delivered: asyncio.Future[DecodeResult] = asyncio.get_running_loop().create_future()
        request = at.ask("unheard")
        await at.run("unheard")
        at.lane.submit(request, delivered.set_result)  # a future is not thread-safe
        await at.run("unheard")
        assert await delivered == result(request, "unheard")
        assert at.words == ["unheard"]


async def test_workers_decode_side_by_side_and_no_more_than_they_are() -> None:
    async with desk(workers=2) as at:
        for name in ("a", "b", "c"):
            at.ask(name)
        assert {await at.decoder.begins(), await at.decoder.begins()} == {"a", "b"}
        assert (at.lane.running, at.lane.finals_waiting, at.decoder.total) == (2, 1, 2)
        at.decoder.end("b")
        await at.run("c")
        at.decoder.end("a")
    assert sorted(at.words) == ["a", "b", "c"]


async def test_earliest_deadline_first_and_finals_before_partials() -> None:
    async with busy_desk() as at:
        at.ask("partial", "partial", party="customer", wanted=0.1)
        at.ask("late", call=ONE, wanted=3.0)
        at.ask("soon", call=TWO, wanted=0.5)
        at.time += 1.0
        at.ask("between", call=TWO, party="customer", wanted=1.0)
        assert (at.lane.finals_waiting, at.lane.partials_waiting) == (3, 1)
        at.decoder.end("first")
        await at.run("soon", "between", "late", "partial")
    assert at.words == ["first", "soon", "between", "late", "partial"]
    assert ("decode.wait.final", 0.0) in at.told
    assert ("decode.wait.partial", 1.0) in at.told


async def test_newer_partials_and_finals_shed_the_partial_that_waits() -> None:
    async with busy_desk() as at:
        at.ask("old", "partial")
        at.ask("new", "partial")
        assert (at.lane.partials_waiting, at.counts["decode.shed"]) == (1, 1)
        at.ask("final")
        assert (at.lane.partials_waiting, at.counts["decode.shed"]) == (0, 2)
        at.ask("next", "partial", utterance=2)
        at.decoder.end("first")
        await at.run("final", "next")
    assert at.words == ["first", "final", "next"]
    assert at.counts["decode.seconds.final"] == 2
    assert at.counts["decode.seconds.partial"] == 1


async def test_one_partial_of_a_party_runs_at_a_time() -> None:
    async with desk(workers=3) as at:
        at.ask("agent", "partial")
        at.ask("agent, more", "partial")
        at.ask("customer", "partial", party="customer")
        assert {await at.decoder.begins(), await at.decoder.begins()} == {"agent", "customer"}
        assert (at.lane.running, at.lane.partials_waiting) == (2, 1)
        at.decoder.end("agent")
        await at.run("agent, more")
        at.decoder.end("customer")


async def test_a_forgotten_call_is_neither_decoded_nor_delivered() -> None:
    async with desk() as at:
        at.ask("runs", call=ONE)
        assert await at.decoder.begins() == "runs"
        at.ask("waits", call=ONE)
        at.ask("shown", "partial", call=ONE)
        at.ask("other", call=TWO)
        at.lane.forget(ONE)
        assert (at.lane.finals_waiting, at.lane.partials_waiting) == (1, 0)
        at.ask("again", call=ONE)  # the same id taken up anew
        at.decoder.end("runs")
        await at.run("other", "again")
    assert at.words == ["other", "again"]


async def test_a_forgotten_final_that_fails_is_not_tried_again() -> None:
    async with desk() as at:
        at.ask("fails", call=ONE)
        await at.decoder.begins()
        at.lane.forget(ONE)
        at.decoder.end("fails", RuntimeError("no"))
        at.ask("other", call=TWO)
        await at.run("other")
    assert (at.words, at.decoder.total) == (["other"], 2)


async def test_a_final_that_fails_is_tried_once_more() -> None:
    async with desk() as at:
        at.ask("shaky")
        await at.decoder.begins()
        with structlog.testing.capture_logs() as logs:
            at.decoder.end("shaky", RuntimeError("out of memory"))
            await at.run("shaky")
        assert [(each["event"], each["attempt"]) for each in logs] == [("decode.failed", 1)]
    assert at.words == ["shaky"]
    assert at.counts["decode.failed"] == 1


@pytest.mark.parametrize("error", [RuntimeError("broken"), StopIteration(), SystemExit(1)])
async def test_a_final_that_fails_twice_is_delivered_as_failed(error: BaseException) -> None:
    async with desk() as at:
        request = at.ask("broken")
        for _ in range(2):
            at.decoder.end("broken", error)
        at.ask("sound")
        with structlog.testing.capture_logs():
            assert [await at.decoder.begins() for _ in range(2)] == ["broken", "broken"]
            await at.run("sound")
    assert at.results[0] == result(request, rejected="failed")
    assert at.words == ["sound"]


async def test_a_partial_that_fails_is_dropped() -> None:
    async with desk() as at:
        at.ask("broken", "partial")
        at.decoder.end("broken", RuntimeError("broken"))
        with structlog.testing.capture_logs():
            assert await at.decoder.begins() == "broken"
            at.ask("next", "partial")
            await at.run("next")
    assert (at.words, at.decoder.total) == (["next"], 2)


async def test_an_error_of_who_gets_the_result_harms_nobody_else() -> None:
    def refuse(result: DecodeResult) -> None:
        raise KeyError("nobody knows this call")

    async with busy_desk() as at:
        at.lane.submit(at.ask("kept"), refuse)
        at.decoder.end("first")
        with structlog.testing.capture_logs() as logs:
            await at.run("kept", "kept")
            at.ask("last")
            await at.run("last")
        assert [each["event"] for each in logs] == ["decode.undelivered"]
    assert at.words == ["first", "kept", "last"]


async def test_closing_waits_for_what_runs_and_discards_what_waits() -> None:
    at = Desk(workers=1)
    await at.lane.start()
    at.ask("runs")
    at.ask("waits")
    assert await at.decoder.begins() == "runs"
    closing = asyncio.create_task(at.lane.close())
    asyncio.get_running_loop().call_soon(at.decoder.end, "runs")
    await closing
    assert (at.words, at.decoder.total, at.lane.finals_waiting) == (["runs"], 1, 0)
    with pytest.raises(RuntimeError, match="closed"):
        at.ask("more")
    with pytest.raises(RuntimeError, match="closed"):
        await at.lane.speech(np.zeros((1, 512), np.float32), np.zeros(STATE_SIZE, np.float32))


async def test_a_lane_that_was_not_started_says_so() -> None:
    at = Desk(workers=1)
    with pytest.raises(RuntimeError, match="not started"):
        at.ask("early")
    await at.lane.close()
    with pytest.raises(ValueError, match="1 or more"):
        Desk(workers=0)


async def test_the_lane_passes_speech_on() -> None:
    class Loud:
        def step(self, frames: Samples, states: Array) -> tuple[Array, Array]:
            return frames.max(axis=1), states + 1

    told: list[tuple[str, float]] = []
    lane = Lane(
        ScriptedDecoder(), Loud(), workers=1, observe=lambda name, rows: told.append((name, rows))
    )
    async with lane:
        frames = np.full((3, 512), 0.25, np.float32)
        probs, state = await lane.speech(frames, np.zeros(STATE_SIZE, np.float32))
    assert_array_equal(probs, np.full(3, 0.25, np.float32))
    assert_array_equal(state, np.full(STATE_SIZE, 3, np.float32))
    assert told == [("vad.rows", 1)]
