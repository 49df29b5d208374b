"""One call, from audio to events.

    a socket ── take ──> inbox ──> run ──> Conversation ──> journal ──> store, then bus
                                    │  ^
                              audio v  │ probabilities, words
                                     lane   (VAD, Whisper, text and tone model of all calls,
                                             off the loop)

Sockets put audio in, the lane gives results back, and one loop takes them one at a time: what
is concluded from them is the Conversation's business and happens synchronously. Results go
before audio, so that words already decoded never wait behind a sender who runs ahead.

Audio that waits is heard together, a quarter of a second of each party at a time: a step waits for
the thread that tells speech, and a call whose steps were single packets could fall behind on a busy
machine without ever needing all of it.

At most `buffer` seconds of a party's audio are here and not yet transcribed, whether they wait to
be heard or for their words; then `put` waits, and with it the socket. Nothing is dropped here.
Whoever cannot wait keeps what it has (coach/kept_leg.py), and tells how much that is.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import assert_never

import numpy as np
import structlog

from coach.consent import Consent
from coach.conversation import Conversation, Outcome
from coach.delay import Delay
from coach.events import Draft
from coach.inference import Lane
from coach.journal import Journal
from coach.reads import ReadResult
from coach.tones import ToneResult
from models.types import DecodeResult
from models.vad import FRAME, Array, fresh_state
from stream.audio import RATE, AudioFrame, Context, Party, PartyId, Samples
from stream.timeline import Gap

log = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0
"""Between two looks at how late words are, while they are and nothing else happens: where audio
waits too, nothing would say that it becomes worse."""


TOGETHER = 8 * FRAME
"""Samples of a party that are heard in one step: what the thread takes of a channel at a time
(coach/lane/speech.py), and some two milliseconds of work for the loop."""


@dataclass(frozen=True, slots=True)
class Joined:
    """A party's audio begins at sample `start` of its clock."""

    party: Party
    start: int


@dataclass(frozen=True, slots=True)
class Left:
    """A party's audio is over."""

    party: PartyId


@dataclass(frozen=True, slots=True)
class Changed:
    """The context is this from media second `at` on."""

    context: Context
    consent: Consent
    at: float


@dataclass(frozen=True, slots=True)
class Noted:
    """Something that the session has to say in its place among the audio."""

    draft: Draft


@dataclass(frozen=True, slots=True)
class Ended:
    """Everybody is gone; `reason` is the one of call.ended."""

    reason: str


Input = AudioFrame | Gap | Joined | Left | Changed | Noted | Ended
Result = DecodeResult | ReadResult | ToneResult


