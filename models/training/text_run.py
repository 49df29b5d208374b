"""One run of `coach train text`: what it begins with, the training, and the card."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from models.text import WEIGHTS
from models.training.base import minilm
from models.training.text import train_text
from models.training.text_card import write_card
from models.training.text_fit import Course, Tell


def run_text(data: Path, out: Path | None, epochs: int | None, tell: Tell) -> Path:
    """Train into a folder, the shipped weights' if none; the card that was written.

    Raises wheels.FetchError, lines.BadLine, OSError where data is not there.
    """
    course = Course() if epochs is None else replace(Course(), epochs=epochs)
    folder = out or WEIGHTS
    trained = train_text(minilm(), data, folder, course, tell)
    return write_card(folder, trained, course)
