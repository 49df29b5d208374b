"""What a reader of WhisperLive sees: every segment that is closed, and the one still open.

A message holds the newest few closed segments of a list that only grows, and after them, where
there is one, the open segment as it is heard now. From such windows the whole is put together:

- A closed segment that is new takes its place by the second at which it starts, and stays. One
  that begins before the one ahead of it ended is kept too (WhisperLive's own client leaves it
  out), so nothing that the server said is lost here.
- The open segment is the newest one that was sent. A message that brings neither an open segment
  nor a new closed one leaves it standing, as on the screen of WhisperLive's own client.

A message is one look at the screen. So it becomes one event with the whole transcript, never a
few in turn: between two of those a word that moves from the open to a closed segment would be
gone for a moment, and its latency with it.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Segment:
    """Some words, from `start` to `end` in media seconds. What is `closed` stays as it is."""

    start: float
    end: float
    text: str
    closed: bool

    @staticmethod
    def read(row: Mapping[str, Any]) -> Segment:
        """A segment as it is sent. Raises KeyError, TypeError or ValueError where it is none."""
        start, end = float(row["start"]), float(row["end"])
        return Segment(start, end, str(row["text"]), bool(row.get("completed", False)))


@dataclass(slots=True)
class Shown:
    """The screen of one side, message by message."""

    closed: list[Segment] = field(default_factory=list)
    open: Segment | None = None

    def take(self, rows: Iterable[Mapping[str, Any]]) -> bool:
        """The segments of one message; whether the screen changed. Errors as Segment.read."""
        segments = [Segment.read(row) for row in rows]
        fresh = list(dict.fromkeys(s for s in segments if s.closed and s not in self.closed))
        newest = next((s for s in reversed(segments) if not s.closed), None)
        for segment in fresh:
            insort(self.closed, segment, key=lambda s: s.start)
        before = self.open
        if fresh or newest is not None:
            self.open = newest
        return bool(fresh) or self.open != before

    def segments(self) -> list[Segment]:
        """All that is on the screen, in order."""
        return self.closed if self.open is None else [*self.closed, self.open]

    def event(self, party: str) -> dict[str, Any]:
        """The screen in the shape of a transcript event of ours: a partial of one utterance from
        first to last, words of closed segments stable. There is no final: nothing in WhisperLive
        is what finals are in ours."""
        shown = self.segments()
        words = [
            {"w": word, "stable": segment.closed}
            for segment in shown
            for word in segment.text.split()
        ]
        return {
            "type": "transcript.partial",
            "data": {
                "party": party,
                "utterance": 1,
                "text": " ".join(segment.text.strip() for segment in shown),
                "start": shown[0].start if shown else 0.0,
                "end": shown[-1].end if shown else 0.0,
                "words": words,
            },
        }
