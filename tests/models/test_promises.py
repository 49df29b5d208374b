"""What agents promise in invented lines, and what only sounds like it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.promises import MAX_PROMISES, Promises
from tests.models.talking import call, resumed_alike, utterance


def promises(text: str) -> list[tuple[str, str]]:
    found = Promises().step(utterance(text, "agent"), {})
    assert {(signal.kind, signal.tier) for signal in found} <= {("promise", "review")}
    return [(signal.attributes["what"], signal.attributes["when"]) for signal in found]


@pytest.mark.parametrize(
    ("text", "promise"),
    [
        ("I'll call you back on Tuesday", ("call you back", "on Tuesday")),
        ("A nurse will call you tomorrow morning.", ("call you", "tomorrow morning")),
        ("we're going to send you a new pen", ("send you a new pen", "")),
        (
            "I will pass this on to our safety team today.",
            ("pass this on to our safety team", "today"),
        ),
        ("ok so what i'll do is i'll mail a replacement", ("mail a replacement", "")),
        (
            "One of our nurses will give you a call by the end of the day",
            ("give you a call", "by the end of the day"),
        ),
        ("I'm sending you a new pen today", ("sending you a new pen", "today")),
        ("You'll receive a letter in two weeks", ("receive a letter", "in two weeks")),
        ("i'll make sure somebody calls you", ("calls you", "")),
        (
            "I'll have someone call you this afternoon",
            ("have someone call you", "this afternoon"),
        ),
        ("Let me call you back in an hour", ("call you back", "in an hour")),
        ("i'll find out and call you", ("find out and call you", "")),
        ("Tomorrow I will email you the form", ("email you the form", "Tomorrow")),
        ("I am going to a mail you the form", ("a mail you the form", "")),
        ("I will report this to the safety department, okay?",
         ("report this to the safety department", "")),
        ("we will get back to you within 24 hours", ("get back to you", "within 24 hours")),
    ],
)  # fmt: skip
def test_a_promise_quotes_what_and_when(text: str, promise: tuple[str, str]) -> None:
    assert promises(text) == [promise]


@pytest.mark.parametrize(
    "text",
    [
        "I can send you a new one?",
        "shall I send you a pen",
        "Let me look that up",
        "I'll check that now",
        "I'll put you on hold for a moment",
        "Would you like me to call you back tomorrow",
        "If you like I will send you a form",
        "Your doctor will call you",
        "They said you will call me",
        "I'll send that over right now",
        "you will need to call your doctor",
        "I will not be able to send it",
        "Will you call us back?",
        "I will need you to send me a photo",
        "i'll just ask you a few questions",
        "let me know how it goes",
        "I will transfer you to a nurse",
        "your pharmacy will order it",
    ],
)
def test_no_promise(text: str) -> None:
    assert promises(text) == []


def test_two_promises_of_one_utterance() -> None:
    text = "I'll send you a new pen today and a nurse will call you on Friday"
    assert promises(text) == [("send you a new pen", "today"), ("call you", "on Friday")]


def test_evidence() -> None:
    said = utterance("Okay, I'll call you back on Tuesday then.", "agent", 30.0)
    (signal,) = Promises().step(said, {})
    assert [(span.label, said.text[span.start : span.end]) for span in signal.spans] == [
        ("what", "call you back"),
        ("when", "on Tuesday"),
    ]
    assert (signal.start, signal.end) == (said.words[2].start, said.words[6].end)


def test_only_agents_promise_and_not_without_end() -> None:
    assert Promises().step(utterance("I'll call you back on Tuesday"), {}) == []
    assert len(promises("I will call you. " * 20)) == MAX_PROMISES


CALL = call(("agent", "I'll call you on Monday"), ("customer", "fine"), ("agent", "bye"))


@given(st.integers(0, len(CALL)))
def test_a_restored_detector_goes_on_alike(cut: int) -> None:
    resumed_alike(Promises(), Promises(), CALL, cut)


@given(st.text(max_size=80))
def test_any_text_is_taken(text: str) -> None:
    said = utterance(text, "agent")
    for signal in Promises().step(said, {}):
        assert all(said.text[span.start : span.end] == span.text for span in signal.spans)
