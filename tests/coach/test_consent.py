"""Consent: what a context says, what it leaves open, and what is no yes."""

from __future__ import annotations

from typing import Any

import pytest

from coach.consent import Consent


@pytest.mark.parametrize("default", [True, False])
@pytest.mark.parametrize(
    "context", [{}, {"consent": None}, {"consent": {}}, {"consent": "yes"}, {"consent": [True]}]
)
def test_what_is_not_said_is_the_default(context: dict[str, Any], default: bool) -> None:
    assert Consent.of(context, default=default) == Consent(default, default, default)


@pytest.mark.parametrize("purpose", ["record", "analyse", "tone"])
@pytest.mark.parametrize("default", [True, False])
def test_each_purpose_is_said_by_itself(purpose: str, default: bool) -> None:
    rest = dict.fromkeys(("record", "analyse", "tone"), default)
    found = Consent.of({"consent": {purpose: not default}}, default=default)
    assert found == Consent(**{**rest, purpose: not default})


@pytest.mark.parametrize("doubt", [None, 1, "true", "granted", [], {"granted": True}])
def test_a_doubt_is_no_yes(doubt: object) -> None:
    assert Consent.of({"consent": {"record": doubt}}, default=True).record is False


def test_purposes_of_others_are_left_alone() -> None:
    said = {"outreach": False, "training": False}
    assert Consent.of({"consent": said}, default=True) == Consent(True, True, True)
