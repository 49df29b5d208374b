"""A party's language: what moves it, and what must not."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from faster_whisper.tokenizer import _LANGUAGE_CODES
from hypothesis import given
from hypothesis import strategies as st

from models.language import (
    ALSO,
    AT_LEAST,
    KNOWN,
    LEAST,
    LEAVE,
    RETURN,
    SURE,
    Detected,
    Spoken,
    Switch,
    code,
    measured,
)

Utterance = tuple[str, float, float]
"""Language, probability, seconds of speech."""
utterances = st.lists(
    st.tuples(
        st.sampled_from(["en", "es", "es", "fr"]),
        st.sampled_from([0.4, SURE, 0.95]),
        st.sampled_from([0.5, LEAST, 2.5, 4.0, 7.0]),
    ),
    max_size=30,
)


def talk(said: list[Utterance], spoken: Spoken | None = None, first: int = 1) -> list[Switch]:
    """The switches that these utterances bring, one starting each ten seconds."""
    spoken = spoken or Spoken("en")
    found = [
        spoken.take(n, Detected(language, p), 10.0 * n, 10.0 * n + seconds)
        for n, (language, p, seconds) in enumerate(said, first)
    ]
    return [switch for switch in found if switch is not None]


def test_three_sentences_in_another_language_move_it() -> None:
    (switch,) = talk([("es", 0.9, 2.0), ("es", 0.8, 2.0), ("es", 0.99, 2.0), ("es", 0.9, 2.0)])
    assert switch == Switch(3, 30.0, "en", "es", 0.8)


@pytest.mark.parametrize(
    "said",
    [
        [("es", 0.99, 12.0)],
        [("es", 0.99, 1.4)] * 9,
        [("es", 0.69, 5.0)] * 9,
        [("es", 0.99, 2.5), ("es", 0.99, 2.5), ("en", 0.4, 2.0), ("es", 0.99, 3.0)],
        [("es", 0.99, 4.0), ("fr", 0.99, 4.0)] * 5,
    ],
    ids=["one sentence", "short ones", "doubtful ones", "a word between", "now this, now that"],
)
def test_what_does_not_move_it(said: list[Utterance]) -> None:
    assert talk(said) == []


def test_short_and_doubtful_ones_between_change_nothing() -> None:
    between = [("en", 0.99, 0.6), ("ja", 0.5, 3.0)]
    said = [("es", 0.9, 3.5), *between, ("es", 0.9, 3.5)]
    assert [switch.utterance for switch in talk(said)] == [4]


def test_without_a_detection_nothing_moves() -> None:
    spoken = Spoken("en")
    assert [spoken.take(n, None, 0.0, 9.0) for n in (1, 2, 3)] == [None] * 3
    assert spoken.language == "en"


def test_the_way_back_is_shorter() -> None:
    away = [("es", 0.9, 4.0)] * 2
    assert [s.after for s in talk([*away, ("en", 0.9, RETURN)])] == ["es", "en"]
    assert [s.after for s in talk([*away, ("en", 0.9, RETURN - 0.1)])] == ["es"]
    assert [s.after for s in talk([*away, ("fr", 0.9, RETURN)])] == ["es"], "only the way back"


def test_an_utterance_counts_once() -> None:
    spoken = Spoken("en")
    taken = [spoken.take(1, Detected("es", 0.9), 0.0, 5.0) for _ in range(5)]
    assert taken == [None] * 5
    assert spoken.take(2, Detected("es", 0.9), 9.0, 14.0) is not None


@given(utterances)
def test_every_move_has_its_weight(said: list[Utterance]) -> None:
    """Between two moves lie enough seconds, told surely, in the language that it moved to."""
    moves = talk(said)
    bounds = [0, *(move.utterance for move in moves)]
    for (since, until), move in zip(pairwise(bounds), moves, strict=True):
        counted = [each for each in said[since:until] if each[2] >= LEAST]
        run = []
        for each in reversed(counted):  # back to the last one that spoke against it
            if each[0] == move.before or (each[1] >= SURE and each[0] != move.after):
                break
            run += [each] if each[1] >= SURE else []
        assert {language for language, _, _ in run} == {move.after}
        assert sum(seconds for _, _, seconds in run) >= (RETURN if move.after == "en" else LEAVE)
        assert move.after == "en" or len(run) >= AT_LEAST
        assert move.p == min(p for _, p, _ in run)
    for before, after in pairwise(moves):
        assert after.before == before.after != after.after


@given(utterances, st.integers(0, 30))
def test_it_goes_on_from_its_state(said: list[Utterance], cut: int) -> None:
    first = Spoken("en")
    moves = talk(said[:cut], first)
    again = Spoken(**json.loads(json.dumps(first.state())))
    assert moves + talk(said[cut:], again, cut + 1) == talk(said)


@pytest.mark.parametrize(
    ("named", "known"),
    [
        ("en", "en"),
        ("es-MX", "es"),
        ("EN_us", "en"),
        (" fil ", "tl"),
        ("Spanish", ""),
        ("tlh", ""),
        ("", ""),
        (None, ""),
        (["es"], ""),
    ],
)
def test_languages_as_people_name_them(named: object, known: str) -> None:
    assert code(named) == known


def test_the_names_are_whispers() -> None:
    """Cantonese is in the largest weights alone."""
    assert set(_LANGUAGE_CODES) - {"yue"} == KNOWN
    assert set(ALSO.values()) <= KNOWN


def test_safety_was_measured_in_english_alone() -> None:
    assert [language for language in sorted(KNOWN) if measured(language)] == ["en"]
    assert measured("")
