"""How many two-sided calls this machine hears in time: measured in about two seconds.

Theory. A call costs two things. Its speech is decoded by the workers, all cores together; all else
(clocks, features, judgement, sockets, events) is done by the event loop, which is one core however
many there are. So the calls carried are the fewer of what the two allow. Both are measured with the
real weights on real speech, two turns of the sample call: noise would be decoded faster, or slower,
than anything people say.

The workers' part is anchored at a load that was measured whole. By `coach bench capacity` a machine
of two cores carries REFERENCE_CALLS calls with words shown within 2 s at the 95th percentile
(docs/performance.md), at 0.28 CPU seconds a call second, which is 84 % of its cores; and its two
workers decode REFERENCE_SPEECH seconds of these turns a second. A machine that decodes twice as
much carries twice the calls, as far as the loop allows. Why no sum of costs: how often speech is
decoded depends on the load, since partials become fewer; one call alone costs 0.35.

Rules.
1. The best of ROUNDS counts: a machine can be slower than it is, never faster.
2. Whether the processor was shared meanwhile is told, so that nobody keeps such a figure.
3. Who measures stops between two decodings as soon as `busy` says so, and has measured nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from coach import demo
from coach.analyze import Analysis
from coach.consent import Consent
from coach.conversation import Conversation
from coach.inference import Decoder
from coach.knowledge import Knowledge
from models.types import DecodeRequest
from models.vad import Array, Vad
from stream.audio import RATE, AudioFrame, CallId, Party, PartyId, Samples
from stream.files import read_audio
from stream.timeline import Timeline

REFERENCE_CALLS = 6
REFERENCE_SPEECH = 28.0
"""See above: two cores of an AMD EPYC, two workers, Whisper base in 8 bits with a scale a block."""
TURNS = ((1, 39.8, 41.8), (1, 49.7, 53.0))
"""Of the sample call: channel, first and last second. A short answer and a sentence, as people
speak; the customer, since she has the harder voice."""
SPEECH = sum(end - start for _, start, end in TURNS)
"""Seconds of speech of a round of one worker."""
ROUNDS = 3
"""Of all workers together; with the first, which is not counted, some 1.5 s on the reference."""
HEARD = (37.0, 47.0)
"""Seconds of the sample call whose hearing is measured: both sides speak in them."""
SIDES = ("agent", "customer")
"""Channels of the sample call."""
PACKET = 0.02
"""Seconds of a telephone's message."""
LOOP_SHARE = 0.8
"""Of the loop's time that calls may take: beyond it what comes waits ever longer."""
LOOP_FACTOR = 2.0
"""The loop's whole work, sockets and events included, as a multiple of the hearing measured here
(measured over live calls without decoding: 0.04 to 0.05 s a call second, against 0.026)."""
ALONE = 0.75
"""Share of the workers' time in which they computed; less, and others were on the processor."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """`speech`: seconds of speech that all workers together decode in a second; `hearing`: seconds
    of a core that the hearing of a call second takes beside that; `alone`: nobody else computed."""

    speech: float
    hearing: float
    alone: bool = True

    @property
    def calls(self) -> int:
        """Two-sided calls that are heard in time, 1 or more."""
        decoded = REFERENCE_CALLS * self.speech / REFERENCE_SPEECH
        looped = LOOP_SHARE / (LOOP_FACTOR * self.hearing)
        return max(1, round(min(decoded, looped)))


class Busy(Exception):
    """Somebody needs the machine: nothing was measured."""


def calibrate(
    decoder: Decoder, vad: Vad, knowledge: Knowledge, *, workers: int, busy: Callable[[], bool]
) -> Calibration:
    """Measure. Blocks, and takes all cores; raises Busy as soon as `busy` says so."""
    call, _ = read_audio(demo.CALL, RATE)
    requests = [_request(call[channel], start, end) for channel, start, end in TURNS]

    def work(_: int) -> None:
        """One worker's round."""
        for request in requests:
            if busy():
                raise Busy
            decoder.decode(request)

    hearing = _hearing(vad, knowledge, busy)
    with ThreadPoolExecutor(workers, thread_name_prefix="calibrate") as pool:
        rounds = [_round(pool, work, workers) for _ in range(1 + ROUNDS)][1:]
    wall, computed = min(rounds)
    return Calibration(workers * SPEECH / wall, hearing, alone=computed > ALONE * workers * wall)


def _round(
    pool: ThreadPoolExecutor, work: Callable[[int], None], workers: int
) -> tuple[float, float]:
    """Seconds that a round of all workers took, and that the process computed: CTranslate2 has
    threads of its own."""
    begun, computed = time.perf_counter(), time.process_time()
    list(pool.map(work, range(workers)))
    return time.perf_counter() - begun, time.process_time() - computed


def _request(channel: Samples, start: float, end: float) -> DecodeRequest:
    audio = np.ascontiguousarray(channel[round(start * RATE) : round(end * RATE)])
    return DecodeRequest(
        CallId("calibration"), PartyId("customer"), 1, "guess", audio, start, "en", end
    )


def _hearing(vad: Vad, knowledge: Knowledge, busy: Callable[[], bool]) -> float:
    """Seconds of a core that a call second takes without speech probabilities and decoding, which
    have threads of their own. As live: packet by packet."""
    audio, rate = read_audio(demo.CALL)
    call, aside = CallId("calibration"), _Aside(vad)
    conversation = Conversation(call, knowledge, {}, Consent(True, True, True))
    analysis = Analysis(conversation, aside, DecodeRequest.answer)
    timelines = [Timeline(PartyId(name), rate) for name in SIDES]
    for name in SIDES:
        conversation.join(Party.named(name), 0)
    first, last = (round(at * rate) for at in HEARD)
    step = round(PACKET * rate)
    begun = time.thread_time()
    for at in range(first, last, step):
        if busy():
            raise Busy
        for timeline, samples in zip(timelines, audio, strict=True):
            for item in timeline.feed(samples[at : at + step]):
                if isinstance(item, AudioFrame):
                    analysis.hear(item)
    return (time.thread_time() - begun - aside.spent) / (HEARD[1] - HEARD[0])


class _Aside:
    """Speech probabilities, and the seconds of a core that they took."""

    def __init__(self, vad: Vad) -> None:
        self._vad = vad
        self.spent = 0.0

    def step(self, frames: Samples, states: Array) -> tuple[Array, Array]:
        begun = time.thread_time()
        found = self._vad.step(frames, states)
        self.spent += time.thread_time() - begun
        return found
