"""Jargon: the glossary and its checks, single lines, conversations, checkpoints."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.explained import explained
from models.jargon import AGAIN, MAX_KNOWN, Glossary, Jargon, load_glossary
from models.lexicon import Lexicon, spoken
from models.terms import MAX_NAME_WORDS, Finder
from models.tokens import tokenize
from models.types import Signal, Utterance, Word
from stream.audio import Context, PartyId, Role
from tests.models.jargon_cases import NO_PLAIN, PLAIN, QUIET, REVIEW

GLOSSARY = load_glossary()
LEXICON = Lexicon(["osteomyelitis"], ["lenalidomide", "humira"], spoken())
KNOWN_WORDS = 3.0
"""Zipf frequency of words that may well be said without being jargon: one in a million."""


def utterance(text: str, role: Role = "agent", at: float = 0.0, language: str = "en") -> Utterance:
    """Words of half a second each, from `at` on."""
    words = tuple(
        Word(word, at + index / 2, at + (index + 1) / 2, 1.0)
        for index, word in enumerate(text.split())
    )
    return Utterance(PartyId(role), role, 1, at, at + len(words) / 2, words, language)


def line(text: str, context: Context | None = None) -> list[Signal]:
    return Jargon(GLOSSARY, LEXICON).step(utterance(text), context or {})


def talk(*said: tuple[Role, str], gap: float = 10.0) -> list[list[str]]:
    """The terms noticed in each line of a conversation, a line each `gap` seconds."""
    detector = Jargon(GLOSSARY, LEXICON)
    return [
        [
            span.text
            for signal in detector.step(utterance(text, role, index * gap), {})
            for span in signal.spans
        ]
        for index, (role, text) in enumerate(said)
    ]


@pytest.mark.parametrize(("text", "plain"), PLAIN)
def test_jargon_comes_with_plain_words(text: str, plain: str) -> None:
    (signal,) = line(text)
    assert (signal.kind, signal.tier, signal.attributes["plain"]) == ("jargon", "live", plain)
    assert signal.attributes["term"] in text


@pytest.mark.parametrize("text", NO_PLAIN)
def test_hardly_known_words_are_live_without_plain_words(text: str) -> None:
    (signal,) = line(text)
    assert (signal.tier, signal.attributes["plain"]) == ("live", "")


@pytest.mark.parametrize("text", REVIEW)
def test_rare_words_without_plain_words_wait_for_review(text: str) -> None:
    (signal,) = line(text)
    assert (signal.tier, signal.attributes["plain"]) == ("review", "")


@pytest.mark.parametrize("text", QUIET)
def test_a_hard_negative_raises_nothing(text: str) -> None:
    assert line(text) == []


def test_the_real_lexicon_judges_the_lines_alike(real_lexicon: Lexicon) -> None:
    def judged(text: str) -> list[str]:
        detector = Jargon(GLOSSARY, real_lexicon)
        return [signal.tier for signal in detector.step(utterance(text), {})]

    assert [text for text, _ in PLAIN if judged(text) != ["live"]] == []
    assert [text for text in QUIET if judged(text)] == []


def test_the_signal_is_of_the_rarest_term_that_has_plain_words() -> None:
    text = "Velora is a subcutaneous injection and the nurse will titrate it for costochondritis"
    (signal,) = line(text)
    assert signal.attributes == {
        "term": "titrate",
        "plain": "change the dose step by step",
        "acronym": False,
    }
    assert [span.text for span in signal.spans] == ["subcutaneous", "titrate", "costochondritis"]
    assert (signal.start, signal.end) == (4.5, 5.0)


def test_an_acronym_says_so() -> None:
    (signal,) = line("your HCPs know")
    assert signal.attributes["acronym"] is True
    assert signal.attributes["term"] == "HCPs"


@pytest.mark.parametrize(
    ("context", "tier"),
    [
        ({}, "live"),
        ({"customer": {"role": "patient"}}, "live"),
        ({"customer": {"role": "caregiver"}}, "live"),
        ({"customer": {"role": "hcp"}}, "review"),
        ({"customer": "hcp"}, "live"),
    ],
)
def test_to_a_professional_it_is_for_review(context: Context, tier: str) -> None:
    (signal,) = line("it may cause erythema", context)
    assert signal.tier == tier


@pytest.mark.parametrize(
    ("text", "context"),
    [
        ("your Velora autoinjector comes on Monday", {"product": "Velora autoinjector"}),
        ("your subcutinol comes on Monday", {"product": {"name": "Subcutinol"}}),
        ("thrombocare has a new nurse", {"vocabulary": ["Thrombocare"]}),
        ("ask for the QRXT team", {"vocabulary": ["QRXT"]}),
        ("am I speaking with missis cardiopoulos", {"customer": {"name": "Eva Cardiopoulos"}}),
        ("this is hemolisa speaking", {"agent": {"id": "a1", "name": "Hemolisa"}}),
    ],
)
def test_names_of_the_context_are_no_jargon(text: str, context: Context) -> None:
    assert line(text, context) == []


def test_a_glossary_word_in_the_vocabulary_is_still_jargon() -> None:
    assert line("it's subcutaneous", {"vocabulary": ["subcutaneous"]})


def test_a_context_of_any_size_and_shape_is_read_in_bounds() -> None:
    words = [f"thrombo{'x' * (index % 40)}{chr(97 + index % 26)}" for index in range(5000)]
    context: Context = {"vocabulary": [words, [[[["deep"]]]]], "customer": 3, "product": None}
    assert line(f"the {words[0]} team", context) == []
    assert line(f"the {words[MAX_NAME_WORDS + 1]} team", context)


def test_a_term_counts_once_in_a_while() -> None:
    detector = Jargon(GLOSSARY)

    def noticed(at: float, text: str) -> bool:
        return bool(detector.step(utterance(text, at=at), {}))

    assert noticed(0.0, "it's subcutaneous")
    assert not noticed(AGAIN / 2, "a subcutaneous injection")
    assert not noticed(AGAIN - 1.0, "sub cutaneously then")
    assert noticed(AGAIN + 2.0, "it's subcutaneous")


def test_a_span_of_another_term_counts_too() -> None:
    assert talk(
        ("agent", "it's subcutaneous and we titrate it"), ("agent", "yes subcutaneous")
    ) == [["subcutaneous", "titrate"], []]


def test_what_the_customer_says_first_is_known() -> None:
    assert talk(
        ("customer", "I have neutropenia and a P A"), ("agent", "with neutropenia the PA is quick")
    ) == [[], []]


@pytest.mark.parametrize(
    "question",
    ["what is neutropenia", "what does neutropenia mean", "I don't understand that neutropenia"],
)
def test_who_asks_about_a_term_does_not_know_it(question: str) -> None:
    said = talk(("customer", question), ("agent", "it comes with neutropenia sometimes"))
    assert said[1] == ["neutropenia"]


def test_who_echoes_a_term_does_not_know_it() -> None:
    said = talk(
        ("agent", "it can bring neutropenia"),
        ("customer", "Neutropenia?"),
        ("agent", "Neutropenia we would watch for"),
        gap=AGAIN,
    )
    assert said == [["neutropenia"], [], ["Neutropenia"]]


@pytest.mark.parametrize(
    "explanation",
    ["that means just under the skin", "It means not deep.", "so you go under the skin with it"],
)
def test_what_the_next_breath_explains_is_known(explanation: str) -> None:
    detector = Jargon(GLOSSARY)
    detector.step(utterance("it's subcutaneous"), {})
    detector.step(utterance("What's that?", "customer", 3.0), {})
    detector.step(utterance("Okay.", at=4.0), {})
    detector.step(utterance(explanation, at=5.0), {})
    assert detector.step(utterance("the subcutaneous one", at=AGAIN * 2), {}) == []


def test_what_is_explained_much_later_was_not_the_next_breath() -> None:
    detector = Jargon(GLOSSARY)
    detector.step(utterance("it's subcutaneous"), {})
    detector.step(utterance("that means you can go", at=60.0), {})
    assert detector.step(utterance("the subcutaneous one", at=AGAIN * 2), {})


@pytest.mark.parametrize("role", ["customer", "interpreter", "other", "unknown"])
def test_only_agents_speak_jargon(role: Role) -> None:
    assert Jargon(GLOSSARY).step(utterance("it's subcutaneous", role), {}) == []


def test_other_languages_are_not_judged() -> None:
    detector = Jargon(GLOSSARY)
    assert detector.step(utterance("eine subcutaneous Injektion", language="de"), {}) == []
    assert detector.step(utterance("", language=""), {}) == []
    assert detector.step(utterance("subcutaneous", language=""), {})


def test_a_text_in_capitals_is_read_as_if_small() -> None:
    (signal,) = line("THE SUBCUTANEOUS SHOT IS FOR YOU")
    assert [span.text for span in signal.spans] == ["SUBCUTANEOUS"]
    assert line("YOUR BID IS IN PA AND SOC") == []


def test_an_acronym_written_out_is_explained() -> None:
    finder = Finder(GLOSSARY)
    text = "the MRI, that magnetic resonance imaging"
    tokens = tokenize(text)
    (mri, _) = finder.find(text, tokens, {})
    assert (mri.key, explained(mri, tokens)) == ("mri", True)


# Whatever is said.

PIECES = st.sampled_from(
    ["subcutaneous", "sub", "cutaneous", "P", "A", "E", "PA", "MRI", "QRXT", "lot", "4", "I", "a",
     "means", "that", "under", "the", "skin", "b.i.d.", "prn", "don't", "um", "hypoxia?", "-itis",
     "costochondritis.", "prior", "authorization,", "what", "is", "İ", "ß", "…", "’s", "HCP's"]
)  # fmt: skip
TEXTS = st.lists(st.one_of(PIECES, st.text(min_size=1, max_size=8)), max_size=14).map(" ".join)
LINES = st.lists(st.tuples(st.sampled_from(["agent", "customer", "other"]), TEXTS), max_size=8)


def heard(said: list[tuple[Any, str]]) -> list[Utterance]:
    return [utterance(text, role, index * 9.0) for index, (role, text) in enumerate(said)]


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_evidence_is_exact_whatever_is_said(text: str) -> None:
    said = utterance(text)
    signals = Jargon(GLOSSARY, LEXICON).step(said, {})
    assert len(signals) <= 1
    for signal in signals:
        assert signal.text == said.text
        assert signal.attributes["term"] in [span.text for span in signal.spans]
        assert said.start <= signal.start <= signal.end <= said.end
        ends = [(span.start, span.end) for span in signal.spans]
        assert ends == sorted(ends)
        assert all(a[1] <= b[0] for a, b in pairwise(ends))
        assert all(said.text[s.start : s.end] == s.text for s in signal.spans)


@given(LINES, st.integers(0, 8))
@settings(max_examples=100, deadline=None)
def test_a_restored_detector_goes_on_alike(said: list[tuple[Any, str]], cut: int) -> None:
    whole, first, second = (Jargon(GLOSSARY, LEXICON) for _ in range(3))
    lines = heard(said)
    expected = [whole.step(each, {}) for each in lines]
    found = [first.step(each, {}) for each in lines[:cut]]
    second.restore(json.loads(json.dumps(first.state())))
    found += [second.step(each, {}) for each in lines[cut:]]
    assert found == expected
    assert second.state() == whole.state()


def test_the_memory_is_bounded() -> None:
    detector = Jargon(GLOSSARY)
    for index in range(MAX_KNOWN + 50):
        odd = "".join(chr(97 + int(digit)) for digit in str(index))
        detector.step(utterance(f"my {odd}nephrosis", "customer", index * 1.0), {})
        detector.step(utterance(f"it's {odd}thrombosis then", at=index * 0.1), {})
    state = detector.state()
    assert len(state["known"]) == MAX_KNOWN
    assert len(state["counted"]) <= MAX_KNOWN


def test_a_glossary_is_shared_and_read_only() -> None:
    before = GLOSSARY.entries
    line("it's subcutaneous for the QRXT")
    assert GLOSSARY.entries == before
    assert isinstance(GLOSSARY, Glossary)
