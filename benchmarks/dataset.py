"""Harper Valley: eight role-played telephone calls, each side in a file of its own.

What the labels hold, and what follows from it:

- `human_transcript` is what was said; the reference of the error rate. It may hold markup
  (`[noise]`, `[baby]`, `<unk>`): nobody can say which word that is, so it is no word.
- `word_offsets_ms` and `word_durations_ms` belong to `transcript`, the words of a machine.
  A human word has a time of its own only where it is the same word as the machine's one,
  aligned within the segment. The others count for accuracy, never for latency.
- A word ends at `start_ms` + its offset + its duration, in its own side's file.
  `offset_ms` is never used: in half of the calls it runs about two seconds late.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.alignment import matched, tokens, without_markup
from stream.audio import Context, Samples
from stream.files import read_audio

SIDES = {"agent": "agent", "customer": "caller"}
"""Party of a call -> the name of its side in the data."""

ONE_SIDE = "agent"
"""The party that is fed where one side alone is: it says more in these calls."""


class DatasetMissing(Exception):
    """The shared data is not there. The message says where it was looked for and the mend."""


@dataclass(frozen=True, slots=True)
class ReferenceWord:
    """One normalised word that was said; `start` and `end` (seconds in its side's file) are
    None where it has no time of its own."""

    w: str
    start: float | None
    end: float | None


@dataclass(frozen=True, slots=True)
class Side:
    """One party's side of a call. `text` is the human transcript without markup."""

    party: str
    file: Path
    text: str
    words: tuple[ReferenceWord, ...]


@dataclass(frozen=True, slots=True)
class ReferenceCall:
    """One call of the set and what was said in it."""

    name: str
    sides: tuple[Side, ...]

    def only(self, party: str) -> ReferenceCall:
        """This call with one side alone, as a stream under a name of its own."""
        sides = tuple(side for side in self.sides if side.party == party)
        return ReferenceCall(f"{self.name}-{party}", sides)

    @property
    def context(self) -> Context:
        """Nothing is known of the calls."""
        return {}

    def audio(self) -> tuple[dict[str, Samples], int]:
        """Samples of each party, both starting at 0 of their own file, and their rate in Hz."""
        parties: dict[str, Samples] = {}
        rates: set[int] = set()
        for side in self.sides:
            channels, rate = read_audio(side.file)
            parties[side.party] = channels[0]
            rates.add(rate)
        if len(rates) != 1:
            raise ValueError(f"the sides of {self.name} differ in rate: {sorted(rates)}")
        return parties, rates.pop()

    def seconds(self) -> float:
        """Length of the call: that of its longer side."""
        parties, rate = self.audio()
        return max(len(samples) for samples in parties.values()) / rate


def data_folder() -> Path:
    """The shared data: $COACH_TEST_DATA, or ../shared/data beside the checkout."""
    checkout = Path(__file__).resolve().parent.parent
    return Path(os.environ.get("COACH_TEST_DATA") or checkout.parent / "shared" / "data")


def harper_valley(only: Iterable[str] = ()) -> list[ReferenceCall]:
    """The calls in order of name, or those named in `only`. Raises DatasetMissing."""
    folder = data_folder() / "calls" / "harper_valley"
    labels = sorted(p for p in folder.glob("*.json") if not p.name.endswith(".metadata.json"))
    if not labels:
        raise DatasetMissing(
            f"no Harper Valley calls in {folder}; set COACH_TEST_DATA to the folder of shared data"
        )
    calls = [_call(path) for path in labels]
    wanted = set(only)
    if unknown := wanted - {call.name for call in calls}:
        raise DatasetMissing(
            f"no call {', '.join(sorted(unknown))} among {', '.join(c.name for c in calls)}"
        )
    return [call for call in calls if not wanted or call.name in wanted]


def _call(labels: Path) -> ReferenceCall:
    segments = json.loads(labels.read_text(encoding="utf-8"))
    return ReferenceCall(
        labels.stem,
        tuple(
            _side(party, labels.with_name(f"{labels.stem}.{side}.flac"), side, segments)
            for party, side in SIDES.items()
        ),
    )


def _side(party: str, file: Path, side: str, segments: list[dict[str, Any]]) -> Side:
    own = sorted(
        (segment for segment in segments if segment["speaker_role"] == side),
        key=lambda segment: (segment["start_ms"], segment["index"]),
    )
    text = " ".join(without_markup(segment["human_transcript"]) for segment in own)
    words = tuple(word for segment in own for word in segment_words(segment))
    return Side(party, file, " ".join(text.split()), words)


def segment_words(segment: dict[str, Any]) -> list[ReferenceWord]:
    """The human words of one segment, timed where the machine heard the same word."""
    human = tokens(without_markup(segment["human_transcript"]))
    machine = _machine_words(segment)
    pairs = matched(human, [word.w for word in machine])
    return [
        machine[pairs[i]] if i in pairs else ReferenceWord(w, None, None)
        for i, w in enumerate(human)
    ]


def _machine_words(segment: dict[str, Any]) -> list[ReferenceWord]:
    """The machine's words with their times. A word that makes several tokens ("bye-bye")
    gives none of them a time of its own."""
    words: list[ReferenceWord] = []
    rows = zip(
        segment["transcript"].split(),
        segment["word_offsets_ms"],
        segment["word_durations_ms"],
        strict=True,
    )
    for written, offset, duration in rows:
        made = tokens(without_markup(written))
        if len(made) == 1:
            start = segment["start_ms"] + offset
            words.append(ReferenceWord(made[0], start / 1000, (start + duration) / 1000))
        else:
            words.extend(ReferenceWord(w, None, None) for w in made)
    return words
