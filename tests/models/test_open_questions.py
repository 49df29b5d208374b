"""Questions of customers in invented lines, their topics, and those that agents let pass."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.open_questions import MAX_OPEN, OpenQuestions
from models.topics import MAX_TOPIC
from models.types import Signal
from tests.models.talking import Said, call, resumed_alike, signals, utterance

QUESTION: Said = ("customer", "How do I store it on a trip?")


def topics(text: str) -> list[str]:
    found = OpenQuestions().step(utterance(text), {})
    assert {(signal.kind, signal.tier) for signal in found} <= {("question", "review")}
    return [signal.attributes["topic"] for signal in found]


def passed(*said: Said) -> list[Signal]:
    found = signals(OpenQuestions(), call(*said))
    return [signal for signal in found if signal.kind == "unanswered_question"]


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("How do I store it?", "how to store it"),
        ("i got it monday how do i store it because my fridge broke", "how to store it"),
        ("can I take it with ibuprofen", "taking it with ibuprofen"),
        ("Should I take it with food or without?", "taking it with food"),
        ("Is it OK to travel with it?", "traveling with it"),
        ("is it safe if I take it during pregnancy", "taking it during pregnancy"),
        ("I was wondering whether I can drink alcohol on it", "drinking alcohol on it"),
        ("um I don't know how to store it", "how to store it"),
        ("when will my pens arrive", "when my pens will arrive"),
        ("so what are the side effects", "the side effects"),
        ("How long?", "how long"),
        ("I wanted to ask about the copay card", "the copay card"),
        ("So I take it in the morning?", "taking it in the morning"),
        ("can you send me a new one", "a new one"),
        ("do you know if it has gluten", "whether it has gluten"),
        ("will it make me tired", "making me tired"),
        ("no one told me what to do if I miss a dose", "missing a dose"),
        ("what happens if I miss a dose", "missing a dose"),
        ("why does it burn so much", "why it burns so much"),
        ("can my wife give me the shot", "my wife giving the shot"),
        ("where do I inject it", "where to inject it"),
        ("What, what should I do, do about the swelling", "the swelling"),
        ("so what is going on with my order", "what is going on"),
        ("Do you, do you think I should keep going to work?", "keeping going to work"),
        ("Is that normal?", "whether that is normal"),
    ],
)
def test_a_question_and_its_topic(text: str, topic: str) -> None:
    assert topics(text) == [topic]


@pytest.mark.parametrize(
    "text",
    [
        "hi how are you",
        "Sorry, what?",
        "it hurts you know?",
        "what was that",
        "Can you repeat that please",
        "can you hear me",
        "who knows",
        "What can I say",
        "I don't know what to do anymore",
        "and so do I",
        "that is what I did",
        "why me",
        "The pen?",
        "are you there",
        "I know how to store it",
        "he asked me how do I feel",
        "I'm not sure if this is the right number",
        "my name is Maria and I use the pen",
        "yeah I can, I can, I live with my sister",
        "I, I do, I do some sports",
        "Probably like six or seven times a day?",
        "Is, is that OK?",
        "Am I what?",
        "it hurts which is a pity",
    ],
)
def test_no_question(text: str) -> None:
    assert topics(text) == []


@pytest.mark.parametrize(
    "reply",
    [
        "You can store it in the fridge.",
        "Between two and eight degrees, and out of the light.",
        "It keeps for a month once it is opened",
        "I'll find out and call you back tomorrow.",
        "That's a question for your pharmacist, please ask your pharmacist.",
        "Good question. A cool bag is fine for a trip.",
        "Okay, keep it cool.",
        "Yes, you can take it along.",
    ],
)
def test_an_answer_settles_a_question(reply: str) -> None:
    assert not passed(
        QUESTION,
        ("agent", reply),
        ("customer", "all right then"),
        ("agent", "Can I have your postcode?"),
        ("customer", "it's a long one"),
        ("agent", "Is there anything else I can help you with?"),
    )


@pytest.mark.parametrize(
    "reply",
    [
        "Okay. Can I get your date of birth?",
        "I am so sorry to hear that you are going through this.",
        "Before we go on I need to verify your address on the file.",
        "Do you store it in the fridge?",
        "I see on my screen that you joined us in spring.",
        "I'll send you a new pen tomorrow.",
        "Thank you for calling us about this, really.",
        "Yes I see your file.",
        "This call may be recorded for quality and for training.",
    ],
)
def test_what_is_no_answer(reply: str) -> None:
    (signal,) = passed(
        QUESTION,
        ("agent", reply),
        ("customer", "it's the fifth of May"),
        ("agent", "And can I have your postcode"),
        ("customer", "it's a long one"),
    )
    assert signal.attributes["topic"] == "how to store it on"[: len(signal.attributes["topic"])]


def test_it_is_told_at_the_second_turn_with_the_questions_own_evidence() -> None:
    said = call(
        QUESTION,
        ("agent", "Can I get your date of birth?"),
        ("customer", "May fifth"),
        ("agent", "And your zip code?"),
        ("customer", "it's one two three"),
    )
    detector = OpenQuestions()
    found = [detector.step(each, {}) for each in said]
    assert [len(each) for each in found] == [1, 0, 0, 1, 0]
    (signal,) = found[3]
    assert (signal.party, signal.text) == ("customer", said[0].text)
    assert (signal.start, signal.end) == (said[0].start, said[0].end)
    assert signal.attributes["at"] == round(said[3].end, 2)


def test_a_turn_without_a_question_ends_when_the_customer_speaks() -> None:
    said = call(
        QUESTION,
        ("agent", "I have your file here now."),
        ("agent", "I see your name."),
        ("customer", "mm-hm okay"),
        ("agent", "I see your plan as well."),
        ("customer", "fine go on"),
        ("agent", "I will note the plan here."),
        ("customer", "and then"),
    )
    detector = OpenQuestions()
    found = [detector.step(each, {}) for each in said]
    assert [len(each) for each in found] == [1, 0, 0, 0, 0, 0, 0, 1]
    assert found[7][0].attributes["at"] == round(said[7].start, 2)


def test_closing_tells_what_is_open_at_once() -> None:
    closing: Said = ("agent", "Is there anything else I can help you with?")
    assert len(passed(QUESTION, closing)) == 1
    assert not passed(QUESTION, ("agent", "Keep it in the fridge. Anything else I can do?"))


@pytest.mark.parametrize(
    "reply", ["One moment please, let me look that up.", "Sorry, can you repeat that?", "mm-hm"]
)
def test_patience_is_no_turn(reply: str) -> None:
    assert not passed(
        QUESTION,
        ("agent", reply),
        ("customer", "yes sure thing"),
        ("agent", reply),
        ("customer", "go ahead"),
        ("agent", "It keeps in the fridge for a month."),
    )


def test_the_customer_may_let_it_go_or_ask_again() -> None:
    first: tuple[Said, ...] = (QUESTION, ("agent", "Can I have your name first?"))
    then: tuple[Said, ...] = (("agent", "And your zip code?"), ("customer", "it's nine"))
    assert not passed(*first, ("customer", "never mind I found it"), *then)
    assert len(passed(*first, ("customer", "Ana. how do I store it on a trip"), *then)) == 1


def test_what_is_open_is_bounded() -> None:
    detector = OpenQuestions()
    letters = "abcdefghijklmnop"
    for letter in letters:
        detector.step(utterance(f"where do I buy {letter * 5}"), {})
    assert len(detector.state()["open"]) == MAX_OPEN


def test_mixed_voices_and_other_languages_are_left_alone() -> None:
    assert OpenQuestions().step(utterance("how do I store it", "unknown"), {}) == []
    assert OpenQuestions().step(utterance("how do I store it", language="es"), {}) == []


CALL = call(
    QUESTION,
    ("agent", "Can I get your date of birth?"),
    ("customer", "May fifth and can I travel with it"),
    ("agent", "One moment please"),
    ("customer", "okay"),
    ("agent", "And your zip code?"),
    ("customer", "nine. what does it cost"),
    ("agent", "Traveling is fine. Have a nice day."),
)


@given(st.integers(0, len(CALL)))
def test_a_restored_detector_goes_on_alike(cut: int) -> None:
    resumed_alike(OpenQuestions(), OpenQuestions(), CALL, cut)


WORDS = "how do I store it can you what if is the pen ? . not about to"


@given(st.lists(st.sampled_from(WORDS.split()), max_size=14).map(" ".join) | st.text(max_size=60))
def test_any_text_has_short_topics(text: str) -> None:
    for topic in topics(text):
        assert 1 <= len(topic.split()) <= MAX_TOPIC
        json.dumps(topic)
