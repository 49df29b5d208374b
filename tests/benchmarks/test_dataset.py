"""Harper Valley as its labels are: which words have a time, and which file's time it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.alignment import tokens
from benchmarks.dataset import (
    DatasetMissing,
    ReferenceCall,
    data_folder,
    harper_valley,
    segment_words,
)


def segment(human: str, machine: str, **change: Any) -> dict[str, Any]:
    """A segment whose machine words begin 500 ms apart and last 300 ms."""
    count = len(machine.split())
    return {
        "index": 1,
        "speaker_role": "agent",
        "start_ms": 2000,
        "offset_ms": 4000,
        "human_transcript": human,
        "transcript": machine,
        "word_offsets_ms": [500 * i for i in range(count)],
        "word_durations_ms": [300] * count,
        **change,
    }


def ends(human: str, machine: str) -> list[tuple[str, float | None]]:
    return [(word.w, word.end) for word in segment_words(segment(human, machine))]


def test_a_word_ends_at_start_plus_offset_plus_duration() -> None:
    assert ends("my name", "my name") == [("my", 2.3), ("name", 2.8)]


def test_only_a_word_that_the_machine_heard_has_a_time() -> None:
    assert ends("hello this is harper", "hello mr harper") == [
        ("hello", 2.3),
        ("this", None),
        ("is", None),
        ("harper", 3.3),
    ]


@pytest.mark.parametrize(
    ("human", "machine", "expected"),
    [
        ("[noise]", "yes", []),
        ("[noise] no", "[noise] no", [("no", 2.8)]),
        ("uh no <unk> all", "uh no if that's all", [("uh", 2.3), ("no", 2.8), ("all", 4.3)]),
        ("okay bye bye", "okay bye-bye", [("okay", 2.3), ("bye", None), ("bye", None)]),
        ("zero zero", "zero zero", [("zero", 2.3), ("zero", 2.8)]),
        ("", "mhm", []),
    ],
)
def test_markup_and_joined_words(
    human: str, machine: str, expected: list[tuple[str, float | None]]
) -> None:
    assert ends(human, machine) == expected


def test_a_segment_whose_times_do_not_fit_its_words_is_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        segment_words(segment("a b", "a b", word_offsets_ms=[0]))


def test_sides_hold_their_own_words_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "calls" / "harper_valley"
    folder.mkdir(parents=True)
    rows = [
        segment("second", "second", index=3, start_ms=9000),
        segment("first [noise]", "first", index=1),
        segment("mine", "mine", index=2, speaker_role="caller"),
    ]
    (folder / "one.json").write_text(json.dumps(rows), encoding="utf-8")
    (folder / "one.metadata.json").write_text("{}", encoding="utf-8")
    monkeypatch.setenv("COACH_TEST_DATA", str(tmp_path))
    (call,) = harper_valley()
    assert [(side.party, side.text, side.file.name) for side in call.sides] == [
        ("agent", "first second", "one.agent.flac"),
        ("customer", "mine", "one.caller.flac"),
    ]
    with pytest.raises(DatasetMissing, match="no call two among one"):
        harper_valley(["two"])


def test_absent_data_says_where_it_looked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACH_TEST_DATA", str(tmp_path))
    with pytest.raises(DatasetMissing, match="COACH_TEST_DATA"):
        harper_valley()


@pytest.fixture(scope="module")
def shared() -> list[ReferenceCall]:
    if not (data_folder() / "calls" / "harper_valley").exists():
        pytest.skip("the shared data is absent; set COACH_TEST_DATA to its folder")
    return harper_valley()


def test_the_shared_calls_are_as_counted(shared: list[ReferenceCall]) -> None:
    sides = [side for call in shared for side in call.sides]
    assert len(shared) == 8
    assert sum(len(side.words) for side in sides) == 820
    assert sum(word.end is not None for side in sides for word in side.words) == 773
    assert all([word.w for word in side.words] == tokens(side.text) for side in sides)


def test_every_word_lies_within_its_sides_file(shared: list[ReferenceCall]) -> None:
    for call in shared:
        parties, rate = call.audio()
        assert rate == 8000
        for side in call.sides:
            seconds = len(parties[side.party]) / rate
            timed = [word for word in side.words if word.end is not None]
            assert all(word.end is not None and word.end <= seconds for word in timed)
            begins = [word.start for word in timed if word.start is not None]
            assert begins == sorted(begins)
