"""Product complaints in invented lines, what only sounds like one, and what is still missing."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.complaints import Complaints
from models.details import DETAILS
from models.types import Signal, Utterance, Word
from stream.audio import Context, PartyId, Role
from tests.models.talking import Said, call, last, resumed_alike, signals, utterance

DATA = Path(os.environ.get("COACH_TEST_DATA", Path(__file__).parents[2] / "../shared/data"))
CONTEXT: Context = {"product": "Zyntravel"}


def complaints(text: str, context: Context | None = None, role: Role = "customer") -> list[Signal]:
    found = Complaints().step(utterance(text, role), context or {})
    assert {signal.kind for signal in found} <= {"product_complaint"}
    return found


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("the pen was jammed and I gave up", "pen was jammed"),
        ("my needle was really bent", "needle was really bent"),
        ("um the liquid looks cloudy", "liquid looks cloudy"),
        ("the pens were already expired when they arrived", "pens were already expired"),
        ("the inhaler is leaking", "inhaler is leaking"),
        ("the plunger wouldn't go down", "plunger wouldn't go down"),
        ("There's bits floating in the vial.", "bits floating"),
        ("the pen doesn't work", "pen doesn't work"),
        ("my patch keeps falling off", "patch keeps falling off"),
        ("the cap won't come off", "cap won't come off"),
        ("the tablets are a different colour than last time", "tablets are a different colour"),
        ("I pressed and nothing came out of the pen", "nothing came out of the pen"),
        ("there were two tablets missing", "tablets missing"),
        ("it just stopped halfway and half the dose leaked out", "stopped halfway"),
    ],
)
def test_a_complaint_of_a_product_or_device_is_live(text: str, what: str) -> None:
    (signal,) = complaints(text)
    assert (signal.tier, signal.attributes["what"]) == ("live", what)
    assert all(text[span.start : span.end] == span.text for span in signal.spans)


@pytest.mark.parametrize(
    "text",
    [
        "the seal was broken when I got it",
        "the box came damaged",
        "they put the wrong strength in the box",
        "the ice pack had melted",
        "it had particles floating in it",
    ],
)
def test_the_calls_product_makes_the_rest_live(text: str) -> None:
    assert [signal.tier for signal in complaints(text)] == ["review"]
    assert [signal.tier for signal in complaints(text, CONTEXT)] == ["live"]


@pytest.mark.parametrize("text", ["it leaked everywhere", "It smells funny", "it turned brown"])
def test_it_needs_something_to_stand_for(text: str) -> None:
    assert complaints(text) == []
    assert [signal.tier for signal in complaints(text, CONTEXT)] == ["live"]
    named: Said = ("customer", "I have the pen here")
    assert [signal.tier for signal in last(Complaints(), named, ("customer", text))] == ["live"]


@pytest.mark.parametrize(
    "text",
    [
        "The needle wasn't bent",
        "I've been waiting on the phone for an hour",
        "your colleague was rude to me",
        "the bill is wrong",
        "my card is broken",
        "my card already expired",
        "the app doesn't work",
        "I have a broken arm",
        "it says not to use it if the liquid is cloudy",
        "my urine is cloudy",
        "I got stuck on hold",
        "how do I take the cap off the pen",
        "my prescription expired",
        "the pill got stuck in my throat",
        "the package has not arrived",
        "the yellow pill is working well",
        "My injection site is yellow",
        "there is nothing wrong with the pen",
        "it completely crushed my plans",
        "it is unbearable if I miss a tablet",
        "it broke my heart",
    ],
)
def test_no_complaint(text: str) -> None:
    assert complaints(text) == []
    assert complaints(text, CONTEXT) == []


@pytest.mark.parametrize(
    "text",
    ["what if the pen is broken", "if the liquid is cloudy can I still use it"],
)
def test_what_is_only_asked_about_is_not_live(text: str) -> None:
    assert not [signal for signal in complaints(text, CONTEXT) if signal.tier == "live"]


def test_an_agents_words_are_not_live() -> None:
    assert complaints("do not use it if the liquid is cloudy", CONTEXT, "agent") == []
    assert complaints("is the pen broken", CONTEXT, "agent") == []
    (signal,) = complaints("so you said the pen was jammed", CONTEXT, "agent")
    assert (signal.tier, signal.score) == ("review", 0.4)


def test_what_is_told_is_no_longer_missing() -> None:
    told = call(
        ("customer", "the pen jammed"),
        ("agent", "Which lot number is on the box?"),
        ("customer", "it's B forty seven"),
        ("agent", "and when does it expire"),
        ("customer", "March 2027"),
        ("agent", "where did you get it"),
        ("customer", "the corner shop pharmacy"),
        ("customer", "I still have it and I took zyntravel and I threw up and the cap broke off"),
    )
    first, *_, final = signals(Complaints(), told, CONTEXT)
    assert first.attributes["missing"] == list(DETAILS[1:])
    assert final.attributes["missing"] == []
    unknown: Said = ("customer", "no idea I threw the box away")
    asked: tuple[Said, ...] = (("customer", "the pen jammed"), ("agent", "where did you get it"))
    (signal,) = last(Complaints(), *asked, unknown, ("customer", "the pen is jammed I tell you"))
    assert "obtained" in signal.attributes["missing"]


CALL = call(
    ("customer", "I have the pen here and it leaked everywhere"),
    ("agent", "what's the lot number"),
    ("customer", "it's B forty seven"),
    ("agent", "so you said the pen leaked"),
    ("customer", "yes the needle was bent too, from the pharmacy"),
    ("customer", "it is cloudy"),
)


@given(st.integers(0, len(CALL)))
def test_a_restored_detector_goes_on_alike(cut: int) -> None:
    resumed_alike(Complaints(), Complaints(), CALL, cut)


@given(st.text(max_size=60))
def test_any_text_is_taken(text: str) -> None:
    json.dumps([signal.attributes for signal in complaints(text)])


def test_bank_calls_raise_no_complaint() -> None:
    calls = sorted((DATA / "calls/harper_valley").glob("*[0-9a-f].json"))
    if not calls:
        pytest.skip(f"no test data in {DATA}")
    for path in calls:
        if path.name.endswith(".metadata.json"):
            continue
        detector = Complaints()
        for number, segment in enumerate(json.loads(path.read_text(encoding="utf-8"))):
            role: Role = "agent" if segment["speaker_role"] == "agent" else "customer"
            at = segment["start_ms"] / 1000
            text = segment["human_transcript"].split()
            words = tuple(Word(word, at, at, 1.0) for word in text)
            said = Utterance(PartyId(role), role, number, at, at, words, "en")
            assert detector.step(said, {}) == [], said.text
