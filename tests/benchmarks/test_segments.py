"""What a reader of WhisperLive sees, put together from windows of its segments."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.latency import word_times
from benchmarks.peer.segments import Segment, Shown
from benchmarks.recording import Arrival
from tests.benchmarks.test_latency import said


def row(start: float, text: str, *, closed: bool = False, end: float | None = None) -> Any:
    """A segment as the server writes it: seconds as text with three decimals."""
    stop = start + 1 if end is None else end
    return {"start": f"{start:.3f}", "end": f"{stop:.3f}", "text": text, "completed": closed}


def text(shown: Shown) -> str:
    return str(shown.event("agent")["data"]["text"])


def test_the_open_segment_is_replaced_and_closed_ones_stay() -> None:
    shown = Shown()
    assert shown.take([row(0, " Hello")])
    assert shown.take([row(0, " Hello there", closed=True), row(1, " how")])
    assert not shown.take([row(0, " Hello there", closed=True), row(1, " how")])
    assert shown.take([row(0, " Hello there", closed=True), row(1, " how are you")])
    assert text(shown) == "Hello there how are you"


def test_a_message_without_an_open_segment_leaves_the_last_one_standing() -> None:
    shown = Shown()
    shown.take([row(0, "Hello", closed=True), row(1, "there")])
    assert not shown.take([row(0, "Hello", closed=True)])
    assert text(shown) == "Hello there"


def test_a_segment_that_closes_is_not_shown_twice() -> None:
    shown = Shown()
    shown.take([row(0.5, "Hello there")])
    assert shown.take([row(0, "Hello there", closed=True)]), "its words are stable now"
    assert text(shown) == "Hello there"


def test_closed_segments_that_overlap_are_both_kept_in_order_of_their_start() -> None:
    shown = Shown()
    shown.take([row(0, "one", closed=True), row(2, "three", closed=True)])
    shown.take([row(0.5, "two", closed=True)])
    assert text(shown) == "one two three"


def test_words_are_stable_once_their_segment_is_closed() -> None:
    shown = Shown()
    shown.take([row(0, "Hello there", closed=True), row(1.5, "how", end=2.25)])
    event = shown.event("agent")
    assert event["type"] == "transcript.partial"
    assert [word["stable"] for word in event["data"]["words"]] == [True, True, False]
    assert (event["data"]["start"], event["data"]["end"]) == (0.0, 2.25)


def test_a_word_that_moves_from_the_open_to_a_closed_segment_keeps_its_time() -> None:
    """The reason for one event a message."""
    shown, arrivals = Shown(), []
    for wall, rows in (
        (1.0, [row(0, "hello there friend")]),
        (2.0, [row(0, "hello", closed=True), row(1, "there friend")]),
        (3.0, [row(0, "hello", closed=True), row(1, "there friend", closed=True)]),
    ):
        assert shown.take(rows)
        arrivals.append(Arrival(wall, shown.event("agent")))
    times = list(word_times(said("hello there friend", every=0.1), arrivals, 0.0))
    assert [seen for _, seen, _ in times] == [1.0, 1.0, 1.0]
    assert [stable for _, _, stable in times] == [2.0, 3.0, 3.0]


@pytest.mark.parametrize("broken", [{}, {"start": "x", "end": "1", "text": "a"}, {"start": None}])
def test_what_is_no_segment_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        Shown().take([broken])


TEXTS = st.sampled_from(["yes", "no", "well then"])


@given(texts=st.lists(TEXTS, max_size=30), window=st.integers(1, 10), data=st.data())
def test_windows_of_the_newest_segments_give_all_of_them(
    texts: list[str], window: int, data: st.DataObject
) -> None:
    """However many of the newest are sent at a time, as long as none goes unsent."""
    whole = [row(i, word, closed=True) for i, word in enumerate(texts)]
    shown, count = Shown(), 0
    while count < len(whole):
        count = min(count + data.draw(st.integers(1, window), "closed since"), len(whole))
        newest = [row(count, word) for word in data.draw(st.lists(TEXTS, max_size=1), "open")]
        shown.take(whole[max(0, count - window) : count] + newest)
        assert shown.closed == [Segment.read(each) for each in whole[:count]]
        assert shown.open == (Segment.read(newest[0]) if newest else None)
