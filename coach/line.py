"""What the journal keeps of a call: enough that no partial is published after its final."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from coach.events import Draft


@dataclass(slots=True)
class Line:
    """One call, while the journal has something to say of it."""

    publishing: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while an event of the call is published, so that none overtakes another."""
    finals: dict[str, int] = field(default_factory=dict)
    """Last utterance of each party whose final was said."""
    ended: bool = False
    said: int = 0
    """Place in the queue of the last draft said, counted from the journal's start."""

    def hear(self, draft: Draft) -> None:
        if draft.type == "transcript.final":
            party = str(draft.data.get("party", ""))
            utterance = int(draft.data.get("utterance", 0))
            self.finals[party] = max(self.finals.get(party, 0), utterance)
        elif draft.type == "call.ended":
            self.ended = True

    def superseded(self, draft: Draft) -> bool:
        if self.ended or draft.type != "transcript.partial":
            return self.ended
        done = self.finals.get(str(draft.data.get("party", "")), 0)
        return int(draft.data.get("utterance", 0)) <= done
