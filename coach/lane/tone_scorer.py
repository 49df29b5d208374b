"""Scores windows of tone of all calls, one after the other."""

from __future__ import annotations

from coach.lane.answers import Answers, Observe
from coach.tones import Scorer, ToneRequest, ToneResult
from models.tone_model import Scores

TOGETHER = 1
"""Windows of a batch: the encoder takes one at a time, so that more would only wait for each
other."""

ToneScores = Answers[ToneRequest, Scores, ToneResult]


def tone_scores(scorer: Scorer | None, *, observe: Observe) -> ToneScores:
    """What scores; None scores nothing. Of a window that cannot be scored nothing is judged."""
    return Answers(
        "tone",
        None if scorer is None else lambda asked: [each.scored(scorer) for each in asked],
        ToneRequest.answer,
        who=lambda asked: {"call": asked.call, "party": asked.party, "window": asked.window},
        together=TOGETHER,
        observe=observe,
    )