class Pipeline:
    """Runs one conversation. `buffer`: seconds of a party's audio that may wait to be heard."""

    def __init__(
        self,
        conversation: Conversation,
        lane: Lane,
        journal: Journal,
        *,
        buffer: float,
        now: Callable[[], float],
        look: float = LOOK_SECONDS,
    ) -> None:
        self.conversation = conversation
        self._lane = lane
        self._journal = journal
        self._buffer = buffer
        self._delay = Delay(now)
        self._look = look
        self._kept: dict[PartyId, float] = {}
        self._now = now
        self._inputs: deque[tuple[float, Input]] = deque()
        self._results: deque[Result] = deque()
        self._work = asyncio.Event()
        self._progress = asyncio.Event()
        self._received: dict[PartyId, float] = {}
        self._over = ""

    # -- from the sockets --------------------------------------------------------------------

    async def put(self, item: Input) -> None:
        """Hand the next thing over; waits while its party is too far ahead of the hearing."""
        if isinstance(item, AudioFrame):
            await self.room(item.party)
            self._received[item.party] = (item.start + len(item.samples)) / RATE
        self._inputs.append((self._now(), item))
        self._work.set()

    async def room(self, party: PartyId) -> None:
        """Wait while the party is too far ahead of the hearing; then `put` takes a frame of it
        at once, so that whoever is cancelled while waiting has nothing half handed over."""
        while self._ahead(party) >= self._buffer and not self._over:
            self._progress.clear()
            await self._progress.wait()

    def fits(self, party: PartyId, until: float) -> bool:
        """Whether audio up to media second `until` has room, so that `put` does not wait."""
        return until - self.conversation.heard(party) < self._buffer or bool(self._over)

    def keeps(self, party: PartyId, seconds: float) -> None:
        """So many seconds of the party's audio wait for `put` now."""
        if not seconds:
            self._kept.pop(party, None)
            return
        if not self._kept:
            self._work.set()  # a rest that has begun must become a short one
        self._kept[party] = seconds

    def kept(self, party: PartyId) -> float:
        """Seconds of the party's audio that wait for `put`."""
        return self._kept.get(party, 0.0)

    def coming(self) -> dict[PartyId, float]:
        """Media seconds up to which each party has spoken whose audio waits for `put`."""
        return {party: self._received.get(party, 0.0) + kept for party, kept in self._kept.items()}

    async def reached(self, coming: Mapping[PartyId, float]) -> None:
        """Wait until all that was `coming` is here, or the call is over."""
        while not self._over and any(
            party in self._kept and self._received.get(party, 0.0) < until
            for party, until in coming.items()
        ):
            self._progress.clear()
            await self._progress.wait()

    @property
    def reason(self) -> str:
        """Why the call ended; '' while it lives."""
        return self._over

    def _ahead(self, party: PartyId) -> float:
        received = self._received.get(party)
        return 0.0 if received is None else received - self.conversation.heard(party)

    # -- the call ----------------------------------------------------------------------------

    async def run(self) -> None:
        """Coach the call until it ended and every final is out."""
        try:
            while not self._over or self._inputs or self._results or self.conversation.waiting:
                await self._step()
                self._progress.set()
        finally:
            # Should a fault end the call, no socket may wait for room for ever.
            self._over = self._over or "internal"
            self._progress.set()

    async def _step(self) -> None:
        if self._results:
            await self._answer(self._results.popleft())
        elif self._inputs:
            await self._take(self._inputs.popleft()[1])
        else:
            self._work.clear()
            await self._rest()

    async def _rest(self) -> None:
        """Wait for something to do; while words are late, look now and then how late."""
        try:
            async with asyncio.timeout(self._look if self._kept or self._delay.pending else None):
                await self._work.wait()
        except TimeoutError:
            await self._say_delay()

    async def _take(self, item: Input) -> None:
        match item:
            case AudioFrame():
                await self._listen(item)
            case Gap():
                await self._say(self.conversation.gap(item))
            case Joined(party, start):
                self.conversation.join(party, start)
            case Left(party):
                await self._follow(self.conversation.leave(party))
            case Changed(context, consent, at):
                await self._say(self.conversation.change(context, consent, at))
            case Noted(draft):
                await self._say([draft])
            case Ended(reason):
                self._over = reason
            case _:
                assert_never(item)

    async def _listen(self, audio: AudioFrame) -> None:
        """Hear this, and what waits directly behind it."""
        due = [
            (each.party, frames, self.conversation.vad_state(each.party))
            for each in self._together(audio)
            if len(frames := self.conversation.frames(each))
        ]
        told = await asyncio.gather(*(self._speech(frames, vad) for _, frames, vad in due))
        for (party, frames, _), (probs, vad) in zip(due, told, strict=True):
            await self._follow(self.conversation.hear(party, frames, probs, vad))
        if due:
            await self._say_delay()

    async def _speech(self, frames: Samples, vad: Array) -> tuple[Array, Array]:
        """Speech probabilities of the frames, and the state after them; without consent nobody
        looks, and what comes after begins anew."""
        if not self.conversation.listens:
            return np.zeros(len(frames), np.float32), fresh_state()
        return await self._lane.speech(frames, vad)

    def _together(self, first: AudioFrame) -> list[AudioFrame]:
        """The audio next in line, a frame a party: it is contiguous, since anything else that
        happens to a party's clock stands between."""
        found = {first.party: [first]}
        while self._inputs and isinstance(item := self._inputs[0][1], AudioFrame):
            before = found.setdefault(item.party, [])
            if before and sum(len(f.samples) for f in (*before, item)) > TOGETHER:
                break
            before.append(item)
            self._inputs.popleft()
        return [
            AudioFrame(party, frames[0].start, np.concatenate([f.samples for f in frames]))
            for party, frames in found.items()
        ]

    async def _answer(self, result: Result) -> None:
        match result:
            case DecodeResult():
                await self._apply(result)
            case ReadResult():
                await self._follow(self.conversation.read(result))
            case ToneResult():
                await self._follow(self.conversation.tone(result))
            case _:
                assert_never(result)

    async def _apply(self, result: DecodeResult) -> None:
        outcome = self.conversation.apply(result)
        again = {(request.party, request.utterance) for request in outcome.requests}
        if result.kind == "final" and (result.party, result.utterance) not in again:
            self._delay.answered(result.party, result.utterance)
        await self._follow(outcome)
        # Also where no more audio comes: a page must not stay "delayed" for ever.
        await self._say_delay()

    async def _follow(self, outcome: Outcome) -> None:
        for request in outcome.requests:
            if request.kind == "final":
                self._delay.asked(request.party, request.utterance)
            self._lane.submit(request, self._deliver)
        for unread in outcome.reads:
            self._lane.read(unread, self._deliver)
        for unscored in outcome.tones:
            self._lane.tone(unscored, self._deliver)
        await self._say(outcome.drafts)

    async def _say_delay(self) -> None:
        waits = self._now() - self._inputs[0][0] if self._inputs else 0.0
        kept = max(self._kept.values(), default=0.0)
        await self._say(self._delay.drafts(self.conversation.clock, waits + kept))

    async def _say(self, drafts: list[Draft]) -> None:
        if drafts:
            await self._journal.say(self.conversation.call, drafts)

    def _deliver(self, result: Result) -> None:
        self._results.append(result)
        self._work.set()
