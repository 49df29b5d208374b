"""A playbook's own tests: each example is a call of its own, judged as `coach analyze` does.

A rule's `fires` must raise a nudge of that rule, its `quiet` must not. The whole playbook runs,
drafts too, with its attention budget: an example shows what an agent would see.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from coach import dialogue
from coach.consent import Consent
from coach.knowledge import Knowledge
from coach.playbook.schema import Playbook, Rule

Kind = Literal["fires", "quiet"]
KINDS: tuple[Kind, ...] = ("fires", "quiet")


@dataclass(frozen=True, slots=True)
class Result:
    """How an example went. `number`: its place within its kind, from 1; `came`: titles of the
    nudges that the call raised, by rule; `fault`: what is wrong with the lines, else ''."""

    rule: str
    kind: Kind
    number: int
    came: tuple[tuple[str, str], ...]
    fault: str = ""

    @property
    def passed(self) -> bool:
        """Whether the rule did what the example says."""
        fired = any(rule == self.rule for rule, _ in self.came)
        return not self.fault and fired == (self.kind == "fires")

    @property
    def told(self) -> str:
        """What came instead, in a line."""
        if self.fault:
            return self.fault
        came = "; ".join(f"{rule}: {title}" for rule, title in self.came)
        wanted = "should fire" if self.kind == "fires" else "should stay quiet"
        return f"{wanted}, and {came or 'nothing'} came"


def count(playbook: Playbook) -> int:
    """How many examples a playbook has."""
    return sum(len(rule.examples.fires) + len(rule.examples.quiet) for rule in playbook.rules)


def run(knowledge: Knowledge) -> Iterator[Result]:
    """Run every example of the knowledge's playbook, rule by rule."""
    live = tuple(rule.model_copy(update={"status": "live"}) for rule in knowledge.playbook.rules)
    known = replace(knowledge, playbook=knowledge.playbook.model_copy(update={"rules": live}))
    for rule in knowledge.playbook.rules:
        for kind in KINDS:
            texts = rule.examples.fires if kind == "fires" else rule.examples.quiet
            for number, text in enumerate(texts, 1):
                yield _result(rule, kind, number, text, known)


def _result(rule: Rule, kind: Kind, number: int, text: str, knowledge: Knowledge) -> Result:
    context = rule.examples.context
    try:
        said = dialogue.read(text.split("\n"), language=knowledge.language_of(context))
    except ValueError as fault:
        return Result(rule.id, kind, number, (), f"cannot be read: {fault}")
    consent = Consent.of(context, default=True)
    drafts = dialogue.judge(said, context=context, consent=consent, knowledge=knowledge)
    nudges = [draft.verbatim or draft.data for draft in drafts if draft.type == "nudge"]
    return Result(rule.id, kind, number, tuple((n["rule"], n["title"]) for n in nudges))
