"""A playbook at work on one call: what happened becomes nudges.

Theory. Judgement brings what happened, in order of media time: utterances with their signals,
windows of pace and tone, ends of turns, silences. Each rule looks at each of them. What a rule
waits for (an answer that should come, a kind word before a question) is kept as an absence
(absences.py) or behind a gate (gates.py); it is settled by what is said next, by the end of a
turn, or by a timer on the media clock (`next_at`, `tick`).

Rules.
1. A rule keeps its cooldown and its most per call from when it was triggered.
2. No phrase is offered twice in a call: a second time it is a formula, and is heard as one.
3. A nudge whose title names what is not known is not made: half a sentence helps nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from coach import nudge as form
from coach import wording
from coach.absences import Absences, Lack
from coach.conditions import fits, holds, holds_any, said, says
from coach.evidence import Evidence
from coach.floor import Moment, TurnEnd
from coach.gates import Gates
from coach.nudge import Nudge
from coach.playbook.schema import (
    OnInterruption,
    OnMonologue,
    OnPacing,
    OnPhrase,
    OnSignal,
    OnSilence,
    OnTone,
    Phase,
    Playbook,
    Rule,
)
from models.pacing import PacingWindow
from models.tone import ToneWindow
from models.types import Signal, Utterance
from stream.audio import Context, Role

__all__ = ["Nudge", "Rules"]

OPENING = 30.0
"""Seconds of a call's opening: greeting, notice, reason."""
CLOSING = 60.0
"""Seconds after "anything else?" for which the call is held to be closing."""
OFFERED = 2
"""Phrases of a nudge: one to say, one to choose instead. Who reads more does not listen."""


