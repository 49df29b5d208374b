"""Calls fed with a bar on the screen, and where their figures come from."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.progress import call_progress
from benchmarks.recording import Recording
from benchmarks.run import Playable, record_all
from benchmarks.surroundings import surroundings

REAL_TIME = "calls in real time"


def record(
    calls: Sequence[Playable],
    lengths: Mapping[str, float],
    *,
    title: str = REAL_TIME,
    **options: Any,
) -> list[Recording]:
    """`record_all` with these `options`; `lengths`: seconds of each call."""
    with call_progress(lengths, title) as at:
        return asyncio.run(record_all(calls, on_progress=at, **options))


def provenance(fed: Sequence[Recording]) -> dict[str, Any]:
    """Where the figures come from: this machine now, and how each recording was made, which
    for one that is used again may have been elsewhere."""
    return {
        **surroundings(),
        "model": ", ".join(sorted({str(r.settings.get("model", "unknown")) for r in fed})),
        "recordings": {recording.name: recording.settings for recording in fed},
    }
