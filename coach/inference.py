"""The lane: runs the hearing of all calls off the event loop.

Speech probabilities go in batches through one thread (coach/lane/speech.py). Decodings go through
`workers` threads side by side, in the order of coach/lane/schedule.py; CTranslate2 lets go of the
GIL, so that they do run side by side. The lane decides as late as it can: a job leaves the
schedule only when a worker is free for it.

Faults. A decoder that raises is logged. A final is tried once more and then delivered with the
first opinion or, where there is none, without words as `rejected="failed"`: its utterance must
close. A partial is dropped: the next is on its way. A `deliver` that raises is logged and harms
nobody else.

Opinions. A guess or a final is decoded one opinion at a time, so that the first is on the page
while the second is sought: a final whose first is not sure is delivered as a guess before. A
guess has its second opinion only while nothing more was said. A final whose audio was guessed
takes what the guess found, at once or when it comes, and goes on from the first opinion where
there is no more than that: decoding is a pure function, so the words are the same. Where Whisper
was not sure of an utterance before, and a worker has nothing to do, the second opinion is begun
ahead, beside the first.

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

from coach.lane.schedule import Deliver, Job, Schedule
from coach.lane.speech import SpeechBatcher, SpeechModel
from models.opinions import likelier
from models.types import DecodeRequest, DecodeResult
from models.vad import Array
from stream.audio import CallId, PartyId, Samples

TRIES = 2
"""Of a final. A fault that comes twice comes of the audio or the machine, and would again."""
FAILED = "failed"
"""`rejected` of a final that could not be decoded."""

Observe = Callable[[str, float], None]
"""Told what happens, for metrics: ("decode.seconds.K" | "decode.wait.K", seconds) with K partial,
guess or final; ("decode.shed" | "decode.failed", 1); ("vad.rows", channels in a batch)."""

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
        now: Callable[[], float] = time.monotonic,
        observe: Observe | None = None,
    ) -> None:
        if workers < 1:
            raise ValueError(f"{workers} workers decode nothing: give 1 or more")
        self._decoder = decoder
        self._workers = workers
        self._now = now
        self._observe: Observe = observe or (lambda name, value: None)
        self._speech = SpeechBatcher(vad, observe=self._observe)
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="decode")
        self._schedule = Schedule(workers)
        self._idle = asyncio.Event()
        self._idle.set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False
        self._guesses: dict[tuple[CallId, PartyId], Job | None] = {}
        """Of each party the newest guess, as long as nothing was asked for after it."""
        self._doubts: dict[tuple[CallId, PartyId], int] = {}
        """Of each party the newest utterance that Whisper was not sure of."""

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
        job = Job(request, deliver, self._now())
        if request.kind != "final" or not self._guessed(job):
            self._add(job)
        self._guesses[job.voice] = job if request.kind == "guess" else None
        self._pump()

    def _guessed(self, job: Job) -> bool:
        """Whether a guess had the same audio, and has found, or will find, the final's words."""
        guess = self._guesses.get(job.voice)
        if guess is None or not _same(guess.request, job.request):
            return False
        if self._schedule.runs(guess):
            guess.final = job
            return True
        if guess.result is not None:
            result = replace(guess.result, kind="final")
            asyncio.get_running_loop().call_soon(self._deliver, job, result)
            return True
        if guess.first is not None:
            _ask_again(job, guess.first)
        return False

    def forget(self, call: CallId) -> None:
        """The call is gone: what waits of it is dropped, what runs of it is not delivered."""
        self._schedule.forget(call)
        for voice in [voice for voice in self._guesses if voice[0] == call]:
            del self._guesses[voice]
            self._doubts.pop(voice, None)

    def _add(self, job: Job) -> None:
        if self._schedule.add(job) is not None:
            self._observe("decode.shed", 1)

    def _pump(self) -> None:
        """Give free workers what is next."""
        while self._schedule.running < self._workers and (job := self._schedule.take(self._now())):
            self._observe(f"decode.wait.{job.request.kind}", self._now() - job.since)
            self._run(job)
        if self._schedule.idle and not self._closed:
            self._look_ahead()

    def _run(self, job: Job) -> None:
        assert self._loop is not None
        self._idle.clear()
        running = self._loop.run_in_executor(self._pool, self._decode, job.request)
        running.add_done_callback(partial(self._done, job))

    def _look_ahead(self) -> None:
        """Begin a second opinion whose first is under way and will hardly be sure."""
        for job in self._schedule.under_way:
            asked = job.request
            doubted = self._doubts.get(job.voice) == asked.utterance
            if doubted and asked.kind != "partial" and not asked.second and job.ahead is None:
                job.ahead = Job(replace(asked, second=True), job.deliver, self._now())
                self._schedule.begin(job.ahead)
                self._run(job.ahead)
                return

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
            self._settle(job, outcome)
        self._pump()
        if not self._schedule.running:
            self._idle.set()

    def _settle(self, job: Job, found: DecodeResult) -> None:
        """Deliver what was found, and see what comes of it: a final, or a second opinion."""
        if job.request.second:
            if job.first is None:
                job.result = found  # begun ahead: the first is still on its way
                return
            found = likelier(job.first, found)
        if job.request.kind == "final" and found.sure:
            found = replace(found, kind="final")
        self._deliver(job, found)
        if job.request.kind == "partial" or job.forgotten:
            return
        if not found.sure:
            self._doubt(job, found)
            return
        job.result = found
        if job.ahead is not None:
            job.ahead.forgotten = True
        if job.final is not None:
            self._deliver(job.final, replace(found, kind="final"))

    def _doubt(self, job: Job, first: DecodeResult) -> None:
        """A first opinion is not sure: go on to the second, unless more was said meanwhile."""
        self._doubts[job.voice] = job.request.utterance
        wanted = job.request.kind == "final" or job.final or self._guesses.get(job.voice) is job
        if job.ahead is not None:
            self._overtake(job, job.ahead, first, wanted=bool(wanted))
        elif wanted and not self._closed:
            second = job if job.request.kind == "final" else job.final
            if second is None:
                second = self._guesses[job.voice] = Job(job.request, job.deliver, self._now())
            _ask_again(second, first)
            self._add(second)

    def _overtake(self, job: Job, ahead: Job, first: DecodeResult, *, wanted: bool) -> None:
        """The second opinion was begun ahead: it takes the first one's place."""
        ahead.first, ahead.final, ahead.forgotten = first, job.final, not wanted
        if self._guesses.get(job.voice) is job:
            self._guesses[job.voice] = ahead
        if ahead.result is not None:
            self._settle(ahead, ahead.result)
        elif not self._schedule.runs(ahead):  # it failed
            job.ahead = None
            self._doubt(job, first)

    def _failed(self, job: Job, error: BaseException) -> None:
        request = job.request
        job.failures += 1
        self._observe("decode.failed", 1)
        log.error(
            "decode.failed",
            call=request.call,
            party=request.party,
            utterance=request.utterance,
            kind=request.kind,
            attempt=job.failures,
            exc_info=error,
        )
        begun_ahead = request.second and job.first is None
        if job.forgotten or self._closed or begun_ahead:
            return
        if job.final is not None:
            self._add(job.final)
        if request.kind != "final":
            return
        if job.failures < TRIES:
            self._add(job)
        else:
            self._deliver(job, _failure(job))

    def _deliver(self, job: Job, result: DecodeResult) -> None:
        if job.forgotten:
            return
        try:
            job.deliver(result)
        except Exception:
            request = job.request
            log.exception(
                "decode.undelivered",
                call=request.call,
                party=request.party,
                utterance=request.utterance,
                kind=request.kind,
            )


def _same(guess: DecodeRequest, final: DecodeRequest) -> bool:
    """Whether both decode the same audio to the same end."""
    return (guess.utterance, guess.start, len(guess.audio), guess.language, guess.prompt) == (
        final.utterance,
        final.start,
        len(final.audio),
        final.language,
        final.prompt,
    )


def _ask_again(job: Job, first: DecodeResult) -> None:
    """Make it ask for the second opinion."""
    job.request, job.first = replace(job.request, second=True), first


def _failure(job: Job) -> DecodeResult:
    """What a final says that could not be decoded, or for which no second opinion was had."""
    if job.first is not None:
        return replace(job.first, kind="final", sure=True)
    request = job.request
    return DecodeResult(
        request.call,
        request.party,
        request.utterance,
        request.kind,
        (),
        request.language,
        request.since,
        FAILED,
        until=request.end,
    )
