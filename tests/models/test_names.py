"""Names that may be said: as many as there is room for, the likeliest nearest to what is said."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from models.names import ROOM, before, row
from models.types import DecodeKind

KINDS: tuple[DecodeKind, ...] = ("partial", "guess", "final")
NAMES = st.lists(st.text("abcxyz", min_size=1, max_size=30), unique=True, max_size=60)


def letters(text: str) -> list[int]:
    """A tokenizer whose tokens are letters."""
    return [ord(letter) for letter in text]


def read(tokens: tuple[int, ...]) -> str:
    return "".join(map(chr, tokens))


@given(NAMES)
def test_the_likeliest_names_that_fit_are_read_and_the_likeliest_last(names: list[str]) -> None:
    for kind in KINDS:
        tokens = before(names, letters, kind)
        assert len(tokens) <= ROOM[kind]
        fit = [name for name in read(tokens).strip(" .").split(". ") if name]
        assert fit == names[: len(fit)][::-1]
        if len(fit) < len(names):
            assert len(letters(" " + row(names[: len(fit) + 1]))) > ROOM[kind] - len(names[0])


def test_no_names_are_no_tokens() -> None:
    assert before([], letters, "final") == ()
    assert before(["x" * 500], letters, "final") == ()


def test_partials_read_fewer_names_than_finals() -> None:
    names = [f"name{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"]
    counts = {kind: read(before(names, letters, kind)).count(".") for kind in KINDS}
    assert counts["partial"] < counts["guess"] == counts["final"]
