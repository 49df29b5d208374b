"""The tone model: scores are means weighed, and count against the speaker's own running score."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import voice
from models.tone import KNOWN, ToneWindow
from models.tone_encoder import BLOCKS
from models.tone_labels import CERTAIN, HIGH, TENSE, Label
from models.tone_model import (
    CALIBRATION,
    GRAPH,
    SCORES,
    WEIGHTS,
    Calibration,
    LearnedTone,
    Scores,
    ToneModel,
    read_calibration,
    write_calibration,
)
from models.tone_windows import SPEECH_FRAMES, Stretch, spoken
from models.training.tone_graph import build_tone
from models.vad import FRAME_SECONDS
from models.weights import MissingWeights
from stream.audio import PartyId

CUSTOMER = PartyId("customer")
MEANT = Calibration(
    priors=dict.fromkeys(SCORES, 0.2),
    gains=dict.fromkeys(SCORES, 0.2),
    middle=2.2,
    band=0.7,
)
USUAL: Scores = {"activation": 0.3, "tension": -0.2, "valence": 0.1}
UPSET: Scores = {"activation": 1.9, "tension": 1.6, "valence": -0.9}


def window(first: int = 0, voiced: int = SPEECH_FRAMES) -> Stretch:
    rows = np.zeros((SPEECH_FRAMES, voice.FEATURES), np.float32)
    rows[:, voice.ENERGY], rows[:, voice.TILT] = -25, -8
    rows[:voiced, voice.PITCH] = 120 + 10 * np.sin(np.arange(voiced))
    return Stretch(first, rows, np.ones(SPEECH_FRAMES, bool))


def judged(scores: Sequence[Scores], tone: LearnedTone | None = None) -> list[ToneWindow]:
    tone = tone or LearnedTone(CUSTOMER, 0.0, MEANT)
    return [tone.judge(window(n * SPEECH_FRAMES), each) for n, each in enumerate(scores)]


def near(scores: Scores, count: int, seed: int = 1) -> list[Scores]:
    """Windows of somebody who goes on like that."""
    rng = np.random.default_rng(seed)
    return [
        {name: each + rng.normal(0, 0.03) for name, each in scores.items()} for _ in range(count)
    ]


# -- scores --------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    weights = np.random.default_rng(2).normal(size=(len(SCORES), 6)).astype(np.float32)
    np.save(tmp_path / "weights.npy", weights)
    build_tone(weights, tmp_path / GRAPH)
    write_calibration(tmp_path / CALIBRATION, MEANT)
    return tmp_path


def test_a_score_is_the_mean_over_speech_weighed(folder: Path) -> None:
    speech = np.arange(20) % 5 > 1
    heard = spoken(speech)
    states = np.random.default_rng(4).normal(size=(len(heard), 6)).astype(np.float32)
    wanted = np.load(folder / "weights.npy") @ states[heard].mean(axis=0)
    found = ToneModel(folder).score(states, speech)
    assert [found[name] for name in SCORES] == pytest.approx(wanted.tolist(), abs=1e-5)


def test_frames_without_speech_do_not_count(folder: Path) -> None:
    speech = np.arange(20) < 10
    states = np.ones((len(spoken(speech)), 6), np.float32)
    plain = ToneModel(folder).score(states, speech)
    states[~spoken(speech)] = 100
    assert ToneModel(folder).score(states, speech) == plain


def test_a_calibration_is_read_as_it_was_written(folder: Path) -> None:
    assert read_calibration(folder / CALIBRATION) == MEANT


def test_a_folder_without_a_model_names_the_mend(tmp_path: Path) -> None:
    with pytest.raises(MissingWeights, match=r"no tone\.onnx and no tone\.toml: make a tone model"):
        ToneModel(tmp_path)


def test_the_shipped_model_reads_the_encoder_and_names_its_terms() -> None:
    model = ToneModel()
    states = np.random.default_rng(6).normal(size=(100, BLOCKS * 384)).astype(np.float32)
    found = model.score(states, np.ones(62, bool))
    assert set(found) == set(SCORES)
    assert all(np.isfinite(list(found.values())))
    meant = model.calibration
    assert min(*meant.priors.values(), *meant.gains.values(), meant.middle, meant.band) > 0
    assert meant.told("activation", meant.middle) == pytest.approx(HIGH, abs=0.01)
    notice = (WEIGHTS / "NOTICE").read_text(encoding="utf-8")
    assert all(word in notice for word in ("CC BY-NC-SA 4.0", "RAVDESS", "EmoDB"))
    assert (WEIGHTS / "CARD.md").is_file()


# -- a speaker against their own habit -----------------------------------------------------


def test_the_first_window_says_nothing() -> None:
    (first,) = judged([UPSET])
    assert (first.activation, first.tension, first.valence) == (0.0, 0.0, 0.0)
    assert (first.confidence, first.label) == (0.0, "unsure")


def test_times_are_those_of_the_window() -> None:
    tone = LearnedTone(CUSTOMER, 10.0, MEANT)
    found = tone.judge(window(first=5), USUAL)
    assert (found.start, found.end) == (10.16, round(10 + (5 + SPEECH_FRAMES) * FRAME_SECONDS, 3))


def test_who_goes_on_as_usual_is_calm() -> None:
    found = judged(near(USUAL, 40))
    assert {each.label for each in found[20:]} == {"calm"}
    assert max(abs(each.activation) for each in found[10:]) < HIGH


def test_who_becomes_upset_is_distressed_and_falls_back() -> None:
    found = judged([*near(USUAL, 20), *near(UPSET, 3), *near(USUAL, 10)])
    upset, after = found[20:23], found[24:]
    assert all(each.activation >= HIGH and each.tension >= TENSE for each in upset)
    assert all((each.valence or 0) < 0 for each in upset)
    assert [each.label for each in upset] == ["calm", "distressed", "distressed"]
    assert after[-1].label == "calm"


@given(st.floats(-50, 50), st.sampled_from(SCORES))
def test_a_score_has_no_absolute_meaning(shift: float, name: str) -> None:
    call = [*near(USUAL, 12), *near(UPSET, 2)]
    moved = [{each: s[each] + shift * (each == name) for each in SCORES} for s in call]
    for one, other in zip(judged(call), judged(moved), strict=True):
        assert one.activation == pytest.approx(other.activation, abs=0.011)
        assert one.tension == pytest.approx(other.tension, abs=0.011)


def test_another_speaker_is_unknown_again() -> None:
    tone = LearnedTone(CUSTOMER, 0.0, MEANT)
    judged(near(USUAL, 20), tone)
    tone.reset()
    (found,) = judged([UPSET], tone)
    assert (found.activation, found.confidence, found.label) == (0.0, 0.0, "unsure")


# -- unsure is used ------------------------------------------------------------------------


def test_unsure_until_the_speaker_is_known() -> None:
    found = judged(near(USUAL, 40))
    for number, each in enumerate(found):
        if number * SPEECH_FRAMES * FRAME_SECONDS < KNOWN - 2:
            assert each.label == "unsure"
    assert found[-1].confidence > 0.7


def test_what_could_be_either_is_unsure_and_still_has_numbers() -> None:
    tone = LearnedTone(CUSTOMER, 0.0, MEANT)
    judged([USUAL] * 40, tone)
    labels: dict[float, Label] = {}
    state = tone.state()
    for step in range(40):
        tone.restore(json.loads(json.dumps(state)))
        between = {name: USUAL[name] + (UPSET[name] - USUAL[name]) * step / 40 for name in SCORES}
        found = tone.judge(window(), between)
        assert (found.confidence < CERTAIN) <= (found.label == "unsure")
        labels[found.activation] = found.label
    unsure = [activation for activation, label in labels.items() if label == "unsure"]
    assert unsure
    assert min(unsure) < HIGH < max(unsure)
    assert labels[min(labels)] == "calm"


def test_a_whisper_is_unsure() -> None:
    tone = LearnedTone(CUSTOMER, 0.0, MEANT)
    judged(near(USUAL, 30), tone)
    found = tone.judge(window(voiced=0), UPSET)
    assert (found.confidence, found.label) == (0.0, "unsure")
    assert found.activation > HIGH


# -- stop here, go on there ----------------------------------------------------------------


@given(st.integers(0, 30))
def test_restored_at_any_window_later_ones_are_the_same(stop: int) -> None:
    call = [*near(USUAL, 18), *near(UPSET, 6), *near(USUAL, 6)]
    whole = judged(call)
    tone = LearnedTone(CUSTOMER, 0.0, MEANT)
    judged(call[:stop], tone)
    kept = json.loads(json.dumps(tone.state()))
    again = LearnedTone(CUSTOMER, 5.0, MEANT)
    again.restore(kept)
    assert again.state() == kept
    rest = [again.judge(window(n * SPEECH_FRAMES), call[n]) for n in range(stop, len(call))]
    assert rest == whole[stop:]
    assert len(json.dumps(kept)) < 2_000
