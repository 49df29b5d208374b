"""The lane with a decoder that does what the test says, when the test says it."""

from __future__ import annotations

import asyncio
import queue
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Literal

import numpy as np
import pytest
import structlog
from numpy.testing import assert_array_equal

from coach.inference import Lane
from models.types import DecodeRequest, DecodeResult, Word
from models.vad import STATE_SIZE, Array
from stream.audio import RATE, CallId, PartyId, Samples

PATIENCE = 30.0
"""Seconds after which a test that hangs fails instead."""
ONE, TWO = CallId("one"), CallId("two")


class ScriptedDecoder:
    """Blocks in `decode` until the test ends that decoding; a request's prompt is its name.

    Of names with "unsure" in them a first opinion is not sure, and the second says so.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._begun: asyncio.Queue[str] = asyncio.Queue()
        self._ends: dict[str, queue.Queue[BaseException | None]] = {}
        self.total = 0

    def decode(self, request: DecodeRequest) -> DecodeResult:
        self.total += 1
        self._loop.call_soon_threadsafe(self._begun.put_nowait, request.prompt)
        if error := self._end(request.prompt).get(timeout=PATIENCE):
            raise error
        if "unsure" not in request.prompt:
            return result(request, request.prompt)
        if request.first is None and request.kind == "guess":
            return replace(result(request, "first"), sure=False)
        return result(request, "second", *("again" for _ in range(request.first is None)))

    async def begins(self) -> str:
        """The name of the next decoding that a worker begins."""
        async with asyncio.timeout(PATIENCE):
            return await self._begun.get()

    def end(self, name: str, error: BaseException | None = None) -> None:
        """Let the decoding of that name end, well or with an error; also before it begins."""
        self._end(name).put(error)

    def _end(self, name: str) -> queue.Queue[BaseException | None]:
        """Made by whoever comes first, worker or test: `setdefault` is atomic."""
        return self._ends.setdefault(name, queue.Queue())


class Silence:
    """A speech model for tests without sound."""

    def step(self, frames: Samples, states: Array) -> tuple[Array, Array]:
        raise AssertionError("nothing is to be heard here")


def result(request: DecodeRequest, *words: str, rejected: str = "") -> DecodeResult:
    said = tuple(Word(w, request.start, request.start + 0.5, 1.0) for w in words)
    return DecodeResult(
        *(request.call, request.party, request.utterance, request.kind, said),
        request.language,
        rejected=rejected,
    )


class Desk:
    """A lane, its decoder, and what came of it."""

    def __init__(self, workers: int) -> None:
        self.time = 100.0
        self.told: list[tuple[str, float]] = []
        self.results: list[DecodeResult] = []
        self._news = asyncio.Condition()
        self.decoder = ScriptedDecoder()
        self.lane = Lane(
            self.decoder,
            Silence(),
            workers=workers,
            now=lambda: self.time,
            observe=lambda name, value: self.told.append((name, value)),
        )

    @property
    def counts(self) -> Counter[str]:
        return Counter(name for name, _ in self.told)

    @property
    def words(self) -> list[str]:
        return [word.w for each in self.results for word in each.words]

    def ask(
        self,
        name: str,
        kind: Literal["partial", "guess", "final"] = "final",
        *,
        call: CallId = ONE,
        party: str = "agent",
        utterance: int = 1,
        wanted: float = 0.8,
    ) -> DecodeRequest:
        """Submit a request of a second whose result is wanted `wanted` seconds from now."""
        audio = np.zeros(RATE, np.float32)
        request = DecodeRequest(
            *(call, PartyId(party), utterance, kind, audio, 5.0, "en"),
            deadline=6.0 + wanted,
            prompt=name,
        )
        self.lane.submit(request, self.results.append)
        return request

    async def run(self, *names: str) -> None:
        """End the decoding of each in turn, which must be the next that begins."""
        for name in names:
            assert await self.decoder.begins() == name
            self.decoder.end(name)


@asynccontextmanager
async def desk(workers: int = 1) -> AsyncIterator[Desk]:
    made = Desk(workers)
    async with made.lane:
        yield made


@asynccontextmanager
async def busy_desk() -> AsyncIterator[Desk]:
    """One whose only worker is at work, on "first", so that what comes now waits."""
    async with desk() as made:
        made.ask("first", call=CallId("busy"))
        assert await made.decoder.begins() == "first"
        yield made


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


async def test_a_final_that_was_guessed_takes_the_words_that_were_found() -> None:
    async with desk() as at:
        at.ask("said", "guess")
        await at.run("said")
        at.ask("other", party="customer")
        await at.run("other")
        at.ask("said")
    assert at.decoder.total == 2
    found = sorted((each.kind, each.words[0].w) for each in at.results)
    assert found == [("final", "other"), ("final", "said"), ("guess", "said")]


async def test_a_final_waits_for_the_guess_that_runs() -> None:
    async with desk() as at:
        at.ask("said", "guess")
        assert await at.decoder.begins() == "said"
        at.ask("said")
        at.decoder.end("said")
    assert at.decoder.total == 1
    assert [each.kind for each in at.results] == ["guess", "final"]


async def test_a_guess_that_fails_leaves_its_final_to_be_decoded() -> None:
    async with desk() as at:
        at.ask("said", "guess")
        assert await at.decoder.begins() == "said"
        at.ask("said")
        at.decoder.end("said", ValueError("broken"))
        await at.run("said")
    assert [each.kind for each in at.results] == ["final"]


async def test_a_guess_counts_no_more_once_more_was_said() -> None:
    async with desk() as at:
        at.ask("said", "guess")
        await at.run("said")
        at.ask("more", "partial")
        await at.run("more")
        at.ask("said")
        await at.run("said")
    assert at.decoder.total == 3


async def test_a_guess_that_still_waits_gives_way_to_its_final() -> None:
    async with busy_desk() as at:
        at.ask("said", "guess")
        at.ask("said")
        at.decoder.end("first")
        await at.run("said")
    assert [each.kind for each in at.results] == ["final", "final"]


async def test_a_guess_that_is_not_sure_is_followed_by_its_second_opinion() -> None:
    async with desk() as at:
        at.ask("unsure", "guess")
        await at.run("unsure", "unsure")
        at.ask("other", party="customer")
        await at.run("other")
        at.ask("unsure")
    assert at.decoder.total == 3
    assert sorted(at.words) == ["first", "other", "second", "second"]


async def test_a_final_waits_for_the_second_opinion_that_runs() -> None:
    async with desk() as at:
        at.ask("unsure", "guess")
        await at.run("unsure")
        assert await at.decoder.begins() == "unsure"
        at.ask("unsure")
        at.decoder.end("unsure")
    assert [(each.kind, each.words[0].w) for each in at.results] == [
        ("guess", "first"), ("guess", "second"), ("final", "second")
    ]  # fmt: skip


async def test_a_final_goes_on_from_the_first_opinion() -> None:
    async with desk() as at:
        at.ask("unsure", "guess")
        assert await at.decoder.begins() == "unsure"
        at.ask("unsure")
        at.decoder.end("unsure")
        await at.run("unsure")
    assert at.words == ["first", "second"], "the first was not asked for again"


async def test_a_final_takes_the_place_of_the_second_opinion_that_waits() -> None:
    async with desk() as at:
        at.ask("unsure", "guess")
        assert await at.decoder.begins() == "unsure"
        at.ask("between", call=TWO)
        at.decoder.end("unsure")
        assert await at.decoder.begins() == "between"
        at.ask("unsure")
        at.decoder.end("between")
        await at.run("unsure")
    assert at.decoder.total == 3
    assert at.words == ["first", "between", "second"]


async def test_no_second_opinion_on_what_more_was_said_to() -> None:
    async with desk() as at:
        at.ask("unsure", "guess")
        assert await at.decoder.begins() == "unsure"
        at.ask("more", "partial")
        at.decoder.end("unsure")
        await at.run("more")
    assert at.words == ["first", "more"]


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
