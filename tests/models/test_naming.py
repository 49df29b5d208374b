"""Names out of a second reading: where they sound like what was read first, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.naming import named, sound
from models.types import Word

NAMES = ("Enbrel", "Stelara", "Skyvault", "Acme Cares")


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
    ],
)
def test_a_name_takes_the_place_of_what_sounds_alike(
    plain: str, told: str, found: str | None
) -> None:
    result = named(words(plain), words(told), NAMES)
    assert " ".join(word.w for word in result) == (told if found is None else found)


SAID = st.lists(
    st.sampled_from(["we", "should", "stop", "in", "Berlin", "Enbrel", "Stelara"]), max_size=9
).map(" ".join)


@given(SAID, SAID)
def test_what_is_not_a_name_stays_as_it_was_read_first(plain: str, told: str) -> None:
    result = named(words(plain), words(told), NAMES)
    if "Enbrel" not in told and "Stelara" not in told:
        assert result == words(plain)
    if not plain:
        assert result == ()
    assert named(words(plain), words(plain), NAMES) == words(plain)


def test_letters_that_are_confused_sound_alike() -> None:
    assert sound("Enbrel") == sound("Enprell")
    assert sound("Cimzia") == sound("simsia")
    assert sound("Humira") != sound("Stelara")
