"""Reports of invented calls: their elements, what is missing, and what is never invented."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.adverse import AdverseEvents
from models.complaints import Complaints
from models.elements import Elements, Report
from models.facts import default_lexicon
from models.reports import MAX_EVENTS
from models.types import Signal, Utterance
from stream.audio import Context
from tests.models.talking import Said, call, utterance

CONTEXT: Context = {"product": "Zyntravel", "customer": {"name": "Maria Lopez"}}


class Line:
    """The detectors whose signals make reports, and the reports."""

    def __init__(self) -> None:
        self.detectors: tuple[AdverseEvents | Complaints, ...] = (
            AdverseEvents(default_lexicon()),
            Complaints(),
        )
        self.elements = Elements()

    def step(self, said: Utterance, context: Context) -> list[Report]:
        found: list[Signal] = []
        for detector in self.detectors:
            found += detector.step(said, context)
        return self.elements.step(said, found, context)


def reports(
    *said: Said, context: Context | None = None, line: Line | None = None
) -> list[list[Report]]:
    """The reports that each line of a conversation makes or changes."""
    return steps(line or Line(), call(*said), CONTEXT if context is None else context)


def steps(line: Line, said: Sequence[Utterance], context: Context) -> list[list[Report]]:
    return [line.step(each, context) for each in said]


def only(*said: Said, context: Context | None = None) -> Report:
    """The newest state of the one report of a conversation."""
    found = [report for each in reports(*said, context=context) for report in each]
    assert len({report.id for report in found}) == 1
    return found[-1]


RASH: Said = ("customer", "I got a rash after the shot")


def test_a_report_appears_with_what_is_told() -> None:
    said = call(RASH)
    ((report,),) = steps(Line(), said, CONTEXT)
    assert (report.kind, report.id, report.changed) == ("adverse_event", "adverse_event-1", False)
    told = {name: (each.state, each.text) for name, each in report.elements.items()}
    assert told == {
        "patient": ("volunteered", "I"),
        "reporter": ("volunteered", "Maria Lopez"),
        "product": ("volunteered", "Zyntravel"),
        "event": ("volunteered", "rash"),
        "onset": ("volunteered", "after the shot"),
        "outcome": ("not_asked", ""),
        "seriousness": ("not_asked", "no information"),
    }
    assert report.missing == ("outcome", "contact_consent")
    assert report.elements["event"].at == report.heard_at == said[0].words[3].start
    assert report.elements["product"].at is None


def test_nothing_is_invented() -> None:
    report = only(("customer", "hives broke out after the shot"), context={})
    assert {name: each.text for name, each in report.elements.items() if each.text} == {
        "reporter": "consumer",
        "event": "hives",
        "onset": "after the shot",
        "seriousness": "no information",
    } | {"event": report.elements["event"].text}
    assert report.missing == ("patient", "product", "outcome", "contact_consent")


def test_asked_and_answered() -> None:
    rows = reports(
        RASH,
        ("agent", "Has it gone away?"),
        ("customer", "no it's still there"),
        ("agent", "Did you see a doctor?"),
        ("customer", "no I didn't"),
        ("agent", "May we contact you about this?"),
        ("customer", "sure"),
        ("agent", "Thank you"),
    )
    assert [len(each) for each in rows] == [1, 1, 1, 1, 1, 0, 1, 0]
    asked = rows[1][0]
    assert asked.changed
    assert (asked.elements["outcome"].state, asked.elements["outcome"].text) == ("asked", "")
    assert "outcome" in asked.missing
    assert rows[2][0].elements["outcome"].text == "it's still there"
    assert rows[4][0].elements["seriousness"].state == "asked"
    assert rows[6][0].missing == ()


@pytest.mark.parametrize(
    ("text", "onset"),
    [
        ("I took the shot and had a rash and it started last Tuesday", "last Tuesday"),
        ("since yesterday I have a rash from the shot", "yesterday"),
        ("after the second dose I got a rash", "after the second dose"),
        ("the shot gave me a rash two weeks ago", "two weeks ago"),
        ("I started Zyntravel two weeks ago and now I have a rash", ""),
        ("I took the shot yesterday and I have a rash", ""),
        ("the shot gave me a rash", ""),
    ],
)
def test_onset_is_of_the_event_not_of_the_medicine(text: str, onset: str) -> None:
    assert only(("customer", text)).elements["onset"].text == onset


@pytest.mark.parametrize(
    ("text", "patient"),
    [
        ("my wife got hives after the shot", "my wife"),
        ("my son is 7 years old and he got hives after the shot", "7 years old"),
        ("the patient is a 54 year old woman and she got hives after the shot", "54 year old"),
        ("my shot gave me hives", "my"),
        ("she got hives after the shot", "she"),
    ],
)
def test_the_patient_is_whom_the_words_name(text: str, patient: str) -> None:
    assert patient in only(("customer", text), context={}).elements["patient"].text


def test_the_context_may_say_that_the_caller_is_the_patient() -> None:
    context: Context = {"customer": {"role": "patient"}}
    report = only(("customer", "hives broke out after the shot"), context=context)
    assert report.elements["patient"].text == "patient"
    assert report.elements["reporter"].text == "patient"


def test_a_reporters_own_words_come_before_the_context() -> None:
    report = only(("customer", "hi this is a nurse and the patient got hives after the shot"))
    assert report.elements["reporter"].text == "a nurse"


def test_one_report_a_person() -> None:
    rows = reports(
        RASH,
        ("customer", "and I had headaches too"),
        ("customer", "my wife threw up after the shot"),
        ("customer", "she went to the hospital"),
    )
    first, joined, second, serious = (row[0] for row in rows)
    assert (joined.id, joined.elements["event"].text) == (first.id, "rash, headaches")
    assert (second.id, second.changed) == ("adverse_event-2", False)
    assert serious.id == second.id
    assert serious.elements["seriousness"].text == "went to the hospital"


def test_an_answer_is_not_taken_for_the_next_person() -> None:
    rows = reports(
        RASH,
        ("agent", "Has it gone away?"),
        ("customer", "it's still there"),
        ("customer", "my wife got hives after the shot"),
        ("customer", "she is better now"),
    )
    (second,) = rows[3]
    assert second.elements["onset"].state == "volunteered"
    assert rows[4][0].elements["outcome"].state == "volunteered"


def test_a_late_tie_opens_the_report_of_what_was_told() -> None:
    rows = reports(
        ("customer", "I have hives"), ("customer", "it began after the second shot"), context={}
    )
    assert rows[0] == []
    assert rows[1][0].elements["event"].text == "hives"


@pytest.mark.parametrize(
    "text",
    [
        "what if I get a rash from the shot",
        "I had no rash after the shot",
        "the leaflet says the shot can cause a rash",
        "my dog got hives after the shot",
        "I have a rash",
        "I lost my debit card",
        "what if the pen is broken",
        "your colleague was rude",
    ],
)
def test_no_report(text: str) -> None:
    assert reports(("customer", text), context={}) == [[]]


def test_an_agents_words_open_no_report() -> None:
    assert reports(("agent", "so you had a rash after the shot")) == [[]]
    assert reports(("agent", "you said the pen was jammed")) == [[]]


def test_a_complaint_and_its_details() -> None:
    rows = reports(
        ("customer", "my pen jammed"),
        ("agent", "What's the lot number?"),
        ("customer", "B forty seven"),
        ("customer", "and the needle was bent"),
    )
    first, asked, told, joined = (row[0] for row in rows)
    assert first.kind == "product_complaint"
    assert first.missing == ("lot", "expiry", "obtained", "sample_kept", "harm", "contact_consent")
    assert asked.elements["lot"].state == "asked"
    assert (told.elements["lot"].state, told.elements["lot"].text) == ("asked", "B forty seven")
    assert told.missing == ("expiry", "obtained", "sample_kept", "harm", "contact_consent")
    assert joined.id == first.id
    assert joined.elements["event"].text == "pen jammed, needle was bent"


def test_a_complaint_and_an_event_of_one_utterance() -> None:
    ((event, complaint),) = reports(("customer", "I got a rash last Tuesday and my pen jammed"))
    assert (event.kind, complaint.kind) == ("adverse_event", "product_complaint")
    assert event.elements["onset"].text == "last Tuesday"
    assert event.elements["patient"].text == complaint.elements["patient"].text == "I"


def test_events_of_one_report_are_bounded() -> None:
    line = Line()
    words = "a rash|hives|headaches|a fever|a cough|cramps|chills|diarrhea|a seizure|a migraine"
    for at, word in enumerate(words.split("|")):
        line.step(utterance(f"I had {word} after the shot", at=at * 5.0), CONTEXT)
    (draft,) = line.elements.state()["drafts"]
    assert len(draft["elements"]["event"]["text"].split(", ")) <= MAX_EVENTS


CALL = call(
    ("agent", "May I have your name?"),
    RASH,
    ("agent", "When did it start?"),
    ("customer", "last Tuesday"),
    ("customer", "and my wife threw up after the shot and her pen jammed"),
    ("agent", "what's the lot number, and may we contact you?"),
    ("customer", "yes it's B forty seven"),
    ("customer", "she is better now"),
)


@given(st.integers(0, len(CALL)))
def test_restored_reports_go_on_alike(cut: int) -> None:
    first, second = Line(), Line()
    steps(first, CALL[:cut], CONTEXT)
    pairs = (*zip(first.detectors, second.detectors, strict=True),)
    for one, other in pairs:
        other.restore(json.loads(json.dumps(one.state())))
    second.elements.restore(json.loads(json.dumps(first.elements.state())))
    assert second.elements.state() == first.elements.state()
    rest = steps(first, CALL[cut:], CONTEXT)
    assert steps(second, CALL[cut:], CONTEXT) == rest


def test_a_report_is_json_able() -> None:
    for row in steps(Line(), CALL, CONTEXT):
        json.dumps([asdict(report) for report in row])
