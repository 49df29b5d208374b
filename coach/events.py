"""Events of a call as the API shows them: durable ones are numbered, ephemeral ones are not.

A `Draft` is what the pipeline wants said. The journal gives a durable draft its `n` and its
wall time and makes an `Event` of it. `data` is what anyone may read (redacted); `verbatim`
is the whole, for entitled readers only, and None where it is the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stream.audio import CallId

VERSION = 1
EPHEMERAL = frozenset({"transcript.partial", "pacing.live"})
"""Types that are newest-wins; all others are durable."""
ENDED_KEY = "call.ended"
"""Key of a call's last event of the live pipeline: it is said once, whoever says it."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An event before it has a number. `key` is unique in the call for durable ones.

    A key that the call's log already holds is skipped and takes no `n`: so a call that is
    taken up again from a checkpoint says nothing twice.
    """

    type: str
    at: float
    data: dict[str, Any]
    key: str = ""
    verbatim: dict[str, Any] | None = None

    @property
    def durable(self) -> bool:
        return self.type not in EPHEMERAL


@dataclass(frozen=True, slots=True)
class Event:
    """An event as it was said: `n` counts from 1 within the call, None where ephemeral."""

    call: CallId
    type: str
    at: float
    ts: str
    data: dict[str, Any]
    n: int | None = None
    key: str = ""
    verbatim: dict[str, Any] | None = None

    def view(self, *, entitled: bool) -> dict[str, Any]:
        """The event's JSON form for a reader who may, or may not, see verbatim text."""
        data = self.verbatim if entitled and self.verbatim is not None else self.data
        body: dict[str, Any] = {"v": VERSION, "call": self.call, "type": self.type}
        if self.n is not None:
            body["n"] = self.n
        return {**body, "at": self.at, "ts": self.ts, "data": data}
