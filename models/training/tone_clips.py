"""The acted corpora that the tone model learns from, by the names of their files.

RAVDESS (Livingstone and Russo 2018) and EmoDB (Burkhardt et al. 2005), as they lie in the folder of
shared data; both for research, RAVDESS under CC BY-NC-SA 4.0.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Emotion = Literal["neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised"]
Corpus = Literal["RAVDESS", "EmoDB"]
CORPORA: tuple[Corpus, ...] = ("RAVDESS", "EmoDB")

RAVDESS, EMODB = "tone/ravdess", "tone/emodb"
NUMBERED: dict[str, Emotion] = {
    "01": "neutral",
    "02": "calm",
    "03": "happy",
    "04": "sad",
    "05": "angry",
    "06": "fearful",
    "07": "disgust",
    "08": "surprised",
}
"""Third field of a name of RAVDESS; actors of odd numbers are men."""
NAMED: dict[str, Emotion] = {
    "Angry": "angry",
    "Happy": "happy",
    "Neutral": "neutral",
    "Sad": "sad",
}
MEN = frozenset({"03", "10", "11", "12", "15"})
"""Speakers of EmoDB, by its own list."""


@dataclass(frozen=True, slots=True)
class Clip:
    """One acted sentence. `speaker` is of one corpus alone."""

    corpus: Corpus
    file: Path
    speaker: str
    man: bool
    emotion: Emotion


def read_clips(data: Path) -> list[Clip]:
    """All clips of both corpora. Raises FileNotFoundError where one is not there."""
    ravdess = [_ravdess(file) for file in _files(data / RAVDESS)]
    return [*ravdess, *(_emodb(file) for file in _files(data / EMODB))]


def _files(folder: Path) -> list[Path]:
    files = sorted(folder.glob("*.flac"))
    if not files:
        raise FileNotFoundError(f"no clips in {folder}: set COACH_TEST_DATA, or give --data")
    return files


def _ravdess(file: Path) -> Clip:
    fields = file.stem.split("-")
    actor = fields[6]
    return Clip("RAVDESS", file, f"RAVDESS {actor}", int(actor) % 2 == 1, NUMBERED[fields[2]])


def _emodb(file: Path) -> Clip:
    emotion, rest = file.stem.split(".")
    speaker = rest[:2]
    return Clip("EmoDB", file, f"EmoDB {speaker}", speaker in MEN, NAMED[emotion])
