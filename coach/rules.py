"""Rules as data: which signal becomes which nudge, for whom, and how often.

A playbook is a YAML file, validated on load. `Rules` holds what a call has already been told,
so that a rule keeps its cooldown and its most per call.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from coach.playbook import DEFAULT
from models.pacing import PacingWindow
from models.types import Signal, Utterance
from stream.audio import Role

LONGEST_EVENT = 60
"""Characters of the caller's own words in a title; a longer quote is cut at a word."""


class PlaybookError(Exception):
    """A playbook that cannot be used; the message names the file, the place and the mend."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OnPacing(_Strict):
    """A party's pace has had this label `in_a_row` windows in a row."""

    event: Literal["pacing"]
    label: Literal["too_fast", "slow"]
    role: Role
    in_a_row: int = Field(1, ge=1, le=10)


class OnSignal(_Strict):
    """A signal of that kind and tier was noticed."""

    event: Literal["signal"]
    kind: str
    tier: Literal["live", "review"] = "live"


class Rule(_Strict):
    """One row of a playbook. Times in call seconds."""

    id: str = Field(pattern=r"^[a-z_]+(\.[a-z_]+)*$")
    when: Annotated[OnPacing | OnSignal, Field(discriminator="event")]
    audience: Literal["agent", "supervisor", "both"]
    severity: Literal["info", "advice", "urgent"]
    title: str = Field(max_length=90)
    text: str = Field("", max_length=120)
    phrases: tuple[Annotated[str, Field(max_length=120)], ...] = ()
    reason: str
    lifetime: float = Field(gt=0)
    cooldown: float = Field(ge=0)
    most: int = Field(ge=1)


class Playbook(_Strict):
    """A validated playbook."""

    version: str
    rules: tuple[Rule, ...]

    @classmethod
    def load(cls, file: Path = DEFAULT) -> Playbook:
        """Read and validate `file`. Raises PlaybookError."""
        try:
            return cls.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
        except OSError as fault:
            raise PlaybookError(f"cannot read playbook {file}: {fault.strerror}") from fault
        except yaml.YAMLError as fault:
            raise PlaybookError(f"playbook {file} is no YAML: {fault}") from fault
        except ValidationError as fault:
            first = fault.errors()[0]
            place = ".".join(str(part) for part in first["loc"]) or "the top"
            raise PlaybookError(f"playbook {file}, {place}: {first['msg']}") from fault


@dataclass(frozen=True, slots=True)
class Nudge:
    """What a rule wants said. `evidence` is a Signal or PacingWindow put as JSON later."""

    id: str
    rule: Rule
    title: str
    at: float
    expires: float
    evidence: Signal | PacingWindow


class Rules:
    """A playbook at work on one call. Synchronous; sees things in order of media time."""

    def __init__(self, playbook: Playbook) -> None:
        self.playbook = playbook
        self._fired: dict[str, list[float]] = {}
        self._streaks: dict[str, int] = {}

    def pacing(self, window: PacingWindow, utterance: Utterance) -> list[Nudge]:
        """Nudges that a pacing window makes due, when the utterance that holds it is over."""
        due = []
        for rule in self.playbook.rules:
            when = rule.when
            if not isinstance(when, OnPacing) or when.role != utterance.role:
                continue
            streak = self._streaks.get(rule.id, 0) + 1 if window.label == when.label else 0
            self._streaks[rule.id] = streak
            if streak >= when.in_a_row:
                due += self._fire(
                    rule, f"{window.party}-{window.start:.2f}", utterance.end, window
                )
        return due

    def signal(self, signal: Signal, utterance: Utterance) -> list[Nudge]:
        """Nudges that a signal makes due."""
        due = []
        for rule in self.playbook.rules:
            when = rule.when
            if isinstance(when, OnSignal) and (when.kind, when.tier) == (signal.kind, signal.tier):
                evidence = f"{utterance.party}-{utterance.number}"
                due += self._fire(rule, evidence, utterance.end, signal)
        return due

    def _fire(
        self, rule: Rule, what: str, at: float, evidence: Signal | PacingWindow
    ) -> list[Nudge]:
        fired = self._fired.setdefault(rule.id, [])
        if len(fired) >= rule.most or (fired and at < fired[-1] + rule.cooldown):
            return []
        fired.append(at)
        title = rule.title.format(event=_event(evidence))
        return [Nudge(f"{rule.id}-{what}", rule, title, at, round(at + rule.lifetime, 3), evidence)]

    def state(self) -> dict[str, Any]:
        """What later decisions depend on, JSON-able."""
        return {"fired": self._fired, "streaks": self._streaks}

    def restore(self, state: dict[str, Any]) -> None:
        """Take up the state of `state()`."""
        self._fired = {rule: list(times) for rule, times in state["fired"].items()}
        self._streaks = dict(state["streaks"])


def _event(evidence: Signal | PacingWindow) -> str:
    if isinstance(evidence, PacingWindow):
        return ""
    events = [span.text for span in evidence.spans if span.label == "event"]
    text = events[0] if events else evidence.text
    if len(text) <= LONGEST_EVENT:
        return text
    return text[:LONGEST_EVENT].rsplit(" ", 1)[0] + " …"
