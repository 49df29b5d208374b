"""Thresholds, from what is true of lines and what was told of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.text_labels import REPORTABLE
from models.thresholds import Threshold, read_thresholds, write_thresholds
from models.training.thresholds import DANGER_PRECISION, HIGHEST, LOWEST, thresholds

TOLD = st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=1, max_size=60)


def of(told: list[tuple[bool, float]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([t for t, _ in told], bool), np.array([p for _, p in told], float)


@given(TOLD, TOLD)
def test_review_is_never_above_live(
    one: list[tuple[bool, float]], other: list[tuple[bool, float]]
) -> None:
    truth, told = {}, {}
    for name, lines in (("one", one), ("other", other)):
        truth[name], told[name] = of(lines)
    for each in thresholds(["one", "other"], truth, told).values():
        assert LOWEST <= each.review <= each.live <= HIGHEST


def judged(share: float, no: float) -> tuple[np.ndarray, np.ndarray]:
    """Lines of which a `share` is true, with probabilities about 0.7, of others about `no`."""
    rng = np.random.default_rng(3)
    truth = rng.random(4000) < share
    return truth, np.clip(rng.normal(np.where(truth, 0.7, no), 0.15), 0, 1)


def alike(*names: str, truth: np.ndarray, told: np.ndarray) -> dict[str, Threshold]:
    """Thresholds of labels of which the same is true and told."""
    return thresholds(names, dict.fromkeys(names, truth), dict.fromkeys(names, told))


def test_live_is_precise_and_review_complete() -> None:
    truth, p = judged(share=0.3, no=0.3)
    found = alike("adverse_event", truth=truth, told=p)["adverse_event"]
    live, review = p >= found.live, p >= found.review
    assert (truth & live).sum() / live.sum() >= 0.93
    assert (truth & review).sum() / truth.sum() >= 0.99
    assert (truth & live).sum() / truth.sum() > 0.6, "and not by telling nothing"


def test_a_danger_is_told_though_more_of_them_are_none() -> None:
    truth, p = judged(share=0.2, no=0.3)
    found = alike("emergency", "overdose", truth=truth, told=p)
    danger, other = p >= found["emergency"].live, p >= found["overdose"].live
    assert DANGER_PRECISION <= (truth & danger).sum() / danger.sum() < DANGER_PRECISION + 0.02
    assert (truth & danger).sum() > (truth & other).sum()


def test_of_adverse_events_review_is_wanted_the_most_complete() -> None:
    truth, p = judged(share=0.3, no=0.3)
    found = alike("adverse_event", "overdose", truth=truth, told=p)
    recall = {name: (truth & (p >= at.review)).sum() / truth.sum() for name, at in found.items()}
    assert recall["adverse_event"] >= 0.99
    assert 0.95 <= recall["overdose"] < 0.97


def test_a_label_of_few_lines_leans_on_the_others() -> None:
    truth = {"many": np.arange(1000) % 2 == 0, "few": np.array([True, False])}
    told = {"many": np.where(truth["many"], 0.6, 0.2), "few": np.array([0.97, 0.96])}
    found = thresholds(["many", "few"], truth, told)
    assert found["many"].live == pytest.approx(0.6, abs=0.01)
    assert found["few"].live == pytest.approx(0.62, abs=0.03)


@pytest.mark.parametrize(
    ("p", "tier"), [(0.9, "live"), (0.8, "live"), (0.5, "review"), (0.1, None)]
)
def test_a_probability_has_a_tier(p: float, tier: str | None) -> None:
    assert Threshold(0.8, 0.3).tier(p) == tier


ALL = {name: Threshold(0.81, 0.12) for name in REPORTABLE}


def test_thresholds_are_read_as_they_were_written(tmp_path: Path) -> None:
    found = ALL | {"overdose": Threshold(0.5, 0.5)}
    write_thresholds(tmp_path / "t.toml", found)
    assert read_thresholds(tmp_path / "t.toml") == found


@pytest.mark.parametrize(
    "table",
    ["live = 0.2\nreview = 0.5", "live = 0.2", 'live = "x"\nreview = 0.1', "live = 1\nreview = 0"],
)
def test_broken_thresholds_name_their_label(tmp_path: Path, table: str) -> None:
    file = tmp_path / "t.toml"
    write_thresholds(file, {name: each for name, each in ALL.items() if name != "overdose"})
    file.write_text(f"{file.read_text(encoding='utf-8')}\n[overdose]\n{table}\n", encoding="utf-8")
    with pytest.raises(ValueError, match="overdose must have two numbers, 0 < review <= live < 1"):
        read_thresholds(file)


def test_a_label_without_thresholds_is_named(tmp_path: Path) -> None:
    file = tmp_path / "t.toml"
    write_thresholds(file, {name: each for name, each in ALL.items() if name != "falsified"})
    with pytest.raises(ValueError, match="no thresholds of falsified; train the model anew"):
        read_thresholds(file)
