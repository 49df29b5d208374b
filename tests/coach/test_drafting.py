"""Drafting: what everyone may read holds no number and no name; what is whole is the whole."""

from __future__ import annotations

import json
from typing import Any

from coach.consent import Consent
from coach.discretion import WITHHELD
from coach.drafting import Drafting
from coach.events import Draft
from coach.playbook import reading
from coach.playbook.schema import Rule
from coach.quality import QualityNote
from coach.rules import Nudge
from models.asr import Heard
from models.pacing import PacingWindow
from models.types import Signal, Span, Word
from stream.audio import Context
from stream.timeline import Gap
from tests.coach.scripted_call import AGENT, CUSTOMER, GRANTED, heard, utterance

CONTEXT: Context = {
    "customer": {"name": "Maria Lopez", "phone": "555 123 4567"},
    "product": "Injecta",
}
NUMBER = "555 123 4567"
UNRECORDED = Consent(record=False, analyse=True, tone=True)
BASE = next(rule for rule in reading.load().rules if rule.id == "pacing.slow_down")


def drafting(consent: Consent = GRANTED) -> Drafting:
    return Drafting(CONTEXT, consent)


def final(on: Drafting, text: str, number: int = 1, rejected: str = "") -> Draft:
    said = utterance(CUSTOMER, number, 10.0 * number, 10.0 * number + 5, text)
    return on.final(heard(said, rejected=rejected))


def partial(on: Drafting, text: str, number: int = 1) -> Draft:
    said = utterance(CUSTOMER, number, 10.0 * number, 10.0 * number + 5, text)
    return on.partial(heard(said, final=False))


def signal(text: str, event: str, number: int = 1, **attributes: Any) -> Signal:
    """As noticed in the utterance `number` of `final`."""
    at, start = text.index(event), 10.0 * number + 1
    spans = (Span(event, at, at + len(event), "event"),)
    return Signal(
        "adverse_event", "live", CUSTOMER.id, 0.8, text, start, start + 1, spans, attributes
    )


def nudge(
    evidence: Signal | PacingWindow, number: int = 1, title: str = "Heard: {event}."
) -> Nudge:
    rule = Rule.model_validate({**BASE.model_dump(), "title": title})
    return Nudge("a-nudge", rule, 15.0, 35.0, evidence, number, rule.phrases)


def shown(draft: Draft) -> str:
    return json.dumps(draft.data)


def whole(draft: Draft) -> str:
    assert draft.verbatim is not None
    return json.dumps(draft.verbatim)


# -- numbers and names -----------------------------------------------------------------------


def test_a_number_in_a_final_is_for_entitled_readers() -> None:
    draft = final(drafting(), f"Maria here, call me on {NUMBER} please")
    assert draft.data["text"] == "[name] here, call me on [phone] please"
    assert [word["w"] for word in draft.data["words"]] == draft.data["text"].split()
    marks = [
        (draft.data["text"][r["start"] : r["end"]], r["kind"]) for r in draft.data["redactions"]
    ]
    assert marks == [("[name]", "name"), ("[phone]", "phone")]
    assert draft.verbatim is not None
    assert draft.verbatim["text"] == f"Maria here, call me on {NUMBER} please"
    assert draft.verbatim["redactions"] == []
    assert draft.verbatim["words"][-2]["w"] == "4567"


def test_a_final_without_anything_to_hide_is_the_same_for_all() -> None:
    draft = final(drafting(), "I got a rash")
    assert draft.verbatim is None
    assert (draft.data["text"], draft.data["redactions"]) == ("I got a rash", [])


def test_a_number_in_evidence_and_title_is_for_entitled_readers() -> None:
    on = drafting()
    text = f"{NUMBER} is my number and a rash came"
    final(on, text)
    noticed = on.signal(signal(text, "rash"), 1)
    assert noticed.data["evidence"]["text"] == "[phone] is my number and a rash came"
    (span,) = noticed.data["evidence"]["spans"]
    assert noticed.data["evidence"]["text"][span["start"] : span["end"]] == span["text"] == "rash"
    assert NUMBER in whole(noticed)
    to_show = on.nudge(nudge(signal(text, text)), "7")
    assert to_show.data["title"] == "Heard: [phone] is my number and a rash came."
    assert "4567" not in shown(to_show)
    assert to_show.verbatim is not None
    assert to_show.verbatim["title"] == f"Heard: {text}."
    assert to_show.verbatim["evidence"]["text"] == text


def test_a_number_that_a_title_cuts_is_hidden_all_the_same() -> None:
    text = "so you can reach me whenever you would like to reach me on 555 123 4567 at home"
    on = drafting()
    final(on, text)
    title = on.nudge(nudge(signal(text, text)), "7").data["title"]
    assert "555" not in title


