"""A pipeline with its lane, journal and store, for one call without models."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from coach.bus import MemoryBus
from coach.conversation import Conversation
from coach.inference import Decoder, Lane
from coach.journal import Journal
from coach.knowledge import Knowledge
from coach.pipeline import LOOK_SECONDS, Pipeline
from coach.store import Store
from models.types import DecodeRequest, DecodeResult
from models.vad import Array
from stream.audio import CallId, Samples
from tests.coach.scripted_call import GRANTED

CALL = CallId("piped")


class Loud:
    """Hears speech where there is sound: a seam's stand-in for the voice activity model."""

    def step(self, frames: Samples, states: Array) -> tuple[Array, Array]:
        return np.abs(frames).max(axis=1), states


class Mute:
    """A decoder that hears no word in anything."""

    def decode(self, request: DecodeRequest) -> DecodeResult:
        return request.answer()


@dataclass(frozen=True, slots=True)
class Piped:
    """`told`: the call's durable events so far."""

    pipeline: Pipeline
    told: Callable[[], Awaitable[list[dict[str, Any]]]]


@contextlib.asynccontextmanager
async def piped(
    folder: Path,
    knowledge: Knowledge,
    decoder: Decoder,
    *,
    now: Callable[[], float],
    look: float = LOOK_SECONDS,
    release: Callable[[], None] = lambda: None,
) -> AsyncIterator[Piped]:
    """`release`: lets the decoder end, so that the lane can close, whatever happens."""
    async with contextlib.AsyncExitStack() as stack:
        store = await Store.open(f"sqlite+aiosqlite:///{folder / 'coach.db'}")
        stack.push_async_callback(store.close)
        await store.begin(CALL, source="pcm", context={}, started_at="2026-11-22T04:00:00.000Z")
        bus = MemoryBus()
        stack.push_async_callback(bus.close)
        journal = Journal(store, bus, now=lambda: datetime(2026, 11, 22, 4, tzinfo=UTC))
        stack.push_async_callback(journal.close)
        lane = await stack.enter_async_context(
            Lane(decoder, Loud(), workers=1, tone=knowledge.tone)
        )
        stack.callback(release)
        conversation = Conversation(CALL, knowledge, {}, GRANTED)

        async def told() -> list[dict[str, Any]]:
            await journal.drain(CALL)
            return await store.events(CALL, entitled=True)

        yield Piped(Pipeline(conversation, lane, journal, buffer=30.0, now=now, look=look), told)
