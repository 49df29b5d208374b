"""Playbooks of a rule or two, and what happens to them, for tests of the engine."""

from __future__ import annotations

import json
from typing import Any

from coach.nudge import Nudge
from coach.playbook.schema import Playbook
from coach.rules import Rules
from models.types import Signal, Tier, Utterance
from stream.audio import Context, Party
from tests.coach.scripted_call import AGENT, utterance

RULE: dict[str, Any] = {
    "id": "a.rule",
    "when": {"event": "signal", "kind": "heard"},
    "audience": "agent",
    "severity": "info",
    "title": "A title.",
    "reason": "It was said.",
    "lifetime": 10,
    "cooldown": 0,
    "most": 9,
}
HEARD = {"event": "signal", "kind": "heard"}
KIND = {"event": "signal", "kind": "acknowledgement"}
ABSENCE = {"event": "absence", "after": {**HEARD, "role": "customer"}, "of": [KIND]}
GATED = {"gate": {"after": {**KIND, "role": "agent"}, "deadline": 45}}


def playbook(*changes: dict[str, Any], **others: Any) -> Playbook:
    """A rule for each of the changes: rule.a, rule.b …, all else as in RULE."""
    made = [{**RULE, "id": f"rule.{'abcdefgh'[i]}", **each} for i, each in enumerate(changes)]
    return Playbook.model_validate({"version": "1", "rules": made, **others})


def rules(*changes: dict[str, Any]) -> Rules:
    return Rules(playbook(*changes))


def signal(
    kind: str, party: Party = AGENT, at: float = 0.0, *, tier: Tier = "live", **attributes: Any
) -> Signal:
    return Signal(kind, tier, party.id, 0.8, "some words", at, at, (), attributes)


class Talk:
    """Rules in a call: who says what, and which nudges come of it."""

    def __init__(self, rules: Rules, context: Context | None = None) -> None:
        self.rules = rules
        self.context: Context = context or {}
        self.number = 0

    def say(
        self,
        party: Party,
        start: float,
        end: float,
        text: str = "so it is",
        *kinds: str,
        **has: Any,
    ) -> list[Nudge]:
        """An utterance that holds signals of these kinds, each with these attributes."""
        self.number += 1
        said = self.utterance(party, start, end, text)
        signals = [signal(kind, party, end, **has) for kind in kinds]
        return self.rules.said(said, signals, self.context)

    def utterance(self, party: Party, start: float, end: float, text: str) -> Utterance:
        return utterance(party, self.number, start, end, text)

    def restart(self, rules: Rules) -> None:
        """Go on with `rules` from the state as a checkpoint would keep it."""
        rules.restore(json.loads(json.dumps(self.rules.state())))
        self.rules = rules


def names(nudges: list[Nudge]) -> list[str]:
    return [nudge.rule.id for nudge in nudges]
