"""Two opinions on the same sound, and which of them counts.

The second hears it at another place of Whisper's window and as loud as most of what Whisper learnt
from. So it is the one to ask whether anybody spoke: of a voice far from its telephone Whisper
doubts that, and stops to doubt where the voice is lifted; of a noise it goes on to.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.guards import NO_SPEECH
from models.types import DecodeResult
from stream.audio import Samples

LOUD = 0.5
"""Peak to which a quieter sound is lifted for a second opinion, -6 dBFS."""


def lifted(audio: Samples) -> Samples:
    """Audio whose peak is LOUD at least; it must not be silent."""
    peak = float(np.abs(audio).max())
    return audio if peak >= LOUD else (audio * np.float32(LOUD / peak)).astype(np.float32)


def likelier(first: DecodeResult, second: DecodeResult) -> DecodeResult:
    """The one that counts, as the last word. Where the second hears nobody, nobody spoke. A loop
    is likely to Whisper: one in the second never beats a sound first. The language is the first's
    to tell, who alone is asked for it.
    """
    sounder = first.rejected or (not second.rejected and second.score > first.score)
    better = sounder or second.rejected == NO_SPEECH
    found = second if better else first
    return replace(found, kind=second.kind, sure=True, detected=first.detected)
