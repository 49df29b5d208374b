"""Consent: which parts of the work may run on a call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stream.audio import Context


@dataclass(frozen=True, slots=True)
class Consent:
    """`record`: words may be kept; `analyse`: sound may be heard; `tone`: voices be judged."""

    record: bool
    analyse: bool
    tone: bool

    @staticmethod
    def of(context: Context, *, default: bool) -> Consent:
        """The context's consent; what it does not say, or says as no boolean, is `default`
        (no boolean counts as not granted: a doubt is no yes)."""
        said: Any = context.get("consent")
        if not isinstance(said, dict):
            said = {}
        purposes = (said.get(purpose, default) is True for purpose in ("record", "analyse", "tone"))
        return Consent(*purposes)
