"""Conditions: whether what happened is what a playbook asks for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.conditions import fits, holds, holds_any, plain, said, says
from coach.playbook.schema import OnPhrase, OnSignal
from stream.audio import Context
from tests.coach.rulebook import signal
from tests.coach.scripted_call import AGENT, CUSTOMER, utterance


def on_signal(**changes: Any) -> OnSignal:
    return OnSignal.model_validate({"event": "signal", **changes})


def on_phrase(**changes: Any) -> OnPhrase:
    return OnPhrase.model_validate({"event": "phrase", **changes})


CONTEXT: dict[str, Any] = {
    "customer": {"name": "Dr. Maria J. López", "role": "HCP"},
    "product": "Velora",
    "count": 3,
    "history": [],
}


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("calm down", "You need to calm down!", True),
        ("calm down", "Calm. Down?", True),
        ("don't know", "i dont know", True),
        ("dont know", "I don’t know", True),
        ("calm down", "a calm downstairs", False),
        ("calm down", "calm it down", False),
        ("calm down", "", False),
        ("über uns", "Erzählen Sie ÜBER uns.", True),
    ],
)
def test_phrases_are_whole_words_in_a_row(phrase: str, text: str, found: bool) -> None:
    assert says([phrase], text, {}) == found
    assert says(["something else", phrase], text, {}) == found


@given(st.lists(st.sampled_from(["so", "it", "is", "this"]), min_size=1, max_size=9), st.data())
def test_any_run_of_words_is_found(words: list[str], data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first + 1, len(words)))
    assert says([", ".join(words[first:last]).upper()], " ".join(words) + ".", {})


@given(st.text(max_size=60))
def test_plain_text_is_plain_already(text: str) -> None:
    assert plain(plain(text)) == plain(text)


def test_a_slot_stands_for_any_part_of_the_name() -> None:
    for text in ("Hello Maria", "Good morning, doctor LÓPEZ.", "Is that you, Maria's mother?"):
        assert says(["{customer}"], text, CONTEXT) == ("mother" not in text)
    for text in ("Hello doctor", "Dr., please", "J and A", "Hello Anna", "customer"):
        assert not says(["{customer}"], text, CONTEXT)
    assert says(["hello {customer}, {product}"], "Hello Maria Velora", CONTEXT)
    assert says(["about {product}"], "It is about velora.", CONTEXT)
    nameless: list[Context] = [
        {},
        {"customer": {}},
        {"customer": {"name": 7}},
        {"customer": "Maria"},
    ]
    for context in nameless:
        assert not says(["{customer}"], "Hello Maria, customer", context)


def test_the_best_of_several_signals_counts() -> None:
    talk = utterance(AGENT, 1, 2, 3, "I will ask, and call you on Tuesday")
    found = [replace(signal("promise"), score=score) for score in (0.8, 0.9, 0.9)]
    assert said(on_signal(kind="promise"), talk, found, {}) is found[1]


def test_said_is_the_signal_itself_or_the_utterance() -> None:
    talk = utterance(CUSTOMER, 1, 2, 3, "I have a rash")
    found = signal("rash", CUSTOMER)
    assert said(on_signal(kind="rash"), talk, [signal("x"), found], {}) is found
    assert said(on_signal(kind="rash", role="agent"), talk, [found], {}) is None
    phrase = said(on_phrase(says=("a rash",)), talk, [], {})
    assert phrase is not None
    assert (phrase.kind, phrase.text, phrase.end) == ("phrase", "I have a rash", 3)
    assert said(on_phrase(says=("a rash",), role="agent"), talk, [], {}) is None
    assert said(on_phrase(says=("a cold",)), talk, [], {}) is None


@pytest.mark.parametrize(
    ("where", "matches"),
    [
        ({}, True),
        ({"form": "Blame"}, True),
        ({"form": ("x", "blame")}, True),
        ({"form": "x"}, False),
        ({"other": "blame"}, False),
        ({"open": False}, True),
        ({"open": True}, False),
        ({"absent": False}, True),
        ({"absent": True}, False),
        ({"form": True, "open": False}, True),
        ({"count": 2}, True),
    ],
)
def test_attributes_of_a_signal(where: dict[str, Any], matches: bool) -> None:
    found = signal("heard", AGENT, form="blame", open=False, count=2)
    assert fits(on_signal(kind="heard", where=where), found) == matches


def test_tier_and_score_of_a_signal() -> None:
    found = signal("heard", tier="review")
    assert not fits(on_signal(kind="heard"), found)
    assert fits(on_signal(kind="heard", tier="review", score=0.8), found)
    assert not fits(on_signal(kind="heard", tier="review", score=0.81), found)


@pytest.mark.parametrize(
    ("conditions", "all_hold", "any_holds"),
    [
        ({}, True, False),
        ({"customer.role": "hcp"}, True, True),
        ({"customer.role": ("patient", "hcp")}, True, True),
        ({"customer.role": "patient", "product": True}, False, True),
        ({"history": True}, False, False),
        ({"history": False, "customer.name.first": False}, True, True),
        ({"count": 3}, True, True),
        ({"count": "3"}, False, False),
    ],
)
def test_context_by_dotted_path(
    conditions: dict[str, Any], all_hold: bool, any_holds: bool
) -> None:
    assert holds(conditions, CONTEXT) == all_hold
    assert holds_any(conditions, CONTEXT) == any_holds
