"""Analysis without a server: lines by themselves, files with the real models, numbered events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from coach.analyze import analyze, analyze_lines, numbered
from coach.drafts import stamp
from coach.events import Draft
from models import weights
from models.text import Read
from models.text_input import Said, Turn
from models.types import DecodeRequest, DecodeResult
from models.vad import Vad
from models.whisper import Whisper
from stream.audio import CallId, Context
from stream.files import read_audio
from tests.coach.judged import READ, told
from tests.coach.scripted_call import knowledge, words_of
from tests.recorded import CALL

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
LINE = "I got  a rash\tafter the injector."


def lines(*texts: str, party: str = "customer", context: Context | None = None) -> list[Any]:
    return list(
        analyze_lines(list(texts), party=party, context=context or {}, knowledge=knowledge())
    )


# -- lines -----------------------------------------------------------------------------------


def test_a_line_has_the_form_of_the_api() -> None:
    (row,) = lines(LINE)
    assert list(row) == ["line", "text", "adverse", "signals"]
    assert (row["line"], row["text"]) == (1, LINE)
    assert row["adverse"]["score"] >= 0.6
    assert [(span["text"], span["label"]) for span in row["adverse"]["spans"]] == [
        ("rash", "event"),
        ("injector", "product"),
    ]
    signal, *others = row["signals"]
    assert "adverse_event" not in {other["kind"] for other in others}
    assert set(signal) == {"kind", "tier", "party", "score", "evidence", "attributes"}
    assert (signal["kind"], signal["tier"], signal["party"]) == (
        "adverse_event",
        "live",
        "customer",
    )
    assert signal["score"] == row["adverse"]["score"]
    assert signal["evidence"]["spans"] == row["adverse"]["spans"]
    assert set(signal["attributes"]) >= {"negated", "hypothetical", "other_person", "history"}


def test_spans_count_characters_of_the_line_as_it_is() -> None:
    (row,) = lines(LINE)
    for span in row["adverse"]["spans"]:
        assert row["text"][span["start"] : span["end"]] == span["text"]


def test_every_line_has_its_row_also_an_empty_one() -> None:
    rows = lines("hello", "", LINE)
    assert [row["line"] for row in rows] == [1, 2, 3]
    assert rows[1] == {"line": 2, "text": "", "adverse": {"score": 0.0, "spans": []}, "signals": []}
    assert rows[0]["signals"] == []


def test_lines_do_not_know_of_each_other() -> None:
    question, told = "have you had any side effects from the injector", "I got a rash"
    alone = lines(told)[0]
    after = lines(question, LINE, told)[2]
    assert {**after, "line": 1} == alone


def read(*texts: str, context: Context) -> tuple[list[Any], list[str]]:
    """Rows where a text model reads, and what it was asked of."""
    asked: list[str] = []

    def tell(said: Sequence[Said]) -> list[Read]:
        asked.extend(each.turn.text for each in said)
        return [told(each) for each in said]

    known = replace(knowledge(), vocabulary=READ, read=tell)
    rows = analyze_lines(list(texts), party="customer", context=context, knowledge=known)
    return list(rows), asked


def test_a_line_that_is_read_has_its_probability_signalled_or_not() -> None:
    texts = [f"line {i}" for i in range(20)]
    rows, asked = read(*texts, context={})
    scores = [row["adverse"]["score"] for row in rows]
    expected = [told(Said(Turn("customer", text))).labels["adverse_event"] for text in texts]
    assert asked == texts
    assert scores == pytest.approx(expected, abs=1e-4)
    signalled = {s["kind"] for row in rows for s in row["signals"] if row["adverse"]["score"] < 0.4}
    assert "adverse_event" not in signalled


def test_empty_lines_and_those_of_other_languages_are_not_read() -> None:
    assert read("", "  ", context={})[1] == []
    assert read("ich habe Ausschlag", context={"language": "de"})[1] == []


def test_an_agents_lines_are_no_live_adverse_events() -> None:
    texts = [LINE, "so you got a rash after the injector", "have you had a rash from the injector"]
    for row in lines(*texts, party="agent"):
        assert all(signal["tier"] == "review" for signal in row["signals"])
        assert all(signal["party"] == "agent" for signal in row["signals"])
        assert row["adverse"]["score"] < 0.6
    assert lines(LINE, party="interpreter")[0]["adverse"]["score"] >= 0.6


def test_the_context_counts() -> None:
    told = "I have a terrible rash"
    bare, known = lines(told), lines(told, context={"product": "Injecta"})
    assert known[0]["adverse"]["score"] > bare[0]["adverse"]["score"]
    assert lines(LINE, context={"language": "de"})[0]["signals"] == []


# -- events ----------------------------------------------------------------------------------


def test_durable_drafts_are_numbered_without_holes_and_said_once() -> None:
    drafts = [
        Draft("note", 1.0, {"text": "[name]"}, "a", {"text": "Ada"}),
        Draft("transcript.partial", 2.0, {"text": "so"}),
        Draft("note", 3.0, {"text": "again"}, "a"),
        Draft("note", 4.0, {"text": "b"}, "b"),
    ]
    events = list(numbered(CallId("x"), drafts, now=lambda: NOW))
    ts = stamp(NOW)
    head = {"v": 1, "call": "x", "type": "note", "ts": ts}
    assert events == [
        {**head, "n": 1, "at": 1.0, "data": {"text": "Ada"}},
        {**head, "n": 2, "at": 4.0, "data": {"text": "b"}},
    ]


# -- sound -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def vad() -> Vad:
    try:
        return Vad(weights.folder("silero-vad"))
    except weights.MissingWeights as missing:
        pytest.skip(str(missing))


def said(request: DecodeRequest) -> DecodeResult:
    """Words for anything, so that a whole call needs no Whisper."""
    words = words_of("I got a rash after the injector", request.start, request.end)
    return request.answer(words)


def test_a_call_on_file_gives_its_events_in_order(vad: Vad) -> None:
    samples, rate = read_audio(CALL)
    parties = {"agent": samples[0, : 20 * rate], "customer": samples[1, : 15 * rate]}
    progress: list[float] = []
    events = list(
        analyze(
            CallId("file"), parties, rate=rate, context={}, knowledge=knowledge(), vad=vad,
            decode=said, now=lambda: NOW, progress=progress.append,
        )
    )  # fmt: skip
    kinds = [event["type"] for event in events]
    assert kinds[:3] == ["call.started", "party.joined", "party.joined"]
    assert kinds[-1] == "call.ended"
    assert events[-1]["data"] == {"reason": "stopped", "duration": pytest.approx(20.0, abs=0.1)}
    left = {e["data"]["party"]: e["at"] for e in events if e["type"] == "party.left"}
    assert left == {"agent": 20.0, "customer": 15.0}
    assert [event["n"] for event in events] == list(range(1, len(events) + 1))
    assert {"transcript.final", "pacing", "signal", "nudge"} <= set(kinds)
    assert progress == sorted(progress)
    finals = [event["data"] for event in events if event["type"] == "transcript.final"]
    for party in parties:
        numbers = [final["utterance"] for final in finals if final["party"] == party]
        assert numbers == list(range(1, len(numbers) + 1))


def test_silence_and_sound_without_consent_give_no_words(vad: Vad) -> None:
    samples, rate = read_audio(CALL)
    for party, consent in (("agent", {"analyse": False}), ("unknown", {})):
        sound = samples[0, : 10 * rate] * (party == "agent")
        rows = analyze(
            CallId("file"), {party: sound}, rate=rate, context={"consent": consent},
            knowledge=knowledge(), vad=vad, decode=said, now=lambda: NOW,
        )  # fmt: skip
        kinds = [row["type"] for row in rows]
        assert kinds == ["call.started", "party.joined", "party.left", "call.ended"]


def test_the_sample_call_is_transcribed(vad: Vad) -> None:
    whisper = Whisper(str(weights.folder("whisper-base")), workers=1)
    samples, rate = read_audio(CALL)
    rows = analyze(
        CallId("file"), {"agent": samples[0, : 6 * rate]}, rate=rate, context={},
        knowledge=knowledge(), vad=vad, decode=whisper.decode, now=lambda: NOW,
    )  # fmt: skip
    text = " ".join(row["data"]["text"] for row in rows if row["type"] == "transcript.final")
    assert len(text.split()) > 5
