"""From which probability on a label counts: two thresholds each, kept as TOML beside the weights.

Live is for people in the middle of a call, review for somebody who reads afterwards.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from models.text_labels import REPORTABLE
from models.types import Tier


@dataclass(frozen=True, slots=True)
class Threshold:
    """Probabilities from which a label counts; review is at most live."""

    live: float
    review: float

    def tier(self, p: float) -> Tier | None:
        """The tier of this probability; None where it counts for nothing."""
        if p >= self.live:
            return "live"
        return "review" if p >= self.review else None


def read_thresholds(file: Path) -> dict[str, Threshold]:
    """Those of a file, one of each label that is reportable.

    Raises OSError, ValueError for a file that is broken.
    """
    raw = tomllib.loads(file.read_text(encoding="utf-8"))
    if missing := [name for name in REPORTABLE if name not in raw]:
        raise ValueError(
            f"{file.name}: no thresholds of {', '.join(missing)}; train the model anew"
        )
    return {name: _threshold(file, name, each) for name, each in raw.items()}


def _threshold(file: Path, name: str, raw: object) -> Threshold:
    if isinstance(raw, dict) and set(raw) == {"live", "review"}:
        live, review = raw["live"], raw["review"]
        if all(type(each) in (int, float) for each in (live, review)) and 0 < review <= live < 1:
            return Threshold(live, review)
    raise ValueError(f"{file.name}: {name} must have two numbers, 0 < review <= live < 1")


def write_thresholds(file: Path, thresholds: Mapping[str, Threshold]) -> None:
    """Write them, a table a label. Raises OSError."""
    tables = [
        f"[{name}]\nlive = {each.live}\nreview = {each.review}\n"
        for name, each in thresholds.items()
    ]
    file.write_text("\n".join(tables), encoding="utf-8")
