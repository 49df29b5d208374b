"""Guards: each by what it is for, and by what it must let pass."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.guards import (
    LONGEST_LOOP,
    REPEATS,
    UNCERTAINTY,
    bearable,
    doubt,
    loops,
    without_tail,
)
from models.types import Word

SAID = ["I", "took", "it", "on", "Monday", "and", "now", "I", "have", "a", "rash"]


def judged(
    words: list[str], seconds: float = 4.0, no_speech: float = 0.01, score: float = -0.2
) -> str:
    return doubt(words, seconds=seconds, no_speech=no_speech, score=score)


def test_what_was_said_passes() -> None:
    assert judged(SAID) == ""


def test_nothing_is_doubted_where_nothing_is_said() -> None:
    assert judged([], seconds=0.0, no_speech=1.0, score=-9.0) == ""


@pytest.mark.parametrize(
    ("no_speech", "score", "found"),
    [
        (0.9, -0.36, "no_speech"),
        (0.9, -0.34, ""),  # sure of its words
        (0.5, -1.0, "no_speech"),
        (0.2, -1.5, ""),  # sure that somebody speaks
        (0.45, -0.6, ""),
        (0.55, -0.6, "no_speech"),
    ],
)
def test_silence_needs_two_witnesses(no_speech: float, score: float, found: str) -> None:
    assert judged(SAID, no_speech=no_speech, score=score) == found


@pytest.mark.parametrize(
    ("text", "seconds", "doubted"),
    [
        ("Stop it.", 1.0, 0.78),
        ("Stop it.", 1.8, 0.72),
        ("Stop it.", 3.0, 0.66),
        ("Oh!", 1.0, 0.6),
        ("Oh, stop it!", 1.0, 0.78),
        ("Thank you.", 1.0, 0.78),
        ("Oh!", 3.0, 0.6),
    ],
)
def test_the_less_is_said_the_more_doubt_is_borne(
    text: str, seconds: float, doubted: float
) -> None:
    assert bearable(text.split(), seconds=seconds) == pytest.approx(doubted)
    for more, found in ((-0.01, ""), (0.01, "no_speech")):
        no_speech = doubted + more + UNCERTAINTY * -0.5
        assert judged(text.split(), seconds, no_speech, -0.5) == found


@pytest.mark.parametrize(
    ("count", "seconds", "found"),
    [(4, 0.1, ""), (5, 0.1, "too_many_words"), (10, 1.0, ""), (11, 1.0, "too_many_words")],
)
def test_more_words_than_can_be_spoken(count: int, seconds: float, found: str) -> None:
    words = [f"word{i}" for i in range(count)]
    assert judged(words, seconds=seconds) == found


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry. " * 4,
        "thank you for calling " * 4,
        "Well, so so so so so so so so and on",
        "It was and it was and it was and it was and then",
        "one two three four five six seven eight " * 4,
        "No. no NO no, no no no no",
    ],
)
def test_loops(text: str) -> None:
    seconds = max(2.0, len(text.split()) / 6)
    assert loops(text.split(), seconds=seconds)
    assert judged(text.split(), seconds=seconds) == "repeat"


@pytest.mark.parametrize(
    "text",
    [
        "no no no no",
        "yes yes yes yes yes yes yes",
        "bye bye, bye bye, bye bye",
        "thank you thank you thank you",
        "it hurts, it hurts, it hurts so much",
        "one two three four five six seven eight nine " * 4,  # longer than a loop looked for
        "",
    ],
)
def test_people_repeat_themselves(text: str) -> None:
    assert not loops(text.split(), seconds=2.0)


def test_one_word_may_be_said_as_often_as_there_is_time_for() -> None:
    assert not loops(["no"] * 9, seconds=9.0)
    assert loops(["no"] * 40, seconds=9.0)


@given(
    st.lists(st.sampled_from("abcdefgh"), max_size=6),
    st.lists(st.sampled_from("abcdefgh"), min_size=2, max_size=LONGEST_LOOP),
    st.lists(st.sampled_from("abcdefgh"), max_size=6),
)
def test_a_loop_is_found_wherever_it_stands(
    before: list[str], phrase: list[str], after: list[str]
) -> None:
    assert loops([*before, *(phrase * REPEATS), *after], seconds=1.0)


@given(st.lists(st.integers(), unique=True))
def test_words_that_all_differ_are_no_loop(numbers: list[int]) -> None:
    assert not loops([f"w{n}".replace("-", "m") for n in numbers], seconds=1.0)


# -- squeezed tails --------------------------------------------------------------------------


def timed(*times: tuple[float, float]) -> tuple[Word, ...]:
    return tuple(Word(f"w{i}", start, end, 0.9) for i, (start, end) in enumerate(times))


SPOKEN = ((0.0, 0.4), (0.4, 0.9), (0.9, 1.5))


def test_a_squeezed_tail_is_cut_off() -> None:
    squeezed = ((1.9, 1.94), (1.94, 1.98), (1.98, 2.0), (2.0, 2.0))
    assert without_tail(timed(*SPOKEN, *squeezed), end=2.0) == timed(*SPOKEN)


def test_one_or_two_short_words_may_end_a_sentence() -> None:
    words = timed(*SPOKEN, (1.94, 1.98), (1.98, 2.0))
    assert without_tail(words, end=2.0) == words


def test_short_words_before_the_end_stay() -> None:
    words = timed((0.0, 0.05), (0.05, 0.1), (0.1, 0.15), (0.15, 0.2))
    assert without_tail(words, end=2.0) == words
    inside = timed((0.0, 0.05), (0.05, 0.1), (0.1, 0.15), (0.2, 1.9))
    assert without_tail(inside, end=2.0) == inside


def test_where_all_is_squeezed_nothing_is_left() -> None:
    assert without_tail(timed((1.9, 1.95), (1.95, 2.0), (2.0, 2.0)), end=2.0) == ()
    assert without_tail((), end=2.0) == ()


@given(st.lists(st.floats(0, 1), max_size=12), st.floats(0, 12))
def test_what_is_left_is_the_beginning(lengths: list[float], end: float) -> None:
    at, times = 0.0, []
    for length in lengths:
        times.append((at, at + length))
        at += length
    words = timed(*times)
    left = without_tail(words, end=end)
    assert words[: len(left)] == left
    assert all(word.end - word.start <= 0.06 for word in words[len(left) :])
