"""Cues: each kind's lines, how they are meant, answers, the book's faults, spans and state.

The lines of cue_cases.py were written by the author of the phrases: regression examples, and
no measure of quality.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.cuebook import ASKS, FOLDER, KINDS
from models.cues import LIVE, Cues, load_cues
from models.types import Signal, Utterance, Word
from stream.audio import PartyId, Role
from tests.models import cue_cases, quiet_cases

BOOK = load_cues()
"""Loaded once: property tests cannot take a fixture per example."""
STATEMENTS_OF_A_CALL = {"statement", "hold", "closing"}


def utterance(
    text: str, role: Role = "customer", at: float = 0.0, language: str = "en"
) -> Utterance:
    """Words of half a second each, from `at` on."""
    words = tuple(
        Word(word, at + index / 2, at + (index + 1) / 2, 1.0)
        for index, word in enumerate(text.split())
    )
    return Utterance(PartyId(role), role, 1, at, at + len(words) / 2, words, language)


def heard(text: str, role: Role = "customer", language: str = "en") -> list[Signal]:
    return Cues(BOOK).step(utterance(text, role, language=language), {})


def of_kind(kind: str, text: str, role: Role | None = None) -> list[Signal]:
    return [signal for signal in heard(text, role or speaker(kind)) if signal.kind == kind]


def speaker(kind: str) -> Role:
    return "agent" if KINDS[kind].who == "agent" else "customer"


def pairs(cases: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(kind, text) for kind, texts in cases.items() for text in texts]


def test_every_kind_has_lines_for_and_against() -> None:
    kinds = set(KINDS) - {ASKS}
    for cases in (cue_cases.FIRES, quiet_cases.QUIET):
        assert set(cases) == kinds
        assert all(len(set(texts)) >= 6 for texts in cases.values())


@pytest.mark.parametrize(("kind", "text"), pairs(cue_cases.FIRES))
def test_a_cue_is_live(kind: str, text: str) -> None:
    assert [signal.tier for signal in of_kind(kind, text)] == ["live"]


@pytest.mark.parametrize(("kind", "text"), pairs(quiet_cases.QUIET))
def test_what_only_sounds_like_a_cue_is_none(kind: str, text: str) -> None:
    roles: list[Role] = ["agent", "customer"] if KINDS[kind].who == "anyone" else [speaker(kind)]
    assert [signal for role in roles for signal in of_kind(kind, text, role)] == []


@pytest.mark.parametrize(("kind", "text"), cue_cases.DENIED)
def test_a_denied_escalation_goes_to_review(kind: str, text: str) -> None:
    (signal,) = of_kind(kind, text)
    assert (signal.tier, signal.attributes["denied"]) == ("review", True)
    assert signal.score < LIVE


@pytest.mark.parametrize(("kind", "text"), cue_cases.REVIEWED)
def test_what_is_past_feared_or_weak_goes_to_review(kind: str, text: str) -> None:
    (signal,) = of_kind(kind, text)
    assert signal.tier == "review"


@pytest.mark.parametrize(("kind", "text", "wanted"), cue_cases.ATTRIBUTES)
def test_attributes_say_which(kind: str, text: str, wanted: dict[str, Any]) -> None:
    assert any(wanted.items() <= signal.attributes.items() for signal in of_kind(kind, text))


@pytest.mark.parametrize(("role", "text"), cue_cases.BANK)
def test_ordinary_talk_of_a_bank_raises_next_to_nothing(role: Role, text: str) -> None:
    assert {signal.kind for signal in heard(text, role)} <= STATEMENTS_OF_A_CALL


@pytest.mark.parametrize("kind", [kind for kind in KINDS if KINDS[kind].escalates])
def test_an_agent_escalates_nothing(kind: str) -> None:
    for text in cue_cases.FIRES[kind]:
        assert of_kind(kind, text, "agent") == []


@pytest.mark.parametrize("kind", [kind for kind in KINDS if KINDS[kind].escalates])
def test_danger_is_heard_where_nobody_knows_who_speaks(kind: str) -> None:
    assert all(of_kind(kind, text, "unknown") for text in cue_cases.FIRES[kind])


def test_a_customer_acknowledges_nothing_and_an_agent_has_no_hardship() -> None:
    assert of_kind("acknowledgement", "that sounds exhausting", "customer") == []
    assert of_kind("empathy_opportunity", "I haven't slept for two weeks", "agent") == []


@pytest.mark.parametrize("text", cue_cases.NO_ALARM)
def test_everyday_words_of_danger_are_no_live_escalation(text: str) -> None:
    assert [s for s in heard(text) if KINDS[s.kind].escalates and s.tier == "live"] == []


@pytest.mark.parametrize("text", cue_cases.PLAIN_AGENT)
def test_an_agent_who_only_does_the_work_is_not_corrected(text: str) -> None:
    coached = {"boundary", "unkind_phrase", "acknowledgement", "check_understanding"}
    assert [s for s in heard(text, "agent") if s.kind in coached] == []


def test_an_interpreter_speaks_for_the_customer() -> None:
    assert of_kind("empathy_opportunity", "she is so scared of the needle", "interpreter")


def test_unkind_words_come_with_kinder_ones() -> None:
    for text in cue_cases.FIRES["unkind_phrase"]:
        (signal,) = of_kind("unkind_phrase", text)
        assert len(signal.attributes["kinder"].split()) >= 4
        assert signal.attributes["said"] in text


def test_the_evidence_is_timed_by_its_words() -> None:
    (signal,) = of_kind("empathy_opportunity", "yes well I haven't slept in two weeks you see")
    assert signal.attributes["fact"] == "I haven't slept in two weeks"
    assert (signal.start, signal.end) == (1.0, 4.0)


def test_one_signal_for_each_kind_and_choice_marks_every_place() -> None:
    signals = heard("calm down. It's not our problem. You should have called.", "agent")
    unkind = {signal.attributes["form"]: signal for signal in signals}
    assert set(unkind) == {"dismissive", "blame"}
    assert len(unkind["dismissive"].spans) == 2


def test_contractions_fillers_and_missing_punctuation_do_not_matter() -> None:
    for text in (
        "I, um, I don't know what to do",
        "i do not know what to do",
        "I dont really know um what to do anymore",
    ):
        assert of_kind("empathy_opportunity", text)


def test_the_product_of_the_call_is_its_medicine() -> None:
    said = utterance("you should stop taking the Velora", "agent")
    assert [signal.kind for signal in Cues(BOOK).step(said, {"product": "Velora"})] == ["boundary"]


def talk(*lines: tuple[Role, str], apart: float = 5.0) -> list[Signal]:
    """The signals of the last line, a line every `apart` seconds."""
    cues, signals = Cues(BOOK), list[Signal]()
    for index, (role, text) in enumerate(lines):
        signals = cues.step(utterance(text, role, index * apart), {})
    return signals


@pytest.mark.parametrize(
    ("asked", "answer", "kind"),
    [
        ("Are you having thoughts of hurting yourself?", "yes", "self_harm"),
        ("have you been thinking about suicide", "yeah, sometimes I do", "self_harm"),
        ("Are you safe right now?", "no", "self_harm"),
        ("do you feel safe at home", "no not really", "self_harm"),
        ("Do you have any chest pain right now?", "yes I do", "emergency"),
        ("are you having trouble breathing", "a little", "emergency"),
    ],
)
def test_an_answer_to_a_question_of_danger_escalates(asked: str, answer: str, kind: str) -> None:
    signals = talk(("agent", asked), ("customer", answer))
    assert [(signal.kind, signal.tier) for signal in signals] == [(kind, "live")]
    assert signals[0].attributes["answer"] is True


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("Are you having thoughts of hurting yourself?", "no, nothing like that"),
        ("Are you safe right now?", "yes I'm fine"),
        ("Are you safe right now?", "no problem, I'm fine"),
        ("Are you safe to talk?", "no"),
        ("Do you have any chest pain?", "no"),
        ("Do you have any questions?", "yes"),
        ("have you been thinking about a new pharmacy", "yes"),
    ],
)
def test_other_answers_escalate_nothing(asked: str, answer: str) -> None:
    assert [
        s for s in talk(("agent", asked), ("customer", answer)) if KINDS[s.kind].escalates
    ] == []


def test_a_question_of_danger_waits_for_its_answer_only_so_long() -> None:
    lines: list[tuple[Role, str]] = [("agent", "Are you safe right now?"), ("customer", "no")]
    assert talk(*lines, apart=40.0) == []
    assert talk(lines[0], ("customer", "the pen is here on the table"), lines[1]) == []


def test_other_languages_raise_only_a_request() -> None:
    assert heard("I haven't slept for two weeks", language="de") == []
    (signal,) = heard("perdón, no hablo inglés", language="es")
    assert (signal.kind, signal.attributes["language"]) == ("language_request", "Spanish")


def test_a_leaflet_escalates_nothing() -> None:
    for text in (
        "the leaflet says you might get chest pain or trouble breathing",
        "it says here call 911 if your throat is swelling",
        "side effects include suicidal thoughts",
    ):
        assert [s for s in heard(text) if KINDS[s.kind].escalates] == []


@given(st.text(max_size=400), st.sampled_from(["agent", "customer", "unknown", "interpreter"]))
def test_any_text_gives_spans_that_lie_in_it(text: str, role: Role) -> None:
    check(utterance(text, role))


PIECES = st.sampled_from(
    [*" ".join(text for _, text in pairs(cue_cases.FIRES)).split(), ".", ",", "?", "não", "I'm—"]
)


@given(st.lists(PIECES, max_size=70).map(" ".join), st.sampled_from(["agent", "customer"]))
def test_any_words_of_ours_give_spans_that_lie_in_the_text(text: str, role: Role) -> None:
    check(utterance(text, role))


def check(said: Utterance) -> None:
    """What holds for every signal of an utterance."""
    signals = Cues(BOOK).step(said, {})
    for signal in signals:
        kind = KINDS[signal.kind]
        assert signal.text == said.text
        assert signal.spans
        assert all(said.text[span.start : span.end] == span.text for span in signal.spans)
        assert said.start <= signal.start <= signal.end <= said.end
        assert (signal.tier == "live") == (signal.score >= LIVE)
        assert signal.score == round(signal.score, 2)
        assert kind.quote in signal.attributes or not kind.quote
        json.dumps(signal.attributes)
    choices = [(s.kind, s.attributes.get(KINDS[s.kind].choice)) for s in signals]
    assert len(choices) == len(set(choices))


TALK: list[tuple[Role, str]] = [
    ("agent", "Are you safe right now?"),
    ("agent", "Are you having thoughts of hurting yourself?"),
    ("customer", "yes"),
    ("customer", "no"),
    ("customer", "I can't do this anymore"),
    ("agent", "that sounds hard"),
]


@given(st.lists(st.sampled_from(TALK), max_size=8), st.integers(0, 8))
def test_a_restored_detector_says_the_same(lines: list[tuple[Role, str]], cut: int) -> None:
    through, restored = Cues(BOOK), Cues(BOOK)
    for index, (role, text) in enumerate(lines):
        if index == min(cut, len(lines)):
            restored.restore(json.loads(json.dumps(through.state())))
        said = utterance(text, role, index * 4.0)
        expected = through.step(said, {})
        if index >= cut:
            assert restored.step(said, {}) == expected


FAULTS: list[tuple[str, str]] = [
    ('[[cue]]\nkind = "sorrow"\nphrases = "oh"', "kind 'sorrow': use one of"),
    ('[[cue]]\nkind = "hold"', "phrases is missing"),
    ('[[cue]]\nkind = "hold"\nphrases = "(one / two"', "close each bracket"),
    ('[[cue]]\nkind = "hold"\nphrases = "one {moments}"', "no list {moments}"),
    ('[[cue]]\nkind = "hold"\nphrases = "[one]"', "may be empty"),
    ('[[cue]]\nkind = "hold"\nphrases = ".. one"', "begin with a word"),
    ('[[cue]]\nkind = "hold"\nphrases = "one )"', "')' has no meaning here"),
    ('[[cue]]\nkind = "hold"\nphrases = "one %"', "is no word that is heard"),
    ('[[cue]]\nkind = "hold"\nphrases = "one => two"', "no => here"),
    ('[[cue]]\nkind = "hold"\nphrases = "one"\nscore = 2', "score 2"),
    ('[[cue]]\nkind = "hold"\nphrases = "one"\nnow = true', "for escalations alone"),
    ('[[cue]]\nkind = "hold"\nphrases = "one"\ncolour = 1', "'colour' is unknown"),
    ('[[cue]]\nkind = "boundary"\nphrases = "one"', "attribute form, one of advice"),
    (
        '[[cue]]\nkind = "unkind_phrase"\nphrases = "one"\n[cue.attributes]\nform = "blame"',
        "say what is kinder",
    ),
    ('[mark]\nname = "now"', "'mark' is unknown"),
    ('cue = "one"', "write each cue as a table"),
    ("[[cue]", "cannot be read"),
]


@pytest.mark.parametrize(("body", "message"), FAULTS)
def test_a_fault_of_the_book_is_named_with_its_file(
    tmp_path: Path, body: str, message: str
) -> None:
    shutil.copy(FOLDER / "lists.toml", tmp_path)
    (tmp_path / "mine.toml").write_text(body, encoding="utf-8")
    with pytest.raises(ValueError, match=r"mine\.toml") as caught:
        load_cues(tmp_path)
    assert message in str(caught.value)


def test_a_book_without_lists_says_so(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"lists\.toml is missing"):
        load_cues(tmp_path)


def test_a_list_that_names_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "lists.toml").write_text('[lists]\nround = "go {round}"', encoding="utf-8")
    (tmp_path / "mine.toml").write_text(
        '[[cue]]\nkind = "hold"\nphrases = "{round}"', encoding="utf-8"
    )
    with pytest.raises(ValueError, match="lists within lists"):
        load_cues(tmp_path)


def test_the_book_is_broad() -> None:
    def phrases(kind: str) -> int:
        lines = (line for line in BOOK.lines if line.cue >= 0 and not line.against)
        return sum(BOOK.cues[line.cue].kind == kind for line in lines)

    assert phrases("empathy_opportunity") >= 40
    assert phrases("acknowledgement") >= 60
    forms = {cue.attributes["form"] for cue in BOOK.cues if cue.kind == "boundary"}
    assert forms == set(KINDS["boundary"].values)
