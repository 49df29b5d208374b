"""What the text model reads and what the lists of words find, together."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from models.text import Read
from models.text_labels import DANGERS, LABELS, REPORTABLE, SPECIAL
from models.thresholds import Threshold
from models.told import together
from models.types import Signal, Span, Tier, Utterance, Word
from stream.audio import PartyId

AT = {name: Threshold(0.8, 0.3) for name in REPORTABLE}
TEXT = "my arms came up in lumps"
LUMPS = Span("came up in lumps", 8, 24, "event")
SEEN: list[tuple[float, Tier | None]] = [(0.9, "live"), (0.5, "review"), (0.1, None)]


def said(role: str = "customer") -> Utterance:
    words = tuple(Word(w, n * 0.5, n * 0.5 + 0.4, 0.9) for n, w in enumerate(TEXT.split()))
    assert role in ("agent", "customer")
    return Utterance(
        PartyId(role), "agent" if role == "agent" else "customer", 1, 0.0, 3.0, words, "en"
    )


def read(*spans: Span, **labels: float) -> Read:
    return Read({**dict.fromkeys(LABELS, 0.01), **labels}, spans)


def listed(kind: str, tier: Tier = "live", **attributes: Any) -> Signal:
    return Signal(kind, tier, PartyId("customer"), 0.7, TEXT, 0.0, 0.9, (), attributes)


@pytest.mark.parametrize(("p", "tier"), SEEN)
def test_what_the_model_alone_finds_has_its_words_for_evidence(p: float, tier: Tier | None) -> None:
    found = together(said(), read(LUMPS, adverse_event=p, serious=0.9), AT, [])
    if tier is None:
        assert found == []
        return
    (signal,) = found
    assert (signal.kind, signal.tier, signal.score) == ("adverse_event", tier, p)
    assert signal.spans == (LUMPS,)
    assert (signal.start, signal.end) == (1.0, 2.9), "the seconds of these words"
    assert signal.attributes["serious"] == "yes"
    assert signal.attributes["negated"] is False


@pytest.mark.parametrize(("p", "tier"), SEEN)
def test_how_a_find_of_the_lists_counts_is_the_models_to_say(p: float, tier: Tier | None) -> None:
    own = listed("adverse_event", link="cause", negated=True, serious="no_information")
    (signal,) = together(said(), read(adverse_event=p, recovered=0.9), AT, [own])
    assert signal.tier == ("review" if tier is None else "live"), "the model seconds or doubts it"
    unsure = replace(own, tier="review")
    (signal,) = together(said(), read(adverse_event=p, recovered=0.9), AT, [unsure])
    assert signal.tier == (tier or "review"), "a person reads it all the same"
    assert signal.attributes["link"] == "cause"
    if tier is not None:
        assert signal.attributes["recovered"] is True
        assert signal.attributes["negated"] is False


@pytest.mark.parametrize("danger", DANGERS)
@pytest.mark.parametrize(("p", "tier"), SEEN)
def test_of_danger_what_either_finds_counts(danger: str, p: float, tier: Tier | None) -> None:
    (kept,) = together(said(), read(**{danger: p}), AT, [listed(danger)])
    assert kept.tier == "live"
    alone = together(said(), read(**{danger: p}), AT, [])
    assert [each.tier for each in alone] == [tier] * (tier is not None)


def test_each_situation_is_a_signal_of_its_own() -> None:
    probable = dict.fromkeys(SPECIAL, 0.9)
    own = listed("special_situation", situation="lack_of_effect")
    found = together(said(), read(**probable), AT, [own])
    assert {each.kind for each in found} == {"special_situation"}
    assert [each.attributes["situation"] for each in found] == [
        "lack_of_effect",
        *(name for name in SPECIAL if name != "lack_of_effect"),
    ]


def test_of_doubts_the_likeliest_is_told_and_the_others_are_named() -> None:
    read_so = read(adverse_event=0.4, overdose=0.5, misuse=0.7, complaint=0.6, pregnancy=0.9)
    found = together(said(), read_so, AT, [])
    assert [(each.kind, each.tier, each.attributes.get("situation")) for each in found] == [
        ("adverse_event", "review", None),
        ("special_situation", "live", "pregnancy"),
        ("special_situation", "review", "misuse"),
    ]
    assert [each.attributes.get("also") for each in found] == [
        None,
        None,
        ["complaint", "overdose"],
    ]


def test_a_complaint_says_what_it_is_about() -> None:
    (signal,) = together(said(), read(LUMPS, complaint=0.9), AT, [])
    assert (signal.kind, signal.attributes["what"]) == ("product_complaint", LUMPS.text)


def test_what_an_agent_says_back_is_never_live() -> None:
    probable = dict.fromkeys(REPORTABLE, 0.99)
    found = together(said("agent"), read(**probable), AT, [])
    assert found[0].kind == "adverse_event"
    assert {each.tier for each in found} == {"review"}


def test_what_the_model_does_not_tell_is_left_alone() -> None:
    # "abuse" is what a person does to another; the model's is what is done with a medicine.
    own = [listed("jargon"), listed("tampering"), listed("abuse")]
    assert together(said(), read(), AT, own) == own


def test_nothing_is_taken_from_the_lists() -> None:
    """Whatever the model says, each find of theirs is among the signals."""
    own = [listed("adverse_event"), listed("product_complaint", what="lumps"), listed("emergency")]
    kinds = [each.kind for each in together(said(), read(), AT, own)]
    assert kinds == [each.kind for each in own]


def test_an_event_without_a_word_to_show_for_it_disturbs_nobody() -> None:
    (signal,) = together(said(), read(adverse_event=0.95), AT, [])
    assert signal.tier == "review", "a 'yes' to a question"
    (shown,) = together(said(), read(LUMPS, adverse_event=0.95), AT, [])
    assert shown.tier == "live"
    (danger,) = together(said(), read(emergency=0.95), AT, [])
    assert danger.tier == "live", "its words are the whole utterance"
