"""Moments to be proud of: an acknowledgement after which the customer grew calmer.

Measured against the customer's own voice a little before: how tense the last AROUND windows
were, and how tense the next ones are. Said once they are known, with the agent's own words.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean
from typing import Any

from coach import evidence as evidences
from models.tone import ToneWindow
from models.types import Signal, Utterance
from stream.audio import Role

AROUND = 3
"""Windows before and after: six seconds of the customer's speech each."""
EASED = 0.3
"""How much less tense, of a scale from -1 to 1: well beyond what windows differ by themselves."""
WITHIN = 60.0
"""Seconds in which the customer must have spoken: later, something else did it."""


class Easing:
    """Of one call. Synchronous; sees utterances and windows in order of media end."""

    def __init__(self) -> None:
        self._before: deque[float] = deque(maxlen=AROUND)
        self._after: list[float] = []
        self._kind: Signal | None = None

    def said(self, utterance: Utterance, signals: Sequence[Signal]) -> None:
        """The agent may have acknowledged something; the newest such words count."""
        for signal in signals:
            full = len(self._before) == AROUND
            if signal.kind == "acknowledgement" and utterance.role == "agent" and full:
                self._kind, self._after = signal, []

    def toned(self, window: ToneWindow, role: Role) -> list[Signal]:
        """A window of tone; the moment, where it is one."""
        if role != "customer" or window.confidence <= 0:
            return []
        if self._kind is None or window.start < self._kind.end:
            self._before.append(window.tension)
            return []
        self._after.append(window.tension)
        if len(self._after) < AROUND:
            return []
        kind, eased = self._kind, fmean(self._before) - fmean(self._after)
        self._kind = None
        self._before.extend(self._after)
        if eased < EASED or window.end > kind.end + WITHIN:
            return []
        score = round(min(1.0, eased), 2)
        return [replace(kind, kind="moment", tier="review", score=score)]

    def state(self) -> dict[str, Any]:
        """All that later findings depend on, JSON-able."""
        kind = self._kind and evidences.put(self._kind)
        return {"before": list(self._before), "after": list(self._after), "kind": kind}

    def restore(self, state: dict[str, Any]) -> None:
        """Take up the state of `state()`."""
        self._before = deque(state["before"], maxlen=AROUND)
        self._after = list(state["after"])
        kept = state["kind"] and evidences.take(state["kind"])
        self._kind = kept if isinstance(kept, Signal) else None
