"""A judgement for tests, with its drafting and what it asks of a text model."""

from __future__ import annotations

import json
import random
from dataclasses import replace

from coach.drafting import Drafting
from coach.events import Draft
from coach.judgement import Front, Judgement
from coach.noticing import Vocabulary
from coach.playbook.schema import Playbook
from coach.quality import Quality
from coach.reads import ReadRequest
from models.text import Read
from models.text_input import Said
from models.text_labels import LABELS, REPORTABLE
from models.thresholds import Threshold
from models.types import Utterance
from stream.audio import CallId, PartyId
from tests.coach.scripted_call import GRANTED, heard, vocabulary

PLAYBOOK = Playbook.model_validate(
    {
        "version": "test",
        "budget": {"on_screen": 3, "every": 0},
        "rules": [
            {
                "id": "fast",
                "when": {"event": "pacing", "label": "too_fast", "role": "agent", "in_a_row": 2},
                "audience": "agent",
                "severity": "info",
                "title": "Slower.",
                "reason": "Fast.",
                "lifetime": 4,
                "cooldown": 6,
                "most": 2,
            },
            {
                "id": "event",
                "when": {"event": "signal", "kind": "adverse_event"},
                "audience": "both",
                "severity": "advice",
                "title": "{event}",
                "reason": "Told.",
                "lifetime": 5,
                "cooldown": 3,
                "most": 9,
            },
        ],
    }
)
READ = replace(vocabulary(), thresholds={name: Threshold(0.8, 0.4) for name in REPORTABLE})
"""What is known where utterances are read."""


def told(said: Said) -> Read:
    """A reading that hangs on every word of the utterance and of the turns before it."""
    of = random.Random(repr(said))
    return Read({label: of.random() for label in LABELS}, ())


class Judged:
    """A judgement with its drafting; finals are drafted as the conversation drafts them.

    What is asked of the text model is answered at once, or by `answer` where it is `slow`.
    """

    def __init__(self, known: Vocabulary | None = None, *, slow: bool = False) -> None:
        self.known = known or vocabulary()
        self.slow = slow
        self.drafting = Drafting({"product": "Injecta"}, GRANTED)
        self.judgement = Judgement(self.known, PLAYBOOK, self.drafting, Quality())
        self.drafts: list[Draft] = []
        self.unread: list[ReadRequest] = []

    def expect(self, said: Utterance) -> None:
        self.judgement.expect((said.end, said.party, said.number))

    def hear(self, said: Utterance) -> None:
        self.drafting.final(heard(said))
        self.judgement.heard(said)

    def settle(self, **fronts: tuple[float, float]) -> list[Draft]:
        known = {PartyId(party): Front(*front) for party, front in fronts.items()}
        return self._settle(known)

    def end(self, clock: float) -> list[Draft]:
        """Everybody is gone, and the call stood there."""
        self.slow = False
        self.answer()
        return self._settle({}, clock)

    def answer(self) -> None:
        """Answer what was asked; what follows comes with the next `settle`."""
        for each in self.unread:
            self.judgement.read(each.answer(told(each.said)))
        self.unread = []

    def _settle(self, fronts: dict[PartyId, Front], clock: float = 0.0) -> list[Draft]:
        context = {"product": "Injecta"}
        drafts = self._say(self.judgement.settle(fronts, context, clock=clock))
        self.unread += self.judgement.asking(CallId("one"))
        while self.unread and not self.slow:
            self.answer()
            drafts += self._say(self.judgement.settle(fronts, context, clock=clock))
            self.unread += self.judgement.asking(CallId("one"))
        return drafts

    def _say(self, drafts: list[Draft]) -> list[Draft]:
        self.drafts += drafts
        return drafts

    def restart(self) -> None:
        state = json.loads(json.dumps([self.drafting.state(), self.judgement.state()]))
        drafts, self.drafting = self.drafts, Drafting({"product": "Injecta"}, GRANTED)
        self.judgement = Judgement(self.known, PLAYBOOK, self.drafting, Quality())
        self.unread = []
        self.drafting.restore(state[0])
        self.judgement.restore(state[1])
        self.drafts = drafts
