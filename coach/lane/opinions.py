"""Opinions: what a decoding leads to, for its own utterance and for the final of the same audio.

Theory. Whisper's first opinion takes a few tenths of a second and is right most of the time; a
second one, where it was not sure, takes as long again. So a guess or a final is decoded one
opinion at a time, and the first is on the page while the second is sought. Decoding is a pure
function of the audio: whatever found the words, and in whichever order, they are the same.

Rules.
1. A final whose first opinion is not sure is delivered as a guess before its second.
2. A guess has its second opinion only while nothing more was said.
3. A final whose audio was guessed takes what the guess found, at once or when it comes, and goes
   on from the first opinion where there is no more than that.
4. A final that fails is tried once more, and then says what its first opinion found, or nothing
   and `rejected="failed"`: its utterance must close. A partial that fails is dropped.

No thread, no loop in here: each method says what to do next.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from coach.lane.schedule import Job
from models.types import DecodeRequest, DecodeResult
from stream.audio import CallId, PartyId

TRIES = 2
"""Of a final. A fault that comes twice comes of the audio or the machine, and would again."""
FAILED = "failed"
"""`rejected` of a final that could not be decoded."""


@dataclass(slots=True)
class Next:
    """What is to be done: results for whoever asked for that job, and jobs to decode."""

    deliver: list[tuple[Job, DecodeResult]] = field(default_factory=list)
    decode: list[Job] = field(default_factory=list)


class Opinions:
    """Of all calls. `runs`: whether a job is being decoded; `now`: the lane's clock in seconds."""

    def __init__(self, runs: Callable[[Job], bool], now: Callable[[], float]) -> None:
        self._runs = runs
        self._now = now
        self._guesses: dict[tuple[CallId, PartyId], Job | None] = {}
        """Of each party the newest guess, as long as nothing was asked for after it."""

    def asked(self, job: Job) -> Next:
        """Something is to be decoded, unless a guess has found it, or is about to."""
        kind, guess = job.request.kind, self._guesses.get(job.voice)
        self._guesses[job.voice] = job if kind == "guess" else None
        if kind != "final" or guess is None or not _same(guess.request, job.request):
            return Next(decode=[job])
        if self._runs(guess):
            guess.final = job
            return Next()
        if guess.result is not None:
            return Next(deliver=[(job, replace(guess.result, kind="final"))])
        if guess.request.first is not None:
            _go_on(job, guess.request.first)
        return Next(decode=[job])

    def found(self, job: Job, found: DecodeResult) -> Next:
        """A job was decoded."""
        last = found.sure or job.request.second
        if job.request.kind == "final" and last:
            found = replace(found, kind="final")
        then = Next(deliver=[(job, found)])
        if job.request.kind == "partial" or job.forgotten:
            return then
        if not last:
            self._doubt(job, found, then)
            return then
        job.result = found
        if job.final is not None:
            then.deliver.append((job.final, replace(found, kind="final")))
        return then

    def failed(self, job: Job) -> Next:
        """A job could not be decoded."""
        job.failures += 1
        then = Next()
        if job.forgotten:
            return then
        if job.final is not None:
            then.decode.append(job.final)
        if job.request.kind == "final":
            if job.failures < TRIES:
                then.decode.append(job)
            else:
                then.deliver.append((job, _failure(job)))
        return then

    def forget(self, call: CallId) -> None:
        """The call is gone."""
        for voice in [voice for voice in self._guesses if voice[0] == call]:
            del self._guesses[voice]

    # -- inside ------------------------------------------------------------------------------

    def _doubt(self, job: Job, first: DecodeResult, then: Next) -> None:
        """A first opinion is not sure: go on to the second, unless more was said meanwhile."""
        second = job if job.request.kind == "final" else job.final
        if second is None:
            if self._guesses.get(job.voice) is not job:
                return
            second = self._guesses[job.voice] = Job(job.request, job.deliver, self._now())
        _go_on(second, first)
        then.decode.append(second)


def _same(guess: DecodeRequest, final: DecodeRequest) -> bool:
    """Whether both decode the same audio to the same end."""
    one, other = (
        (each.utterance, each.start, len(each.audio), each.language, each.detect, each.names)
        for each in (guess, final)
    )
    return one == other


def _go_on(job: Job, first: DecodeResult) -> None:
    """Make it ask for the second opinion."""
    job.request = replace(job.request, first=first)


def _failure(job: Job) -> DecodeResult:
    """What a final says that could not be decoded, or for which no second opinion was had."""
    if job.request.first is not None:
        return replace(job.request.first, kind="final", sure=True)
    return job.request.answer(rejected=FAILED)
