"""What a text detector finds and misses on sets that trained nothing of it.

A tier counts as it is used: live is what somebody is shown in the call, review what is queued to be
read after it, live ones included.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from benchmarks.detection import sets
from benchmarks.detection.scores import (
    Figure,
    Scores,
    Truth,
    best_f1,
    precision,
    precision_at,
    recall,
    share,
    with_interval,
)
from models.text import Read
from models.text_input import Said
from models.text_labels import DANGERS, EVENT, REPORTABLE
from models.thresholds import Threshold
from models.training.auc import auc

Detect = Callable[[Sequence[Said]], list[Read]]
AT_ONCE = 16
NEEDED = 0.95
"""Recall at which precision is told."""


@dataclass(frozen=True, slots=True)
class Written:
    """How a set of written sentences is told apart."""

    auc: Figure
    f1: Figure
    precision: Figure


@dataclass(frozen=True, slots=True)
class Label:
    """One label on the spoken set."""

    auc: float
    live: Figure
    """Recall of live."""
    precise: Figure
    """Precision of live."""
    review: Figure
    """Recall of review."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """The spoken set. `serious`: of serious events those queued, for whatever label; `dangers`: of
    lines of self-harm or emergency those that alert; `false_live`: of lines with nothing
    reportable those that show something live; `spans`: F1 by kind."""

    labels: dict[str, Label]
    serious: Figure
    dangers: Figure
    false_live: Figure
    missed: tuple[str, ...]
    """Serious events that not even review finds, by id."""
    spans: dict[str, float]


@dataclass(frozen=True, slots=True)
class Calm:
    """Whole calls without anything reportable: how many are queued, show something, alert."""

    queued: Figure
    live: Figure
    alerted: Figure


@dataclass(frozen=True, slots=True)
class Loss:
    """Recall of adverse events in lines as they were written, and as our hearing left them."""

    live: tuple[Figure, Figure]
    review: tuple[Figure, Figure]


@dataclass(frozen=True, slots=True)
class Shown:
    """A label that was shown live in a call that has nothing to report."""

    label: str
    p: float
    text: str


def read_all(detect: Detect, said: Sequence[Said], tell: Callable[[int], None]) -> list[Read]:
    """What is told of each, in their order; `tell` hears how many are done."""
    order = sorted(range(len(said)), key=lambda i: len(said[i].turn.text))
    found: dict[int, Read] = {}
    for first in range(0, len(order), AT_ONCE):
        group = order[first : first + AT_ONCE]
        found.update(zip(group, detect([said[i] for i in group]), strict=True))
        tell(len(group))
    return [found[i] for i in range(len(said))]


def written(truth: Sequence[bool], told: Sequence[Read]) -> Written:
    """Of sentences and whether each tells an event."""
    yes, scores = np.array(truth), _scores(told, EVENT)
    return Written(
        with_interval(auc, yes, scores),
        with_interval(best_f1, yes, scores),
        with_interval(lambda t, s: precision_at(t, s, NEEDED), yes, scores),
    )


def spoken(
    lines: Sequence[sets.Line], told: Sequence[Read], thresholds: Mapping[str, Threshold]
) -> Spoken:
    """Of our own lines."""
    labels = {}
    for name in REPORTABLE:
        truth, scores, at = _truth(lines, name), _scores(told, name), thresholds[name]
        labels[name] = Label(
            auc(truth, scores),
            recall(truth, scores, at.live),
            precision(truth, scores, at.live),
            recall(truth, scores, at.review),
        )
    queued = np.array([bool(_tiers(each, thresholds)) for each in told])
    serious = _truth(lines, "serious")
    danger = np.any([_truth(lines, name) for name in DANGERS], axis=0)
    alerted = np.array([any(_live(each, thresholds, DANGERS)) for each in told])
    nothing = ~np.any([_truth(lines, name) for name in REPORTABLE], axis=0)
    live = np.array([any(_live(each, thresholds, REPORTABLE)) for each in told])
    return Spoken(
        labels=labels,
        serious=_of(serious, queued),
        dangers=_of(danger, alerted),
        false_live=_of(nothing, live),
        missed=tuple(
            line.id for line, s, q in zip(lines, serious, queued, strict=True) if s and not q
        ),
        spans={kind: _overlap(lines, told, kind) for kind in ("event", "product")},
    )


def calm(
    calls: Sequence[Sequence[Said]], told: Sequence[Read], thresholds: Mapping[str, Threshold]
) -> Calm:
    """Of whole calls; `told` of all their utterances in turn. What an agent says may be queued, but
    is never live in a call (models/told.py)."""
    at, queued, live, alerted = 0, 0, 0, 0
    for call in calls:
        here = told[at : at + len(call)]
        at += len(call)
        theirs = [read for said, read in zip(call, here, strict=True) if said.turn.role != "agent"]
        queued += any(_tiers(each, thresholds) for each in here)
        live += any(any(_live(each, thresholds, REPORTABLE)) for each in theirs)
        alerted += any(any(_live(each, thresholds, DANGERS)) for each in theirs)
    return Calm(share(queued, len(calls)), share(live, len(calls)), share(alerted, len(calls)))


def loss(written: Sequence[Read], heard: Sequence[Read], threshold: Threshold) -> Loss:
    """Of adverse events, told both ways in the same order."""

    def recalls(at: float) -> tuple[Figure, Figure]:
        found = [sum(each.labels[EVENT] >= at for each in told) for told in (written, heard)]
        return share(found[0], len(written)), share(found[1], len(heard))

    return Loss(recalls(threshold.live), recalls(threshold.review))


def shown(
    said: Sequence[Said], told: Sequence[Read], thresholds: Mapping[str, Threshold]
) -> list[Shown]:
    """All that is shown live of utterances."""
    return [
        Shown(name, read.labels[name], each.turn.text)
        for each, read in zip(said, told, strict=True)
        for name in REPORTABLE
        if thresholds[name].tier(read.labels[name]) == "live"
    ]


def alerts(told: Sequence[Read], threshold: Threshold) -> Figure:
    """The share of utterances with a live adverse event."""
    return share(sum(each.labels[EVENT] >= threshold.live for each in told), len(told))


def seconds(detect: Detect, said: Sequence[Said]) -> list[float]:
    """What each utterance takes by itself, on the thread that asks."""
    found = []
    for each in said:
        begun = perf_counter()
        detect([each])
        found.append(perf_counter() - begun)
    return found


def _tiers(read: Read, thresholds: Mapping[str, Threshold]) -> list[str]:
    return [name for name in REPORTABLE if thresholds[name].tier(read.labels[name])]


def _live(read: Read, thresholds: Mapping[str, Threshold], names: Sequence[str]) -> list[bool]:
    return [thresholds[name].tier(read.labels[name]) == "live" for name in names]


def _truth(lines: Sequence[sets.Line], name: str) -> Truth:
    return np.array([line.labels.get(name, False) for line in lines])


def _scores(told: Sequence[Read], name: str) -> Scores:
    return np.array([each.labels[name] for each in told])


def _of(truth: Truth, found: Truth) -> Figure:
    return share(int((truth & found).sum()), int(truth.sum()))


def _overlap(lines: Sequence[sets.Line], told: Sequence[Read], kind: str) -> float:
    """F1 of spans, where one counts that shares a character with one of the other side."""
    wanted = found = hit_wanted = hit_found = 0
    for line, read in zip(lines, told, strict=True):
        text = line.said.turn.text
        theirs = [_place(text, words) for label, words in line.spans if label == kind]
        ours = [(span.start, span.end) for span in read.spans if span.label == kind]
        wanted, found = wanted + len(theirs), found + len(ours)
        hit_wanted += sum(any(_meet(a, b) for b in ours) for a in theirs)
        hit_found += sum(any(_meet(a, b) for b in theirs) for a in ours)
    if not (hit_wanted and hit_found):
        return 0.0
    exact, complete = hit_found / found, hit_wanted / wanted
    return 2 * exact * complete / (exact + complete)


def _place(text: str, words: str) -> tuple[int, int]:
    start = text.index(words)
    return start, start + len(words)


def _meet(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]
