"""Recordings on a line are told from people, who are never taken for one."""

from __future__ import annotations

import pytest

from models.announcements import announced
from stream.audio import Party
from tests.coach.scripted_call import AGENT, CUSTOMER, utterance

RECORDED = [
    "Your call is important to us. Please stay on the line and your call will be answered shortly.",
    "All of our representatives are currently assisting other callers.",
    "You are number three in the queue.",
    "Your estimated wait time is five minutes.",
    "Hello, thank you. For refills, press two. To speak to a nurse, press 3.",
    "Please listen carefully as our menu options have changed.",
    "The person you are calling is not available. Please leave a message after the tone.",
    "Our offices are currently closed. Our office hours are nine to five.",
    "The next available agent will be with you shortly; please continue to hold.",
]
SPOKEN = [
    "Thank you for holding.",
    "Thanks for your patience, I have found your record now.",
    "Please stay on the line, I will be right back.",
    "Just so you know, this call may be recorded for quality and training purposes.",
    "You are third in line for the next shipment, so I expect it on Monday.",
    "Press the button on the top for ten seconds, until it clicks.",
    "You can take it in the morning or at night.",
    "I waited an hour. Your call is important to us, they said, and my arm was swelling all along.",
    "Please continue to hold the pen against your skin until the second click is heard by you.",
    "",
]


@pytest.mark.parametrize("text", RECORDED)
@pytest.mark.parametrize("party", [AGENT, CUSTOMER], ids=["agent", "customer"])
def test_a_recording_is_recognised(party: Party, text: str) -> None:
    said = utterance(party, 1, 2.0, 6.0, text)
    signal = announced(said)
    assert signal is not None
    assert (signal.kind, signal.party, signal.start, signal.end) == (
        "announcement",
        said.party,
        2.0,
        6.0,
    )


@pytest.mark.parametrize("text", SPOKEN)
def test_a_person_is_none(text: str) -> None:
    assert announced(utterance(AGENT, 1, 2.0, 6.0, text)) is None


def test_other_languages_are_not_judged() -> None:
    assert announced(utterance(AGENT, 1, 2.0, 6.0, RECORDED[0], "de")) is None
