"""Judgement and the text model: an utterance is judged once it is read."""

from __future__ import annotations

from models.text_input import Said, Turn
from tests.coach.judged import READ, Judged
from tests.coach.scripted_call import CUSTOMER, utterance


def read_slowly(*texts: str) -> Judged:
    """The caller's utterances, all heard; what is asked of the text model waits for its answer."""
    judged = Judged(READ, slow=True)
    for number, text in enumerate(texts, 1):
        said = utterance(CUSTOMER, number, 2.0 * number, 2.0 * number + 1, text)
        judged.expect(said)
        judged.hear(said)
    judged.settle()
    return judged


def test_an_utterance_is_judged_once_it_is_read() -> None:
    judged = read_slowly("hello there", "I got a rash after the injector")
    assert judged.judgement.reading
    assert judged.drafts == []
    (asked,) = judged.unread
    assert asked.said == Said(Turn("customer", "hello there"))
    judged.answer()
    assert "pacing" in {draft.type for draft in judged.settle()}
    (asked,) = judged.unread
    assert asked.said.before == (Turn("customer", "hello there"),), "with the turn before it"


def test_what_is_asked_is_asked_once() -> None:
    judged = read_slowly("hello there")
    judged.settle()
    assert len(judged.unread) == 1


def test_nothing_is_asked_of_another_language_or_of_silence() -> None:
    judged = Judged(READ, slow=True)
    quiet = utterance(CUSTOMER, 1, 1.0, 2.0, "")
    foreign = utterance(CUSTOMER, 2, 3.0, 4.0, "guten Tag", "de")
    for said in (quiet, foreign):
        judged.expect(said)
        judged.hear(said)
    judged.settle()
    assert judged.unread == []
    assert judged.drafts, "and both are judged"


def test_without_an_answer_the_lists_judge_alone() -> None:
    judged, listed = read_slowly("I got a rash after the injector"), Judged()
    (asked,) = judged.unread
    judged.judgement.read(asked.answer(None))
    judged.settle()
    said = utterance(CUSTOMER, 1, 2.0, 3.0, "I got a rash after the injector")
    listed.expect(said)
    listed.hear(said)
    listed.settle()
    assert judged.drafts == listed.drafts


def test_after_a_restart_it_is_asked_again() -> None:
    judged = read_slowly("hello there", "I got a rash after the injector")
    judged.answer()
    judged.settle()
    (asked,) = judged.unread
    judged.restart()
    judged.settle()
    assert judged.unread == [asked]
