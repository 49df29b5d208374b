"""Names that may be said: as many as there is room for, the likeliest nearest to what is said."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from models.names import ROOM, before, row

NAMES = st.lists(st.text("abcxyz", min_size=1, max_size=30), unique=True, max_size=60)


def letters(text: str) -> list[int]:
    """A tokenizer whose tokens are letters."""
    return [ord(letter) for letter in text]


def read(tokens: tuple[int, ...]) -> str:
    return "".join(map(chr, tokens))


@given(NAMES)
def test_the_likeliest_names_that_fit_are_read_and_the_likeliest_last(names: list[str]) -> None:
    tokens = before(names, letters)
    assert len(tokens) <= ROOM
    fit = [name for name in read(tokens).strip(" .").split(", ") if name]
    assert fit == names[: len(fit)][::-1]
    if len(fit) < len(names):
        assert len(letters(" " + row(names[: len(fit) + 1]))) > ROOM - len(names[0])


def test_no_names_are_no_tokens() -> None:
    assert before([], letters) == ()
    assert before(["x" * 500], letters) == ()
