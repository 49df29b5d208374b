"""Tables of what may come when: what all codecs with states have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import TypeVar

from stream.errors import BadRequest

State = TypeVar("State", bound=Enum)
"""Its values complete "a message cannot come …", with the mend."""
Step = TypeVar("Step", bound=str)
Known = TypeVar("Known", bound=str)


def known(steps: Iterable[Known], kind: object) -> Known | None:
    """The step that a message calls itself; None for one that is not among them."""
    return next((step for step in steps if step == kind), None)


def after(table: Mapping[tuple[State, Step], State], state: State, step: Step) -> State:
    """The state that the step leads to. Raises BadRequest where it may not come."""
    found = table.get((state, step))
    if found is None:
        raise BadRequest(f"{step} cannot come {state.value}")
    return found
