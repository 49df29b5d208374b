"""Error rates and their comparison, by sums that can be done by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.accuracy import Errors, all_errors, compare, count_errors, error_rate
from benchmarks.dataset import ReferenceCall, Side
from benchmarks.recording import Arrival, Recording


def errors(call: str, words: int, wrong: int) -> Errors:
    return Errors(call, "agent", words, wrong, 0, 0, "", "")


def test_the_fields_normaliser_is_used_on_both() -> None:
    row = count_errors(
        "c", "agent", "uh my zip [noise] is one hundred and five", "My zip is 105. Mhm"
    )
    assert (row.said, row.heard) == ("my zip is 105", "my zip is 105")
    assert (row.words, row.total) == (4, 0)


@pytest.mark.parametrize(
    ("heard", "counts"),
    [
        ("i lost my bank card", (1, 0, 0)),
        ("i lost my card", (0, 1, 0)),
        ("i have lost my debit card", (0, 0, 1)),
        ("", (0, 5, 0)),
    ],
)
def test_errors_are_counted_by_kind(heard: str, counts: tuple[int, int, int]) -> None:
    row = count_errors("c", "agent", "i lost my debit card", heard)
    assert (row.substitutions, row.deletions, row.insertions) == counts


def test_words_on_silence_are_insertions() -> None:
    row = count_errors("c", "agent", "[noise]", "thanks for watching")
    assert (row.words, row.insertions) == (0, 3)


def test_rates_are_pooled_over_words_not_over_sides() -> None:
    assert error_rate([errors("a", 90, 0), errors("b", 10, 10)]) == pytest.approx(0.1)
    with pytest.raises(ValueError, match="no words"):
        error_rate([errors("a", 0, 3)])


def test_finals_are_taken_per_party() -> None:
    data = {"party": "agent", "utterance": 1, "text": "Hello there."}
    recording = Recording(
        "c", "x", {}, 1, 1, 0, (Arrival(0, {"type": "transcript.final", "data": data}),)
    )
    sides = (Side("agent", Path(), "hello there", ()), Side("customer", Path(), "hi", ()))
    rows = all_errors([ReferenceCall("c", sides)], [recording])
    assert [(row.party, row.total) for row in rows] == [("agent", 0), ("customer", 1)]


def test_of_a_peer_the_last_screen_counts() -> None:
    screens = [
        {"type": "transcript.partial", "data": {"party": "agent", "utterance": 1, "text": text}}
        for text in ("Hello", "Hello there.")
    ]
    recording = Recording("c", "x", {}, 1, 1, 0, tuple(Arrival(0, each) for each in screens))
    call = ReferenceCall("c", (Side("agent", Path(), "hello there", ()),))
    assert [row.total for row in all_errors([call], [recording])] == [0]


def test_the_same_errors_differ_by_nothing() -> None:
    rows = [errors("a", 50, 5), errors("b", 70, 2), errors("c", 20, 9)]
    result = compare(rows, rows)
    assert result.difference == 0
    assert result.interval == (0.0, 0.0)
    assert result.passed
    assert (result.words, result.calls) == (140, 3)


def test_the_interval_is_that_of_the_paired_difference() -> None:
    """Every call is worse by a tenth of its words, so every resample is: no spread at all."""
    reference = [errors("a", 50, 1), errors("b", 70, 30)]
    live = [errors("a", 50, 6), errors("b", 70, 37)]
    result = compare(live, reference)
    assert result.interval == pytest.approx((0.1, 0.1))
    assert result.difference == pytest.approx(0.1)
    assert not result.passed


def test_two_points_are_allowed_and_no_more() -> None:
    reference = [errors("a", 100, 10)]
    assert compare([errors("a", 100, 12)], reference).passed
    assert not compare([errors("a", 100, 13)], reference).passed


def test_different_calls_are_not_compared() -> None:
    with pytest.raises(ValueError, match="different calls"):
        compare([errors("a", 10, 1)], [errors("b", 10, 1)])


def test_the_interval_is_the_same_each_time() -> None:
    live = [errors(name, 50, i) for i, name in enumerate("abcdefgh")]
    reference = [errors(name, 50, 3) for name in "abcdefgh"]
    first, second = compare(live, reference), compare(live, reference)
    assert first == second
    assert first.interval[0] < first.difference < first.interval[1]
