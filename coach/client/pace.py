"""The schedule by which a call's sound leaves: that of speech, or a multiple of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class Pace:
    """The schedule all sockets of a call share. `speed` 0: as fast as the server accepts."""

    speed: float
    chunk_seconds: float
    on_progress: Callable[[float], None] | None
    origin: float = 0.0
    max_late: float = 0.0
    furthest: float = 0.0

    async def until(self, media: float) -> None:
        """Waits until media second `media` has been spoken."""
        due = self.origin + media / self.speed if self.speed else time.monotonic()
        # A sleep of 0 lets the socket's reader run even where there is nothing to wait for.
        await asyncio.sleep(max(due - time.monotonic(), 0.0))
        if self.speed:
            self.max_late = max(self.max_late, time.monotonic() - due)

    def sent(self, media: float) -> None:
        """Reports progress in media seconds of the call, however many sockets it has."""
        if self.on_progress is not None and media > self.furthest:
            self.furthest = media
            self.on_progress(media)
