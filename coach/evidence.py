"""What a nudge rests on: a closed union, and its form in checkpoints."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from coach.floor import Moment
from models.pacing import PacingWindow
from models.tone import ToneWindow
from models.types import Signal, Span

Evidence = Signal | PacingWindow | ToneWindow | Moment

_KINDS: dict[str, type[PacingWindow] | type[ToneWindow] | type[Moment]] = {
    "pacing": PacingWindow,
    "tone": ToneWindow,
    "moment": Moment,
}


def put(evidence: Evidence) -> dict[str, Any]:
    """JSON-able; `take` makes the same evidence of it."""
    name = next((n for n, kind in _KINDS.items() if isinstance(evidence, kind)), "signal")
    return {"of": name, **asdict(evidence)}


def take(kept: dict[str, Any]) -> Evidence:
    """The evidence that `put` put away."""
    data = dict(kept)
    name = data.pop("of")
    if name != "signal":
        return _KINDS[name](**data)
    spans = tuple(Span(**span) for span in data.pop("spans"))
    return Signal(**data, spans=spans)