def test_digits_that_run_over_two_finals_are_one_number() -> None:
    on = drafting()
    assert "555" not in shown(final(on, "my number is 555 123", 1))
    second = final(on, "4567 and I got a rash", 2)
    assert second.data["text"] == "[phone] and I got a rash"
    final(on, "thank you", 3)
    text = "4567 and I got a rash"
    for draft in (
        on.signal(signal(text, "rash", 2), 2),
        on.nudge(nudge(signal(text, text, 2), 2), "7"),
    ):
        assert "4567" not in shown(draft)
        assert "4567" in whole(draft)


def test_digits_of_one_party_are_not_carried_to_another() -> None:
    on = drafting()
    final(on, "my number is 555 123")
    agents = on.final(heard(utterance(AGENT, 1, 20.0, 21.0, "45 minutes and 10 seconds")))
    assert agents.verbatim is None


def test_a_partial_withholds_an_open_run_of_digits() -> None:
    on = drafting()
    draft = partial(on, "Maria, it is 555 12")
    assert draft.data["text"] == "[name], it is"
    assert [word["w"] for word in draft.data["words"]] == ["[name],", "it", "is"]
    assert draft.verbatim is not None
    assert draft.verbatim["text"] == "Maria, it is 555 12"
    assert not draft.durable
    assert partial(on, "it is 555 123 4567 yes").data["text"] == "it is [phone] yes"


def test_a_partial_knows_the_digits_before_it_and_carries_none_on() -> None:
    on = drafting()
    final(on, "my number is 555 123")
    for _ in range(2):
        assert partial(on, "4567 and", 2).data["text"] == "[phone] and"
    assert final(on, "4567 and", 2).data["text"] == "[phone] and"


def test_the_customers_name_is_masked_as_soon_as_it_is_known() -> None:
    on = Drafting({}, GRANTED)
    assert final(on, "this is Maria").data["text"] == "this is Maria"
    on.change(CONTEXT, GRANTED)
    assert final(on, "this is Maria", 2).data["text"] == "this is [name]"


def test_the_context_is_masked_and_says_which_consent_holds() -> None:
    on = drafting(UNRECORDED)
    for draft in (on.started("pcm", [AGENT, CUSTOMER], 0.0), on.context_changed(4.0)):
        assert "Lopez" not in shown(draft)
        assert "4567" not in shown(draft)
        assert draft.data["context"]["product"] == "Injecta"
        assert draft.verbatim is not None
        assert draft.verbatim["context"] == CONTEXT
        assert draft.data["consent"] == {"record": False, "analyse": True, "tone": True}


def test_a_call_started_names_parties_source_and_time() -> None:
    data = drafting().started("pcm", [AGENT, CUSTOMER], 0.0, "2026-11-22T04:00:00.000Z").data
    assert data["parties"] == [
        {"party": "agent", "role": "agent"},
        {"party": "customer", "role": "customer"},
    ]
    assert (data["source"], data["started"]) == ("pcm", "2026-11-22T04:00:00.000Z")


# -- without consent to record ---------------------------------------------------------------


def test_words_that_may_not_be_kept_are_in_nothing_durable() -> None:
    on = drafting(UNRECORDED)
    text = "I got a rash after the injector"
    drafts = [
        final(on, text),
        on.signal(signal(text, "rash", told="a rash", asked=["rash"], link="cause"), 1),
        on.nudge(nudge(signal(text, "rash")), "7"),
    ]
    for draft in drafts:
        assert draft.verbatim is None
        assert "rash" not in shown(draft)
        assert "injector" not in shown(draft)
    said, noticed, to_show = (draft.data for draft in drafts)
    assert (said["text"], said["words"], said["withheld"]) == ("", [], "record")
    assert (said["start"], said["end"]) == (10.0, 15.0)
    assert noticed["evidence"]["withheld"] == "record"
    assert (noticed["evidence"]["start"], noticed["evidence"]["end"]) == (11.0, 12.0)
    assert noticed["attributes"] == {"link": "cause"}
    assert to_show["title"] == f"Heard: {WITHHELD}."
    assert to_show["evidence"]["withheld"] == "record"


def test_words_that_may_not_be_kept_are_shown_while_they_are_spoken() -> None:
    draft = partial(drafting(UNRECORDED), "Maria got a rash")
    assert draft.data["text"] == "[name] got a rash"
    assert draft.verbatim is not None
    assert draft.verbatim["text"] == "Maria got a rash"


def test_digits_are_carried_also_where_nothing_is_kept() -> None:
    on = drafting(UNRECORDED)
    final(on, "my number is 555 123", 1)
    assert partial(on, "4567 and", 2).data["text"] == "[phone] and"


def test_consent_that_comes_later_holds_from_then_on() -> None:
    on = drafting(UNRECORDED)
    assert final(on, "hello", 1).data["text"] == ""
    on.change(CONTEXT, GRANTED)
    assert final(on, "hello again", 2).data["text"] == "hello again"
    on.change(CONTEXT, UNRECORDED)
    assert final(on, "goodbye", 3).data["text"] == ""