class Rules:
    """The rules of one call. Synchronous; sees things in order of media time."""

    def __init__(self, playbook: Playbook, *, drafts: bool = False) -> None:
        """`drafts`: whether rules that are drafts run too."""
        self.playbook = playbook
        self._rules = {r.id: r for r in playbook.rules if drafts or r.status == "live"}
        self._absences = Absences(self._rules)
        self._gates = Gates()
        self._fired: dict[str, list[float]] = {}
        self._streaks: dict[str, int] = {}
        self._times: dict[str, list[float]] = {}
        self._seen: dict[str, float] = {}
        self._used: set[str] = set()
        self._closing: float | None = None

    # -- what happens ------------------------------------------------------------------------

    def said(
        self, utterance: Utterance, signals: Sequence[Signal], context: Context
    ) -> list[Nudge]:
        """An utterance, with what was noticed in it."""
        closes = any(signal.kind == "closing" for signal in signals)
        if closes:
            self._closing = utterance.end
        # What a rule must not follow may stand in the very utterance that would set it off.
        self._remember("unless", utterance, signals, context)
        nudges = self._gates.said(utterance, signals, context, closes=closes)
        self._absences.said(utterance, signals, context)
        for rule in self._rules.values():
            when = rule.when
            if isinstance(when, OnSignal | OnPhrase):
                found = said(when, utterance, signals, context)
                if found is not None:
                    nudges += self._fire(rule, found, utterance.end, context, utterance)
        if closes:
            lacks = self._absences.closed(utterance.end)
            nudges += self._lacking(lacks, utterance.end, context)
        self._remember("only", utterance, signals, context)
        return nudges

    def pacing(self, window: PacingWindow, utterance: Utterance, context: Context) -> list[Nudge]:
        """A window of pace, when the utterance that holds it is over."""
        nudges = []
        for rule in self._rules.values():
            when = rule.when
            if isinstance(when, OnPacing) and when.role == utterance.role:
                like = window.label == when.label
                if self._streak(f"{rule.id} {window.party}", like) >= when.in_a_row:
                    nudges += self._fire(rule, window, utterance.end, context, utterance)
        return nudges

    def tone(self, window: ToneWindow, role: Role, at: float, context: Context) -> list[Nudge]:
        """A window of the tone of somebody in `role`, which was over at media second `at`."""
        nudges = []
        for rule in self._rules.values():
            when = rule.when
            if isinstance(when, OnTone) and when.role == role:
                like = window.label in when.labels
                if self._streak(f"{rule.id} {window.party}", like) >= when.in_a_row:
                    nudges += self._fire(rule, window, at, context)
        return nudges

    def noticed(self, signal: Signal, role: Role, at: float, context: Context) -> list[Nudge]:
        """A signal that no single utterance holds."""
        nudges = []
        for rule in self._rules.values():
            when = rule.when
            if isinstance(when, OnSignal) and when.role in (None, role) and fits(when, signal):
                nudges += self._fire(rule, signal, at, context)
        return nudges

    def moments(self, moments: Iterable[Moment], at: float, context: Context) -> list[Nudge]:
        """Silences, monologues, interruptions."""
        nudges = []
        for moment in moments:
            for rule in self._rules.values():
                if self._shows(rule, moment):
                    nudges += self._fire(rule, moment, at, context)
        return nudges

    def turns(self, ends: Iterable[TurnEnd], at: float, context: Context) -> list[Nudge]:
        """Ends of turns: what should have been said in them was not."""
        lacks = [lack for turn in ends for lack in self._absences.turn(turn, at)]
        return self._lacking(lacks, at, context)

    # -- timers ------------------------------------------------------------------------------

    def next_at(self) -> float | None:
        """Media second of the next deadline; None where there is none."""
        times = (self._absences.next_at(), self._gates.next_at())
        return min((at for at in times if at is not None), default=None)

    def tick(self, at: float, context: Context) -> list[Nudge]:
        """All whose time has come."""
        return self._gates.tick(at) + self._lacking(self._absences.tick(at), at, context)

    def phase(self, at: float) -> Phase:
        """Where the call is."""
        if self._closing is not None and at <= self._closing + CLOSING:
            return "closing"
        return "opening" if at < OPENING else "middle"

    @property
    def silences(self) -> tuple[float, ...]:
        """Seconds of silence that some rule asks for, rising."""
        asked = (r.when.seconds for r in self._rules.values() if isinstance(r.when, OnSilence))
        return tuple(sorted(set(asked)))

    # -- triggers ----------------------------------------------------------------------------

    def _streak(self, of: str, goes_on: bool) -> int:
        self._streaks[of] = self._streaks.get(of, 0) + 1 if goes_on else 0
        return self._streaks[of]

    def _shows(self, rule: Rule, moment: Moment) -> bool:
        when = rule.when
        if isinstance(when, OnSilence):
            return moment.kind == "silence" and moment.seconds == when.seconds
        if isinstance(when, OnMonologue) and moment.kind == "monologue":
            if moment.role != when.role or moment.seconds < when.seconds:
                return False
            # The utterance that passes the limit; the next ones only go on.
            told = self._times.get(rule.id)
            self._times[rule.id] = [moment.start]
            return told != [moment.start]
        if isinstance(when, OnInterruption) and moment.kind == "interruption":
            if moment.role != when.role:
                return False
            times = self._times.setdefault(rule.id, [])
            times[:] = [at for at in times if at > moment.start - when.within] + [moment.start]
            return len(times) >= when.times
        return False

    def _lacking(self, lacks: Iterable[Lack], at: float, context: Context) -> list[Nudge]:
        nudges: list[Nudge] = []
        for lack in lacks:
            nudges += self._fire(lack.rule, lack.evidence, at, context, number=lack.utterance)
        return nudges

    def _remember(
        self,
        name: Literal["only", "unless"],
        utterance: Utterance,
        signals: Sequence[Signal],
        context: Context,
    ) -> None:
        for rule in self._rules.values():
            wanted = rule.only.seen if name == "only" else rule.unless.seen
            if any(said(each, utterance, signals, context) for each in wanted):
                self._seen[f"{rule.id} {name}"] = utterance.end

    # -- firing ------------------------------------------------------------------------------

    def _fire(
        self,
        rule: Rule,
        evidence: Evidence,
        at: float,
        context: Context,
        utterance: Utterance | None = None,
        *,
        number: int = 0,
    ) -> list[Nudge]:
        if not self._may(rule, at) or not self._allowed(rule, at, context, utterance):
            return []
        signal = evidence if isinstance(evidence, Signal) else None
        values = wording.slots(signal, context)
        if not wording.known(rule.title, values):
            return []
        self._fired.setdefault(rule.id, []).append(at)
        number = utterance.number if utterance is not None else number
        sayable = [p for p in rule.phrases if p not in self._used and wording.known(p, values)]
        phrases = tuple(sayable[:OFFERED])
        self._used.update(phrases)
        of = f"{evidence.party}-{number or f'{evidence.start:.2f}'}"
        expires = round(at + rule.lifetime, 3)
        nudge = Nudge(f"{rule.id}-{of}", rule, at, expires, evidence, number, phrases)
        if rule.gate is None:
            return [nudge]
        self._gates.add(nudge, at + rule.gate.deadline)
        return []

    def _may(self, rule: Rule, at: float) -> bool:
        """Whether its most and its cooldown let it; never twice at the same moment."""
        fired = self._fired.get(rule.id, [])
        if not fired:
            return True
        return len(fired) < rule.most and at > fired[-1] and at >= fired[-1] + rule.cooldown

    def _allowed(
        self, rule: Rule, at: float, context: Context, utterance: Utterance | None
    ) -> bool:
        only, unless = rule.only, rule.unless
        if not holds(only.context, context) or holds_any(unless.context, context):
            return False
        if only.phase and self.phase(at) not in only.phase:
            return False
        if utterance is not None and says(unless.says, utterance.text, context):
            return False
        if only.seen and not self._saw(f"{rule.id} only", at, only.within):
            return False
        return not (unless.seen and self._saw(f"{rule.id} unless", at, unless.within))

    def _saw(self, what: str, at: float, within: float) -> bool:
        seen = self._seen.get(what)
        return seen is not None and seen >= at - within

    # -- state -------------------------------------------------------------------------------

    def put(self, nudge: Nudge) -> dict[str, Any]:
        """A nudge, JSON-able."""
        return form.put(nudge)

    def take(self, kept: dict[str, Any]) -> Nudge | None:
        """The nudge that `put` put away; None where its rule is there no more."""
        return form.take(kept, self._rules)

    def state(self) -> dict[str, Any]:
        """What later decisions depend on, JSON-able."""
        return {
            "fired": {rule: list(times) for rule, times in self._fired.items()},
            "streaks": dict(self._streaks),
            "times": {rule: list(times) for rule, times in self._times.items()},
            "seen": dict(self._seen),
            "used": sorted(self._used),
            "absences": self._absences.state(),
            "gated": self._gates.state(),
            "closing": self._closing,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take up the state of `state()`, also where the playbook has changed since."""
        self._fired = {rule: list(times) for rule, times in state["fired"].items()}
        self._streaks = dict(state["streaks"])
        self._times = {rule: list(times) for rule, times in state["times"].items()}
        self._seen = dict(state["seen"])
        self._used = set(state["used"])
        self._absences.restore(state["absences"])
        self._gates.restore(state["gated"], self._rules)
        self._closing = state["closing"]
