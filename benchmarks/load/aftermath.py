"""What became of calls at once: whether every final came, whether people were told of a delay, and
how soon all was as before."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.dataset import ReferenceCall
from benchmarks.latency import measure
from benchmarks.load.finals import Finals, check_finals, total
from benchmarks.load.recovery import WITHIN, back_to_normal, closing, delays
from benchmarks.recording import Recording


@dataclass(frozen=True, slots=True)
class Aftermath:
    """Of a load. `delays`: events that told one; `behind`: the largest told, in seconds; `closing`:
    seconds after a call's last sound until its last event, the longest; `normal`: seconds after the
    load's last sound until all was as before, None where it was not."""

    finals: Finals
    delays: int
    behind: float
    closing: float
    normal: float | None

    @property
    def whole(self) -> bool:
        """Whether every final came, once, and all was as before within a minute."""
        return self.finals.whole and self.normal is not None and self.normal <= WITHIN

    def body(self) -> dict[str, Any]:
        """For JSON."""
        return {**dataclasses.asdict(self), "whole": self.whole}


async def aftermath(
    url: str,
    recordings: Sequence[Recording],
    ended: float,
    probe: tuple[ReferenceCall, Recording],
    limit: float,
) -> Aftermath:
    """Of recordings of the server at `url`, whose last sound was sent at `ended`, in monotonic
    seconds; `probe`: a further call that began then. `limit`: seconds in which words come."""
    told = delays(recordings)
    heard = measure([probe])
    return Aftermath(
        total([await check_finals(url, recording) for recording in recordings]),
        len(told),
        max((seconds for _, seconds in told), default=0.0),
        max(map(closing, recordings)),
        back_to_normal(ended, recordings, probe[1], heard, limit),
    )
