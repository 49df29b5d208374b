"""Wording: slots of titles and phrases, filled from the evidence and the call."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.mirroring import mirrored
from coach.wording import LONGEST, cut, fill, known, named, phrases, slots, title
from models.types import Signal, Span
from stream.audio import PartyId

VALUE = st.text(alphabet="ab cdé", min_size=1, max_size=120).filter(lambda text: text.strip())


def evidence(**attributes: Any) -> Signal:
    text = "since then a rash came"
    span = Span("a rash", 11, 17, "event")
    return Signal("heard", "live", PartyId("c"), 0.9, text, 0, 1, (span,), attributes)


def test_slots_of_the_evidence_and_of_the_call() -> None:
    context = {
        "customer": {"name": "Maria"},
        "product": "Velora",
        "history": [{"text": "first"}, {"text": "asked for an injector"}],
    }
    found = slots(evidence(what="it broke", missing=["lot", "sample_kept"], open=True), context)
    assert found == {
        "customer": "Maria",
        "product": "Velora",
        "last_contact": "asked for an injector",
        "event": "a rash",
        "what": "it broke",
        "missing": "lot, sample kept",
    }
    assert (
        slots(Signal("x", "live", PartyId("c"), 1, "all of it", 0, 1), {})["event"] == "all of it"
    )
    assert slots(None, {"customer": "x", "history": "x", "product": 7}) == {}
    assert slots(None, {"history": []}) == slots(None, {"history": [{"at": 1}]}) == {}
    assert slots(evidence(fact="I dread Fridays"), {})["mirrored"] == "You dread Fridays"


def test_fill_says_all_or_nothing() -> None:
    assert fill("Say {plain} for {term}.", {"plain": "a", "term": "b"}, 90) == "Say a for b."
    assert fill("Say {plain} for {term}.", {"plain": "a"}, 90) == ""
    assert fill("Say {plain}.", {"plain": ""}, 90) == ""
    assert fill("{{as it is}}", {}, 90) == "{as it is}"
    assert known("{a}", {"a": "x"})
    assert not known("{a} {b}", {"a": "x"})
    assert named("{a} and {b} and {a}") == {"a", "b"}


def test_a_short_value_leaves_its_room_to_the_long_one() -> None:
    long = "too few of the cells that fight an infection"
    filled = fill('Say "{plain}" for "{term}".', {"plain": long, "term": "penia"}, 70)
    assert filled == f'Say "{long}" for "penia".'
    assert len(fill("{a}{a}", {"a": "x" * 80}, 30)) <= 30


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=4), VALUE, VALUE, VALUE)
def test_what_is_filled_is_never_longer_than_asked(
    wanted: list[str], a: str, b: str, c: str
) -> None:
    template = "Title: " + ", ".join(f"{{{name}}}" for name in wanted)
    filled = fill(template, {"a": a, "b": b, "c": c}, 90)
    assert filled.startswith("Title: ")
    assert len(filled) <= 90


@given(VALUE, st.integers(1, 80))
def test_cut_keeps_whole_words_where_it_can(text: str, longest: int) -> None:
    short = cut(text, longest)
    assert len(short) <= longest
    clean = " ".join(text.split())
    if len(clean) <= longest:
        assert short == clean
    else:
        assert short.endswith("…")
        assert clean.startswith(short[:-1])


def test_titles_and_phrases() -> None:
    values = {"event": "a " + "very " * 30 + "long one"}
    assert len(title("Mentioned: {event}.", values)) <= len("Mentioned: .") + LONGEST
    assert title("{gone}", {}) == "{gone}"
    assert phrases(["One.", "{gone}", "{event}"], {"event": "x"}) == ["One.", "x"]


@pytest.mark.parametrize(
    ("said", "back"),
    [
        ("I dread every Friday", "You dread every Friday"),
        ("i'm so scared of it", "You're so scared of it"),
        ("I've been waiting for three months now.", "You've been waiting for three months now"),
        ("I am so tired", "You are so tired"),
        ("I was on my own, and I wasn't well", "You were on your own, and you weren't well"),
        ("I look after my mother all by myself", "You look after your mother all by yourself"),
        ("we're worried about our son", "You're worried about your son"),
        ("my hands were numb", "Your hands were numb"),
        ("I feel well since it was me", "You feel well since it was you"),
        ("I'm sure they'd tell us if she was ill", "You're sure they'd tell you if she was ill"),
        ("husband lost his job", ""),
        ("two weeks of not sleeping", ""),
        ("I told you that I am tired", ""),
        ("I " + "really " * 12 + "hate it", ""),
        ("", ""),
        ("...", ""),
    ],
)
def test_what_somebody_said_of_themselves_is_said_back(said: str, back: str) -> None:
    assert mirrored(said) == back


@given(st.text(max_size=80))
def test_nothing_breaks_the_mirror(text: str) -> None:
    assert isinstance(mirrored(text), str)
