"""Calls that come while one runs are run together next.

For what costs little more for many than for one, as an encoder's pass on a GPU does: nobody waits
for company, but whoever has to wait is served with the others.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")


@dataclass(slots=True, eq=False)
class _Place(Generic[Item, Answer]):
    """A caller's place in the row. `told`: it has its answer, its error, or the lead."""

    item: Item
    told: threading.Event = field(default_factory=threading.Event)
    answers: list[Answer] = field(default_factory=list)
    error: BaseException | None = None


class Batches(Generic[Item, Answer]):
    """Thread-safe. `together` answers items of one `kind` in their order, at most `most` a time;
    what it raises, all of that batch are told."""

    def __init__(
        self,
        together: Callable[[Sequence[Item]], Sequence[Answer]],
        *,
        most: int,
        kind: Callable[[Item], object],
    ) -> None:
        self._together = together
        self._most = most
        self._kind = kind
        self._lock = threading.Lock()
        self._waiting: list[_Place[Item, Answer]] = []
        self._led = False

    def __call__(self, item: Item) -> Answer:
        """The item's answer; blocks. One of those who wait runs the batch of all."""
        place: _Place[Item, Answer] = _Place(item)
        with self._lock:
            self._waiting.append(place)
            leads, self._led = not self._led, True
        if not leads:
            place.told.wait()
        if not place.answers and place.error is None:
            self._lead(place)
        if place.error is not None:
            raise place.error
        return place.answers[0]

    def _lead(self, place: _Place[Item, Answer]) -> None:
        """Run the batch of the one who leads, then let the next one in the row lead."""
        with self._lock:
            kind = self._kind(place.item)
            like = [each for each in self._waiting if self._kind(each.item) == kind]
            # The leader has waited longest, so it is the first of its kind.
            batch = like[: self._most]
            self._waiting = [each for each in self._waiting if each not in batch]
        try:
            answers = self._together([each.item for each in batch])
            for each, answer in zip(batch, answers, strict=True):
                each.answers.append(answer)
        except BaseException as error:
            for each in batch:
                each.error = error
        with self._lock:
            following = self._waiting[:1]
            self._led = bool(following)
        for each in batch + following:
            each.told.set()
