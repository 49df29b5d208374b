"""The checklist that ticks itself: required statements, open, done, due or missed.

An item is `open` until it is said (`done`), `due` once its time has come or the call begins to
close, and `missed` where it has been closing for GRACE seconds and it still was not said. An
item that belongs to something (`after`) is not on the list until that was said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from coach.conditions import holds, said
from coach.playbook.schema import Item, Playbook
from models.types import Signal, Utterance
from stream.audio import Context

GRACE = 20.0
"""Seconds of closing in which a recap still comes; after them people have hung up."""

State = Literal["open", "done", "due", "missed"]


@dataclass(slots=True)
class _Line:
    """An item on the list: how it stands, since when, and when it is due."""

    state: State
    at: float
    due: float | None


class Checklist:
    """Of one call. Synchronous, on the media clock."""

    def __init__(self, playbook: Playbook) -> None:
        self._items = playbook.checklist
        self._lines: dict[str, _Line] = {}
        self._closing: float | None = None
        self._begun = False

    def begin(self, context: Context) -> bool:
        """The call is there: what is asked of every call is on the list. Whether that is new."""
        if self._begun:
            return False
        self._begun = True
        for item in self._items:
            if item.after is None and holds(item.context, context):
                self._add(item, 0.0)
        return bool(self._lines)

    def said(self, utterance: Utterance, signals: Sequence[Signal], context: Context) -> bool:
        """An utterance, with what was noticed in it; whether the list changed."""
        before = self._states()
        if any(signal.kind == "closing" for signal in signals) and self._closing is None:
            self._closing = utterance.end
        for item in self._items:
            line = self._lines.get(item.id)
            if line is not None:
                if line.state != "done" and _says(item, utterance, signals, context):
                    line.state, line.at = "done", utterance.end
            elif _calls_for(item, utterance, signals, context) and holds(item.context, context):
                self._add(item, utterance.end)
        self._pass(utterance.end)
        return self._states() != before

    def next_at(self) -> float | None:
        """Media second at which an item is due or missed next."""
        open_still = [line for line in self._lines.values() if line.state == "open"]
        due = [line.due for line in open_still if line.due is not None]
        if self._closing is not None and any(
            line.state in ("open", "due") for line in self._lines.values()
        ):
            due.append(self._closing + GRACE)
        return min(due, default=None)

    def tick(self, at: float) -> bool:
        """Time has passed; whether the list changed."""
        before = self._states()
        self._pass(at)
        return self._states() != before

    def items(self) -> list[dict[str, Any]]:
        """The list as event `checklist` shows it."""
        return [
            {"id": item.id, "text": item.text, "state": line.state, "at": line.at}
            for item in self._items
            if (line := self._lines.get(item.id)) is not None
        ]

    def _add(self, item: Item, at: float) -> None:
        due = at + item.by if isinstance(item.by, float | int) else None
        self._lines[item.id] = _Line("open", at, due)

    def _pass(self, at: float) -> None:
        for line in self._lines.values():
            times = [time for time in (line.due, self._closing) if time is not None]
            if line.state == "open" and times and at >= min(times):
                # An item may come up later than that, when the call was closing already.
                line.state, line.at = "due", round(max(min(times), line.at), 3)
            if line.state == "due" and self._closing is not None and at >= self._closing + GRACE:
                line.state, line.at = "missed", round(self._closing + GRACE, 3)

    def _states(self) -> list[tuple[str, str]]:
        return [(name, line.state) for name, line in self._lines.items()]

    def state(self) -> dict[str, Any]:
        """All that later changes depend on, JSON-able."""
        lines = {name: asdict(line) for name, line in self._lines.items()}
        return {"lines": lines, "closing": self._closing, "begun": self._begun}

    def restore(self, state: dict[str, Any]) -> None:
        """Take up the state of `state()`."""
        ours = {item.id for item in self._items}  # the playbook may have changed since
        self._lines = {name: _Line(**li) for name, li in state["lines"].items() if name in ours}
        self._closing, self._begun = state["closing"], state["begun"]


def _calls_for(
    item: Item, utterance: Utterance, signals: Sequence[Signal], context: Context
) -> bool:
    return item.after is not None and said(item.after, utterance, signals, context) is not None


def _says(item: Item, utterance: Utterance, signals: Sequence[Signal], context: Context) -> bool:
    return utterance.role == "agent" and any(
        said(wanted, utterance, signals, context) for wanted in item.done
    )
