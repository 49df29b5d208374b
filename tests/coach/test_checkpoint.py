"""Checkpoints: a call's state as bytes, to go on from. (With real models: test_resume.py.)"""

from __future__ import annotations

import json

import numpy as np
import pytest

from coach.checkpoint import Checkpoint
from stream.audio import PartyId, Samples
from stream.timeline import Timeline
from tests.coach.scripted_call import AGENT, CALL, CUSTOMER, ScriptedCall, Turn, sound

TURNS = [
    Turn(AGENT.id, 1.0, 2.0, "hello this is Ana"),
    Turn(CUSTOMER.id, 3.0, 5.0, "I got a rash after the injector"),
    Turn(AGENT.id, 6.0, 7.5, "I am sorry to hear that"),
]


def timelines() -> dict[PartyId, Timeline]:
    made = {party.id: Timeline(party.id, 8000, 0.0) for party in (AGENT, CUSTOMER)}
    for timeline in made.values():
        list(timeline.feed(np.ones(1234, np.float32)))
    return made


def audio_since(call: ScriptedCall, checkpoint: Checkpoint) -> dict[PartyId, Samples]:
    return {
        party: np.concatenate([np.zeros(0, np.float32), *map(sound, range(sent))])[
            checkpoint.needed_from[party] :
        ]
        for party, sent in call.sent.items()
    }


@pytest.mark.parametrize("seconds", [0.0, 1.5, 4.0, 6.2, 9.0])
def test_a_call_goes_on_from_its_checkpoint(seconds: float) -> None:
    whole, stopped = ScriptedCall(TURNS), ScriptedCall(TURNS)
    whole.feed_all(9.0)
    whole.answer_all()
    stopped.feed_all(seconds)
    clocks = timelines()
    checkpoint = Checkpoint.decode(Checkpoint.of(stopped.conversation, clocks).encode())
    assert checkpoint.call == CALL
    assert checkpoint.at == stopped.conversation.clock
    stopped.conversation, restored, stopped.waiting = checkpoint.resume(
        stopped.knowledge, audio_since(stopped, checkpoint)
    )
    assert {p: t.state() for p, t in restored.items()} == {p: t.state() for p, t in clocks.items()}
    stopped.feed_all(9.0)
    stopped.answer_all()
    assert stopped.durable == whole.durable


def test_no_more_audio_is_needed_than_what_is_open() -> None:
    call = ScriptedCall(TURNS)
    call.feed_all(9.0)
    waits = Checkpoint.of(call.conversation, timelines()).needed_from
    assert 2.5 < waits[CUSTOMER.id] / 16_000 < 3.0, "from the utterance that has no final"
    call.answer_all()
    done = Checkpoint.of(call.conversation, timelines()).needed_from
    assert all(8.5 < first / 16_000 <= 9.0 for first in done.values())


def test_a_checkpoint_holds_no_sound() -> None:
    call = ScriptedCall(TURNS)
    call.feed_all(9.0)
    # One second of one party's sound alone would be 32 kB.
    assert len(Checkpoint.of(call.conversation, timelines()).encode()) < 20_000


def test_a_checkpoint_is_of_its_moment() -> None:
    """It may be written later than it was taken."""
    call = ScriptedCall(TURNS)
    call.feed_all(7.0)
    clocks = timelines()
    checkpoint = Checkpoint.of(call.conversation, clocks)
    before = checkpoint.encode()
    call.feed_all(9.0)
    call.answer_all()
    list(clocks[AGENT.id].feed(np.ones(100, np.float32)))
    assert checkpoint.encode() == before


def test_a_checkpoint_of_another_version_is_refused() -> None:
    call = ScriptedCall([])
    fields = json.loads(Checkpoint.of(call.conversation, {}).encode())
    fields["conversation"]["version"] = 99
    checkpoint = Checkpoint.decode(json.dumps(fields).encode())
    with pytest.raises(ValueError, match="version 99"):
        checkpoint.resume(call.knowledge, {})
