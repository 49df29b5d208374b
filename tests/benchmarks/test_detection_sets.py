"""How the sets are read: files of their form, of a few lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.dataset import DatasetMissing
from benchmarks.detection import sets

GRID = """        intervals [1]:
            xmin = {start}
            xmax = {end}
            text = "{text}"
"""


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COACH_TEST_DATA", str(tmp_path))
    return tmp_path


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def test_turns_stand_in_the_order_of_their_time(data: Path) -> None:
    for role, turns in (
        ("doctor", [(0.0, 1.0, "Hello."), (5.0, 6.5, "Since when?"), (7.0, 8.0, "")]),
        ("patient", [(1.5, 4.0, "<UNSURE>It</UNSURE> hurts <UNIN/> here."), (7.5, 9.0, "May.")]),
    ):
        grid = "".join(GRID.format(start=a, end=b, text=text) for a, b, text in turns)
        write(data / sets.PRIMOCK / f"day1_{role}.TextGrid", grid)
    found = sets.consultations()
    assert [each.turn.text for each in found] == ["It hurts here.", "May."]
    assert [turn.text for turn in found[1].before] == ["It hurts here.", "Since when?"]


def test_who_is_no_patient_is_the_other_side(data: Path) -> None:
    talk = "Doctor: Any pain?\nPatient: No: none.\nGuest_family: He lies.\nPatient: Well.\n\nx"
    for name in sets.MTS:
        write(data / "text/mts_dialog" / name, f'ID,dialogue\n0,"{talk}"\n')
    found = sets.dialogues()
    assert [each.turn.text for each in found] == ["No: none.", "Well."] * 3
    assert [turn.role for turn in found[1].before] == ["customer", "agent"]


def test_a_sentence_stands_in_the_ade_corpus_once(data: Path) -> None:
    write(data / sets.ADE_YES, "1|A rash.|rash|0|1|X|2|3\n1|A rash.|rash|0|1|Y|4|5\n")
    write(data / sets.ADE_NO, "2 NEG All was well.\n3 NEG A rash.\n")
    assert [(each.turn.text, yes) for each, yes in sets.ade()] == [
        ("A rash.", True),
        ("All was well.", False),
    ]


def test_a_set_that_is_not_there_is_named(data: Path) -> None:
    with pytest.raises(DatasetMissing, match=r"text/psytar/test\.csv is not below"):
        sets.psytar()


def test_our_own_sets_are_read_whole() -> None:
    assert len(sets.spoken()) == 1882
    calls = sets.calm()
    assert len(calls) == 60
    assert all(not call[0].before and len(call[-1].before) == 2 for call in calls)
