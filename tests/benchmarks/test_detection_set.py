"""The test set of spoken lines: what a figure over it relies on."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import benchmarks

FOLDER = Path(benchmarks.__file__).with_name("detection")
FLAGS = ("adverse_event", "complaint", "self_harm", "emergency", "serious", "hard")
SPECIAL = {
    "pregnancy", "overdose", "abuse", "misuse", "medication_error", "off_label",
    "occupational_exposure", "lack_of_effect", "interaction", "transmission", "falsified",
    "unexpected_benefit",
}  # fmt: skip
ATTRIBUTES = {
    "negated", "hypothetical", "other_person", "history", "indication", "recovered", "label",
}  # fmt: skip
SPANS = {"event", "product", "patient", "onset", "outcome"}
PARTIES = {"agent", "customer"}


def lines(name: str) -> list[dict[str, Any]]:
    text = (FOLDER / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_every_line_is_whole() -> None:
    for line in lines("spoken.jsonl"):
        turns = [*line["context"], line]
        assert all(turn["party"] in PARTIES and turn["text"].strip() for turn in turns), line["id"]
        assert len(line["context"]) <= 2
        assert all(isinstance(line[flag], bool) for flag in FLAGS), line["id"]
        assert set(line["special"]) <= SPECIAL, line["id"]
        assert set(line["attributes"]) <= ATTRIBUTES, line["id"]
        assert {span["label"] for span in line["spans"]} <= SPANS, line["id"]
        assert all(span["text"] in line["text"] for span in line["spans"]), line["id"]
        assert line["adverse_event"] or not line["serious"], line["id"]


def test_no_line_is_there_twice() -> None:
    said = lines("spoken.jsonl")
    assert len({line["id"] for line in said}) == len({line["text"] for line in said}) == len(said)


def test_there_is_enough_of_each_kind() -> None:
    said = lines("spoken.jsonl")
    counts = Counter(flag for line in said for flag in FLAGS if line[flag])
    special = Counter(each for line in said for each in line["special"])
    without = [line for line in said if not line["adverse_event"]]
    assert counts["adverse_event"] >= 400
    assert counts["serious"] >= 100
    assert len(without) >= 600
    assert sum(line["hard"] for line in without) >= len(without) / 2
    assert set(special) == SPECIAL
    assert min(special.values()) >= 50
    assert counts["complaint"] >= 50
    assert counts["self_harm"] + counts["emergency"] >= 100


def test_the_calm_conversations_are_conversations() -> None:
    calls = lines("conversations.jsonl")
    assert len({call["id"] for call in calls}) == len(calls) == 60
    for call in calls:
        assert {turn["party"] for turn in call["turns"]} == PARTIES, call["id"]
        assert len(call["turns"]) >= 12, call["id"]
        assert all(turn["text"].strip() for turn in call["turns"]), call["id"]
