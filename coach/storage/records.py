"""What the store keeps of a call beside its events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from coach.storage.database import StoreError
from stream.audio import CallId, Context, Party, PartyId

CallState = Literal["live", "ended"]
T = TypeVar("T")

ROWS = 20
"""Rows read or written at a time: their JSON, some kilobytes where finals are among them,
holds the event loop for about a millisecond; then other calls have their turn."""


class UnknownCall(StoreError):
    """The call was never begun."""

    def __init__(self, call: CallId) -> None:
        super().__init__(f"the store knows no call {call!r}: begin it first")


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call. Times are text as in the API; `duration` in media seconds.

    `context` is as the sender gave it, the customer's name and all: whoever shows it to
    readers not entitled to that redacts it first.
    """

    id: CallId
    state: CallState
    source: str
    context: Context
    parties: tuple[Party, ...]
    started_at: str
    ended_at: str | None = None
    duration: float | None = None
    reason: str | None = None
    agent: str | None = None
    team: str | None = None
    owner: str | None = None
    """The process that it was begun in, where several share the database."""


@dataclass(frozen=True, slots=True)
class StoredCheckpoint:
    """A call's state at `at` media seconds, as bytes that only the pipeline understands."""

    at: float
    payload: bytes


def agent_and_team(context: Context) -> tuple[str | None, str | None]:
    """The ids of a context's agent and team, None where it does not say, or says nonsense."""
    agent = context.get("agent")
    if not isinstance(agent, dict):
        return None, None
    return _text(agent.get("id")), _text(agent.get("team"))


def parties_to_json(parties: tuple[Party, ...]) -> list[dict[str, str]]:
    return [{"party": party.id, "role": party.role} for party in parties]


def parties_from_json(parties: list[dict[str, Any]]) -> tuple[Party, ...]:
    return tuple(Party(PartyId(entry["party"]), entry["role"]) for entry in parties)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """The items in their order, at most ROWS at a time."""
    for start in range(0, len(items), ROWS):
        yield items[start : start + ROWS]
