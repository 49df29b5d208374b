"""Whether names that a call's context gives are heard: drugs' names, spoken by synthetic voices.

The set (names.jsonl) was written apart, by one who saw neither the models nor what they hear: 40
names in two sentences each, and 40 sentences without any. Each voice speaks every sentence over a
telephone line, each time as a call of its own through the same pipeline as any recording, once
with an empty context and once with all 40 names as its vocabulary.

A name is heard where a final spells it as the set does, capitals aside. The rest is every other
word: those of the sentences without a name, and those around one. Words that stand in the place
of a name are an error of the name, not of the rest.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jiwer
import numpy as np
from whisper_normalizer.english import EnglishTextNormalizer

SET = Path(__file__).with_name("names.jsonl")
GAIN = 0.20
"""Share of the names that a vocabulary should let be heard, over none."""
HARM = 0.005
"""By how much the error rate of all other words may grow."""
RESAMPLES = 10_000
SEED = 40
INTERVAL = (2.5, 97.5)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One line of the set. `name`: the drug's, or nothing."""

    id: str
    text: str
    name: str


@dataclass(frozen=True, slots=True)
class Heard:
    """One sentence in one voice. `found`: whether its name was heard, None where it has none;
    `errors` of the `words` that are no names."""

    sentence: str
    voice: str
    text: str
    found: bool | None
    errors: int
    words: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """With a vocabulary against without. `gain`: of the share of names heard; `harm`: of the rest's
    error rate; each with its 95 % interval, by paired resampling of the sentences."""

    without: tuple[float, float]
    given: tuple[float, float]
    gain: tuple[float, float, float]
    harm: tuple[float, float, float]
    chances: int
    words: int

    @property
    def passed(self) -> bool:
        """Whether names are heard better, and the rest as well as before."""
        return round(self.gain[0], 9) >= GAIN and round(self.harm[0], 9) <= HARM


def sentences(path: Path = SET) -> list[Sentence]:
    """The set."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [Sentence(line["id"], line["text"], "".join(line["names"])) for line in lines]


def judged(sentence: Sentence, voice: str, text: str) -> Heard:
    """What was made of a sentence by what was heard."""
    normalise = EnglishTextNormalizer()
    said, heard = normalise(sentence.text), normalise(text)
    name = normalise(sentence.name)
    words, places = said.split(), set[int]()
    if name:
        places = {i for i, word in enumerate(words) if name in word}
    errors = 0
    for chunk in jiwer.process_words([said], [heard]).alignments[0]:
        if chunk.type == "insert":
            # What Whisper wrote for a name it does not know is mostly several words.
            if not places & {chunk.ref_start_idx - 1, chunk.ref_start_idx}:
                errors += chunk.hyp_end_idx - chunk.hyp_start_idx
        elif chunk.type != "equal":
            errors += len(set(range(chunk.ref_start_idx, chunk.ref_end_idx)) - places)
    found = any(name in word for word in heard.split()) if name else None
    return Heard(sentence.id, voice, text, found, errors, len(words) - len(places))


def compare(without: Sequence[Heard], given: Sequence[Heard]) -> Comparison:
    """The same sentences in the same order, heard both ways."""
    groups: dict[str, list[int]] = {}
    for i, heard in enumerate(without):
        groups.setdefault(heard.sentence, []).append(i)
    sides = [np.array([_counts(heard) for heard in rows]) for rows in (without, given)]
    summed = np.array([[side[g].sum(axis=0) for g in groups.values()] for side in sides])
    random = np.random.default_rng(SEED)
    drawn = random.integers(0, len(groups), (RESAMPLES, len(groups)))
    resampled = np.stack([summed[:, draw].sum(axis=1) for draw in drawn])  # [R, 2, 4]
    whole = summed.sum(axis=1)
    recall, rest = _rates(whole)
    recalls, rests = _rates(resampled)
    gain = np.percentile(recalls[..., 1] - recalls[..., 0], INTERVAL)
    harm = np.percentile(rests[..., 1] - rests[..., 0], INTERVAL)
    return Comparison(
        (float(recall[0]), float(rest[0])),
        (float(recall[1]), float(rest[1])),
        (float(recall[1] - recall[0]), float(gain[0]), float(gain[1])),
        (float(rest[1] - rest[0]), float(harm[0]), float(harm[1])),
        int(whole[0, 1]),
        int(whole[0, 3]),
    )


def _counts(heard: Heard) -> tuple[int, int, int, int]:
    """Names found, names, errors of the rest, its words."""
    return bool(heard.found), heard.found is not None, heard.errors, heard.words


def _rates(counts: Any) -> tuple[Any, Any]:
    """Share of names found, and error rate of the rest, of the last axis of counts."""
    return counts[..., 0] / counts[..., 1], counts[..., 2] / counts[..., 3]