def test_attributes_are_whole_where_words_may_be_kept() -> None:
    text = "it began after the shot"
    draft = drafting().signal(signal(text, "after", told="a rash", link="cause"), 1)
    assert draft.data["attributes"] == {"told": "a rash", "link": "cause"}


# -- the other events ------------------------------------------------------------------------


def test_a_final_without_words_says_why() -> None:
    assert final(drafting(), "", rejected="no_speech").data["withheld"] == "no_speech"
    assert "withheld" not in final(drafting(), "").data


def test_parties_come_and_go_at_whole_milliseconds() -> None:
    on = drafting()
    assert on.joined(AGENT, 1.23456).at == 1.235
    # One may come and go twice at one media second, and each is an event of its own.
    assert on.joined(AGENT, 1.23456).key != on.joined(AGENT, 1.23456).key
    assert on.paused(AGENT.id, 2.0, paused=True).key != on.paused(AGENT.id, 2.0, paused=True).key
    assert on.left(AGENT, 1.23456).data == {"party": "agent", "role": "agent"}
    ended = on.ended("stopped", 61.23456)
    assert ended.data == {"reason": "stopped", "duration": 61.235}


def test_what_was_said_without_consent_is_not_kept_when_consent_comes_before_its_words() -> None:
    on = Drafting({}, Consent(record=False, analyse=True, tone=True))
    on.closed(AGENT.id, 1)
    on.change({}, Consent(record=True, analyse=True, tone=True))
    on = restored(on)
    said = tuple(Word(w, 1.0, 2.0, 0.9) for w in ("my", "secret"))
    first = on.final(Heard(AGENT.id, 1, True, 1.0, 2.0, said, "en"))
    assert (first.data["text"], first.data["withheld"], first.verbatim) == ("", "record", None)
    second = on.final(Heard(AGENT.id, 2, True, 1.0, 2.0, said, "en"))
    assert second.data["text"] == "my secret"


def restored(on: Drafting) -> Drafting:
    """Another that took up the first one's state, by way of JSON."""
    other = Drafting({}, Consent(record=True, analyse=True, tone=True))
    other.restore(json.loads(json.dumps(on.state())))
    return other


def test_each_change_of_context_is_an_event_of_its_own() -> None:
    on = drafting()
    first, second = on.context_changed(4.0), on.context_changed(4.0)
    assert first.key != second.key


def test_a_gap_a_note_and_a_pace() -> None:
    on = drafting()
    gap = on.gap(Gap(AGENT.id, 1.00049, 2.00051, "lost"))
    assert gap.data == {"party": "agent", "start": 1.0, "seconds": 2.001, "reason": "lost"}
    note = on.quality(QualityNote(AGENT.id, "low_level", 3.0, 5.0, "speech at -50 dBFS"))
    assert (note.at, note.data["kind"]) == (8.0, "low_level")
    pace = on.pace(AGENT.id, (150.0, 4.2), 3.00001)
    assert pace.data == {"party": "agent", "wpm": 150.0, "syllables_per_s": 4.2}
    assert not pace.durable


def test_a_nudge_about_a_pace_has_its_window_as_evidence() -> None:
    window = PacingWindow(AGENT.id, 1.0, 5.0, 240.0, 6.0, 0.5, 0.0, 0.0, "too_fast", 0.5)
    for consent in (GRANTED, UNRECORDED):
        draft = drafting(consent).nudge(nudge(window, title="A little slower."), "7")
        assert draft.verbatim is None
        assert draft.data["title"] == "A little slower."
        assert draft.data["version"] == "7"
        assert draft.data["phrases"] == list(BASE.phrases)
        assert draft.data["evidence"] == {
            "party": "agent", "start": 1.0, "end": 5.0, "wpm": 240.0, "label": "too_fast"
        }  # fmt: skip


def test_durable_drafts_are_fit_for_the_log() -> None:
    on = drafting()
    window = PacingWindow(AGENT.id, 1.0, 5.0, 240.0, 6.0, 0.5, 0.0, 0.0, "too_fast", 0.5)
    draft = on.pacing(window)
    assert draft.data["window"] == [1.0, 5.0]
    assert "start" not in draft.data
    assert draft.key == "pacing:agent:1.000"
    expired = on.expired("a-nudge", 7.0)
    assert (expired.key, expired.data["state"]) == ("expired:a-nudge", "expired")


# -- state -----------------------------------------------------------------------------------


def test_a_restored_drafting_goes_on_the_same() -> None:
    texts = ("my number is 555 123", "45 67 and 89", "12 34 and I got a rash")
    runs = []
    for stop in (None, 0, 1, 2):
        on, drafts = drafting(), []
        for number, text in enumerate(texts):
            if number == stop:
                state = json.loads(json.dumps(on.state()))
                on = drafting()
                on.restore(state)
            drafts += [final(on, text, number), on.context_changed(1.0)]
        drafts += [on.signal(signal(text, text), number) for number, text in enumerate(texts)]
        runs.append(drafts)
    assert all(drafts == runs[0] for drafts in runs)
