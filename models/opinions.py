"""Two opinions on the same sound, and which of them counts."""

from __future__ import annotations

from dataclasses import replace

from models.types import DecodeResult


def likelier(first: DecodeResult, second: DecodeResult) -> DecodeResult:
    """The one that counts, as the last word. A loop is likely to Whisper: a doubted second never
    beats a sound first. The language is the first's to tell, who alone is asked for it.
    """
    better = first.rejected or (not second.rejected and second.score > first.score)
    found = second if better else first
    return replace(found, kind=second.kind, sure=True, detected=first.detected)
