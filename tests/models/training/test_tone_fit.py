"""What the tone model learns, and that what is held out is held out."""

from __future__ import annotations

import numpy as np
import pytest

from models.tone_labels import HIGH
from models.tone_model import SCORES, Score
from models.training.tone_calibrate import calibrate
from models.training.tone_card import clip_auc
from models.training.tone_fit import SIDES, learn, parts, raw_scores
from models.training.tone_rows import Acted
from models.training.tone_validate import Told, tell_clips, validate
from tests.models.training.acted_clips import ACTIVE, ANGRY, PLEASANT, made

WIDE = 300
"""Numbers of a state, far more than there are clips: whoever sees a clip can learn it by heart."""


def of_all(of: Acted, told: Told, score: Score) -> float:
    return clip_auc(of, told, score, range(len(of.clips)))


def test_what_tells_emotions_apart_is_found() -> None:
    of = made()
    learned = learn(of, of.useful)
    for number, feature in enumerate((ACTIVE, ANGRY, PLEASANT)):
        weights = learned.weights[number]
        assert np.abs(weights).argmax() == feature
        assert weights[feature] > 0
    told = tell_clips(of, learned, of.useful)
    assert all(of_all(of, told, score) > 0.99 for score in SCORES)


def test_the_calibration_puts_the_middle_between() -> None:
    of = made()
    told = tell_clips(of, learn(of, of.useful), of.useful)
    active = [told[n].activation for n in told if of.clips[n].emotion in ("angry", "happy")]
    calm = [told[n].activation for n in told if of.clips[n].emotion in ("calm", "sad", "neutral")]
    assert np.mean(np.array(active) > HIGH) > 0.9
    assert np.mean(np.array(calm) < HIGH) > 0.9


def test_speakers_that_are_left_out_are_not_known() -> None:
    of = made(width=WIDE, noise=0.5)
    by_heart = of_all(of, tell_clips(of, learn(of, of.useful), of.useful), "activation")
    found = validate(of, lambda *_: None)
    for told in (found.unseen, found.across):
        assert set(told) == set(np.flatnonzero(of.useful).tolist())
        assert of_all(of, told, "activation") < by_heart - 0.05
    assert all(tone.valence is None for tone in found.fallback.values())


def test_a_corpus_that_is_left_out_changes_nothing() -> None:
    """What is learnt from one corpus is the same whatever the other holds."""
    of, other = made(), made()
    for number in np.flatnonzero(other.of("EmoDB")).tolist():
        other.heard[number].means[:] += 7.0 * np.arange(12, dtype=np.float32)
    one, two = (learn(each, each.of("RAVDESS")) for each in (of, other))
    assert (one.weights == two.weights).all()
    assert one.calibration == two.calibration


def test_speakers_stay_together_and_corpora_are_spread() -> None:
    of = made(speakers=6)
    part = parts(of, of.useful, 3)
    for corpus in ("RAVDESS", "EmoDB"):
        assert set(part[of.of(corpus)]) == {0, 1, 2}
    for speaker in {clip.speaker for clip in of.clips}:
        own = [part[n] for n, clip in enumerate(of.clips) if clip.speaker == speaker]
        assert len(set(own)) == 1
    assert set(parts(of, of.of("EmoDB"), 3)[of.of("RAVDESS")]) == {-1}


def test_raw_scores_are_those_of_the_part() -> None:
    of = made(width=3)
    part = np.where(of.of("EmoDB"), 1, -1)
    weights = np.stack([np.zeros((3, 3)), np.eye(3)])
    raw = raw_scores(of, weights, part, copy=1)
    for number, found in enumerate(raw):
        if part[number] == 1:
            assert found == pytest.approx(of.heard[number].means[1])
        else:
            assert found.shape == (0, 3)


def test_clips_that_teach_the_opposite_are_refused() -> None:
    of = made()
    rng = np.random.default_rng(7)
    raw = [
        rng.normal(-1.0 if clip.emotion in ("angry", "happy") else 0.0, 0.1, (1, len(SCORES)))
        for clip in of.clips
    ]
    with pytest.raises(ValueError, match="no higher than calm"):
        calibrate(of, raw, of.useful, SIDES)
