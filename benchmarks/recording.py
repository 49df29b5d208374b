"""What one fed call gave: every event with the moment at which it arrived.

A recording holds all that a metric needs, so that metrics can be computed again from its
JSON without the server, the audio or the machine.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FORMAT = 1
"""Version of the file; raise it when a reader could misread an older one."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """An event as the API sent it; `wall` in monotonic seconds of the recording machine."""

    wall: float
    event: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Usage:
    """What the server used during the call. `cpu_seconds` counts its children too; `rss`
    bytes, the highest seen; `lag`: its event loop's lateness (benchmarks/loop_lag.py)."""

    cpu_seconds: float
    rss: int
    lag: dict[str, float] | None = None


@dataclass(frozen=True, slots=True)
class Recording:
    """One call. `started`: monotonic seconds at which each party's sample 0 was spoken;
    `seconds`: length of the call's audio; `max_late`: worst lateness of the feeder itself,
    seconds; `speed` 1.0 is real time; `usage` None where the server's process is unknown."""

    name: str
    call: str
    started: dict[str, float]
    seconds: float
    speed: float
    max_late: float
    arrivals: tuple[Arrival, ...]
    usage: Usage | None = None
    settings: dict[str, Any] = field(default_factory=dict)

    def transcript(self, party: str) -> Iterator[Arrival]:
        """Partials and finals of a party in order of arrival."""
        for arrival in self.arrivals:
            event = arrival.event
            if (
                event.get("type") in ("transcript.partial", "transcript.final")
                and event["data"]["party"] == party
            ):
                yield arrival

    def finals(self, party: str) -> list[Arrival]:
        """The finals of a party in the order of its utterances."""
        finals = [a for a in self.transcript(party) if a.event["type"] == "transcript.final"]
        return sorted(finals, key=lambda arrival: int(arrival.event["data"]["utterance"]))

    def finals_text(self, party: str) -> str:
        """What a party said by its finals."""
        return " ".join(str(final.event["data"]["text"]) for final in self.finals(party)).strip()

    def heard(self, party: str) -> str:
        """What was heard of a party in the end. Ours has finals; of a peer one event holds all."""
        finals = any(arrival.event.get("type") == "transcript.final" for arrival in self.arrivals)
        return self.finals_text(party) if finals else self.last_text(party)

    def last_text(self, party: str) -> str:
        """What a party said by its newest event, where one event holds all that was said."""
        return (
            str(newest[-1].event["data"]["text"])
            if (newest := list(self.transcript(party)))
            else ""
        )

    def to_json(self) -> str:
        return json.dumps({"format": FORMAT, **dataclasses.asdict(self)}, ensure_ascii=False)

    @staticmethod
    def from_json(text: str) -> Recording:
        """Reads `to_json`. Raises ValueError where it is no recording of this format."""
        try:
            body = json.loads(text)
            if body.pop("format") != FORMAT:
                raise ValueError(f"it is not of format {FORMAT}")
            usage = body.pop("usage")
            arrivals = tuple(Arrival(**arrival) for arrival in body.pop("arrivals"))
            return Recording(**body, arrivals=arrivals, usage=Usage(**usage) if usage else None)
        except (AttributeError, KeyError, TypeError, ValueError) as fault:
            raise ValueError(f"not a recording ({fault}); record the call again") from fault

    def save(self, folder: Path) -> Path:
        """Writes the recording to `folder` and returns its file."""
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{self.name}.recording.json"
        file.write_text(self.to_json(), encoding="utf-8")
        return file

    @staticmethod
    def load(folder: Path, name: str) -> Recording | None:
        """The recording of a call in `folder`, None where there is none."""
        file = folder / f"{name}.recording.json"
        return Recording.from_json(file.read_text(encoding="utf-8")) if file.exists() else None


def server_use(recordings: Sequence[Recording]) -> dict[str, float] | None:
    """CPU seconds a call second and the highest resident bytes; None where not measured."""
    known = [(rec.usage, rec.seconds) for rec in recordings if rec.usage is not None]
    if not known:
        return None
    cpu = sum(usage.cpu_seconds for usage, _ in known)
    return {
        "cpu_seconds_per_call_second": cpu / sum(seconds for _, seconds in known),
        "rss_bytes": max(usage.rss for usage, _ in known),
    }
