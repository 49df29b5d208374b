"""The lane: runs the hearing of all calls off the event loop.

Speech probabilities go in batches through one thread (coach/lane/speech.py), utterances that are to
be read through another (coach/lane/reader.py), windows of tone that are to be scored through a
third (coach/lane/tone_scorer.py). Decodings go through
`workers` threads side by side, in the order of coach/lane/schedule.py; both engines let go of the
GIL, so that they do run side by side. The lane decides as late as it can: a job leaves the
schedule only when a worker is free for it.

What a result leads to, a final or a second opinion, is for coach/lane/opinions.py. A decoder or a
`deliver` that raises is logged and harms nobody else.

All methods are for the event loop's thread, and `deliver` is called there.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Protocol, Self

import structlog

from coach.lane.opinions import Next, Opinions
from coach.lane.reader import reader
from coach.lane.schedule import Deliver, Job, Schedule
from coach.lane.speech import SpeechBatcher, SpeechModel
from coach.lane.tone_scorer import tone_scores
from coach.reads import ReadAll, ReadRequest, ReadResult
from coach.tones import Scorer, ToneRequest, ToneResult
from models.types import DecodeRequest, DecodeResult
from models.vad import Array
from stream.audio import CallId, Samples

Observe = Callable[[str, float], None]
"""Told what happens, for metrics: ("decode.seconds.K" | "decode.wait.K", seconds) with K partial,
guess or final; ("decode.shed" | "decode.failed", 1); ("vad.rows", channels in a batch);
("read.seconds", seconds of a batch); ("read.failed", 1); ("tone.seconds", seconds of a window);
("tone.failed", 1)."""

log = structlog.get_logger(__name__)


class Decoder(Protocol):
    """What models.whisper.Whisper does: blocks, and is thread-safe."""

    def decode(self, request: DecodeRequest) -> DecodeResult: ...


class Lane:
    """Hears for all calls of a process. `workers` decodings run at a time.

    `now`: a clock in seconds, which the workers read too.

    Use it as `async with Lane(…) as lane`, or call `start` and `close`.
    """

    def __init__(
        self,
        decoder: Decoder,
        vad: SpeechModel,
        *,
        workers: int,
        read: ReadAll | None = None,
        tone: Scorer | None = None,
        now: Callable[[], float] = time.monotonic,
        observe: Observe | None = None,
    ) -> None:
        """`read`: what reads utterances; None where there is no text model. `tone`: what scores
        windows of tone; None where there is no tone model."""
        if workers < 1:
            raise ValueError(f"{workers} workers decode nothing: give 1 or more")
        self._decoder = decoder
        self._workers = workers
        self._now = now
        self._observe: Observe = observe or (lambda name, value: None)
        self._speech = SpeechBatcher(vad, observe=self._observe)
        self._reader = reader(read, observe=self._observe)
        self._tones = tone_scores(tone, observe=self._observe)
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="decode")
        self._schedule = Schedule(workers)
        self._idle = asyncio.Event()
        self._idle.set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False
        self._opinions = Opinions(self._schedule.runs, now)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    async def start(self) -> None:
        """Take work from now on, for the running event loop."""
        self._loop = asyncio.get_running_loop()

    async def close(self) -> None:
        """Discard what waits, and wait for what runs: a thread cannot be stopped.

        Results of what runs are still delivered before this returns.
        """
        self._closed = True
        self._schedule.clear()
        await self._speech.close()
        await self._reader.close()
        await self._tones.close()
        await self._idle.wait()
        self._pool.shutdown()

    # -- what waits --------------------------------------------------------------------------

    @property
    def finals_waiting(self) -> int:
        """Finals that no worker has taken yet."""
        return self._schedule.finals

    @property
    def partials_waiting(self) -> int:
        """Partials that no worker has taken yet, one a party at most."""
        return self._schedule.partials

    @property
    def running(self) -> int:
        """Decodings under way."""
        return self._schedule.running

    # -- work --------------------------------------------------------------------------------

    async def speech(self, frames: Samples, state: Array) -> tuple[Array, Array]:
        """Speech probabilities [k] of frames [k, FRAME], and the state [STATE_SIZE] after them.

        The same to the last bit however many calls are heard. The arrays must stay as they are
        until this returns. Raises ValueError for other shapes, RuntimeError once closed or where
        the model fails.
        """
        return await self._speech.speech(frames, state)

    def submit(self, request: DecodeRequest, deliver: Deliver) -> None:
        """Decode when its turn comes, and call `deliver` with the result.

        A partial may never be delivered; a final is, unless its call is forgotten or the lane
        closed. Raises RuntimeError before the start and once closed.
        """
        if self._loop is None or self._closed:
            state = "closed" if self._closed else "not started"
            raise RuntimeError(f"the lane is {state}: it decodes nothing")
        then = self._opinions.asked(Job(request, deliver, self._now()))
        for job, result in then.deliver:
            self._loop.call_soon(self._deliver, job, result)
        for job in then.decode:
            self._add(job)
        self._pump()

    def forget(self, call: CallId) -> None:
        """The call is gone: what waits of it is dropped, what runs of it is not delivered."""
        self._schedule.forget(call)
        self._opinions.forget(call)
        self._reader.forget(call)
        self._tones.forget(call)

    def read(self, request: ReadRequest, deliver: Callable[[ReadResult], None]) -> None:
        """Read an utterance when its turn comes, and call `deliver` with the answer, unless its
        call is forgotten or the lane closed. Raises RuntimeError once closed."""
        self._reader.submit(request, deliver)

    def tone(self, request: ToneRequest, deliver: Callable[[ToneResult], None]) -> None:
        """Score a window of tone when its turn comes, and call `deliver` with the answer, unless
        its call is forgotten or the lane closed. Raises RuntimeError once closed."""
        self._tones.submit(request, deliver)

    def _add(self, job: Job) -> None:
        if self._schedule.add(job) is not None:
            self._observe("decode.shed", 1)

    def _pump(self) -> None:
        """Give free workers what is next."""
        while self._schedule.running < self._workers and (job := self._schedule.take(self._now())):
            self._observe(f"decode.wait.{job.request.kind}", self._now() - job.since)
            self._run(job)

    def _run(self, job: Job) -> None:
        assert self._loop is not None
        self._idle.clear()
        running = self._loop.run_in_executor(self._pool, self._decode, job.request)
        running.add_done_callback(partial(self._done, job))

    def _decode(self, request: DecodeRequest) -> tuple[DecodeResult | BaseException, float]:
        """The result or the fault, and the seconds that it took. Runs in a worker.

        A fault is returned: whatever it is, it must not cost the lane a worker.
        """
        begun = self._now()
        outcome: DecodeResult | BaseException
        if request.kind == "final" and not request.second:
            request = replace(request, kind="guess")
        try:
            outcome = self._decoder.decode(request)
        except BaseException as error:
            outcome = error
        return outcome, self._now() - begun

    def _done(
        self, job: Job, ran: asyncio.Future[tuple[DecodeResult | BaseException, float]]
    ) -> None:
        """A worker is free. Whatever became of its job, the next one starts."""
        self._schedule.done(job)
        outcome, seconds = ran.result()
        if isinstance(outcome, BaseException):
            self._failed(job, outcome)
        else:
            self._observe(f"decode.seconds.{job.request.kind}", seconds)
            self._follow(self._opinions.found(job, outcome))
        self._pump()
        if not self._schedule.running:
            self._idle.set()

    def _failed(self, job: Job, error: BaseException) -> None:
        then = self._opinions.failed(job)
        self._observe("decode.failed", 1)
        log.error("decode.failed", attempt=job.failures, exc_info=error, **_names(job))
        if not self._closed:
            self._follow(then)

    def _follow(self, then: Next) -> None:
        for job, result in then.deliver:
            self._deliver(job, result)
        for job in then.decode if not self._closed else ():
            self._add(job)

    def _deliver(self, job: Job, result: DecodeResult) -> None:
        if job.forgotten:
            return
        try:
            job.deliver(result)
        except Exception:
            log.exception("decode.undelivered", **_names(job))


def _names(job: Job) -> dict[str, str | int]:
    """What a log line calls it by."""
    request = job.request
    return {
        "call": request.call,
        "party": request.party,
        "utterance": request.utterance,
        "kind": request.kind,
    }
