"""How soon after a load all is as before: words in time again, and nobody told of a delay.

A further call begins in the moment in which the last sound of the load was sent, while the server
may still be behind. All is as before from the second on from which 95 of 100 of its words are shown
within the limit, and once every call that was told of a delay was told that it is over. Shorter
stretches than all the rest of the call are not looked at: also on an idle machine a word now and
then stands only once its sentence is over.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchmarks.latency import Latencies, percentiles
from benchmarks.recording import Recording

LEAST = 20
"""Words that there must be to speak of 95 of 100."""
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
    ordered = sorted(words)
    for i in range(len(ordered) - LEAST + 1):
        if percentiles([late for _, late in ordered[i:]])["p95"] <= limit:
            return ordered[i - 1][0] if i else 0.0
    return None


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
