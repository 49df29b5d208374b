"""Names out of a second reading: where they sound like what was read first, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.naming import KEPT, alike, named, sound
from models.types import Word

NAMES = (
    "Enbrel",
    "Stelara",
    "Skyvault",
    "Acme Cares",
    "Humira",
    "360",
    "\u042d\u043d\u0431\u0440\u0435\u043b",
)


def words(text: str) -> tuple[Word, ...]:
    return tuple(Word(w, i / 2, i / 2 + 0.4, 0.9) for i, w in enumerate(text.split()))


@pytest.mark.parametrize(
    ("plain", "told", "found"),
    [
        ("We should stop in Berlin today.", "We should stop Enbrel today.", None),
        ("I take tell our twice.", "I take Stelara twice.", None),
        ("It is acne Cares here.", "It is Acme Cares here.", None),
        ("He is a good boy.", "Skyvault, boy.", "He is a good boy."),
        ("Help me.", "Held me.", "Help me."),
        ("I am here.", "I am here. Enbrel.", "I am here."),
        ("Thursday is good, in Berlin.", "Cerzi is good, Enbrel.", "Thursday is good, Enbrel."),
        ("", "Enbrel. Enbrel.", ""),
        ("I had in Berlin no rash.", "I had Enbrel a rash.", "I had Enbrel no rash."),
        (
            "I stopped in Berlin, never again.",
            "I stopped Enbrel, ever again.",
            "I stopped Enbrel, never again.",
        ),
        ("I take fifty humour.", "I take fifteen Humira.", "I take fifty Humira."),
        ("I am without in Berlin.", "I am with Enbrel.", "I am without Enbrel."),
        ("I felt no hum era.", "I felt Humira.", "I felt no Humira."),
        ("It is 316 then.", "It is 360 then.", "It is 316 then."),
        ("I take stell ara and in Berlin.", "I take Stelara Enbrel.", "I take Stelara and Enbrel."),
        (
            "\u044f \u043f\u0440\u0438\u043d\u0438\u043c\u0430\u044e \u0432\u043e\u0434\u0443",
            "\u042d\u043d\u0431\u0440\u0435\u043b",
            "\u044f \u043f\u0440\u0438\u043d\u0438\u043c\u0430\u044e \u0432\u043e\u0434\u0443",
        ),
    ],
)
def test_a_name_takes_the_place_of_what_sounds_alike(
    plain: str, told: str, found: str | None
) -> None:
    result = named(words(plain), words(told), NAMES)
    assert " ".join(word.w for word in result) == (told if found is None else found)


SAID = st.lists(
    st.sampled_from(
        [
            "no",
            "never",
            "fifty",
            "should",
            "stop",
            "in",
            "Berlin",
            "Enbrel",
            "Stelara",
            "stellar",
            "12",
        ]
    ),
    max_size=9,
)


@given(SAID, SAID)
def test_what_is_not_a_name_is_as_it_was_read_first_and_in_its_order(
    plain: list[str], told: list[str]
) -> None:
    result = [word.w for word in named(words(" ".join(plain)), words(" ".join(told)), NAMES)]
    if not {"Enbrel", "Stelara"} & set(told):
        assert result == plain
    rest = iter(plain)
    others = [word for word in result if word not in ("Enbrel", "Stelara")]
    assert all(word in rest for word in others), "all words of the first reading, in its order"
    kept = [word for word in plain if word in KEPT or word.isdigit()]
    assert [word for word in result if word in KEPT or word.isdigit()] == kept


@given(SAID, SAID)
def test_where_nothing_sounds_like_a_name_none_is_put_in(plain: list[str], told: list[str]) -> None:
    before = words(" ".join(plain))
    if not alike(plain, NAMES):
        assert named(before, words(" ".join(told)), NAMES) == before


def test_words_of_a_name_may_give_way_by_themselves() -> None:
    plain, told = "call tight two care please", "call Type Two Care please"
    assert alike(plain.split(), ["Type Two Care"])
    result = named(words(plain), words(told), ["Type Two Care"])
    assert [word.w for word in result] == ["call", "Type", "two", "care", "please"]


def test_what_sounds_like_a_name_may_give_way() -> None:
    assert alike(["I", "stopped", "in", "Berlin"], NAMES)
    assert not alike(["yes", "of", "course"], ["Enbrel", "Stelara"])
    assert not alike(["no", "never", "fifty"], NAMES)


def test_letters_that_are_confused_sound_alike() -> None:
    assert sound("Enbrel") == sound("Enprell")
    assert sound("Cimzia") == sound("simsia")
    assert sound("Humira") != sound("Stelara")
