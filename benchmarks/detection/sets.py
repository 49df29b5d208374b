"""What detection is measured on: texts with what is true of them. Nothing here trained a model.

The spoken set is our own (README.md beside it); the others lie in the folder of shared data.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.dataset import DatasetMissing, data_folder
from models.text_input import TURNS, Said, Turn
from models.training.psytar import read_sentences

HERE = Path(__file__).parent
SPOKEN = HERE / "spoken.jsonl"
CALM = HERE / "conversations.jsonl"
PSYTAR = "text/psytar/test.csv"
ADE_YES, ADE_NO = "text/ade_corpus/DRUG-AE.rel", "text/ade_corpus/ADE-NEG.txt"
PRIMOCK = "text/primock57/transcripts"
MTS = ("MTS-Dialog-TrainingSet.csv", "MTS-Dialog-ValidationSet.csv",
       "MTS-Dialog-TestSet-1-MEDIQA-Chat-2023.csv")  # fmt: skip
POST = "post"
"""Role of somebody who wrote."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the spoken set. `labels`: each that somebody judged; `spans`: (kind, words)."""

    id: str
    said: Said
    labels: Mapping[str, bool]
    spans: tuple[tuple[str, str], ...]


def spoken() -> list[Line]:
    """Our own lines."""
    return [_line(each) for each in _jsonl(SPOKEN)]


def calm() -> list[list[Said]]:
    """Whole calls in which nothing is reportable: each utterance with the turns before it."""
    return [
        in_turns([Turn(turn["party"], turn["text"]) for turn in call["turns"]])
        for call in _jsonl(CALM)
    ]


def psytar() -> list[tuple[Said, bool]]:
    """The sentences of PsyTAR's test split, read as a caller's, as `coach analyze --text` does, and
    whether they tell an adverse reaction."""
    _shared(PSYTAR)
    sentences = read_sentences(data_folder(), "test", ("customer",))
    return [(each.said, each.labels["adverse_event"]) for each in sentences]


def ade() -> list[tuple[Said, bool]]:
    """The sentences of the ADE corpus, each once, and whether they tell an adverse effect."""
    told = [line.split("|")[1] for line in _lines(_shared(ADE_YES))]
    not_told = [line.split(" NEG ", 1)[1] for line in _lines(_shared(ADE_NO))]
    yes, no = dict.fromkeys(told), dict.fromkeys(not_told)
    return [(Said(Turn(POST, text)), True) for text in yes] + [
        (Said(Turn(POST, text)), False) for text in no if text not in yes
    ]


def consultations() -> list[Said]:
    """What the patients of PriMock57 say, with the turns before it."""
    found = []
    for file in sorted(_shared(PRIMOCK).glob("*_patient.TextGrid")):
        doctor = file.with_name(file.name.replace("_patient", "_doctor"))
        turns = sorted([*_grid(file, "customer"), *_grid(doctor, "agent")])
        found += in_turns([Turn(role, text) for _, role, text in turns])
    return [said for said in found if said.turn.role == "customer"]


def dialogues() -> list[Said]:
    """What the patients of MTS-Dialog say, with the turns before it."""
    found = []
    for name in MTS:
        with _shared(f"text/mts_dialog/{name}").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                found += in_turns(list(_spoken_turns(row["dialogue"])))
    return [said for said in found if said.turn.role == "customer"]


def in_turns(turns: list[Turn]) -> list[Said]:
    """Each turn with those before it."""
    return [Said(turn, tuple(turns[max(0, n - TURNS) : n])) for n, turn in enumerate(turns)]


# -- inside ------------------------------------------------------------------------------------


def _line(line: dict[str, Any]) -> Line:
    flags = ("adverse_event", "serious", "complaint", "self_harm", "emergency")
    labels = {flag: bool(line[flag]) for flag in flags}
    labels |= dict.fromkeys((*line["special"], *line["attributes"]), True)
    before = tuple(Turn(turn["party"], turn["text"]) for turn in line["context"])
    return Line(
        line["id"],
        Said(Turn(line["party"], line["text"]), before),
        labels,
        tuple((span["label"], span["text"]) for span in line["spans"]),
    )


def _jsonl(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in _lines(file)]


def _lines(file: Path) -> list[str]:
    return [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]


def _shared(path: str) -> Path:
    file = data_folder() / path
    if not file.exists():
        raise DatasetMissing(f"{path} is not below {data_folder()}: set COACH_TEST_DATA")
    return file


def _grid(file: Path, role: str) -> Iterator[tuple[float, str, str]]:
    """Start, role and text of each utterance of a TextGrid; its marks of doubt are no words."""
    text = file.read_text(encoding="utf-8")
    for start, said in re.findall(r"xmin = ([\d.]+)\s+xmax = [\d.]+\s+text = \"(.*?)\"\s*\n", text):
        plain = " ".join(re.sub(r"<[^>]*>", " ", said).split())
        if plain:
            yield float(start), role, plain


def _spoken_turns(dialogue: str) -> Iterator[Turn]:
    """Whoever is no patient, a guest of the family included, speaks as the other side does."""
    for line in dialogue.splitlines():
        who, colon, said = line.strip().partition(":")
        if colon and said.strip():
            yield Turn("customer" if who.strip().startswith("Patient") else "agent", said.strip())
