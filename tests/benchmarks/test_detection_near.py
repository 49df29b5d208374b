"""How near test lines come to lines that were learnt."""

from __future__ import annotations

from benchmarks.detection.near import nearest

LEARNT = ["My arm was red all over since Monday.", "Yes, both.", "No."]


def test_the_same_words_are_the_nearest() -> None:
    assert nearest(["my arm, was red ALL over; since monday"], LEARNT) == [1.0]


def test_half_the_runs_of_words_are_half() -> None:
    assert nearest(["my arm was red in the sun"], LEARNT) == [2 / 5]


def test_runs_of_several_lines_do_not_add_up() -> None:
    other = [*LEARNT, "It was red in the dark."]
    assert nearest(["my arm was red in the sun"], other) == [2 / 5]


def test_short_lines_are_compared_whole() -> None:
    assert nearest(["yes both", "yes", "no", "", "no no"], LEARNT) == [1.0, 0.0, 1.0, 0.0, 0.0]
