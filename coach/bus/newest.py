"""The newest ephemeral events: what a page that opens now is shown before the next comes."""

from __future__ import annotations

from dataclasses import dataclass

from coach.events import EPHEMERAL, Event
from coach.subscription import supersedes
from stream.audio import CallId

Slot = tuple[str, str]
"""(party, type): of each the newest alone holds."""
PARTIAL = "transcript.partial"


@dataclass(frozen=True, slots=True)
class Change:
    """What an event changed. `slot` None: the call is over, and nothing of it holds any more;
    `kept`: the event itself holds there now, else what was there does so no longer."""

    slot: Slot | None
    kept: bool = False


class Newest:
    """The newest ephemeral events of each call, until it ends."""

    def __init__(self) -> None:
        self._calls: dict[CallId, dict[Slot, Event]] = {}

    def take(self, event: Event) -> Change | None:
        """Learn of an event. None: it changes nothing."""
        if event.type == "call.ended":
            self._calls.pop(event.call, None)
            return Change(None)
        party = str(event.data.get("party", ""))
        if event.type in EPHEMERAL:
            self._calls.setdefault(event.call, {})[party, event.type] = event
            return Change((party, event.type), kept=True)
        if event.type != "transcript.final":
            return None
        held = self._calls.get(event.call, {})
        partial = held.get((party, PARTIAL))
        if partial is None or not supersedes(event.data, partial.data):
            return None
        del held[party, PARTIAL]
        return Change((party, PARTIAL))

    def of(self, call: CallId) -> list[Event] | None:
        """What holds of the call; None where nothing ephemeral of it was learned here."""
        held = self._calls.get(call)
        return None if held is None else list(held.values())

    def clear(self) -> None:
        """Forget all."""
        self._calls.clear()
