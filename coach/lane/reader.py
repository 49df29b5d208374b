"""Reads utterances of all calls, together."""

from __future__ import annotations

from coach.lane.answers import Answers, Observe
from coach.reads import ReadAll, ReadRequest, ReadResult
from models.text import Read

TOGETHER = 8
"""Utterances that are answered together: the first waits for the last, some 6 ms each on a core."""

Reader = Answers[ReadRequest, Read, ReadResult]


def reader(read: ReadAll | None, *, observe: Observe) -> Reader:
    """What reads; None reads nothing. An utterance that cannot be read is left to the lists."""
    return Answers(
        "read",
        None if read is None else lambda asked: read([each.said for each in asked]),
        ReadRequest.answer,
        who=lambda asked: {
            "call": asked.call,
            "party": asked.party,
            "utterance": asked.utterance,
        },
        together=TOGETHER,
        observe=observe,
    )
