"""The notation of phrases, and finding them: what each sign means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.notation import PhraseError
from models.phrases import Phrases
from models.tokens import tokenize

LISTS = {"hard": "hard\nso (bad / sad)\nno fun at all", "colour": "(red / blue)"}


def found(phrase: str, text: str) -> list[str]:
    """What a phrase quotes of a text."""
    tokens = tokenize(text)
    return [
        text[tokens[each.quoted_first].start : tokens[each.quoted_last - 1].end]
        for each in Phrases.of([phrase], LISTS, "really so very").find(tokens)
    ]


@pytest.mark.parametrize(
    ("phrase", "text", "expected"),
    [
        ("take it", "I was taking it", ["taking it"]),
        ("'take it", "I was taking it", []),
        ("'died", "he died of dying", ["died"]),
        ("can't sleep", "I cannot sleep", ["cannot sleep"]),
        ("(one / two) pens", "one pen and two pens", ["one pen", "two pens"]),
        ("old [red / blue] pen", "old pen, old red pen", ["old pen", "old red pen"]),
        ("that is {hard}", "that's no fun at all", ["that's no fun at all"]),
        ("that is {hard}", "that is really very hard", ["that is really very hard"]),
        ("that is {hard}", "that is fairly hard", []),
        ("# days", "for 12 days", ["12 days"]),
        ("lost _ pen", "lost my pen", ["lost my pen"]),
        ("lost _ pen", "lost pen", []),
        ("so .. hard", "so", []),
        ("lost .. pen", "lost my own old blue pen", ["lost my own old blue pen"]),
        ("lost .. pen", "lost my own old light blue pen", []),
        ("lost .. pen", "I lost it. The pen", []),
        ("speak <{colour}> please", "speak blue please", ["blue"]),
        ("bye $", "bye, now", ["bye"]),
        ("bye $", "bye now", []),
        ("^ sorry what", "well sorry what", ["sorry what"]),
        ("^ sorry what", "I am sorry what", []),
        ("find a pen", "find pen", ["find pen"]),
        ("find (a / the) pen", "find pen", []),
        ("lost pen [of mine]", "lost pen of mine", ["lost pen of mine"]),
        ("hurt her", "it hurts here", []),
    ],
)
def test_each_sign_means_what_it_says(phrase: str, text: str, expected: list[str]) -> None:
    assert found(phrase, text) == expected


def test_each_phrase_keeps_its_number() -> None:
    phrases = Phrases.of(["old pen", "pen is [very] old", "old"], {})
    places = [(each.phrase, each.first) for each in phrases.find(tokenize("old pen is old"))]
    assert sorted(places) == [(0, 0), (1, 1), (2, 0), (2, 3)]


def test_a_fault_carries_the_number_of_its_phrase() -> None:
    with pytest.raises(PhraseError, match="close each bracket") as caught:
        Phrases.of(["one", "(two"], {})
    assert caught.value.phrase == 1


WORDS = st.lists(st.sampled_from(["lost", "my", "really", "pen", "so", "the", "bad"]), max_size=12)


@given(WORDS)
def test_what_is_remembered_changes_nothing(words: list[str]) -> None:
    lines = ["lost .. pen", "so bad", "lost [my] really pen $", "<my> pen"]
    warm, tokens = Phrases.of(lines, {}, "really so"), tokenize(" ".join(words))
    first = warm.find(tokens)
    assert warm.find(tokens) == first == Phrases.of(lines, {}, "really so").find(tokens)
