"""Rules as data: which signal becomes which nudge, for whom, and how often.

A playbook is a YAML file, validated on load. `Rules` holds what a call has already been told,
so that a rule keeps its cooldown and its most per call.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator

from coach.playbook import DEFAULT
from models.pacing import PacingWindow
from models.types import Signal, Span, Utterance
from stream.audio import Role

LONGEST_EVENT = 60
"""Characters of the caller's own words in a title; a longer quote is cut at a word."""


MOST_BYTES = 1_000_000
"""Of a playbook file: some thousand rules. What is larger is another file."""


class PlaybookError(Exception):
    """A playbook that cannot be used; the message names the file, the place and the mend."""


class _Strict(BaseModel):
    # Finite: `.inf` is YAML, but no second of a call.
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def _title(template: str) -> str:
    """Checked when the playbook is read: a fault found in a call would end that call."""
    for _, name, form, conversion in Formatter().parse(template):
        if name is not None and (name, form, conversion) != ("event", "", None):
            raise ValueError("write {event} or no braces at all")
    return template


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
    title: Annotated[str, Field(max_length=90), AfterValidator(_title)]
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

    @field_validator("rules")
    @classmethod
    def _one_id_each(cls, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
        ids = [rule.id for rule in rules]
        if twice := [name for i, name in enumerate(ids) if name in ids[:i]]:
            raise ValueError(f"two rules are called {twice[0]}: rename one of them")
        return rules

    @classmethod
    def load(cls, file: Path = DEFAULT) -> Playbook:
        """Read and validate `file`. Raises PlaybookError."""
        text = _read(file)
        try:
            # Two passes: values by the safe loader, and their places for what is wrong with them.
            top, values = yaml.compose(text, yaml.SafeLoader), yaml.safe_load(text)
        except (yaml.YAMLError, ValueError, RecursionError) as fault:  # ValueError: 2026-13-01
            mark, what = getattr(fault, "problem_mark", None), getattr(fault, "problem", None)
            line = f", line {mark.line + 1}" if mark else ""
            raise PlaybookError(
                f"playbook {file}{line}: no YAML ({what or 'not readable'}); mend its form"
            ) from fault
        try:
            return cls.model_validate(values)
        except ValidationError as fault:
            first = fault.errors()[0]
            place = ".".join(str(part) for part in first["loc"]) or "the top"
            line = f"line {_line(top, first['loc'])}, {place}"
            what = first["msg"].removeprefix("Value error, ")
            raise PlaybookError(f"playbook {file}, {line}: {what}; mend it there") from fault


def _read(file: Path) -> str:
    try:
        if file.stat().st_size > MOST_BYTES:
            raise PlaybookError(
                f"playbook {file} has more than {MOST_BYTES} bytes: is it the right file?"
            )
        return file.read_text(encoding="utf-8")
    except OSError as fault:
        raise PlaybookError(
            f"cannot read playbook {file} ({fault.strerror}): mend the setting playbook.file"
        ) from fault
    except ValueError as fault:
        raise PlaybookError(f"playbook {file} is not text in UTF-8: save it as such") from fault


def _line(node: yaml.Node | None, place: Sequence[str | int]) -> int:
    """The line, counted from 1, of the deepest part of `place` that is there."""
    line = 1 if node is None else node.start_mark.line + 1
    for step in place:
        if isinstance(node, yaml.MappingNode):
            found = next((pair for pair in node.value if pair[0].value == step), None)
            if found is not None:  # else it is missing, or the name of a union's member
                line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            node = node.value[step]
            line = node.start_mark.line + 1
    return line


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
            of = f"{rule.id} {window.party}"  # two parties may have one role
            streak = self._streaks.get(of, 0) + 1 if window.label == when.label else 0
            self._streaks[of] = streak
            if streak >= when.in_a_row:
                due += self._fire(rule, f"{window.party}-{window.start:.2f}", utterance.end, window)
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
        title = titled(rule, "", ())
        if isinstance(evidence, Signal):
            title = titled(rule, evidence.text, evidence.spans)
        return [Nudge(f"{rule.id}-{what}", rule, title, at, round(at + rule.lifetime, 3), evidence)]

    def state(self) -> dict[str, Any]:
        """What later decisions depend on, JSON-able."""
        fired = {rule: list(times) for rule, times in self._fired.items()}
        return {"fired": fired, "streaks": dict(self._streaks)}

    def restore(self, state: dict[str, Any]) -> None:
        """Take up the state of `state()`."""
        self._fired = {rule: list(times) for rule, times in state["fired"].items()}
        self._streaks = dict(state["streaks"])


def titled(rule: Rule, text: str, spans: Sequence[Span]) -> str:
    """The rule's title over evidence: its first event, or else the whole text, cut at a word.

    For readers who may not see everything, give text and spans that are redacted already: in a
    cut text a number may have lost its head or its end, and would not be known for one.
    """
    events = [span.text for span in spans if span.label == "event"]
    said = events[0] if events else text
    if len(said) > LONGEST_EVENT:
        said = said[: LONGEST_EVENT + 1].rsplit(" ", 1)[0][:LONGEST_EVENT] + " …"
    return rule.title.format(event=said)
