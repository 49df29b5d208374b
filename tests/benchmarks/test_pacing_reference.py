"""The rate that was spoken, from words with times and without."""

from __future__ import annotations

import pytest

from benchmarks.dataset import ReferenceWord
from benchmarks.pacing.measure import Read, figures
from benchmarks.pacing.reference import placed, windows
from benchmarks.pacing.sets import timed


def row(start: float, count: int, each: float = 0.25, w: str = "pen") -> list[ReferenceWord]:
    """Words of one syllable, one after the other."""
    return [
        ReferenceWord(w, start + each * number, start + each * (number + 1))
        for number in range(count)
    ]


def test_windows_follow_each_other_from_the_beginning() -> None:
    found = windows(row(1.0, 16), 2.0)
    assert [(each.start, each.end, each.first) for each in found] == [
        (1.0, 3.0, True),
        (3.0, 5.0, False),
    ]
    assert [each.rate for each in found] == pytest.approx([4.0, 4.0])


def test_a_word_counts_by_its_part_in_the_window() -> None:
    words = [*row(0.0, 7), ReferenceWord("tablets", 1.75, 2.25)]
    assert windows(words, 2.0)[0].rate == pytest.approx((7 + 1) / 2)


def test_a_short_end_is_judged_over_its_own_time() -> None:
    found = windows(row(0.0, 7), 2.0)
    assert len(found) == 1
    assert found[0].rate == pytest.approx(4.0)  # 7 in 1.75 s
    assert windows(row(0.0, 5), 2.0) == []


def test_a_pause_begins_an_utterance() -> None:
    found = windows([*row(0.0, 8), *row(2.6, 8)], 2.0)
    assert [(each.start, each.first) for each in found] == [(0.0, True), (2.6, True)]


def test_a_word_without_a_time_lies_between_its_neighbours() -> None:
    words = [*row(0.0, 4), ReferenceWord("pen", None, None), *row(1.25, 4)]
    assert [word.w for word in placed(words)[0].words] == ["pen"] * 9
    assert windows(words, 2.0)[0].rate == pytest.approx(4.0)


def test_too_many_words_without_a_time_are_not_judged() -> None:
    words = [*row(0.0, 3), *[ReferenceWord("pen", None, None)] * 3, *row(1.5, 3)]
    assert windows(words, 2.0) == []


def test_words_that_have_no_room_part_a_row() -> None:
    words = [*row(0.0, 8), ReferenceWord("syringe", None, None), *row(2.0, 8)]
    found = windows(words, 2.0)
    assert [(each.start, each.first) for each in found] == [(0.0, True), (2.0, False)]


def test_what_may_go_on_unheard_is_judged_where_it_is_whole() -> None:
    unheard = ReferenceWord("pen", None, None)
    assert windows([*row(0.0, 7), unheard], 2.0) == []
    assert len(windows([*row(0.0, 8), unheard], 2.0)) == 1
    assert not windows([unheard, *row(0.0, 8)], 2.0)[0].first


def read(group: str, heard: float, spoken: float) -> Read:
    return Read("x", group, 0.0, True, heard, spoken)


def test_errors_are_parts_of_what_was_spoken() -> None:
    found = [read("a", 4.5, 5.0), read("a", 4.0, 4.0), read("b", 7.2, 6.0)]
    told = figures(found)
    assert told.error.value == pytest.approx(0.1)
    assert (told.error.count, told.groups) == (3, 2)
    assert told.error.low == pytest.approx(0.05)
    assert told.error.high == pytest.approx(0.2)
    assert told.bias.value == pytest.approx(0.0)


def test_rates_that_rise_together_correlate() -> None:
    assert figures([read("a", n, 2 * n) for n in range(1, 5)]).correlation == pytest.approx(1.0)


def test_words_of_a_text_take_the_times_at_which_they_were_heard() -> None:
    heard = [
        ReferenceWord(" The", 0.0, 0.2),
        ReferenceWord(" forty-two", 0.2, 0.8),
        ReferenceWord(" line,", 0.8, 1.1),
        ReferenceWord(" bibel", 1.1, 1.6),
    ]
    found = timed("the forty-two line Bible", heard, 1.0)
    assert found == (
        ReferenceWord("the", 1.0, 1.2),
        ReferenceWord("forty", None, None),
        ReferenceWord("two", None, None),
        ReferenceWord("line", 1.8, 2.1),
        ReferenceWord("bible", None, None),
    )
