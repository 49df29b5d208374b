"""Conversations for tests of detectors: invented lines, a third of a second a word."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Protocol

from models.types import Signal, Utterance, Word
from stream.audio import Context, PartyId, Role

WORD = 1 / 3
PAUSE = 1.0
"""Media seconds of a word, and between two utterances."""
Said = tuple[Role, str]


class Detector(Protocol):
    """What all detectors of signals have."""

    def step(self, said: Utterance, context: Context) -> list[Signal]: ...
    def state(self) -> dict[str, Any]: ...
    def restore(self, state: dict[str, Any]) -> None: ...


def utterance(
    text: str, role: Role = "customer", at: float = 0.0, p: float = 0.9, language: str = "en"
) -> Utterance:
    """Words of WORD seconds each, from `at` on, all of probability `p`."""
    words = tuple(
        Word(word, at + index * WORD, at + (index + 1) * WORD, p)
        for index, word in enumerate(text.split())
    )
    end = at + len(words) * WORD
    return Utterance(PartyId(role), role, 1, at, end, words, language)


def call(*said: Said) -> list[Utterance]:
    """The utterances of a conversation, one after the other."""
    utterances, at = [], 0.0
    for role, text in said:
        utterances.append(utterance(text, role, at))
        at = utterances[-1].end + PAUSE
    return utterances


def signals(
    detector: Detector, utterances: Sequence[Utterance], context: Context | None = None
) -> list[Signal]:
    """All signals of a conversation."""
    return [found for said in utterances for found in detector.step(said, context or {})]


def last(detector: Detector, *said: Said, context: Context | None = None) -> list[Signal]:
    """The signals of the last line of a conversation."""
    *before, now = call(*said)
    signals(detector, before, context)
    return detector.step(now, context or {})


def resumed_alike(
    first: Detector,
    second: Detector,
    utterances: Sequence[Utterance],
    cut: int,
    context: Context | None = None,
) -> None:
    """Assert that `second`, given the state of `first` at `cut`, finds the same from there on."""
    signals(first, utterances[:cut], context)
    second.restore(json.loads(json.dumps(first.state())))
    assert second.state() == first.state()
    rest = signals(first, utterances[cut:], context)
    assert signals(second, utterances[cut:], context) == rest
    assert second.state() == first.state()
