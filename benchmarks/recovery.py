"""How soon after a load all is as before: words in time again, and nobody told of a delay.

A further call begins in the moment in which the last sound of the load was sent, while the server
may still be behind. Its words are looked at in windows: over each stretch of WINDOW seconds in
which words end, 95 of 100 must be shown within the limit. All is as before after the last window in
which they are not, and once every call that was told of a delay was told that it is over.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchmarks.latency import Latencies, percentiles
from benchmarks.recording import Recording

WINDOW = 10.0
"""Seconds: some twenty words of a call; one late one among them shows."""
WITHIN = 60.0
"""Seconds within which all must be as before: what the project promises."""


def delays(recordings: Iterable[Recording]) -> list[tuple[float, float]]:
    """When a delay was told, in monotonic seconds, and the seconds that were."""
    return [
        (arrival.wall, float(arrival.event["data"]["seconds"]))
        for recording in recordings
        for arrival in recording.arrivals
        if arrival.event.get("type") == "delay"
    ]


def closing(recording: Recording) -> float:
    """Seconds from a call's last sound to its last event."""
    spoken = max(recording.started.values()) + recording.seconds
    return recording.arrivals[-1].wall - spoken


def words_normal(words: Sequence[tuple[float, float]], limit: float) -> float | None:
    """The second from which on words come within `limit`; None where that was not to be seen.

    `words`: second at which each ended, and how much later it was shown.
    """
    if not words:
        return None
    ends, last = sorted(words), 0.0
    for end, _ in ends:
        window = [late for other, late in ends if end - WINDOW < other <= end]
        if percentiles(window)["p95"] > limit:
            last = end
    return None if last == ends[-1][0] else last


def back_to_normal(
    ended: float, load: Sequence[Recording], probe: Recording, heard: Latencies, limit: float
) -> float | None:
    """Seconds from `ended`, monotonic, at which the load's sound was over, until all was as before;
    None where it was not while the `probe` went on. `heard`: the probe's words."""
    said = [
        (probe.started[word.party] + word.end - ended, word.shown)
        for word in heard.words
        if word.shown is not None
    ]
    words = words_normal(said, limit)
    for recording in (*load, probe):
        told = delays([recording])
        if told and told[-1][1] > 0:
            return None
    over = [wall - ended for wall, seconds in delays([*load, probe]) if not seconds]
    return None if words is None else max(0.0, words, *over)
