"""What a playbook may say: triggers, conditions, rules, the checklist, the attention budget.

A rule has one trigger (`when`), may be narrowed (`only`, `unless`), may wait for something kind
to be said first (`gate`), and says what its nudge looks like. Slots in braces are filled from
the evidence; coach/wording.py says with what. Every time is in media seconds.
"""

from __future__ import annotations

import re
from string import Formatter
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from stream.audio import Role

TITLE_CHARACTERS = 90
PHRASE_CHARACTERS = 120
"""What can be read at a glance, and read aloud in one breath."""

NAMES = 100
"""Some forty are heard by; more would promise what is not done."""

OF_THE_CALL = frozenset({"customer", "product", "last_contact"})
SLOTS = OF_THE_CALL | {
    *("event", "fact", "words", "form", "said", "kinder", "name", "term", "plain", "what"),
    *("when", "topic", "value", "type", "missing", "language", "who", "mirrored"),
}
"""What a title or a phrase may name: what is known of the call, and attributes of a signal
(`event` is the span of that name, or else all that was said; `mirrored` is `fact` in the second
person, "You dread every Friday", where it can be turned)."""

HEARD_SLOTS = ("{customer}", "{product}")
"""What words to listen for may leave to the call: any part of the customer's name, the product."""

Phase = Literal["opening", "middle", "closing"]
Tier = Literal["live", "review"]
Scalar = str | bool | int | float


class _Strict(BaseModel):
    # Finite: `.inf` is YAML, but no second of a call.
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def _template(text: str) -> str:
    """Checked when the playbook is read: a fault found in a call would end that call."""
    for _, name, form, conversion in Formatter().parse(text):
        if name is not None and (form or conversion or name not in SLOTS):
            raise ValueError(
                f"there is no slot {{{name}}}: use one of {', '.join(sorted(SLOTS))}, or no braces"
            )
    return text


Title = Annotated[str, Field(min_length=1, max_length=TITLE_CHARACTERS), AfterValidator(_template)]
Phrase = Annotated[str, Field(max_length=PHRASE_CHARACTERS), AfterValidator(_template)]


def _sayable(text: str) -> str:
    """What could never be heard would leave its rule silent, or always speaking."""
    if not any(character.isalnum() for character in text):
        raise ValueError("there is no word in it: write the words that are said")
    for slot in re.findall(r"\{[^}]*\}?", text):
        if slot not in HEARD_SLOTS:
            raise ValueError(f"nobody can be heard to say {slot}: use {' or '.join(HEARD_SLOTS)}")
    return text


Says = Annotated[str, Field(min_length=2, max_length=PHRASE_CHARACTERS), AfterValidator(_sayable)]
Id = Annotated[str, Field(pattern=r"^[a-z_]+(\.[a-z_]+)*$", max_length=60)]


# -- what can happen ---------------------------------------------------------------------------


class OnSignal(_Strict):
    """A signal of that kind and tier was noticed. `where`: its attributes, each one of these."""

    event: Literal["signal"]
    kind: str
    tier: Tier = "live"
    role: Role | None = None
    where: dict[str, Scalar | tuple[Scalar, ...]] = {}
    score: float = Field(0.0, ge=0, le=1)


class OnPhrase(_Strict):
    """Somebody said one of these: words in this order, whatever their case and punctuation."""

    event: Literal["phrase"]
    role: Role | None = None
    says: tuple[Says, ...] = Field(min_length=1)


class OnPacing(_Strict):
    """A party's pace has had this label `in_a_row` windows in a row."""

    event: Literal["pacing"]
    label: Literal["too_fast", "slow"]
    role: Role
    in_a_row: int = Field(1, ge=1, le=10)


class OnTone(_Strict):
    """A party's tone has been like this `in_a_row` windows in a row; any of `labels`."""

    event: Literal["tone"]
    role: Role
    labels: tuple[Literal["calm", "warm", "tense", "distressed", "flat"], ...] = Field(min_length=1)
    in_a_row: int = Field(2, ge=1, le=10)


class OnSilence(_Strict):
    """Nobody has spoken for so many seconds, and no wait was announced."""

    event: Literal["silence"]
    seconds: float = Field(gt=0, le=120)


class OnMonologue(_Strict):
    """A role has had the floor for so many seconds."""

    event: Literal["monologue"]
    role: Role
    seconds: float = Field(gt=0, le=600)


class OnInterruption(_Strict):
    """A role cut in on the other `times` times within so many seconds."""

    event: Literal["interruption"]
    role: Role
    times: int = Field(1, ge=1, le=10)
    within: float = Field(60, gt=0, le=600)


Said = Annotated[OnSignal | OnPhrase, Field(discriminator="event")]
"""What an utterance can hold."""


