"""Key facts of invented lines, their reading back, and the numbers behind them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.facts import MAX_FACTS, Facts
from models.lexicon import Lexicon
from models.lines import Line
from models.types import Word
from stream.audio import Context
from tests.models.talking import Said, call, last, resumed_alike, signals, utterance

CONTEXT: Context = {"product": "Zyntravel", "vocabulary": ["Calmoderm"]}


def told(text: str, context: Context | None = None) -> list[tuple[str, str]]:
    found = Facts().step(utterance(text), CONTEXT if context is None else context)
    assert {signal.kind for signal in found} <= {"key_fact"}
    return [(signal.attributes["type"], signal.attributes["value"]) for signal in found]


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("it began on the third of March I believe", ("date", "the third of March")),
        ("that was March 3rd, in the evening.", ("date", "March 3rd")),
        ("I had it last Tuesday", ("date", "last Tuesday")),
        ("it arrived 03/04", ("date", "03/04")),
        ("a couple of days ago", ("date", "a couple of days ago")),
        ("um since yesterday really", ("date", "yesterday")),
        ("i'm on 40 milligrams", ("dose", "40 milligrams")),
        ("I take two tablets a day.", ("dose", "two tablets a day")),
        ("forty mg twice a day", ("dose", "forty mg twice a day")),
        ("half a tablet in the morning", ("dose", "half a tablet in the morning")),
        ("it says lot number B forty-seven", ("lot", "B forty-seven")),
        ("the batch is A12 I think", ("lot", "A12")),
        ("lot number is B as in boy four seven", ("lot", "B as in boy four seven")),
        ("my number is 555-014-2277", ("phone", "555-014-2277")),
        (
            "reach me on five five five oh one four double two double seven",
            ("phone", "five five five oh one four double two double seven"),
        ),
        ("for two weeks now", ("duration", "two weeks")),
        ("it has gone on for a month", ("duration", "a month")),
        ("I've been using zintravel", ("product", "zintravel")),
        ("and calmoderm as well", ("product", "calmoderm")),
        ("then I threw up", ("symptom", "threw up")),
    ],
)
def test_a_fact_is_quoted(text: str, fact: tuple[str, str]) -> None:
    assert fact in told(text)


@pytest.mark.parametrize(
    "text",
    [
        "how are you today",
        "there were a lot of 40 people ahead of me",
        "my account number is 4 0 0 2 1 8 8 3",
        "I'm 34 years old",
        "no rash or anything like that",
        "what if I get a rash",
        "I may come by",
        "the second one is fine",
        "every two weeks",
        "march on and take care",
        "I lost my debit card",
        "it says it can cause a rash",
        "one of them told me so",
        "I have diabetes",
    ],
)
def test_no_fact(text: str) -> None:
    assert told(text) == []


def test_evidence_and_doubt() -> None:
    said = utterance("Well, it's lot B forty-seven.", at=10.0)
    words = list(said.words)
    words[3] = Word("B", words[3].start, words[3].end, 0.4)
    said = type(said)(said.party, said.role, 1, said.start, said.end, tuple(words), "en")
    (signal,) = Facts().step(said, {})
    assert (signal.kind, signal.tier, signal.score) == ("key_fact", "review", 0.5)
    assert signal.attributes == {"type": "lot", "value": "B forty-seven", "doubtful": True}
    assert (signal.start, signal.end) == (words[3].start, words[4].end)
    (span,) = signal.spans
    assert said.text[span.start : span.end] == span.text == "B forty-seven"


def test_a_bare_code_is_a_lot_once_the_agent_asked() -> None:
    assert told("it's B forty seven") == []
    (signal,) = last(
        Facts(), ("agent", "What's the lot number on the box?"), ("customer", "it's B forty seven")
    )
    assert signal.attributes["value"] == "B forty seven"
    asked: Said = ("agent", "and the lot number")
    assert last(Facts(), asked, ("customer", "she is a 54 year old")) == []


@pytest.mark.parametrize(
    ("fact", "reply"),
    [
        ("lot number B forty-seven", "that's lot B 4 7, thank you"),
        ("lot number B forty-seven", "B as in bravo four seven right"),
        ("the batch is A12", "a twelve got it"),
        ("it started on the third of March", "so March 3rd"),
        ("it was 03/04", "so the fourth of march"),
        ("last tuesday", "On Tuesday, I see."),
        ("I take forty milligrams a day", "You're on 40 mg then"),
        ("two tablets a day", "so 2 tablets each day"),
        ("555-014-2277 is my number", "five five five zero one four double two double seven"),
        ("for two weeks now", "Two weeks of that sounds hard"),
        ("I take Zyntravel", "how long have you been on zyntravel"),
        ("I had a rash", "Sorry about the rash."),
    ],
)
def test_a_value_read_back(fact: str, reply: str) -> None:
    (told_fact, *_), (signal, *_) = (
        Facts().step(utterance(fact), CONTEXT),
        last(Facts(), ("customer", fact), ("agent", reply), context=CONTEXT),
    )
    assert (signal.kind, signal.tier, signal.party) == ("read_back", "review", "agent")
    expected = ("type", "value")
    assert {name: signal.attributes[name] for name in expected} == {
        name: told_fact.attributes[name] for name in expected
    }


@pytest.mark.parametrize(
    ("fact", "reply"),
    [
        ("lot number B forty-seven", "thanks for the lot number"),
        ("lot number B forty-seven", "B 74 thank you"),
        ("it started on the third of March", "in March then"),
        ("it started on the third of March", "we have 3 people here and it is April"),
        ("last tuesday", "I'll call you back on Tuesday"),
        ("I take forty milligrams", "and forty people asked"),
        ("for two weeks now", "two days is fine"),
        ("it began a week ago", "and then two weeks later"),
        ("for three days", "three four times a day is fine"),
        ("555-014-2277 is my number", "5550142"),
        ("I had a rash", "does it rain there"),
    ],
)
def test_not_read_back(fact: str, reply: str) -> None:
    assert last(Facts(), ("customer", fact), ("agent", reply), context=CONTEXT) == []


def test_reading_back_is_told_once_and_not_late() -> None:
    facts = Facts()
    facts.step(utterance("lot number B forty-seven"), {})
    assert facts.step(utterance("B 47", "agent", 200.0), {}) == []
    facts.step(utterance("lot number B forty-seven", at=210.0), {})
    assert len(facts.step(utterance("B 47", "agent", 220.0), {})) == 1
    assert facts.step(utterance("B 47", "agent", 230.0), {}) == []


def test_a_fact_is_told_once_unless_it_was_doubtful() -> None:
    facts = Facts()
    assert len(facts.step(utterance("lot number B 47", p=0.3), {})) == 1
    (again,) = facts.step(utterance("lot number B 47", at=5.0), {})
    assert again.attributes["doubtful"] is False
    assert facts.step(utterance("lot number B 47", at=9.0), {}) == []


def test_drug_names_come_from_the_lexicon(tiny_lexicon: Lexicon) -> None:
    (signal,) = Facts(tiny_lexicon).step(utterance("I'm on ozempic"), {})
    assert (signal.attributes["type"], signal.attributes["value"]) == ("product", "ozempic")


def test_agents_mixed_voices_and_other_languages_tell_no_facts() -> None:
    text = "lot number B 47"
    assert Facts().step(utterance(text, "agent"), {}) == []
    assert Facts().step(utterance(text, "unknown"), {}) == []
    assert Facts().step(utterance(text, language="de"), {}) == []


def test_the_memory_is_bounded() -> None:
    facts = Facts()
    for number in range(100, 200):
        facts.step(utterance(f"lot number B {number}", at=float(number)), {})
    assert len(facts.state()["facts"]) == MAX_FACTS


CALL = call(
    ("customer", "I take Zyntravel forty milligrams since the third of March"),
    ("agent", "forty milligrams and what's the lot number"),
    ("customer", "it's B forty seven"),
    ("agent", "B 4 7 and since March 3rd"),
    ("customer", "yes and lot B forty seven my number is 555 014 2277"),
    ("agent", "555 014 2277 thank you"),
)


@given(st.integers(0, len(CALL)))
def test_a_restored_detector_goes_on_alike(cut: int) -> None:
    resumed_alike(Facts(), Facts(), CALL, cut, CONTEXT)


def test_the_whole_call() -> None:
    kinds = [(s.kind, s.attributes["type"]) for s in signals(Facts(), CALL, CONTEXT)]
    assert kinds == [
        *(("key_fact", each) for each in ("product", "dose", "date")),
        ("read_back", "dose"),
        ("key_fact", "lot"),
        *(("read_back", each) for each in ("date", "lot")),
        ("key_fact", "phone"),
        ("read_back", "phone"),
    ]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("I'll, um, call you on the third.", " i will call you on the 3rd . "),
        ("one hundred and five", " 105 "),
        ("two hundred", " 200 "),
        ("double five six oh", " 5 5 6 0 "),
        ("twenty twenty", " 20 20 "),
        ("twenty first", " 21st "),
        ("1,000 units", " 1000 units "),
        ("0.5 ml", " 0.5 ml "),
        ("40mg? Yes", " 40 mg ? yes "),
        ("oh dear", " oh dear "),
        ("", "  "),
    ],
)
def test_plain_lines(text: str, plain: str) -> None:
    assert Line.of(text).plain == plain


@given(st.text(max_size=80))
def test_any_text_has_a_line_whose_quotes_are_of_the_text(text: str) -> None:
    line = Line.of(text)
    start, end = line.chars(0, len(line.plain))
    assert 0 <= start <= end <= len(text)
    assert line.quote(0, len(line.plain)) == text[start:end]
    json.dumps(told(text))
