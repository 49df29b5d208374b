"""Which text model reads, by setting."""

from __future__ import annotations

from pathlib import Path

import pytest

from coach.app import load_text
from coach.sections import NO_TEXT, Models
from coach.settings import Settings
from models.weights import MissingWeights


def text(name: str) -> Settings:
    return Settings(models=Models(text=name))


def test_none_is_none() -> None:
    assert load_text(text(NO_TEXT)) == (None, None)


def test_a_folder_without_a_model_is_told_with_the_mend(tmp_path: Path) -> None:
    with pytest.raises(MissingWeights, match="coach train text"):
        load_text(text(str(tmp_path)))
