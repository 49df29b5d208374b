"""What the tone bench counts."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.by_group import by_group
from benchmarks.detection.scores import Figure
from benchmarks.tone.calls import Calls, Labels, labels
from benchmarks.tone.measure import CorpusFigures, Sides, Unsure, measure, sexes, unsure
from benchmarks.tone.targets import targets
from models.tone import ToneWindow
from models.tone_labels import TENSE, Label
from models.training.tone_validate import ClipTone, Validated
from stream.audio import PartyId
from tests.models.training.acted_clips import made

SPEAKERS = np.repeat([f"s{n}" for n in range(10)], 20)


def sides(seed: int = 1) -> Sides:
    """Clips of ten speakers: told on the wrong side where the confidence is low."""
    rng = np.random.default_rng(seed)
    high = np.tile([True, False], 100)
    confidence = np.round(rng.uniform(0.2, 1, 200), 2)
    right = confidence > np.quantile(confidence, 0.1)
    return Sides(
        high, np.where(high == right, 0.9, 0.1), confidence, SPEAKERS, np.arange(200) < 100
    )


def test_an_interval_is_of_speakers_not_of_clips() -> None:
    """Two hundred clips of ten speakers who differ are ten witnesses."""
    values = np.repeat(np.arange(10) % 2, 20).astype(float)
    own = by_group(lambda clips: float(values[clips].mean()), SPEAKERS)
    each = by_group(
        lambda clips: float(values[clips].mean()), np.array([f"{n}" for n in range(200)])
    )
    assert own.value == each.value == 0.5
    assert own.low < own.value < own.high
    assert own.high - own.low > 3 * (each.high - each.low)
    assert own.count == 200


def test_draws_without_a_figure_do_not_count() -> None:
    found = by_group(
        lambda clips: float("nan") if (SPEAKERS[clips] != "s0").all() else 1.0, SPEAKERS
    )
    assert (found.value, found.low, found.high) == (1.0, 1.0, 1.0)


def test_leaving_out_the_unsure_brings_what_they_were_wrong() -> None:
    found = unsure(sides())
    assert found.dropped < 0.2 < 0.8 < found.all < found.kept
    assert found.better.value == pytest.approx(found.kept - found.all)
    assert 0 < found.better.low <= found.better.value <= found.better.high


def test_men_and_women_are_compared() -> None:
    of = sides()
    told = np.where(of.men, np.where(of.high, 0.9, 0.1), 0.5)
    found = sexes(Sides(of.high, told, of.confidence, of.speakers, of.men))
    assert found.value == 0.5


def test_figures_are_of_the_clips_that_they_name() -> None:
    of = made()
    perfect = {
        n: ClipTone(
            0.9 if clip.emotion in ("angry", "happy") else 0.0,
            0.9 if clip.emotion == "angry" else 0.0,
            0.9 if clip.emotion in ("happy", "calm") else -0.9,
            0.9,
            (),
        )
        for n, clip in enumerate(of.clips)
    }
    wrong = {n: ClipTone(-t.activation, -t.tension, None, 0.9, ()) for n, t in perfect.items()}
    found = measure(of, Validated(perfect, perfect, perfect, wrong))["RAVDESS"]
    assert found.auc["activation"]["unseen"].value == 1
    assert found.auc["activation"]["fallback"].value == 0
    assert "fallback" not in found.auc["valence"]
    assert found.auc["valence"]["unseen"].count == 5 * 5, "calm, sad, angry twice and happy"
    assert (found.tense.value, found.falsely.value, found.fearful) == (1, 0, None)
    assert (found.calmly.value, found.calmly.count) == (0, 5 * 5), "neutral thrice, calm and sad"
    assert (found.clips, found.speakers) == (5 * 8, 5)


def window(label: Label, tension: float) -> ToneWindow:
    return ToneWindow(PartyId("customer"), 0.0, 2.0, 0.1, tension, None, 0.8, label)


def test_labels_are_counted_as_they_are_shown() -> None:
    found = labels(
        [window("calm", 0.0), window("unsure", TENSE), window("tense", 0.5), window("calm", 0.1)]
    )
    assert found == Labels({"calm": 2, "unsure": 1, "tense": 1}, strained=1, high=2)


def test_what_misses_a_target_is_told() -> None:
    good, bad = Figure(0.99, 0.9, 1.0, 50), Figure(0.8, 0.7, 0.9, 50)
    even = Figure(0.0, -0.1, 0.1, 50)
    calls = Calls(2, Labels({}, 3, 3), Labels({}, 0, 0), (0.02,), (0.001,))

    def corpus(activation: Figure, tension: Figure) -> CorpusFigures:
        auc = {
            "activation": {"unseen": activation, "across": activation},
            "tension": {"unseen": tension},
        }
        told = Unsure(0.9, 0.93, 0.6, Figure(0.03, 0.0, 0.1, 50), 0.9)
        return CorpusFigures(50, 5, auc, even, told, None, good, even, even)  # type: ignore[arg-type]

    wanted = targets({"RAVDESS": corpus(good, good), "EmoDB": corpus(good, bad)}, calls)
    assert [each.name for each in wanted if not each.met] == [
        "EmoDB: tension, AUC",
        "tense or distressed on ordinary calls",
    ]
