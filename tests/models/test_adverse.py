"""The first adverse-event detector: single lines, whole conversations, checkpoints.

The lines of spoken_cases.py were written by the author of the rules: regression examples,
and no measure of quality.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.adverse import LIVE, AdverseEvents
from models.lexicon import Lexicon, spoken
from models.types import Signal, Utterance, Word
from stream.audio import Context, PartyId, Role
from tests.models.spoken_cases import EVENTS_LIVE, EVENTS_REVIEW, LACK_OF_EFFECT, NO_ALERT

DATA = Path(os.environ.get("COACH_TEST_DATA", Path(__file__).parents[2] / "../shared/data"))
LEXICON = Lexicon(["rash"], ["humira"], spoken())
"""For property tests, which cannot take a fixture per example."""
ATTRIBUTES = {
    "negated", "hypothetical", "other_person", "history", "indication", "serious", "label",
    "recovered", "animal",
}  # fmt: skip


def utterance(
    text: str, role: Role = "customer", at: float = 0.0, language: str = "en"
) -> Utterance:
    """Words of half a second each, from `at` on."""
    words = tuple(
        Word(word, at + index / 2, at + (index + 1) / 2, 1.0)
        for index, word in enumerate(text.split())
    )
    return Utterance(PartyId(role), role, 1, at, at + len(words) / 2, words, language)


def line(lexicon: Lexicon, text: str, context: Context | None = None) -> list[Signal]:
    return list(AdverseEvents(lexicon).score_text(text, context or {}).signals)


def talk(lexicon: Lexicon, *said: tuple[Role, str], context: Context | None = None) -> list[Signal]:
    """The signals of the last line of a conversation, a line each ten seconds."""
    detector = AdverseEvents(lexicon)
    signals: list[Signal] = []
    for index, (role, text) in enumerate(said):
        signals = detector.step(utterance(text, role, index * 10.0), context or {})
    return signals


@pytest.mark.parametrize("text", EVENTS_LIVE)
def test_a_tied_event_is_live(tiny_lexicon: Lexicon, text: str) -> None:
    (signal, *_) = line(tiny_lexicon, text)
    assert (signal.kind, signal.tier) == ("adverse_event", "live")
    assert signal.attributes.keys() >= ATTRIBUTES


@pytest.mark.parametrize("text", EVENTS_REVIEW)
def test_an_untied_or_doubtful_event_waits_for_review(tiny_lexicon: Lexicon, text: str) -> None:
    (signal,) = line(tiny_lexicon, text)
    assert (signal.kind, signal.tier) == ("adverse_event", "review")


@pytest.mark.parametrize("text", NO_ALERT)
def test_a_hard_negative_alerts_nobody(tiny_lexicon: Lexicon, text: str) -> None:
    assert line(tiny_lexicon, text) == []


@pytest.mark.parametrize("text", LACK_OF_EFFECT)
def test_lack_of_effect_is_a_special_situation(tiny_lexicon: Lexicon, text: str) -> None:
    (signal,) = line(tiny_lexicon, text)
    assert (signal.kind, signal.tier) == ("special_situation", "live")
    assert signal.attributes["situation"] == "lack_of_effect"


def test_the_real_lexicon_judges_the_lines_alike(real_lexicon: Lexicon) -> None:
    for text in EVENTS_LIVE:
        assert line(real_lexicon, text)[0].tier == "live", text
    for text in EVENTS_REVIEW:
        assert [signal.tier for signal in line(real_lexicon, text)] == ["review"], text
    for text in NO_ALERT:
        assert line(real_lexicon, text) == [], text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("my husband got hives after the shot", {"other_person": True}),
        ("my dog threw up after he ate the pill", {"animal": True}),
        ("I was in the hospital after the shot", {"serious": "yes"}),
        ("I had a rash after the shot", {"serious": "no_information", "other_person": False}),
        ("I had hives after the shot but it cleared up", {"recovered": True}),
        ("what if I get hives from the shot", {"hypothetical": True}),
        ("I had headaches for years before I started the shot", {"history": True}),
        ("I was sick as a dog after the shot", {"animal": False}),
    ],
)
def test_attributes_route(tiny_lexicon: Lexicon, text: str, expected: dict[str, Any]) -> None:
    (signal,) = line(tiny_lexicon, text)
    assert {name: signal.attributes[name] for name in expected} == expected


def test_evidence_is_exact(tiny_lexicon: Lexicon) -> None:
    said = utterance("Well, um, I broke out in hives after the Humira.", at=20.0)
    (signal,) = AdverseEvents(tiny_lexicon).step(said, {})
    assert signal.text == said.text
    assert all(said.text[span.start : span.end] == span.text for span in signal.spans)
    assert [(span.label, span.text) for span in signal.spans] == [
        ("event", "broke out in"),
        ("event", "hives"),
        ("product", "Humira"),
    ]
    assert (signal.start, signal.end) == (said.words[3].start, said.words[6].end)


def test_a_denied_event_is_left_out_of_the_spans(tiny_lexicon: Lexicon) -> None:
    (signal,) = line(tiny_lexicon, "no rash but I had headaches after the shot")
    assert [span.text for span in signal.spans if span.label == "event"] == ["headaches"]


def test_the_calls_product_ties_also_when_misheard(tiny_lexicon: Lexicon) -> None:
    context: Context = {"product": "Zyntravel"}
    assert line(tiny_lexicon, "I had hives", {})[0].tier == "review"
    assert line(tiny_lexicon, "I had hives", context)[0].tier == "live"
    assert line(tiny_lexicon, "I am tired", context)[0].tier == "review"
    (signal,) = line(tiny_lexicon, "I am so tired on zintravel", context)
    assert (signal.tier, signal.attributes["link"]) == ("live", "product")


def test_a_product_is_remembered_for_a_minute(tiny_lexicon: Lexicon) -> None:
    detector = AdverseEvents(tiny_lexicon)
    detector.step(utterance("you are calling about your Humira", "agent", 0.0), {})
    assert detector.step(utterance("I have hives", at=50.0), {})[0].tier == "live"
    assert detector.step(utterance("I have hives", at=80.0), {})[0].tier == "review"


@pytest.mark.parametrize(
    ("question", "answer", "tiers"),
    [
        ("Have you had any side effects?", "Yes.", ["live"]),
        ("have you had any side effects", "yeah headaches", ["live"]),
        ("Have you had any side effects?", "No.", []),
        ("Have you had any side effects?", "Yes, no problems, I'm fine.", []),
        ("Have you noticed any rash or headaches?", "Yes I have.", ["review"]),
        ("Would you like to hear about side effects?", "Yes.", []),
        ("How have you been feeling?", "Yes, thank you.", []),
        ("What's your phone number?", "Yes, it's five five five.", []),
    ],
)
def test_an_answer_takes_its_sense_from_the_question(
    tiny_lexicon: Lexicon, question: str, answer: str, tiers: list[str]
) -> None:
    signals = talk(tiny_lexicon, ("agent", question), ("customer", answer))
    assert [signal.tier for signal in signals] == tiers


def test_an_agents_words_are_never_live(tiny_lexicon: Lexicon) -> None:
    said: list[tuple[Role, str]] = [("customer", "I got hives after the shot")]
    (signal,) = talk(tiny_lexicon, *said, ("agent", "I'm sorry. So you had hives after the shot."))
    assert signal.tier == "review"
    assert talk(tiny_lexicon, ("agent", "It may cause headaches after the injection.")) == []
    assert talk(tiny_lexicon, ("agent", "Do you have a rash?")) == []


def test_a_tie_told_later_makes_the_event_live(tiny_lexicon: Lexicon) -> None:
    (signal,) = talk(
        tiny_lexicon,
        ("customer", "I've got hives all over"),
        ("agent", "Oh, that sounds miserable. When did it start?"),
        ("customer", "A couple days after my second shot."),
    )
    assert (signal.tier, signal.attributes["told"]) == ("live", "hives")


def test_other_languages_are_not_judged(tiny_lexicon: Lexicon) -> None:
    said = utterance("Humira rash", language="es")
    assert AdverseEvents(tiny_lexicon).step(said, {}) == []


TURNS: list[tuple[Role, str]] = [
    ("agent", "This is the Humira line, how can I help?"),
    ("customer", "I've got hives all over"),
    ("agent", "Have you had any side effects?"),
    ("customer", "yes"),
    ("customer", "no"),
    ("customer", "it began after my second shot"),
    ("agent", "So you had headaches?"),
    ("customer", "my husband was in the hospital"),
    ("unknown", "the pills stopped working"),
]


@given(
    st.lists(st.sampled_from(TURNS), max_size=12),
    st.integers(0, 12),
    st.lists(st.sampled_from([1.0, 15.0, 70.0]), min_size=12, max_size=12),
)
def test_a_restored_detector_goes_on_the_same(
    turns: list[tuple[Role, str]], stop: int, gaps: list[float]
) -> None:
    lexicon = LEXICON
    said, at = [], 0.0
    for (role, text), gap in zip(turns, gaps, strict=False):
        said.append(utterance(text, role, at))
        at += gap
    whole, first, second = (AdverseEvents(lexicon) for _ in range(3))
    expected = [whole.step(each, {}) for each in said]
    found = [first.step(each, {}) for each in said[:stop]]
    second.restore(json.loads(json.dumps(first.state())))
    found += [second.step(each, {}) for each in said[stop:]]
    assert found == expected
    for signals in expected:
        assert len([signal for signal in signals if signal.kind == "adverse_event"]) <= 1


@given(st.text(alphabet="abi no'?.,rsh \n", max_size=120))
def test_any_text_is_judged_within_bounds(text: str) -> None:
    scored = AdverseEvents(LEXICON).score_text(text, {"product": "Humira"})
    assert 0.0 <= scored.score <= 1.0
    for signal in scored.signals:
        assert (signal.tier == "live") == (signal.score >= LIVE)
        assert all(text[span.start : span.end] == span.text for span in signal.spans)


def test_banking_talk_has_no_live_signal(real_lexicon: Lexicon) -> None:
    calls = sorted(DATA.glob("calls/harper_valley/*[0-9a-f].json"))
    calls = [call for call in calls if "metadata" not in call.name]
    if not calls:
        pytest.skip("no Harper Valley calls: set COACH_TEST_DATA")
    alerts = []
    for call in calls:
        detector = AdverseEvents(real_lexicon)
        for segment in json.loads(call.read_text(encoding="utf-8")):
            role: Role = "agent" if segment["speaker_role"] == "agent" else "customer"
            said = utterance(segment["human_transcript"], role, segment["start_ms"] / 1000)
            alerts += [s for s in detector.step(said, {}) if s.tier == "live"]
    assert alerts == []
