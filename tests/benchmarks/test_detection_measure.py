"""What is counted as found, missed and shown in vain."""

from __future__ import annotations

import pytest

from benchmarks.detection import measure
from benchmarks.detection.sets import Line
from benchmarks.detection.targets import targets
from models.text import Read
from models.text_input import Said, Turn
from models.text_labels import LABELS, REPORTABLE
from models.thresholds import Threshold
from models.types import Span

AT = dict.fromkeys(REPORTABLE, Threshold(0.8, 0.3))


def line(id: str, text: str, *spans: tuple[str, str], **labels: bool) -> Line:
    return Line(id, Said(Turn("customer", text)), labels, spans)


def read(*spans: Span, **labels: float) -> Read:
    return Read(dict.fromkeys(LABELS, 0.01) | labels, spans)


RASH = line("1", "I got a rash", ("event", "a rash"), adverse_event=True)
FAINT = line("2", "I fainted", ("event", "fainted"), adverse_event=True, serious=True)
FRIGHT = line("3", "I can go no further", self_harm=True)
THANKS = line("4", "Thanks a lot")
LINES = [RASH, FAINT, FRIGHT, THANKS]


def test_tiers_count_as_they_are_used() -> None:
    told = [
        read(adverse_event=0.9),
        read(adverse_event=0.4),
        read(self_harm=0.85),
        read(complaint=0.81),
    ]
    found = measure.spoken(LINES, told, AT)
    event = found.labels["adverse_event"]
    assert (event.live.value, event.precise.value, event.review.value) == (0.5, 1.0, 1.0)
    assert (found.serious.value, found.missed) == (1.0, ())
    assert (found.dangers.value, found.dangers.count) == (1.0, 1)
    assert (found.false_live.value, found.false_live.count) == (1.0, 1)


def test_a_serious_event_that_nothing_queues_is_named() -> None:
    found = measure.spoken(LINES, [read()] * 4, AT)
    assert (found.serious.value, found.missed) == (0.0, ("2",))


def test_a_serious_event_is_queued_for_whatever_label() -> None:
    told = [read(), read(overdose=0.5), read(), read()]
    assert measure.spoken(LINES, told, AT).serious.value == 1.0


def test_spans_that_share_a_letter_count_for_both() -> None:
    told = [
        read(Span("rash", 8, 12, "event")),
        read(Span("I", 0, 1, "event"), Span("fainted", 2, 9, "product")),
        read(),
        read(),
    ]
    assert measure.spoken(LINES, told, AT).spans == {"event": pytest.approx(0.5), "product": 0.0}


def test_a_call_counts_once_however_much_is_queued() -> None:
    said = Said(Turn("customer", "Hm."))
    told = [read(overdose=0.5), read(overdose=0.9), read(), read(emergency=0.8), read()]
    found = measure.calm([[said] * 3, [said], [said]], told, AT)
    assert found.queued.value == pytest.approx(2 / 3)
    assert found.live.value == pytest.approx(2 / 3)
    assert found.alerted.value == pytest.approx(1 / 3)


def test_a_set_is_read_in_its_own_order() -> None:
    said = [Said(Turn("customer", "x" * n)) for n in (9, 1, 50, 3)]
    lengths = measure.read_all(
        lambda group: [read(overdose=len(each.turn.text) / 100) for each in group],
        said,
        lambda count: None,
    )
    assert [each.labels["overdose"] for each in lengths] == [0.09, 0.01, 0.5, 0.03]


def test_every_target_is_one_of_the_figures() -> None:
    psytar = measure.written([True, False, True, False], [
        read(adverse_event=p) for p in (0.9, 0.1, 0.8, 0.3)
    ])  # fmt: skip
    told = [read(adverse_event=0.9)] * 2 + [read(self_harm=0.9), read()]
    found = {
        "written": {"PsyTAR test": psytar},
        "spoken": measure.spoken(LINES, told, AT),
        "calm": measure.calm([[RASH.said]], [read()], AT),
        "seconds": {"p50": 0.001, "p95": 0.013},
    }
    wanted = {each.name: each for each in targets(found)}
    assert wanted["PsyTAR test, AUC"].met
    assert wanted["self-harm and emergency alerted, recall"].met
    assert wanted["calls without anything reportable, queued"].met
    assert not wanted["an utterance, p95, s"].met
    assert not wanted["overdose at review, recall"].met, "of nothing nothing is shown"


def test_what_hearing_loses_is_told_by_tier() -> None:
    written = [read(adverse_event=0.9), read(adverse_event=0.5)]
    heard = [read(adverse_event=0.4), read(adverse_event=0.1)]
    found = measure.loss(written, heard, AT["adverse_event"])
    assert [each.value for each in found.live] == [0.5, 0.0]
    assert [each.value for each in found.review] == [1.0, 0.5]


def test_what_is_shown_live_is_told_with_its_words() -> None:
    said = [line.said for line in LINES[:2]]
    found = measure.shown(said, [read(overdose=0.9, complaint=0.5), read()], AT)
    assert [(each.label, each.text) for each in found] == [
        ("overdose", "I got a rash"),
    ]
