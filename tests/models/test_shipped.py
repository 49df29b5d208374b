"""What the manifest tells of the models that come with the code."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from models.manifest import ManifestError
from models.shipped import WEIGHTS, Shipped, load_shipped, written
from models.tone_model import SCORES

MOST = 60_000_000
"""Bytes of all of them."""


def shipped(name: str) -> Shipped:
    return next(each for each in load_shipped() if each.name == name)


def test_every_file_is_as_the_manifest_says() -> None:
    assert [fault for each in load_shipped() for fault in each.faults()] == []
    assert all(each.present() for each in load_shipped())


def test_every_folder_of_weights_is_told_of() -> None:
    folders = {graph.parent.name for graph in WEIGHTS.glob("*/*.onnx")}
    assert {each.name for each in load_shipped()} == folders
    for each in load_shipped():
        here = {path.name for path in (WEIGHTS / each.name).iterdir()}
        assert here - {file.path for file in each.files} <= {"CARD.md", "NOTICE"}
        assert all(
            file.size == (WEIGHTS / each.name / file.path).stat().st_size for file in each.files
        )


def test_they_are_small_together() -> None:
    assert sum(file.size for each in load_shipped() for file in each.files) <= MOST


def test_labels_are_those_of_the_outputs() -> None:
    assert shipped("tone_research").labels == SCORES


def test_a_file_that_changed_or_went_is_named_with_the_mend(tmp_path: Path) -> None:
    model = shipped("tone_research")
    shutil.copytree(WEIGHTS / model.name, tmp_path / model.name)
    assert model.faults(tmp_path) == []
    with (tmp_path / model.name / "tone.toml").open("a", encoding="utf-8") as file:
        file.write("\n")
    (tmp_path / model.name / "tone.onnx").unlink()
    gone, changed = model.faults(tmp_path)
    assert gone == "tone_research: tone.onnx is missing; install Coach anew"
    assert "tone.toml has changed" in changed
    assert "python -m models.shipped" in changed
    assert not model.present(tmp_path)


def test_what_was_trained_anew_is_written_as_the_manifest_wants_it(tmp_path: Path) -> None:
    model = shipped("pacing")
    (tmp_path / "pacing").mkdir()
    (tmp_path / "pacing" / "pacing.onnx").write_bytes(b"anew")
    head = '[shipped.pacing]\ntitle = "t"\ntask = "t"\nlicence = "l"\nsource = "s"\n'
    head += 'citation = ""\ncommand = "coach train pacing"\nlabels = ["syllables"]\n'
    manifest = tmp_path / "manifest.toml"
    manifest.write_text(head + "\n".join(written(model, tmp_path)), encoding="utf-8")
    (anew,) = load_shipped(manifest)
    assert anew.faults(tmp_path) == []


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ("[shipped.x]\ntitle = 't'\n", "'files'"),
        ("[shipped.x]\nfiles = []\nlabels = []\n", "missing 6 required"),
        (
            "[shipped.x]\ntitle='t'\ntask='t'\nlicence='l'\nsource='s'\ncitation=''\ncommand='c'\n"
            "labels=[]\nfiles=[]\nthresholds='t.toml'\n",
            "t.toml is not of its files",
        ),
    ],
)
def test_an_entry_that_cannot_be_meant_is_named(tmp_path: Path, entry: str, fault: str) -> None:
    manifest = tmp_path / "manifest.toml"
    manifest.write_text(entry, encoding="utf-8")
    with pytest.raises(ManifestError, match="shipped model x: ") as raised:
        load_shipped(manifest)
    assert fault in str(raised.value)
