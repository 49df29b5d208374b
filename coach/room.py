"""How many calls may be live at once.

Theory. Beyond what a machine hears in time (coach/calibration.py) calls are still worth taking:
their words come late, a `delay` says so, their audio is kept, and once there is less to do every
final comes. What ends that is the room for what is kept. So the limit is

    the setting, where it names one; else
    TIMES the calibrated capacity, LEAST calls at least,
    and in any case no more than SHARE of the free memory can keep the audio of.

Late help for many is worth less than help in time: who wants that sets `call.limit`.
"""

from __future__ import annotations

from coach import machine
from coach.settings import Settings
from stream.audio import RATE, AudioFormat, Party
from stream.keep import kept_bytes

LEAST = 16
"""Calls that are taken whatever the machine: before it is known, and where it is weak."""
TIMES = 4
"""Times the capacity: not all speak at once, and a peak passes. While it lasts, words come later
by at most three quarters of a second each second, so that ten minutes of room last for thirteen."""
SHARE = 0.25
"""Of the memory that is free at the start: the rest is for records, pages and whoever else is
there."""

PARTIES = 2
SAMPLE = 4
"""Bytes of a sample as the hearing takes it."""
COPIES = 5
"""Times that the longest utterance of a party may be there beside the buffer: the open one itself,
a partial that waits, one that is decoded, the newest guess, and one before it that still runs."""
TELEPHONE = AudioFormat("mulaw", 8_000, (Party.named("agent"), Party.named("customer")))
"""Of those who cannot wait."""


def call_bytes(settings: Settings) -> int:
    """Most memory that the audio of a two-sided call takes."""
    seconds = settings.call.buffer_seconds + COPIES * settings.hearing.longest + 1.0
    heard = PARTIES * RATE * SAMPLE * seconds
    return round(heard) + kept_bytes(TELEPHONE, settings.call.keep_seconds)


class Room:
    """The room of one process. `free`: bytes of memory, None where nobody knows."""

    def __init__(self, settings: Settings, free: int | None) -> None:
        self._set = settings.call.limit
        self._kept = None if free is None else int(SHARE * free / call_bytes(settings))
        self.capacity = 0
        """Calls that are heard in time; 0 while that is not known."""

    @classmethod
    def here(cls, settings: Settings) -> Room:
        """On this machine, as it is now."""
        return cls(settings, machine.memory_free())

    @property
    def limit(self) -> int:
        """Calls that may be live at once, 1 or more."""
        if self._set:
            return self._set
        wanted = max(LEAST, TIMES * self.capacity)
        return wanted if self._kept is None else max(1, min(wanted, self._kept))
