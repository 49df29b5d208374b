"""Small recordings for tests of hearing, 8 kHz: what invites invented words, and what was said.

Where each comes from, and what Whisper made of it, stands in the README.md beside it.
"""

from __future__ import annotations

from pathlib import Path

from stream.audio import Samples
from stream.files import read_audio

TRIGGERS = Path(__file__).parent / "models" / "triggers"
"""Sounds in which nobody says a word."""
SPOKEN = Path(__file__).parent / "models" / "spoken"
"""Short words, from near and from afar; a file's name begins with what is said in it."""


def sound(folder: Path, name: str, rate: int) -> Samples:
    """One of them, at `rate`."""
    channels, _ = read_audio(folder / f"{name}.flac", rate)
    mono: Samples = channels[0]
    return mono
