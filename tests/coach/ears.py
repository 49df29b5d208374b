"""The whole hearing of a recording by the real weights; without partials, which no final needs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from coach.analyze import analyze
from coach.app import vocabulary
from coach.knowledge import Knowledge
from coach.playbook import reading
from models.asr import AsrSettings
from models.vad import Vad
from models.weights import folder
from models.whisper import Whisper
from stream.audio import CallId, Samples

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


class Ears:
    """Loads once what every call needs."""

    def __init__(self) -> None:
        self.whisper = Whisper(str(folder("whisper-base")), workers=1)
        self._vad = Vad(folder("silero-vad"))
        self._knowledge = Knowledge(AsrSettings(partials=False), vocabulary(), reading.load())

    def hear(self, parties: Mapping[str, Samples], rate: int) -> list[dict[str, Any]]:
        """Every event of a call of which nothing is known."""
        return list(
            analyze(
                CallId("heard"),
                parties,
                rate=rate,
                context={},
                knowledge=self._knowledge,
                vad=self._vad,
                decode=self.whisper.decode,
                now=lambda: NOW,
            )
        )

    def finals(self, parties: Mapping[str, Samples], rate: int) -> list[str]:
        """The text of each closed utterance."""
        return finals(self.hear(parties, rate))


def finals(events: list[dict[str, Any]]) -> list[str]:
    """The text of each final among events."""
    return [event["data"]["text"] for event in events if event["type"] == "transcript.final"]
