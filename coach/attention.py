"""What an agent can take: few nudges at a time, and not one after the other.

Theory. A nudge that distracts does harm, however right it is. So at most `on_screen` stand
there, and a new one comes `every` seconds at the soonest; what has to wait waits in order of
its priority, and goes unsaid when its own moment has passed. What is urgent and what compliance
requires is not held back, but takes its room like any other; what only the supervisor sees
takes none.

Synchronous, on the media clock: `next_at` says when something may be shown next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from coach.nudge import Nudge
from coach.playbook.schema import Budget, Rule

PATIENCE = 15.0
"""Seconds that a nudge waits at most: later it is about something else than what was said."""


class Attention:
    """One agent's attention."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._waiting: list[Nudge] = []
        self._shown: dict[str, tuple[float, bool]] = {}
        """Of each nudge not yet dealt with: when it expires, and whether it takes attention."""
        self._last: float | None = None

    def offer(self, nudges: Iterable[Nudge]) -> None:
        """Nudges that rules want shown."""
        self._waiting += nudges
        self._waiting.sort(key=lambda nudge: (-nudge.rule.priority, nudge.at))

    def take(self, at: float) -> list[Nudge]:
        """Those that appear at media second `at`, with the time they get from now."""
        self._waiting = [n for n in self._waiting if passes(n.rule) or at < n.at + _patience(n)]
        shown = []
        for nudge in list(self._waiting):
            if not passes(nudge.rule) and self._free_at() > at:
                continue
            self._waiting.remove(nudge)
            appears = replace(nudge, at=at, expires=round(at + nudge.rule.lifetime, 3))
            counts = nudge.rule.audience != "supervisor"
            if counts:
                self._last = at
            self._shown[nudge.id] = (appears.expires, counts)
            shown.append(appears)
        return shown

    def next_at(self) -> float | None:
        """Media second at which something appears, lapses or expires next."""
        due = [expires for expires, _ in self._shown.values()]
        for nudge in self._waiting:
            due.append(min(max(nudge.at, self._free_at()), nudge.at + _patience(nudge)))
        return min(due, default=None)

    def expire(self, at: float) -> list[tuple[str, float]]:
        """Nudges whose time is over at `at`: id and the second at which it was."""
        over = sorted((end, nudge) for nudge, (end, _) in self._shown.items() if end <= at)
        for _, nudge in over:
            del self._shown[nudge]
        return [(nudge, end) for end, nudge in over]

    def dealt_with(self, nudge: str) -> None:
        """A person used it or put it away: it expires no more, and makes room."""
        self._shown.pop(nudge, None)

    def _free_at(self) -> float:
        """When the agent can take the next one."""
        free = 0.0 if self._last is None else self._last + self._budget.every
        standing = sorted(end for end, counts in self._shown.values() if counts)
        if len(standing) >= self._budget.on_screen:
            free = max(free, standing[-self._budget.on_screen])
        return free

    def state(self, put: Callable[[Nudge], dict[str, Any]]) -> dict[str, Any]:
        """All that later decisions depend on; `put` makes a nudge JSON-able."""
        return {
            "waiting": [put(nudge) for nudge in self._waiting],
            "shown": {nudge: list(each) for nudge, each in self._shown.items()},
            "last": self._last,
        }

    def restore(
        self, state: dict[str, Any], take: Callable[[dict[str, Any]], Nudge | None]
    ) -> None:
        """Take up the state of `state()`; `take` is the other way round of `put`, or None."""
        taken = (take(nudge) for nudge in state["waiting"])
        self._waiting = [nudge for nudge in taken if nudge is not None]
        self._shown = {nudge: (end, counts) for nudge, (end, counts) in state["shown"].items()}
        self._last = state["last"]


def passes(rule: Rule) -> bool:
    """Whether it is not held back by the budget."""
    return rule.severity == "urgent" or rule.required or rule.audience == "supervisor"


def _patience(nudge: Nudge) -> float:
    return min(PATIENCE, nudge.rule.lifetime)
