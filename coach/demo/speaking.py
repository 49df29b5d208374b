"""A synthetic voice on a telephone line, for what is measured and learnt from speech."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import numpy as np

from coach.demo.make_call import RATE, band, flite, level, read_audio, trim
from stream.audio import Samples

VOICES = ("slt", "rms")
"""Of flite, a woman's and a man's: those that Whisper hears best."""
QUIET = 1.5
"""Seconds of silence around each sentence: what closes an utterance, and more."""


def speak(text: str, voice: str) -> Samples:
    """The text at make_call.RATE, with silence around it. Raises RuntimeError without flite."""
    if shutil.which("flite") is None:
        raise RuntimeError("flite is absent: install Debian's flite, whose voices speak here")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "spoken.wav"
        flite(voice)(text, 1.0, path)
        spoken = level(band(trim(read_audio(path))))
    return np.pad(spoken, round(QUIET * RATE))
