"""What an utterance is decoded by, besides its sound."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Expected:
    """`language`: code of ISO 639, or '' where it is to be detected; `names`: that may be said, the
    likeliest first."""

    language: str = ""
    names: tuple[str, ...] = ()

    def state(self) -> dict[str, Any]:
        """JSON-able."""
        return asdict(self)

    @classmethod
    def restore(cls, state: dict[str, Any]) -> Self:
        """What `state()` was of, perhaps by way of JSON."""
        return cls(state["language"], tuple(state["names"]))
