"""What AudioHook is told of a session beside answers: the entities of its `event` messages."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from stream.protocols import Transcript

Entity = dict[str, Any]


def transcript(said: Transcript, session: str, channel: int) -> Entity:
    """A closed utterance as the vendor's transcript entity. `channel`: 0 external, 1 internal.

    Its id is the same wherever the utterance is told again.
    """
    tokens = [
        {"type": "word", "value": word.w, "confidence": word.p, **_span(word.start, word.end)}
        for word in said.words
    ]
    display = {"type": "display", "transcript": said.text, "tokens": tokens}
    confidence = _confidence([word.p for word in said.words])
    return {
        "type": "transcript",
        "data": {
            "id": str(uuid.uuid5(uuid.UUID(session), f"{said.party}/{said.number}")),
            "channelId": channel,
            "isFinal": True,
            **_span(said.start, said.end),
            "alternatives": [{"confidence": confidence, "interpretations": [display]}],
        },
    }


def _confidence(of_words: Sequence[float]) -> float:
    return round(sum(of_words) / len(of_words), 2) if of_words else 0.0


def _span(start: float, end: float) -> dict[str, str]:
    return {"offset": _duration(start), "duration": _duration(end - start)}


def _duration(seconds: float) -> str:
    return f"PT{max(0.0, seconds):.3f}S"
