"""A lane on a desk: a decoder that does what the test says, when the test says it."""

from __future__ import annotations

import asyncio
import queue
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Literal

import numpy as np

from coach.inference import Lane
from models.types import DecodeRequest, DecodeResult, Word
from models.vad import Array
from stream.audio import RATE, CallId, PartyId, Samples

PATIENCE = 30.0
"""Seconds after which a test that hangs fails instead."""
ONE, TWO = CallId("one"), CallId("two")


class ScriptedDecoder:
    """Blocks in `decode` until the test ends that decoding. A request is called by the first of
    its `names`.

    Of those with "unsure" in them a first opinion says "first" and is not sure; the second, which
    is named "… again", says "second".
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._begun: asyncio.Queue[str] = asyncio.Queue()
        self._ends: dict[str, queue.Queue[BaseException | None]] = {}
        self.total = 0

    def decode(self, request: DecodeRequest) -> DecodeResult:
        self.total += 1
        name = request.names[0] + " again" * request.second
        self._loop.call_soon_threadsafe(self._begun.put_nowait, name)
        if error := self._end(name).get(timeout=PATIENCE):
            raise error
        if request.second:
            return replace(result(request, "second"), score=-0.2)
        if "unsure" in name and request.kind == "guess":
            return replace(result(request, "first"), score=-0.5, sure=False)
        return result(request, name)

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
    return request.answer(said, rejected=rejected)


class Desk:
    """A lane, its decoder, and what came of it."""

    def __init__(self, workers: int) -> None:
        self.time = 100.0
        self.told: list[tuple[str, float]] = []
        self.results: list[DecodeResult] = []
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
            names=(name,),
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
