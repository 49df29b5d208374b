"""Nudges that wait until something kind was said first, so that duty never tramples grief.

A gate opens when its word is said, when its deadline passes, or when the call begins to close.
What its rule does not want to repeat (`unless.says`) may be said while it waits: then the
nudge has become needless, and goes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from coach import nudge as form
from coach.conditions import said, says
from coach.nudge import Nudge
from coach.playbook.schema import Rule
from models.types import Signal, Utterance
from stream.audio import Context

OVERLAP = 0.5
"""Seconds before a report's end at which the kind word about it may already have begun."""


class Gates:
    """Of one call. Synchronous, on the media clock."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Nudge, float]] = []

    def add(self, nudge: Nudge, deadline: float) -> None:
        """A nudge waits from now on, until media second `deadline` at most."""
        self._waiting.append((nudge, deadline))

    def said(
        self, utterance: Utterance, signals: Sequence[Signal], context: Context, *, closes: bool
    ) -> list[Nudge]:
        """The nudges whose gate this utterance opens. `closes`: it begins to close the call."""
        opened, left = [], []
        for nudge, deadline in self._waiting:
            gate, needless = nudge.rule.gate, nudge.rule.unless.says
            assert gate is not None
            if says(needless, utterance.text, context):
                continue
            later = utterance.start >= nudge.at - OVERLAP
            if closes or (later and said(gate.after, utterance, signals, context)):
                opened.append(replace(nudge, at=utterance.end))
            else:
                left.append((nudge, deadline))
        self._waiting = left
        return opened

    def next_at(self) -> float | None:
        """Media second of the next deadline."""
        return min((deadline for _, deadline in self._waiting), default=None)

    def tick(self, at: float) -> list[Nudge]:
        """Those that have waited long enough."""
        over = [replace(nudge, at=at) for nudge, deadline in self._waiting if deadline <= at]
        self._waiting = [each for each in self._waiting if each[1] > at]
        return over

    def state(self) -> list[Any]:
        """What waits, JSON-able."""
        return [[form.put(nudge), deadline] for nudge, deadline in self._waiting]

    def restore(self, state: list[Any], rules: Mapping[str, Rule]) -> None:
        """Take up the state of `state()`; what has no gate in these `rules` waits no more."""
        taken = ((form.take(kept, rules), deadline) for kept, deadline in state)
        self._waiting = [(n, deadline) for n, deadline in taken if n is not None and n.rule.gate]
