"""Never silently late: says how far the transcript is behind, and when it has caught up.

Behind is the age of the oldest final that is sought, and of the audio that came and that nobody has
heard yet. It is said when it begins, when it grows or shrinks by much, and when it is over: of a
delay that grows to ten minutes some thirty times. What waits in the network or at a sender who is
not read cannot be known here: it is behind by as much at least.
"""

from __future__ import annotations

from collections.abc import Callable

from coach.events import Draft
from stream.audio import PartyId

LATE = 3.0
"""Seconds a final may take before people are told: below it, a page still feels live."""
STEP = 3.0
"""It is said anew when it got worse by this much, or by GROWTH of what was said."""
GROWTH = 0.25
"""Whether it is eight minutes or eight and a half changes nothing for anyone."""
BETTER = 0.5
"""It is said anew when so much of what was said is left: people see that it ends."""
CAUGHT_UP = 1.5
"""Seconds at which it is over; below LATE, so that it does not flap."""


class Delay:
    """Watches the finals that one call waits for. `now` gives seconds of a monotonic clock."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._asked: dict[tuple[PartyId, int], float] = {}
        self._told = 0.0
        self._count = 0

    def asked(self, party: PartyId, utterance: int) -> None:
        """A final was asked for; also once more, which makes it no younger."""
        self._asked.setdefault((party, utterance), self._now())

    def answered(self, party: PartyId, utterance: int) -> None:
        """It came."""
        self._asked.pop((party, utterance), None)

    @property
    def pending(self) -> bool:
        """Whether it may change though nothing happens."""
        return bool(self._asked) or self._told > 0

    def drafts(self, at: float, kept: float = 0.0) -> list[Draft]:
        """What is to be said now, at media second `at`: seconds behind, 0 when caught up.

        `kept`: seconds of audio that nobody has heard yet.
        """
        oldest = min(self._asked.values(), default=None)
        behind = kept + (0.0 if oldest is None else self._now() - oldest)
        worse = self._told + max(STEP, GROWTH * self._told)
        if behind >= max(LATE, worse) or LATE <= behind <= BETTER * self._told:
            return [self._tell(round(behind, 1), at)]
        if self._told and behind < CAUGHT_UP:
            return [self._tell(0.0, at)]
        return []

    def _tell(self, seconds: float, at: float) -> Draft:
        self._told = seconds
        self._count += 1
        at = round(at, 3)
        return Draft("delay", at, {"seconds": seconds}, f"delay:{self._count}:{at}")
