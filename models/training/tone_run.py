"""One run of `coach train tone`: clips to tone.onnx, its calibration, its notice and its card.

clips ──> lines ──> encoder, means ──> fit without each speaker, each corpus ──> card
                                  └──> fit on all ──> tone.onnx, tone.toml
"""

from __future__ import annotations

from pathlib import Path

from models.tone_model import CALIBRATION, GRAPH, WEIGHTS, write_calibration
from models.training.tone_card import write_card, write_notice
from models.training.tone_clips import read_clips
from models.training.tone_fit import learn
from models.training.tone_graph import build_tone
from models.training.tone_heard import Tell, hear_clips
from models.training.tone_rows import acted
from models.training.tone_validate import validate

HEARING, VALIDATING = 0.6, 0.38
"""Shares of the time."""


def run_tone(data: Path, out: Path | None, tell: Tell) -> Path:
    """Train into a folder, the shipped weights' if none; the card that was written.

    Raises weights.MissingWeights, OSError where data is not there, ValueError where it teaches
    nothing.
    """
    folder = out or WEIGHTS
    clips = read_clips(data)
    heard = hear_clips(clips, lambda what, share: tell(what, HEARING * share))
    of = acted(clips, heard)
    found = validate(of, lambda what, share: tell(what, HEARING + VALIDATING * share))
    tell("learning from all", HEARING + VALIDATING)
    learned = learn(of, of.useful)
    folder.mkdir(parents=True, exist_ok=True)
    build_tone(learned.weights, folder / GRAPH)
    write_calibration(folder / CALIBRATION, learned.calibration)
    write_notice(folder)
    return write_card(folder, of, learned, found)
