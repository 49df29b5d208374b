"""Opinions, whatever is asked for and however decoding goes: each final is said exactly once."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from coach.lane.opinions import Next, Opinions
from coach.lane.schedule import Job, Schedule
from models.types import DecodeKind, DecodeRequest, DecodeResult, Word
from stream.audio import RATE, CallId, PartyId

WORKERS = 2
PARTIES = ("agent", "customer")


class Traffic(RuleBasedStateMachine):
    """Two parties speak, pause and go on; workers find sure words, unsure ones, or fail."""

    def __init__(self) -> None:
        super().__init__()
        self.schedule = Schedule(WORKERS)
        self.clock = count()
        self.opinions = Opinions(self.schedule.runs, self.now)
        self.utterance = dict.fromkeys(PARTIES, 1)
        self.length = dict.fromkeys(PARTIES, 1)
        self.running: list[Job] = []
        self.finals: dict[tuple[str, int], list[DecodeResult]] = {}

    def now(self) -> float:
        """Later each time it is asked, so that jobs have an order."""
        return float(next(self.clock))

    parties = st.sampled_from(PARTIES)

    @rule(party=parties, what=st.sampled_from(["go on", "pause", "pause", "stop"]))
    def speak(self, party: str, what: str) -> None:
        if what == "go on":
            self.length[party] += 1
            self.ask(party, "partial")
        elif what == "pause":
            self.ask(party, "guess")
        else:
            self.finals[party, self.utterance[party]] = []
            self.ask(party, "final")
            self.utterance[party] += 1
            self.length[party] = 1

    def ask(self, party: str, kind: DecodeKind) -> None:
        audio = np.zeros(self.length[party] * RATE // 100, np.float32)
        request = DecodeRequest(
            *(CallId("c"), PartyId(party), self.utterance[party], kind, audio, 1.0, "en"),
            deadline=2.0,
        )
        self.follow(self.opinions.asked(Job(request, self.heard, self.now())))

    def heard(self, result: DecodeResult) -> None:
        if result.kind == "final":
            self.finals[result.party, result.utterance].append(result)

    def follow(self, then: Next) -> None:
        for job, result in then.deliver:
            if not job.forgotten:
                job.deliver(result)
        for job in then.decode:
            self.schedule.add(job)
        while len(self.running) < WORKERS and (taken := self.schedule.take(self.now())):
            self.running.append(taken)

    @precondition(lambda self: self.running)
    @rule(which=st.integers(0, 9), sure=st.booleans(), fails=st.integers(0, 5))
    def decode(self, which: int, sure: bool, fails: int) -> None:
        job = self.running.pop(which % len(self.running))
        self.schedule.done(job)
        if not fails:
            self.follow(self.opinions.failed(job))
            return
        asked = job.request
        said = "second" if asked.second else "first"
        words = (Word(said, asked.start, asked.end, 0.9),)
        # As the decoder does it: a final's first opinion comes as a guess.
        kind: DecodeKind = "guess" if asked.kind == "final" and not asked.second else asked.kind
        found = replace(asked, kind=kind).answer(words, sure=sure)
        self.follow(self.opinions.found(job, found))

    @invariant()
    def no_final_is_said_twice(self) -> None:
        assert all(len(said) <= 1 for said in self.finals.values())

    def teardown(self) -> None:
        while self.running:
            self.decode(which=0, sure=True, fails=1)
        assert all(len(said) == 1 for said in self.finals.values())


TestTraffic = Traffic.TestCase
TestTraffic.settings = settings(max_examples=300)
