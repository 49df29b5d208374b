"""Who judges tone, by setting: the model where its licence is accepted, else measures of voice."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from coach.sections import Models, Tone
from coach.settings import Settings, SettingsError
from coach.tone_choice import FALLBACK, GRAPHS, load_tone
from models import weights
from models.licences import LICENCES, TONE_RESEARCH
from models.tone_model import GRAPH, NOTICE, WEIGHTS
from models.tone_scorer import ToneScorer


def accepting(*names: str) -> Settings:
    return Settings(models=Models(accept_licences=names))


@pytest.fixture
def graphs() -> None:
    try:
        weights.folder(GRAPHS)
    except weights.MissingWeights as missing:
        pytest.skip(str(missing))


# -- the setting -----------------------------------------------------------------------------


def named(value: str) -> tuple[str, ...] | None:
    return Settings.load(None, {"COACH_MODELS_ACCEPT_LICENCES": value}).models.accept_licences


def test_licences_are_a_list(tmp_path: Path) -> None:
    assert named("") is None
    assert named(TONE_RESEARCH) == (TONE_RESEARCH,)
    assert named("none") == ()
    file = tmp_path / "coach.toml"
    file.write_text("[models]\naccept_licences = []\n", encoding="utf-8")
    assert Settings.load(file, {}).models.accept_licences == ()


@pytest.mark.parametrize("value", ["CC-BY-4.0", f"{TONE_RESEARCH},none", f"none, {TONE_RESEARCH}"])
def test_a_licence_that_is_not_known_is_told_with_those_that_are(value: str) -> None:
    with pytest.raises(SettingsError, match="COACH_MODELS_ACCEPT_LICENCES") as raised:
        named(value)
    assert all(name in str(raised.value) for name in LICENCES)


# -- what is used ----------------------------------------------------------------------------


def chosen(settings: Settings, **how: Any) -> tuple[bool, list[MutableMapping[str, Any]]]:
    """Whether the model is used, and what the log says of it."""
    with capture_logs() as logs:
        scorer = load_tone(settings, **how)
    assert scorer is None or isinstance(scorer, ToneScorer)
    return scorer is not None, logs


@pytest.mark.usefixtures("graphs")
@pytest.mark.parametrize("development", [True, False])
def test_an_accepted_licence_is_told_with_its_notice(development: bool) -> None:
    used, (line,) = chosen(accepting(TONE_RESEARCH), development=development)
    assert used
    assert "not for commercial use" in line["event"]
    assert (line["licence"], line["accepted_by"]) == (TONE_RESEARCH, "models.accept_licences")
    assert "CC BY-NC-SA 4.0" in Path(line["notice"]).read_text(encoding="utf-8")


@pytest.mark.usefixtures("graphs")
def test_development_mode_accepts_it_unless_told_otherwise() -> None:
    used, (line,) = chosen(Settings(), development=True)
    assert used
    assert line["accepted_by"] == "development mode"
    assert chosen(accepting("none"), development=True) == (False, [])
    assert chosen(Settings(), development=False) == (False, [])


def test_where_nobody_is_judged_nothing_is_loaded() -> None:
    nobody = Settings(
        models=Models(accept_licences=(TONE_RESEARCH,)), tone=Tone(agents=False, customers=False)
    )
    assert chosen(nobody) == (False, [])


# -- what cannot be loaded -------------------------------------------------------------------


def fault_of(settings: Settings, **how: Any) -> MutableMapping[str, Any]:
    used, (line,) = chosen(settings, **how)
    assert not used
    assert (line["event"], line["log_level"]) == (FALLBACK, "warning")
    return line


@pytest.mark.usefixtures("graphs")
def test_missing_weights_leave_the_fallback_and_name_the_mend(tmp_path: Path) -> None:
    line = fault_of(accepting(TONE_RESEARCH), folder=tmp_path)
    assert "coach train tone" in line["fault"]


def test_a_missing_encoder_leaves_the_fallback_and_names_the_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COACH_MODELS_DIR", str(tmp_path))
    assert weights.MEND in fault_of(accepting(TONE_RESEARCH))["fault"]


@pytest.mark.usefixtures("graphs")
def test_weights_that_are_no_graph_leave_the_fallback(tmp_path: Path) -> None:
    shutil.copytree(WEIGHTS, tmp_path / "tone")
    (tmp_path / "tone" / GRAPH).write_bytes(b"no graph")
    line = fault_of(accepting(TONE_RESEARCH), folder=tmp_path / "tone")
    assert GRAPH in line["fault"]
    assert "models.accept_licences" in line["mend"]
    assert (WEIGHTS / NOTICE).is_file()


def test_calls_without_the_model_need_no_onnx() -> None:
    code = "import sys, coach.app; sys.exit('onnx' in sys.modules)"
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=60)
