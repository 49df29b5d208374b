"""Languages of a call: followed, said, and the same whenever words come back."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.events import Draft
from coach.languages import Languages
from stream.audio import Context
from tests.coach.scripted_call import AGENT, CUSTOMER, GRANTED, ScriptedCall, Turn

HOLA = "hola llamo porque tengo un problema"
HELLO = "hello I got a rash after the injector"


def spanish(count: int, start: float = 1.0) -> list[Turn]:
    """Sentences of three seconds by the customer, one each five seconds."""
    starts = [start + 5.0 * i for i in range(count)]
    return [Turn(CUSTOMER.id, at, at + 3.0, HOLA, "es") for at in starts]


def run(turns: list[Turn], context: Context | None = None) -> ScriptedCall:
    """A call whose finals are answered at once."""
    call = ScriptedCall(turns, context=context)
    for second in seconds(turns):
        call.feed_all(second)
        call.answer_all()
    call.end()
    return call


def seconds(turns: list[Turn]) -> range:
    """Of a call, with a silence after the last words."""
    return range(1, int(turns[-1].end) + 5)


def told(call: ScriptedCall) -> list[dict[str, Any]]:
    """What was said of languages, in its order."""
    return [draft.data for draft in call.said if draft.type in ("language.changed", "quality")]


def finals(call: ScriptedCall) -> list[tuple[str, str, str]]:
    return [
        (draft.data["party"], draft.data["language"], draft.data["text"])
        for draft in call.of("transcript.final")
    ]


# -- following -------------------------------------------------------------------------------


def test_a_caller_who_speaks_spanish_is_followed_and_safety_is_said_to_be_off() -> None:
    turns = [Turn(AGENT.id, 4.2, 5.2, "thank you for calling"), *spanish(3)]
    call = run(turns)
    (switch,) = call.of("language.changed")
    assert switch.data == {"party": "customer", "from": "en", "to": "es", "p": 0.95}
    assert switch.at == pytest.approx(6.0, abs=0.05), "the beginning of the second sentence"
    unheard = " ".join(f"{word}?" for word in HOLA.split())
    assert [final for final in finals(call) if final[0] == "customer"] == [
        ("customer", "en", unheard),
        ("customer", "es", HOLA),
        ("customer", "es", HOLA),
    ]
    assert ("agent", "en", "thank you for calling") in finals(call)
    assert told(call)[1:] == [
        {"kind": "language_unsupported", "party": "customer", "reason": "es"},
        {"kind": "safety_detection_off", "party": "customer", "reason": "es"},
    ]


def test_what_moves_the_language_is_heard_again_in_it() -> None:
    call = ScriptedCall(spanish(2))
    call.feed_all(12.0)
    first, second = call.waiting
    assert (first.language, second.language) == ("en", "en")
    call.answer()
    assert [draft.type for draft in call.answer()] == ["language.changed"], "it does not stand"
    (again,) = call.waiting
    assert (again.utterance, again.language, again.start) == (2, "es", second.start)
    assert again.audio is second.audio
    assert call.conversation.waiting
    assert [draft.type for draft in call.answer()][-1] != "language.changed"
    assert [draft.data["language"] for draft in call.of("transcript.final")] == ["en", "es"]


def test_safety_detection_is_on_again_before_the_english_words() -> None:
    call = run([*spanish(2), Turn(CUSTOMER.id, 12.0, 15.5, HELLO)])
    types = [(d.type, d.data.get("kind")) for d in call.said if d.at > 11]
    on = types.index(("quality", "safety_detection_on"))
    assert on < types.index(("transcript.final", None)) < types.index(("signal", "adverse_event"))
    assert told(call)[-1] == {
        "kind": "safety_detection_on",
        "party": "customer",
        "reason": "en",
    }


def test_a_sentence_and_a_word_in_spanish_are_no_spanish_call() -> None:
    turns = [
        Turn(CUSTOMER.id, 1.0, 5.5, HOLA, "es"),
        Turn(CUSTOMER.id, 8.0, 9.0, "gracias", "es"),
        Turn(CUSTOMER.id, 11.0, 13.0, HELLO),
        Turn(CUSTOMER.id, 16.0, 20.5, HOLA, "es"),
    ]
    call = run(turns)
    assert told(call) == []
    assert {language for _, language, _ in finals(call)} == {"en"}


def test_partials_follow_too() -> None:
    call = ScriptedCall(spanish(4), partials=True)
    for second in range(1, 24):
        call.feed_all(second)
        call.answer_all()
    last = call.of("transcript.partial")[-1]
    assert last.at > 16
    assert last.data["text"] == HOLA[: len(last.data["text"])]


# -- what is given ---------------------------------------------------------------------------


def test_a_named_language_holds_and_nothing_is_detected() -> None:
    call = ScriptedCall(spanish(3), context={"language": "en-US"})
    call.feed_all(20.0)
    assert [(r.language, r.detect) for r in call.waiting] == [("en", False)] * 3
    call.answer_all()
    assert told(call) == []


def test_a_named_language_that_nobody_measured_is_said_once_for_all() -> None:
    call = run(spanish(3), context={"language": "es-MX"})
    assert told(call) == [
        {"kind": "language_unsupported", "reason": "es"},
        {"kind": "safety_detection_off", "reason": "es"},
    ]
    assert [draft.at for draft in call.of("quality")] == [0.0, 0.0]
    assert {text for _, _, text in finals(call)} == {HOLA}


def test_a_context_that_names_a_language_later_ends_detection() -> None:
    call = ScriptedCall(spanish(6))
    call.feed_all(12.0)
    call.answer_all()
    assert len(call.of("language.changed")) == 1
    call.conversation.change({"language": "fr"}, GRANTED, 12.0)
    call.conversation.change({"language": "en"}, GRANTED, 12.5)
    call.feed_all(31.0)
    begun_before, *after = [(r.language, r.detect) for r in call.waiting]
    assert begun_before == ("es", True)
    assert after == [("en", False)] * 3
    call.conversation.change({}, GRANTED, 31.0)
    call.answer_all()
    assert [data["kind"] for data in told(call)[3:]] == ["safety_detection_on"]
    assert told(call)[3]["party"] == "customer", "before the first of its English finals"
    call.end()
    assert finals(call)[-1][1] == "en", "a context that names none any more is no new question"


def test_a_change_of_context_says_what_it_turns_off_and_on() -> None:
    call = ScriptedCall([])
    for second, language in ((1, "es"), (2, "es"), (3, "de"), (4, "en"), (5, "es")):
        call.conversation.change({"language": language}, GRANTED, float(second))
        call.feed_all(second + 0.5)
    quality = call.of("quality")
    assert [(d.at, d.data["kind"], d.data["reason"]) for d in quality] == [
        (1.0, "language_unsupported", "es"),
        (1.0, "safety_detection_off", "es"),
        (3.0, "language_unsupported", "de"),
        (3.0, "safety_detection_off", "de"),
        (4.0, "safety_detection_on", "en"),
        (5.0, "language_unsupported", "es"),
        (5.0, "safety_detection_off", "es"),
    ]
    assert len({draft.key for draft in quality}) == len(quality)


def test_without_detection_the_services_language_holds() -> None:
    languages = Languages("de", detect=False)
    languages.know({}, 0.0)
    assert languages.given == "de"
    assert [draft.data["kind"] for draft in languages.tell()] == [
        "language_unsupported",
        "safety_detection_off",
    ]
    assert languages.tell() == []


# -- purity ----------------------------------------------------------------------------------

stretches = st.lists(
    st.tuples(
        st.sampled_from([CUSTOMER.id, CUSTOMER.id, AGENT.id]),
        st.sampled_from(["es", "es", "en", "fr"]),
        st.integers(1, 4),
        st.sampled_from([1.0, 3.2, 4.5]),
    ),
    min_size=2,
    max_size=3,
)
"""Who goes on in which language, for how many sentences of how many seconds."""


def script(drawn: list[Any]) -> list[Turn]:
    turns, clock = [Turn(CUSTOMER.id, 0.5, 3.7, HELLO, "es")], 4.9
    for party, language, sentences, seconds in drawn:
        for _ in range(sentences):
            turns.append(Turn(party, clock, clock + seconds, HELLO, language))
            clock += seconds + 1.2
    return turns


@given(stretches, st.integers(0, 10_000), st.sampled_from([0.0, 0.1, 0.5]))
@settings(max_examples=15)
def test_whenever_words_come_and_after_any_restart_the_same_is_said(
    drawn: list[Any], seed: int, pace: float
) -> None:
    """`pace`: how much of what waits is answered each second."""
    turns, rng = script(drawn), random.Random(seed)
    expected = run(turns).durable
    call = ScriptedCall(turns)
    for second in seconds(turns):
        call.feed_all(second)
        for _ in range(len(call.waiting)):
            if rng.random() < pace:
                call.answer(rng.randrange(len(call.waiting)))
        if rng.random() < 0.1:
            call.restart()
    for party in call.sent:
        call.leave(party)
    while call.waiting:
        call.answer(rng.randrange(len(call.waiting)))
    assert comparable(call.durable) == comparable(expected)


@pytest.mark.parametrize("newest_first", [False, True])
def test_words_that_all_come_after_a_restart_are_the_same(newest_first: bool) -> None:
    turns = [*spanish(3), Turn(CUSTOMER.id, 17.0, 20.5, HELLO)]
    call = ScriptedCall(turns)
    call.feed_all(seconds(turns)[-1])
    call.restart()
    for party in call.sent:
        call.leave(party)
    while call.waiting:
        call.answer(-1 if newest_first else 0)
    assert comparable(call.durable) == comparable(run(turns).durable)


def comparable(log: dict[str, Draft]) -> dict[str, tuple[str, float, dict[str, Any]]]:
    return {key: (draft.type, draft.at, draft.data) for key, draft in log.items()}


def test_what_is_drawn_above_moves_languages() -> None:
    drawn = [(CUSTOMER.id, "es", 2, 3.2), (CUSTOMER.id, "en", 1, 4.5)]
    moves = [draft.data["to"] for draft in run(script(drawn)).of("language.changed")]
    assert moves == ["es", "en"]
