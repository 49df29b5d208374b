"""Which decoding is next: the order in which the lane's workers take what all calls ask for.

Theory. Finals are what judgement reads, partials are for the eye. So a final of any call goes
before every partial, and under load it is the partials that become fewer. Among finals, and
among partials, the earliest deadline goes first: it keeps the most of them in time while there
is enough machine, and is fair between calls while there is not.

Rules.
1. One partial a party waits at most (a guess counts as one). A newer one, which has heard more,
   replaces it and keeps its deadline: so a party whose partials are replaced again and again
   moves ahead of the others instead of behind them.
2. One partial a party runs at a time; the next waits for it, since its draft comes of it. A
   guess has none and waits for nothing.
3. A final drops the waiting partial of its utterance, which nobody needs any more.
4. Finals are never dropped while their call lives. How many may wait is bounded by whoever
   feeds a call: its sender may be ahead of the hearing by `call.buffer_seconds` and no more.
5. While somebody speaks, second opinions leave one worker to what is short: in CTranslate2 they
   take a second and more, and words would stand still on every page meanwhile. That of a final
   that is late takes any worker.
6. The second opinion on a guess goes last of all: its first is on the page, and nobody knows yet
   whether the utterance is over. If it is, its final asks for that opinion and goes first.
7. A partial behind which others wait is decoded roughly: cheaper, and mended by the next.

No thread, no loop and no clock in here: `add`, `take`, `done`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from models.types import DecodeRequest, DecodeResult
from stream.audio import CallId, PartyId

SPEAKING = 0.5
"""Seconds after the last partial that was asked for in which another is to be expected: an open
utterance asks for one each 0.3 s."""
LEAST_SLACK = 0.1
"""Seconds. A deadline nearer than this cannot be met by anyone, and must not jump the queue."""

Deliver = Callable[[DecodeResult], None]
_Voice = tuple[CallId, PartyId]


@dataclass(slots=True, eq=False)
class Job:
    """A request on its way. `since`, `deadline`: seconds of the lane's clock, not of media."""

    request: DecodeRequest
    deliver: Deliver
    since: float
    deadline: float = field(init=False)
    order: int = 0
    """Counts the finals as they come; one that is tried again keeps its place."""
    failures: int = 0
    forgotten: bool = False
    """Nobody waits for the result: the call is gone."""
    result: DecodeResult | None = None
    """What was found, where it is kept for others."""
    final: Job | None = None
    """Of a guess: the final that turned out to be the same."""

    def __post_init__(self) -> None:
        self.deadline = self.since + slack(self.request)

    @property
    def voice(self) -> _Voice:
        return self.request.call, self.request.party

    @property
    def long(self) -> bool:
        """Whether it may take a second and more, as second opinions of CTranslate2 do."""
        return self.request.second


def slack(request: DecodeRequest) -> float:
    """Seconds from the end of the request's audio to its deadline, LEAST_SLACK at least."""
    return max(LEAST_SLACK, request.deadline - request.end)


class Schedule:
    """What waits and what runs. Every method is for one thread, the event loop's."""

    def __init__(self, workers: int = 1) -> None:
        """`workers`: how many jobs run side by side."""
        self._workers = workers
        self._asked = -SPEAKING
        self._finals: list[Job] = []
        self._partials: dict[_Voice, Job] = {}
        self._speaking: set[_Voice] = set()
        self._running: set[Job] = set()
        self._count = 0

    @property
    def finals(self) -> int:
        """Finals that wait."""
        return len(self._finals)

    @property
    def partials(self) -> int:
        """Partials that wait, one a party at most."""
        return len(self._partials)

    @property
    def running(self) -> int:
        """Jobs that were taken and are not done."""
        return len(self._running)

    def add(self, job: Job) -> Job | None:
        """Let a job wait. Returns the partial that it made needless, which will not run."""
        before = self._partials.get(job.voice)
        if job.request.kind == "final":
            if not job.order:
                self._count += 1
                job.order = self._count
            self._finals.append(job)
            if before is None or before.request.utterance > job.request.utterance:
                return None
            return self._partials.pop(job.voice)
        self._asked = job.since
        if before is not None:
            job.deadline = min(before.deadline, job.deadline)
        self._partials[job.voice] = job
        return before

    def take(self, now: float) -> Job | None:
        """The job to run at `now`; None where nothing waits that may run."""
        job = self._next_final(now) or self._next_partial()
        if job is not None:
            self._running.add(job)
            if job.request.kind == "partial" and (self._finals or self._partials):
                job.request = replace(job.request, rough=True)
        return job

    def _next_final(self, now: float) -> Job | None:
        """Those that wait are few, bounded as rule 4 says: looking at all costs less than order."""
        free = self._finals
        if self._reserved and (self._partials or now - self._asked < SPEAKING):
            free = [job for job in free if not job.long or job.deadline <= now]
        if not free:
            return None
        job = min(free, key=lambda job: (job.deadline, job.order))
        self._finals.remove(job)
        return job

    @property
    def _reserved(self) -> bool:
        """Whether the workers that are left are for what is short."""
        return 0 < self._workers - 1 <= sum(job.long for job in self._running)

    def _next_partial(self) -> Job | None:
        """One a party is so few that looking at all of them costs less than keeping order."""
        free = [
            job
            for voice, job in self._partials.items()
            if job.request.kind == "guess" or voice not in self._speaking
        ]
        if self._reserved:
            free = [job for job in free if not job.long]
        if not free:
            return None
        job = min(free, key=lambda job: (job.long, job.deadline, job.since))
        del self._partials[job.voice]
        if job.request.kind == "partial":
            self._speaking.add(job.voice)
        return job

    def runs(self, job: Job) -> bool:
        """Whether the job was taken and is not done."""
        return job in self._running

    def done(self, job: Job) -> None:
        """A taken job has run, well or not."""
        self._running.remove(job)
        if job.request.kind == "partial":
            self._speaking.remove(job.voice)

    def forget(self, call: CallId) -> None:
        """Drop what waits of a call, and mark what runs of it as forgotten."""
        self._finals = [job for job in self._finals if job.request.call != call]
        self._partials = {v: job for v, job in self._partials.items() if v[0] != call}
        for job in self._running:
            job.forgotten |= job.request.call == call

    def clear(self) -> None:
        """Drop everything that waits."""
        self._finals.clear()
        self._partials.clear()
