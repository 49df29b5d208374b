"""What of tone is measured on acted clips; each after neutral speech of its speaker, over a
telephone line, told by a model that its speaker, or its corpus, taught nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.by_group import Taken, by_group
from benchmarks.detection.scores import Figure, share
from models.tone_labels import HIGH, TENSE
from models.tone_model import SCORES, Score
from models.training.auc import auc
from models.training.tone_clips import CORPORA, Corpus, Emotion
from models.training.tone_fit import SIDES
from models.training.tone_rows import Acted
from models.training.tone_validate import Told, Validated

UNSURE = 0.1
"""The share of clips that is left out for its confidence."""
WAYS = ("unseen", "hissing", "across", "fallback")
"""Of Validated."""


@dataclass(frozen=True, slots=True)
class Sides:
    """The clips of a corpus that are of one side or the other of a score: which are high, what is
    told of them, how surely, and who speaks."""

    high: NDArray[np.bool_]
    told: NDArray[np.float64]
    confidence: NDArray[np.float64]
    speakers: NDArray[np.str_]
    men: NDArray[np.bool_]

    def auc(self, clips: Taken) -> float:
        """Of these clips."""
        return auc(self.high[clips], self.told[clips])

    def right(self, clips: Taken) -> float:
        """The share that lies on its side of HIGH, as labels see it."""
        return float(np.mean((self.told[clips] >= HIGH) == self.high[clips]))


@dataclass(frozen=True, slots=True)
class Unsure:
    """The share of clips told on the right side: of all, without the least confident tenth, of that
    tenth alone; `better`: what leaving it out brings; `auc`: of those that are left."""

    all: float
    kept: float
    dropped: float
    better: Figure
    auc: float


@dataclass(frozen=True, slots=True)
class CorpusFigures:
    """Of one corpus. `auc`: by score and way; `sexes`: AUC of activation of men less that of women;
    `fearful`: AUC of activation against the low side, which taught nothing; `tense`, `falsely`,
    `calmly`: shares of angry clips, of others, and of neutral, calm and sad ones alone, told as
    tense as a label wants."""

    clips: int
    speakers: int
    auc: Mapping[Score, Mapping[str, Figure]]
    sexes: Figure
    unsure: Unsure
    fearful: Figure | None
    tense: Figure
    falsely: Figure
    calmly: Figure


def measure(of: Acted, found: Validated) -> dict[Corpus, CorpusFigures]:
    """Everything, by corpus."""
    return {corpus: _corpus(of, found, corpus) for corpus in CORPORA}


def sides(of: Acted, told: Told, score: Score, corpus: Corpus, high: frozenset[Emotion]) -> Sides:
    """Clips of these emotions against those of the score's low side."""
    low = SIDES[score][1]
    chosen = [
        number
        for number in np.flatnonzero(of.of(corpus)).tolist()
        if of.clips[number].emotion in high | low
    ]
    clips = [of.clips[number] for number in chosen]
    return Sides(
        np.array([clip.emotion in high for clip in clips]),
        np.array([getattr(told[number], score) for number in chosen], np.float64),
        np.array([told[number].confidence for number in chosen]),
        np.array([clip.speaker for clip in clips]),
        np.array([clip.man for clip in clips]),
    )


def unsure(of: Sides) -> Unsure:
    """What leaving out the least confident tenth brings."""

    def parted(clips: Taken) -> tuple[Taken, Taken]:
        order = np.argsort(of.confidence[clips], kind="stable")
        count = round(UNSURE * len(clips))
        return clips[order[count:]], clips[order[:count]]

    everything = np.arange(len(of.high))
    kept, dropped = parted(everything)
    better = by_group(lambda clips: of.right(parted(clips)[0]) - of.right(clips), of.speakers)
    return Unsure(of.right(everything), of.right(kept), of.right(dropped), better, of.auc(kept))


def sexes(of: Sides) -> Figure:
    """AUC of men less that of women."""
    return by_group(
        lambda clips: of.auc(clips[of.men[clips]]) - of.auc(clips[~of.men[clips]]), of.speakers
    )


def _corpus(of: Acted, found: Validated, corpus: Corpus) -> CorpusFigures:
    active = SIDES["activation"][0]
    usual = sides(of, found.unseen, "activation", corpus, active)
    tense = sides(of, found.unseen, "tension", corpus, SIDES["tension"][0])
    told_tense = tense.told >= TENSE
    fearful = sides(of, found.unseen, "activation", corpus, frozenset({"fearful"}))
    inside = of.of(corpus)
    calm = [
        found.unseen[number].tension >= TENSE
        for number in np.flatnonzero(inside).tolist()
        if of.clips[number].emotion in SIDES["activation"][1]
    ]
    return CorpusFigures(
        clips=int(inside.sum()),
        speakers=len({of.clips[number].speaker for number in np.flatnonzero(inside)}),
        auc={score: _ways(of, found, score, corpus) for score in SCORES},
        sexes=sexes(usual),
        unsure=unsure(usual),
        fearful=by_group(fearful.auc, fearful.speakers) if fearful.high.any() else None,
        tense=share(int((told_tense & tense.high).sum()), int(tense.high.sum())),
        falsely=share(int((told_tense & ~tense.high).sum()), int((~tense.high).sum())),
        calmly=share(sum(calm), len(calm)),
    )


def _ways(of: Acted, found: Validated, score: Score, corpus: Corpus) -> dict[str, Figure]:
    """AUC of a score in each way that has one: the fallback has no valence."""
    figures = {}
    for way in WAYS:
        if score != "valence" or way != "fallback":
            clips = sides(of, getattr(found, way), score, corpus, SIDES[score][0])
            figures[way] = by_group(clips.auc, clips.speakers)
    return figures
