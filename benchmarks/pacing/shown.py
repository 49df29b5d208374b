"""Words that were on the screen at a media second, of a call that `coach bench latency` kept."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.recording import Recording
from models.types import Word

UTTERANCES = 2
"""Newest utterances of a party whose words are told: the open one, and the one before it."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One party's words. `since`: media seconds from which `words` of the same place stood there,
    until the next."""

    since: tuple[float, ...] = ()
    words: tuple[tuple[Word, ...], ...] = ()

    def at(self, second: float) -> Sequence[Word]:
        """In order of time; none before the first."""
        place = bisect_right(self.since, second)
        return self.words[place - 1] if place else ()


def shown(recording: Recording, party: str) -> Shown:
    """By the partials and finals as they arrived."""
    utterances: dict[int, tuple[Word, ...]] = {}
    since: list[float] = []
    words: list[tuple[Word, ...]] = []
    for arrival in recording.transcript(party):
        data = arrival.event["data"]
        utterances[int(data["utterance"])] = tuple(
            Word(str(each["w"]), float(each["start"]), float(each["end"]), float(each["p"]))
            for each in data["words"]
        )
        newest = sorted(utterances)[-UTTERANCES:]
        since.append(arrival.wall - recording.started[party])
        words.append(tuple(word for number in newest for word in utterances[number]))
    return Shown(tuple(since), tuple(words))
