"""Stop a call at any frame, go on from its checkpoint: the same durable events, by their keys."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coach.analyze import Analysis
from coach.app import vocabulary
from coach.checkpoint import Checkpoint
from coach.consent import Consent
from coach.conversation import Conversation, Outcome
from coach.events import Draft
from coach.knowledge import Knowledge
from coach.playbook import reading
from coach.tones import ToneRequest
from models.asr import AsrSettings
from models.tone_scorer import ToneScorer
from models.types import DecodeRequest, DecodeResult
from models.vad import Vad
from models.weights import folder
from models.whisper import Whisper
from stream.audio import AudioFrame, CallId, Party, PartyId, Samples
from stream.files import read_audio
from stream.timeline import Timeline

CALL = CallId("resumed")
CHUNK = 800  # source samples a party and turn: 0.1 s at 8 kHz
POINTS = 50  # a call; the issue asks for 100 over two


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return Knowledge(AsrSettings(partials=False), vocabulary(), reading.load())


@pytest.fixture(scope="module")
def decode() -> Callable[[DecodeRequest], DecodeResult]:
    """Real decoding, remembered by a hash of all that it depends on."""
    whisper = Whisper(str(folder("whisper-base")), workers=1)
    known: dict[str, DecodeResult] = {}

    def run(request: DecodeRequest) -> DecodeResult:
        said = f"{request.start}|{request.language}|{request.kind}|{request.names}".encode()
        key = hashlib.sha256(request.audio.tobytes() + said).hexdigest()
        if key not in known:
            known[key] = whisper.decode(request)
        return replace(
            known[key], call=request.call, party=request.party, utterance=request.utterance
        )

    return run


class Run:
    """One process that hears a call, frame by frame, and remembers what it needs to go on."""

    def __init__(self, sides: dict[PartyId, Samples], knowledge: Knowledge, decode: Any) -> None:
        self.sides = sides
        self.knowledge = knowledge
        self.vad = Vad(folder("silero-vad"))
        self.decode = decode
        self.said: dict[str, Draft] = {}
        self.heard: dict[PartyId, list[Samples]] = {party: [] for party in sides}

    def frames(self, timelines: dict[PartyId, Timeline]) -> Iterator[AudioFrame]:
        """Frames from where the timelines are, the parties in turn."""
        while any(_left(self.sides[p], t) for p, t in timelines.items()):
            behind = min(timelines, key=lambda party: (timelines[party].received, party))
            if not _left(self.sides[behind], timelines[behind]):
                behind = next(p for p, t in timelines.items() if _left(self.sides[p], t))
            first = round(timelines[behind].received * 8000)
            for item in timelines[behind].feed(self.sides[behind][first : first + CHUNK]):
                assert isinstance(item, AudioFrame)
                yield item

    def begin(self) -> tuple[Conversation, dict[PartyId, Timeline]]:
        conversation = Conversation(CALL, self.knowledge, {}, Consent(True, True, True))
        for party in self.sides:
            conversation.join(Party.named(party), 0)
        return conversation, {party: Timeline(party, 8000) for party in self.sides}

    def go(
        self,
        conversation: Conversation,
        timelines: dict[PartyId, Timeline],
        requests: list[DecodeRequest],
        stop_at: int | None = None,
    ) -> bytes | None:
        """Hear on; the checkpoint at frame `stop_at`, or None at the call's end."""
        analysis = Analysis(conversation, self.vad, self.decode, tone=self.knowledge.tone)
        waiting: list[DecodeRequest | ToneRequest] = list(requests)
        rng = random.Random(len(requests) + (stop_at or 0))
        for index, frame in enumerate(self.frames(timelines)):
            self.heard[frame.party].append(frame.samples)
            self._say(self._hear(conversation, frame, waiting))
            while waiting and rng.random() < 0.1:  # words and scores come late, and out of order
                self._say(_answered(analysis, waiting.pop(rng.randrange(len(waiting)))))
            if index == stop_at:
                return Checkpoint.of(conversation, timelines).encode()
        for request in waiting:
            self._say(_answered(analysis, request))
        for party, timeline in timelines.items():
            for frame in timeline.flush():
                self._say(analysis.hear(frame))
            self._say(analysis.leave(party))
        return None

    def _hear(
        self,
        conversation: Conversation,
        frame: AudioFrame,
        waiting: list[DecodeRequest | ToneRequest],
    ) -> list[Draft]:
        frames = conversation.frames(frame)
        state, probs = conversation.vad_state(frame.party)[None], []
        for one in frames:
            prob, state = self.vad.step(one[None], state)
            probs.append(prob[0])
        if not len(frames):
            return []
        outcome = conversation.hear(frame.party, frames, np.array(probs, np.float32), state[0])
        waiting += [*outcome.requests, *outcome.tones]
        return outcome.drafts

    def _say(self, drafts: list[Draft]) -> None:
        for draft in drafts:
            if draft.durable:
                known = self.said.setdefault(draft.key, draft)
                assert known == draft, f"{draft.key} was said twice, differently"

    def audio_since(self, checkpoint: Checkpoint) -> dict[PartyId, Samples]:
        return {
            party: np.concatenate(pieces)[checkpoint.needed_from[party] :]
            for party, pieces in self.heard.items()
        }


def _answered(analysis: Analysis, request: DecodeRequest | ToneRequest) -> list[Draft]:
    """What follows from words, or from scores."""
    if isinstance(request, ToneRequest):
        return analysis.follow(Outcome(tones=[request]))
    return analysis.decode([request])


def _left(samples: Samples, timeline: Timeline) -> bool:
    return round(timeline.received * 8000) < len(samples)


@pytest.mark.parametrize("scored", [True, False])
@pytest.mark.parametrize("name", ["0002f70f7386445b", "010eaccb7a23436f"])
def test_resumed_at_random_frames_says_the_same(
    name: str, scored: bool, test_data: Path, knowledge: Knowledge, decode: Any
) -> None:
    if scored:
        knowledge = replace(knowledge, tone=ToneScorer(folder("whisper-tiny.en")))
    folder_ = test_data / "calls" / "harper_valley"
    sides = {
        PartyId("agent"): read_audio(folder_ / f"{name}.agent.flac", 8000)[0][0],
        PartyId("customer"): read_audio(folder_ / f"{name}.caller.flac", 8000)[0][0],
    }
    whole = Run(sides, knowledge, decode)
    whole.go(*whole.begin(), [])
    assert sum(draft.type == "transcript.final" for draft in whole.said.values()) > 8
    tones = [draft.data["valence"] for draft in whole.said.values() if draft.type == "tone"]
    assert len(tones) > 8
    assert scored == (None not in tones)
    frames = sum(len(pieces) for pieces in whole.heard.values())
    rng = random.Random(name)
    # One run stops and goes on at every point: each stretch starts from a checkpoint.
    points = sorted(rng.sample(range(frames), POINTS))
    run = Run(sides, knowledge, decode)
    conversation, timelines = run.begin()
    requests: list[DecodeRequest] = []
    done = -1
    for point in points:
        payload = run.go(conversation, timelines, requests, stop_at=point - done - 1)
        assert payload is not None
        checkpoint = Checkpoint.decode(payload)
        conversation, timelines, requests = checkpoint.resume(
            knowledge, run.audio_since(checkpoint)
        )
        done = point
    assert run.go(conversation, timelines, requests) is None
    assert run.said == whole.said
