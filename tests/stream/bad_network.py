"""A network that is bad for voice: packets are lost in bursts, come late, and overtake each other.

Loss is Gilbert's model: in its bad state every packet is lost, in its good state none. Lateness is
of each packet on its own. Time is counted in packets as they are sent, so that no test waits for
it, and chance is of the seed, so that each packet has the same fate in every run.
"""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Iterable, Iterator

import pytest

PACKET = 0.02
"""Seconds of sound in one."""
LOSS = 0.2
BURST = 4.0
"""Packets lost in a row, in the mean: 80 ms."""
CLOSE = 0.04
"""Seconds that our clock may be off the sender's."""


class BadNetwork:
    """What it makes of the packets of one sender, for `Sender.over`.

    `good`: packets that pass unharmed before; as long as a test has not set it, all do. `jitter`:
    packets that one is late by, at most.
    """

    def __init__(self, seed: int, good: float = math.inf, jitter: float = 3.0) -> None:
        self.good = good
        self._jitter = jitter
        self._chance = random.Random(seed)
        self._losing: bool | None = None
        self._under_way: list[tuple[float, int, bytes]] = []
        """Arrival, number and packet."""
        self._furthest = -1
        self.sent = 0
        """Packets since it is bad."""
        self.lost: list[int] = []
        """Numbers of packets. It begins with one, by which a test finds the count of others."""
        self.overtaken = 0

    def __call__(self, number: int, data: bytes) -> list[bytes]:
        """The packets that arrive as this one is sent."""
        if number < self.good:
            return [data]
        self.sent += 1
        if self._loses():
            self.lost.append(number)
        else:
            late = self._chance.uniform(0, self._jitter)
            heapq.heappush(self._under_way, (number + late, number, data))
        return list(self._arrived(number))

    def _arrived(self, now: int) -> Iterator[bytes]:
        while self._under_way and self._under_way[0][0] <= now:
            _, number, packet = heapq.heappop(self._under_way)
            self.overtaken += number < self._furthest
            self._furthest = max(self._furthest, number)
            yield packet

    def _loses(self) -> bool:
        recovers = 1 / BURST
        worsens = recovers * LOSS / (1 - LOSS)
        if self._losing is None:
            self._losing = True
        else:
            self._losing ^= self._chance.random() < (recovers if self._losing else worsens)
        return self._losing


def packets(holes: Iterable[tuple[float, float]]) -> list[int]:
    """Numbers of the packets that holes, each a start and a length in seconds, stand for."""
    found: list[int] = []
    for start, seconds in holes:
        first, count = round(start / PACKET), round(seconds / PACKET)
        assert (start, seconds) == pytest.approx((first * PACKET, count * PACKET), abs=1e-3)
        found += range(first, first + count)
    return found
