"""What should be said, and was not: each rule on an absence waits for its words here.

Something is pending from the beginning of the call, or from the words that call for it. It is
settled by the words that it waits for; else it is lacking at the end of the turn that should
have held them, at a media second, or when the call begins to close.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from coach import evidence as evidences
from coach.conditions import said, says
from coach.evidence import Evidence
from coach.floor import SUBSTANCE, Moment, TurnEnd
from coach.playbook.schema import OnAbsence, Rule
from models.types import Signal, Utterance
from stream.audio import Context, PartyId, Role

FORGOTTEN = 120.0
"""Seconds after which what should have been answered in a turn is no longer waited for."""


@dataclass(frozen=True, slots=True)
class Pending:
    """What a rule waits for: since media second `armed`, until `due` where that is a time."""

    rule: str
    armed: float
    due: float | None
    evidence: Evidence | None
    utterance: int


@dataclass(frozen=True, slots=True)
class Lack:
    """What was not said in time, as a nudge's evidence. `utterance`: of the words that called
    for it, 0 where none did."""

    rule: Rule
    evidence: Evidence
    utterance: int


_Due = Callable[[OnAbsence, Pending], bool]


class Absences:
    """Of one call. Synchronous, on the media clock."""

    def __init__(self, rules: Mapping[str, Rule]) -> None:
        self._rules = {name: r for name, r in rules.items() if isinstance(r.when, OnAbsence)}
        self._pending = list(self._from_the_start())
        self._spoken: set[Role] = set()

    def said(self, utterance: Utterance, signals: Sequence[Signal], context: Context) -> None:
        """An utterance: it settles what is pending, and may call for more."""
        self._spoken.add(utterance.role)
        self._pending = [p for p in self._pending if self._open(p, utterance, signals, context)]
        for rule in self._rules.values():
            if all(pending.rule != rule.id for pending in self._pending):
                self._await(rule, utterance, signals, context)

    def closed(self, at: float) -> list[Lack]:
        """The call begins to close: what was due by then."""
        return self._lacked(lambda when, _: when.by == "closing", at)

    def turn(self, turn: TurnEnd, at: float) -> list[Lack]:
        """A turn is over: what it should have held. One of a word or two lacks nothing."""
        if turn.words < SUBSTANCE:
            return []
        return self._lacked(
            lambda when, pending: (
                when.by == "turn" and when.role == turn.role and turn.began >= pending.armed
            ),
            at,
        )

    def next_at(self) -> float | None:
        """Media second at which something is due next."""
        return min((p.due for p in self._pending if p.due is not None), default=None)

    def tick(self, at: float) -> list[Lack]:
        """What is due by media second `at`."""
        lacks = self._lacked(lambda _, p: p.due is not None and p.due <= at, at)
        # Whoever has not spoken at all has missed nothing: there is no agent yet.
        return [lack for lack in lacks if _of(lack.rule).role in self._spoken]

    def _from_the_start(self) -> Iterator[Pending]:
        for rule in self._rules.values():
            when = _of(rule)
            if when.after is None:
                yield Pending(rule.id, 0.0, _due(when, 0.0), None, 0)

    def _await(
        self, rule: Rule, utterance: Utterance, signals: Sequence[Signal], context: Context
    ) -> None:
        when = _of(rule)
        found = when.after and said(when.after, utterance, signals, context)
        # What is said in the same breath needs no waiting for.
        if (
            not found
            or self._answers(when, utterance, signals, context)
            or says(rule.unless.says, utterance.text, context)
        ):
            return
        due = _due(when, utterance.end)
        self._pending.append(Pending(rule.id, utterance.start, due, found, utterance.number))

    def _open(
        self, pending: Pending, utterance: Utterance, signals: Sequence[Signal], context: Context
    ) -> bool:
        when = _of(self._rules[pending.rule])
        if when.by == "turn" and utterance.end > pending.armed + FORGOTTEN:
            return False
        return utterance.end <= pending.armed or not self._answers(
            when, utterance, signals, context
        )

    @staticmethod
    def _answers(
        when: OnAbsence, utterance: Utterance, signals: Sequence[Signal], context: Context
    ) -> bool:
        """Whether the one who should say it says it here."""
        return utterance.role == when.role and any(
            said(wanted, utterance, signals, context) for wanted in when.of
        )

    def _lacked(self, due: _Due, at: float) -> list[Lack]:
        """What is pending and due; it is waited for no more."""
        lacks, left = [], []
        for pending in self._pending:
            rule = self._rules[pending.rule]
            when = _of(rule)
            if not due(when, pending):
                left.append(pending)
                continue
            nobody = Moment("absence", PartyId(when.role), when.role, 0.0, at)
            lacks.append(Lack(rule, pending.evidence or nobody, pending.utterance))
        self._pending = left
        return lacks

    def state(self) -> dict[str, Any]:
        """What is pending, JSON-able."""
        pending = []
        for each in self._pending:
            found = each.evidence and evidences.put(each.evidence)
            pending.append({**asdict(each), "evidence": found})
        return {"pending": pending, "spoken": sorted(self._spoken)}

    def restore(self, state: dict[str, Any]) -> None:
        """Take up the state of `state()`; what no rule waits for any more is left out."""
        self._pending = []
        for kept in state["pending"]:
            if kept["rule"] in self._rules:
                found = kept["evidence"] and evidences.take(kept["evidence"])
                self._pending.append(Pending(**{**kept, "evidence": found}))
        self._spoken = set(state["spoken"])


def _of(rule: Rule) -> OnAbsence:
    assert isinstance(rule.when, OnAbsence)
    return rule.when


def _due(when: OnAbsence, since: float) -> float | None:
    """The media second at which a rule's words are due; None where that is no time."""
    return None if isinstance(when.by, str) else since + when.by
