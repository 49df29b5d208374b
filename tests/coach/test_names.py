"""Names of a context and a playbook, whatever somebody else's system put there."""

from __future__ import annotations

from typing import Any

import pytest

from coach.names import LONGEST, MOST, names


def test_the_product_comes_first_then_the_context_then_the_playbook() -> None:
    context = {"product": "Brenzavvy", "vocabulary": ["Tysel", "brenzavvy", "Acme"]}
    assert names(context, ("Acme", "Solvanta")) == ("Brenzavvy", "Tysel", "Acme", "Solvanta")


def test_a_context_may_not_bring_names_without_end() -> None:
    assert names({"vocabulary": [f"name {i}" for i in range(9_000)]}, ()) == tuple(
        f"name {i}" for i in range(MOST)
    )


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("  Tysel \n pen ", ("Tysel pen",)),
        (["Tysel", 7, None, {"name": "x"}, "", "  "], ("Tysel",)),
        ("x" * LONGEST, ("x" * LONGEST,)),
        ("x" * (LONGEST + 1), ()),
        ("Ty\x00sel", ()),
        ({"Tysel": True}, ()),
        (None, ()),
    ],
)
def test_what_is_no_name_is_passed_over(value: Any, found: tuple[str, ...]) -> None:
    assert names({"vocabulary": value}, ()) == found
