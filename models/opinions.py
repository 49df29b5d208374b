"""Two opinions on the same sound, and which of them counts."""

from __future__ import annotations

from dataclasses import replace

from models.types import DecodeResult


def likelier(first: DecodeResult, second: DecodeResult) -> DecodeResult:
    """The one that counts, as the last word. A loop is likely to Whisper: a doubted second never
    beats a sound first.
    """
    better = first.rejected or (not second.rejected and second.score > first.score)
    return replace(second if better else first, kind=second.kind, sure=True)
