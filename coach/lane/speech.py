"""Speech probabilities of all calls, computed together in one thread of their own.

Theory. A frame of voice activity costs a fifth of a millisecond alone and a quarter of that in
a batch (measured), and it must not be computed on the event loop. So whoever waits is served in
ticks: one tick takes what waits, runs it in the thread as a batch, and the next begins when it
is done. What comes meanwhile gathers into the next batch, so no timer is needed.

Rules.
1. Rows do not touch each other: a channel gets the same probabilities, to the last bit, alone
   or with others, in one tick or in several.
2. A tick takes ROWS channels and STEPS frames of each at most. Who wants more, a sender of a
   whole recording say, goes on in the next tick, behind those who came meanwhile.
3. How much may wait is bounded by those who wait: a party has one `speech` call open at a time.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from models.vad import FRAME, STATE_SIZE, Array
from stream.audio import Samples

ROWS = 64
"""Channels of a tick: 32 calls. Beyond some 16 a larger batch saves nothing (measured)."""
STEPS = 8
"""Frames of one channel in a tick, a quarter of a second of sound. With ROWS it keeps a tick
under 30 ms, which is what a live frame waits at worst behind any number of bulk senders."""

Observe = Callable[[str, float], None]


class SpeechModel(Protocol):
    """What models.vad.Vad does: frames [rows, FRAME] and states [rows, STATE_SIZE] in,
    probabilities [rows] and new states out; pure and thread-safe."""

    def step(self, frames: Samples, states: Array) -> tuple[Array, Array]: ...


@dataclass(slots=True, eq=False)
class _Channel:
    """One `speech` call on its way."""

    frames: Samples
    state: Array
    answer: asyncio.Future[tuple[Array, Array]]
    probs: list[np.float32] = field(default_factory=list)

    @property
    def left(self) -> int:
        return len(self.frames) - len(self.probs)


class SpeechBatcher:
    """Serves `speech` in batches. `observe` gets ("vad.rows", channels) of each tick."""

    def __init__(self, model: SpeechModel, *, observe: Observe) -> None:
        self._model = model
        self._observe = observe
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="speech")
        self._waiting: deque[_Channel] = deque()
        self._ticks: asyncio.Task[None] | None = None
        self._closed = False

    async def speech(self, frames: Samples, state: Array) -> tuple[Array, Array]:
        """Speech probabilities [k] of frames [k, FRAME], and the state [STATE_SIZE] after them.

        The arrays must stay as they are until this returns. Raises ValueError for other shapes,
        RuntimeError once closed or where the model fails.
        """
        if self._closed:
            raise RuntimeError("the lane is closed: it hears nothing any more")
        if frames.ndim != 2 or frames.shape[1] != FRAME or state.shape != (STATE_SIZE,):
            raise ValueError(
                f"frames {frames.shape} and state {state.shape} do not fit: "
                f"give [k, {FRAME}] and [{STATE_SIZE}]"
            )
        frames, state = np.asarray(frames, np.float32), np.asarray(state, np.float32)
        if not len(frames):
            return np.zeros(0, np.float32), state
        channel = _Channel(frames, state, asyncio.get_running_loop().create_future())
        self._waiting.append(channel)
        if self._ticks is None or self._ticks.done():
            self._ticks = asyncio.create_task(self._run(), name="speech")
        return await channel.answer

    async def close(self) -> None:
        """Let the tick that runs end, and refuse whoever still waits."""
        self._closed = True
        if self._ticks is not None:
            await self._ticks
        self._pool.shutdown()

    async def _run(self) -> None:
        """Tick until nobody waits."""
        loop = asyncio.get_running_loop()
        while batch := self._gather():
            self._observe("vad.rows", len(batch))
            error = await loop.run_in_executor(self._pool, _tick, self._model, batch)
            if error is None:
                self._answer(batch)
            for channel in batch if error else ():
                _refuse(channel, RuntimeError(f"speech could not be told: {error!r}"))

    def _gather(self) -> list[_Channel]:
        """Who is served next; those who gave up waiting are left out."""
        if self._closed:
            while self._waiting:
                _refuse(self._waiting.popleft(), RuntimeError("the lane was closed"))
        batch: list[_Channel] = []
        while self._waiting and len(batch) < ROWS:
            channel = self._waiting.popleft()
            if not channel.answer.done():
                batch.append(channel)
        return batch

    def _answer(self, batch: Sequence[_Channel]) -> None:
        for channel in batch:
            if channel.left:
                self._waiting.append(channel)
            elif not channel.answer.done():
                # The state is a row of a whole batch, which must not live on for its sake.
                answer = np.array(channel.probs, np.float32), channel.state.copy()
                channel.answer.set_result(answer)


def _tick(model: SpeechModel, batch: Sequence[_Channel]) -> BaseException | None:
    """Take every channel STEPS frames on, or to its end. Runs in the thread.

    A fault is returned: whatever it is, it must not end the ticking.
    """
    try:
        _advance(model, batch)
    except BaseException as error:
        return error
    return None


def _advance(model: SpeechModel, batch: Sequence[_Channel]) -> None:
    until = [min(STEPS, channel.left) for channel in batch]
    for step in range(max(until)):
        rows = [channel for channel, end in zip(batch, until, strict=True) if step < end]
        frames = np.stack([channel.frames[len(channel.probs)] for channel in rows])
        probs, states = model.step(frames, np.stack([channel.state for channel in rows]))
        for channel, prob, state in zip(rows, probs, states, strict=True):
            channel.probs.append(prob)
            channel.state = state


def _refuse(channel: _Channel, error: Exception) -> None:
    if not channel.answer.done():
        channel.answer.set_exception(error)