class OnAbsence(_Strict):
    """None of `of` was said in time, though it was due: after `after`, or since the call began.

    `by`: "turn", the end of the next turn of whoever should say it; "closing", when the call
    begins to close; or so many seconds.
    """

    event: Literal["absence"]
    after: Said | None = None
    of: tuple[Said, ...] = Field(min_length=1)
    role: Role = "agent"
    by: Literal["turn", "closing"] | Annotated[float, Field(gt=0, le=600)] = "turn"

    @model_validator(mode="after")
    def _has_a_turn(self) -> OnAbsence:
        if self.after is None and self.by == "turn":
            raise ValueError("by: turn needs `after`, what the turn should have answered")
        return self


Trigger = Annotated[
    OnSignal | OnPhrase | OnPacing | OnTone | OnSilence | OnMonologue | OnInterruption | OnAbsence,
    Field(discriminator="event"),
]


# -- what narrows it ---------------------------------------------------------------------------


class Only(_Strict):
    """All of these must hold. `context`: dotted path -> one of these values, or `true` for "is
    there"; `seen`: one of these was noticed earlier in the call, at most `within` seconds ago."""

    context: dict[str, Scalar | tuple[Scalar, ...]] = {}
    phase: tuple[Phase, ...] = ()
    seen: tuple[Said, ...] = ()
    within: float = Field(default=14_400, gt=0)


class Unless(_Strict):
    """None of these may hold. `says`: in the very utterance, or while a gate is closed;
    `context`, `seen` as in Only."""

    context: dict[str, Scalar | tuple[Scalar, ...]] = {}
    says: tuple[Says, ...] = ()
    seen: tuple[Said, ...] = ()
    within: float = Field(default=60, gt=0)


class Gate(_Strict):
    """The nudge waits until this is said, `deadline` seconds at most and not beyond closing."""

    after: Said
    deadline: float = Field(gt=0, le=600)


# -- rules -------------------------------------------------------------------------------------


class Examples(_Strict):
    """Short dialogues, lines as `coach analyze --dialogue` reads them: the rule's own tests."""

    fires: tuple[str, ...] = ()
    quiet: tuple[str, ...] = ()
    context: dict[str, Any] = {}


class Rule(_Strict):
    """One rule. `row`: of the table of what is coached, 0 for a site's own.

    `most`: nudges a call. `required`: for compliance; never held back by the attention budget.
    A `draft` is checked and tested, and not used in calls.
    """

    id: Id
    row: int = Field(0, ge=0, le=18)
    when: Trigger
    only: Only = Only()
    unless: Unless = Unless()
    gate: Gate | None = None
    audience: Literal["agent", "supervisor", "both"]
    severity: Literal["info", "advice", "urgent"]
    priority: int = Field(50, ge=0, le=100)
    title: Title
    text: Phrase = ""
    phrases: tuple[Phrase, ...] = ()
    reason: str = Field(min_length=1, max_length=PHRASE_CHARACTERS)
    lifetime: float = Field(gt=0, le=600)
    cooldown: float = Field(ge=0)
    most: int = Field(ge=1)
    required: bool = False
    status: Literal["live", "draft"] = "live"
    examples: Examples = Examples()


class Item(_Strict):
    """A line of the checklist: ticked when one of `done` is said by the agent.

    `after`: it counts only once this was said; `by`: seconds from then, or from the call's
    beginning, after which it is due; "closing": due when the call begins to close.
    """

    id: Id
    text: str = Field(min_length=1, max_length=60)
    done: tuple[Said, ...] = Field(min_length=1)
    after: Said | None = None
    by: Literal["closing"] | Annotated[float, Field(gt=0, le=3600)] = "closing"
    context: dict[str, Scalar | tuple[Scalar, ...]] = {}


class Budget(_Strict):
    """How much an agent can take: nudges at a time, and seconds from one to the next."""

    on_screen: int = Field(default=1, ge=1, le=3)
    every: float = Field(default=20, ge=0, le=600)


Name = Annotated[str, Field(min_length=2, max_length=60, pattern=r"^\S.*\S$")]


class Playbook(_Strict):
    """A validated playbook.

    `vocabulary`: names of products, drugs and companies that callers say, the likeliest first.
    """

    version: str
    vocabulary: Annotated[tuple[Name, ...], Field(max_length=NAMES)] = ()
    budget: Budget = Budget()
    checklist: tuple[Item, ...] = ()
    rules: tuple[Rule, ...]

    @model_validator(mode="after")
    def _one_id_each(self) -> Playbook:
        for ids in ([rule.id for rule in self.rules], [item.id for item in self.checklist]):
            if twice := [name for i, name in enumerate(ids) if name in ids[:i]]:
                raise ValueError(f"two are called {twice[0]}: rename one of them")
        return self
