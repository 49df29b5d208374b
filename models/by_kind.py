"""A small model for the eye, a larger one for what is kept.

Partials are half of the work and gone in a second; finals are what judgement reads. So partials
may come from a smaller set of weights, which is quicker and less exact, where its owner has
measured that it pays: words that it mishears change when their final comes.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.types import DecodeRequest, DecodeResult
from models.whisper import Whisper


@dataclass(frozen=True, slots=True)
class ByKind:
    """Decodes partials with `partials`, all else with `finals`. Thread-safe; blocks.

    What English-only weights do not know, `finals` decodes too.
    """

    finals: Whisper
    partials: Whisper

    def decode(self, request: DecodeRequest) -> DecodeResult:
        """Words of the request's audio, times in media seconds."""
        small = request.kind == "partial" and (
            self.partials.multilingual or request.language == "en"
        )
        return (self.partials if small else self.finals).decode(request)
