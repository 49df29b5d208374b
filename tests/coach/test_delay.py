"""Delay: people are told when words come late, and when they no longer do."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np

from coach.delay import CAUGHT_UP, LATE, STEP, Delay
from coach.pipeline import Ended, Joined, Left, Pipeline
from models.types import DecodeRequest, DecodeResult
from models.vad import FRAME
from stream.audio import AudioFrame, Party, PartyId
from tests.coach.piped import piped
from tests.coach.scripted_call import knowledge

AGENT, CUSTOMER = PartyId("agent"), PartyId("customer")


class Watch:
    """A delay and its clock."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.delay = Delay(lambda: self.time)
        self.keys: list[str] = []

    def told(self, after: float = 0.0, at: float = 7.0, kept: float = 0.0) -> list[float]:
        """Seconds behind that are said `after` so many more seconds, with so much `kept`."""
        self.time += after
        drafts = self.delay.drafts(at, kept)
        assert all((draft.type, draft.at) == ("delay", round(at, 3)) for draft in drafts)
        self.keys += [draft.key for draft in drafts]
        return [draft.data["seconds"] for draft in drafts]


def test_nothing_is_said_while_nothing_is_late() -> None:
    watch = Watch()
    assert watch.told(100.0) == []
    watch.delay.asked(AGENT, 1)
    assert watch.told(LATE - 0.1) == []
    watch.delay.answered(AGENT, 1)
    assert watch.told(100.0) == []


def test_it_is_said_once_when_late_and_again_each_step_and_when_caught_up() -> None:
    watch = Watch()
    watch.delay.asked(AGENT, 1)
    assert watch.told(LATE) == [3.0]
    assert watch.told(STEP - 0.1) == []
    assert watch.told(0.1) == [6.0]
    assert watch.told(2 * STEP) == [12.0]
    watch.delay.answered(AGENT, 1)
    assert watch.told() == [0.0]
    assert watch.told(60.0) == []
    assert len(set(watch.keys)) == len(watch.keys) == 4


def test_the_oldest_final_of_any_party_counts() -> None:
    watch = Watch()
    watch.delay.asked(AGENT, 1)
    assert watch.told(2.0) == []
    watch.delay.asked(CUSTOMER, 1)
    assert watch.told(2.0) == [4.0]
    watch.delay.answered(AGENT, 1)
    assert watch.told() == [], "the other is 2 s old: no longer late, and not caught up"
    watch.delay.answered(CUSTOMER, 1)
    assert watch.told() == [0.0]


def test_a_final_that_is_asked_for_again_is_no_younger() -> None:
    watch = Watch()
    watch.delay.asked(AGENT, 1)
    watch.time += LATE
    watch.delay.asked(AGENT, 1)
    assert watch.told() == [LATE]


def test_it_does_not_flap_around_the_limit() -> None:
    watch = Watch()
    watch.delay.asked(AGENT, 1)
    watch.time += 1.0
    watch.delay.asked(AGENT, 2)
    assert watch.told(LATE - 1.0) == [3.0]
    watch.delay.answered(AGENT, 1)
    assert watch.told() == [], "2 s behind: better, and not well"
    assert watch.told(1.5) == [], "above the limit again, and no step worse than what was said"
    watch.delay.asked(AGENT, 3)
    watch.delay.answered(AGENT, 2)
    assert watch.told(CAUGHT_UP - 0.1) == [0.0]


def test_late_again_is_said_again() -> None:
    watch = Watch()
    for number in (1, 2):
        watch.delay.asked(AGENT, number)
        assert watch.told(LATE) == [3.0]
        watch.delay.answered(AGENT, number)
        assert watch.told() == [0.0]
    assert len(set(watch.keys)) == 4


def test_an_answer_nobody_asked_for_is_no_fault() -> None:
    watch = Watch()
    watch.delay.answered(AGENT, 1)
    assert watch.told() == []


