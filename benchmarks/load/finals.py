"""Whether every final came, once, and stands in the record as it was streamed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.recording import Recording
from benchmarks.rest import get_json

PAGE = 1_000
"""Events of one answer, as many as the server gives."""

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Finals:
    """Of some calls. `expected`: utterances of which words were shown; `lost`: those that have no
    final; `arrived`: all finals; `doubled`: finals beyond the first of their utterance; `holes`:
    numbers of events that are missing; `unlike`: stored events and utterances that are not as they
    were streamed; `unread`: calls that were not read back."""

    expected: int = 0
    lost: int = 0
    arrived: int = 0
    doubled: int = 0
    holes: int = 0
    unlike: int = 0
    unread: int = 0

    @property
    def whole(self) -> bool:
        """Whether nothing is lost, doubled, missing or different."""
        return not (self.lost or self.doubled or self.holes or self.unlike)


NOTHING = Finals()


def total(parts: Iterable[Finals]) -> Finals:
    """Of several calls together."""
    counts: Counter[str] = Counter()
    for part in parts:
        counts.update({name: getattr(part, name) for name in Finals.__slots__})
    return Finals(**counts)


async def check_finals(url: str, recording: Recording, token: str | None = None) -> Finals:
    """The finals of one recording, and what the server's records say of them."""
    try:
        stored, said = await _read(url, recording.call, token)
    except (OSError, ValueError):
        return compare(recording, None, None)
    return compare(recording, stored, said)


def compare(
    recording: Recording, stored: Sequence[Event] | None, said: Sequence[Event] | None
) -> Finals:
    """What was streamed against `stored`, the call's durable events, and `said`, its transcript;
    None: not read."""
    events = [arrival.event for arrival in recording.arrivals]
    durable = [event for event in events if "n" in event]
    shown = {_utterance(event) for event in _of(events, "transcript.partial")}
    finals = Counter(_utterance(event) for event in _of(durable, "transcript.final"))
    numbers = {int(event["n"]) for event in durable}
    return Finals(
        expected=len(shown),
        lost=len(shown - set(finals)),
        arrived=finals.total(),
        doubled=finals.total() - len(finals),
        holes=max(numbers, default=0) - len(numbers),
        unlike=_unlike(durable, stored, said),
        unread=int(stored is None or said is None),
    )


def _unlike(
    durable: Sequence[Event], stored: Sequence[Event] | None, said: Sequence[Event] | None
) -> int:
    """Stored events that differ from those streamed, either way, and utterances that do."""
    if stored is None or said is None:
        return 0
    streamed = {event["n"]: event for event in durable}
    kept = {event["n"]: event for event in stored}
    texts = Counter(
        (event["data"]["party"], event["data"]["utterance"], event["data"]["text"])
        for event in _of(durable, "transcript.final")
        if event["data"]["text"]
    )
    told = Counter((each["party"], each["utterance"], each["text"]) for each in said)
    events = sum(streamed.get(n) != kept.get(n) for n in streamed.keys() | kept.keys())
    return events + ((texts - told) + (told - texts)).total()


def _of(events: Iterable[Event], kind: str) -> list[Event]:
    return [event for event in events if event.get("type") == kind]


def _utterance(event: Event) -> tuple[str, int]:
    return str(event["data"]["party"]), int(event["data"]["utterance"])


async def _read(url: str, call: str, token: str | None) -> tuple[list[Event], list[Event]]:
    """The call's durable events and its transcript, over REST."""
    stored: list[Event] = []
    while True:
        after = stored[-1]["n"] if stored else 0
        path = f"/v1/calls/{call}/events?after={after}&limit={PAGE}"
        page = (await get_json(url, path, token))["events"]
        stored += page
        if len(page) < PAGE:
            break
    said = (await get_json(url, f"/v1/calls/{call}/transcript", token))["utterances"]
    return stored, said
