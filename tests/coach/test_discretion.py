"""Discretion: what of somebody's words may be kept, and who may read them."""

from __future__ import annotations

import json

from coach.consent import Consent
from coach.discretion import WITHHELD, Discretion
from coach.drafting import Drafting
from coach.playbook import reading
from coach.rules import Nudge
from models.types import Signal
from tests.coach.scripted_call import AGENT, CUSTOMER, GRANTED, heard, utterance

UNRECORDED = Consent(record=False, analyse=True, tone=True)
RULE = next(r for r in reading.load().rules if r.id == "follow_up.open_question")


def question(text: str, topic: str, start: float) -> Signal:
    return Signal(
        "unanswered_question", "review", CUSTOMER.id, 0.8, text, start, start + 1, (),
        {"topic": topic},
    )  # fmt: skip


def test_a_quote_is_masked_as_its_whole_utterance_is() -> None:
    """The end of a number that began in the utterance before: by itself it is no number."""
    discretion = Discretion({}, GRANTED)
    for n, text in enumerate(("my number is 555 123", "4567 is the rest of it"), 1):
        discretion.final(heard(utterance(CUSTOMER, n, 10.0 * n, 10.0 * n + 5, text)))
    fact = Signal(
        "key_fact", "review", CUSTOMER.id, 0.9, "4567 is the rest of it", 20.0, 21.0, (),
        {"type": "phone", "value": "4567"},
    )  # fmt: skip
    assert discretion.signal(fact, 2, masked=False) is fact
    shown = discretion.signal(fact, 2, masked=True)
    assert shown.attributes == {"type": "phone", "value": "[phone]"}
    assert "4567" not in json.dumps([shown.text, shown.attributes])


def test_evidence_finds_its_own_utterance_by_its_seconds() -> None:
    discretion = Discretion({}, GRANTED)
    for n in (1, 2, 3):
        discretion.final(heard(utterance(CUSTOMER, n, 10.004 * n, 10.004 * n + 5, "how is it")))
    assert discretion.number(CUSTOMER.id, 20.0, 9) == 2, "times of words are rounded"
    assert discretion.number(CUSTOMER.id, 24.0, 9) == 2
    assert discretion.number(CUSTOMER.id, 27.0, 9) == 9
    assert discretion.number(AGENT.id, 20.0, 9) == 9


def test_what_was_said_without_consent_is_in_no_later_nudge_about_it() -> None:
    """The question came before consent; that it was left open is noticed after it."""
    on = Drafting({}, UNRECORDED)
    text = "what should I do about the leak"
    asked = utterance(CUSTOMER, 1, 10.0, 12.0, text)
    on.closed(CUSTOMER.id, 1)
    on.final(heard(asked))
    on.change({}, GRANTED)
    on.final(heard(utterance(AGENT, 7, 30.0, 34.0, "anything else I can help you with")))
    signal = question(text, "the leak", 10.0)
    drafts = (on.signal(signal, 7), on.nudge(Nudge("n", RULE, 34.0, 50.0, signal, 7), "1"))
    for draft in drafts:
        assert "leak" not in json.dumps(draft.data)
        assert draft.verbatim is None
    assert WITHHELD in drafts[1].data["title"]