def test_audio_that_nobody_has_heard_yet_is_behind_as_well() -> None:
    watch = Watch()
    assert watch.told(kept=LATE) == [3.0]
    watch.delay.asked(AGENT, 1)
    assert watch.told(5.0, kept=4.0) == [9.0]
    watch.delay.answered(AGENT, 1)
    assert watch.told(kept=1.0) == [0.0]


def test_a_long_delay_is_said_in_growing_steps_and_shrinking_ones() -> None:
    watch = Watch()
    grows = [each for second in range(601) for each in watch.told(kept=float(second))]
    assert grows[:5] == [3.0, 6.0, 9.0, 12.0, 15.0]
    assert 450 < grows[-1] <= 600
    assert len(grows) < 25
    shrinks = [each for second in range(600, -1, -1) for each in watch.told(kept=float(second))]
    assert shrinks[0] == grows[-1] // 2
    assert shrinks[-1] == 0.0
    assert all(each >= LATE for each in shrinks[:-1])
    assert len(shrinks) < 12
    assert not watch.delay.pending


# -- in a call -------------------------------------------------------------------------------


class Busy:
    """A decoder that has time only once it is released."""

    def __init__(self) -> None:
        self.released = threading.Event()

    def decode(self, request: DecodeRequest) -> DecodeResult:
        self.released.wait()
        return request.answer()


Told = Callable[[], Awaitable[list[dict[str, Any]]]]


class Late:
    """A call on its way, its clock, and the decoder that keeps it waiting."""

    def __init__(self, pipeline: Pipeline, watch: Watch, busy: Busy, told: Told) -> None:
        self.pipeline = pipeline
        self.watch = watch
        self.busy = busy
        self._told = told
        self._sent = 0

    async def send(self, frames: int, level: float) -> None:
        audio = np.full(frames * FRAME, level, np.float32)
        await self.pipeline.put(AudioFrame(AGENT, self._sent, audio))
        self._sent += len(audio)

    async def hear(self, frames: int, level: float) -> None:
        await self.send(frames, level)
        while self.pipeline._inputs:
            await self.pipeline._step()

    async def delays(self) -> list[float]:
        """Seconds of all delays that were said."""
        events = await self._told()
        return [event["data"]["seconds"] for event in events if event["type"] == "delay"]


@contextlib.asynccontextmanager
async def late_call(folder: Path) -> AsyncIterator[Late]:
    watch, busy = Watch(), Busy()
    async with piped(
        folder,
        knowledge(),
        busy,
        now=lambda: watch.time,
        look=0.001,
        release=busy.released.set,
    ) as call:
        await call.pipeline.put(Joined(Party.named("agent"), 0))
        await call.pipeline._step()
        yield Late(call.pipeline, watch, busy, call.told)


async def test_a_call_whose_audio_stops_does_not_stay_delayed(tmp_path: Path) -> None:
    """Nor is it silent while nothing happens: how late it is, it looks for by itself."""
    async with late_call(tmp_path) as late:
        await late.hear(50, 0.9)
        await late.hear(50, 0.0)
        late.watch.time += LATE
        await late.hear(1, 0.0)
        # From here on no more audio comes, and only then the words.
        late.watch.time += STEP
        await late.pipeline._step()
        late.busy.released.set()
        await late.pipeline.put(Left(AGENT))
        await late.pipeline.put(Ended("stopped"))
        await late.pipeline.run()
        assert await late.delays() == [3.0, 6.0, 0.0]


async def test_audio_that_came_and_waits_to_be_heard_is_behind(tmp_path: Path) -> None:
    async with late_call(tmp_path) as late:
        for _ in range(20):
            await late.send(1, 0.0)
        late.watch.time += 5.0
        await late.pipeline._step()
        assert late.pipeline._inputs, "not all is heard in one step"
        assert await late.delays() == [5.0]
        while late.pipeline._inputs:
            await late.pipeline._step()
        assert await late.delays() == [5.0, 0.0]
