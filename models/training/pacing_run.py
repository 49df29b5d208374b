"""One run of `coach train pacing`: the training, and the card."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from models.pacing_model import WEIGHTS
from models.training.pacing import train_pacing
from models.training.pacing_card import write_card
from models.training.pacing_data import Tell
from models.training.pacing_fit import Course


def run_pacing(out: Path | None, epochs: int | None, share: float, tell: Tell) -> Path:
    """Train into a folder, the shipped weights' if none; the card that was written.

    `share`: of the lines that are spoken, 1 for all. Raises voices.VoiceMissing, lines.BadLine,
    OSError.
    """
    course = replace(Course(), share=share)
    if epochs is not None:
        course = replace(course, epochs=epochs)
    folder = out or WEIGHTS
    return write_card(folder, train_pacing(folder, course, tell), course)
