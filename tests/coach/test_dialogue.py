"""A dialogue as text: how lines are read, and that it is judged as a call is."""

from __future__ import annotations

import pytest

from coach.consent import Consent
from coach.dialogue import TURN_SECONDS, WORD_SECONDS, judge, read
from coach.events import Draft
from stream.audio import Context
from tests.coach.scripted_call import AGENT, CUSTOMER, GRANTED, ScriptedCall, Turn, knowledge

LINES = [
    "agent[1.0-2.0]: hello this is Ana",
    "customer[3-5.5]: I got a rash after the injector, my number is 555 123 4567",
    "agent[6.25-7.5]: I am sorry to hear that",
    "customer[30.0-31.0]: thank you",
]


def judged(
    lines: list[str], context: Context | None = None, consent: Consent = GRANTED
) -> list[Draft]:
    return list(judge(read(lines), context=context or {}, consent=consent, knowledge=knowledge()))


def places(lines: list[str]) -> list[tuple[str, int, float, float]]:
    return [(said.party, said.number, said.start, said.end) for said in read(lines)]


# -- lines -----------------------------------------------------------------------------------


def test_times_in_brackets_are_the_utterances() -> None:
    assert places(LINES) == [
        ("agent", 1, 1.0, 2.0),
        ("customer", 1, 3.0, 5.5),
        ("agent", 2, 6.25, 7.5),
        ("customer", 2, 30.0, 31.0),
    ]


def test_lines_without_times_follow_each_other_at_a_steady_pace() -> None:
    first, second, third = read(["agent: one two three", "", "customer: four", "agent:"])
    assert (first.start, first.end) == (0.0, round(3 * WORD_SECONDS, 3))
    assert second.start == round(first.end + TURN_SECONDS, 3)
    assert [(word.w, word.start, word.end) for word in first.words] == [
        ("one", 0.0, 0.4),
        ("two", 0.4, 0.8),
        ("three", 0.8, 1.2),
    ]
    assert (third.words, third.end - third.start) == ((), 0.0)


def test_lines_with_and_without_times_may_be_mixed() -> None:
    lines = ["agent[0-10]: a long one", "customer[2-3]: yes", "agent: and now"]
    assert places(lines) == [
        ("customer", 1, 2.0, 3.0),
        ("agent", 1, 0.0, 10.0),
        ("agent", 2, 10.5, 11.3),
    ]


def test_lines_are_told_in_the_order_in_which_they_end() -> None:
    lines = ["customer[8-9]: last", "customer[2-3]: first", "agent[2.5-3]: with it"]
    assert places(lines) == [
        ("agent", 1, 2.5, 3.0),
        ("customer", 1, 2.0, 3.0),
        ("customer", 2, 8.0, 9.0),
    ]


@pytest.mark.parametrize(
    ("line", "party", "text"),
    [
        ("agent: hello", "agent", "hello"),
        ("  Customer :  hello  there ", "customer", "hello there"),
        ("CUSTOMER [ 1-2]: x", None, ""),
        ("interpreter[1.-2.]: she says: no", "interpreter", "she says: no"),
        ("agent[.5-.75]:hello\n", "agent", "hello"),
        ("agent: one\vtwo\u2028three", "agent", "one two three"),
    ],
)
def test_how_a_line_may_begin(line: str, party: str | None, text: str) -> None:
    if party is None:
        with pytest.raises(ValueError, match="line 1"):
            read([line])
    else:
        (said,) = read([line])
        assert (said.party, said.role, said.text) == (party, party, text)


@pytest.mark.parametrize(
    "line",
    [
        "hello there",
        "Note: she was crying",
        "custmer: I got a rash",
        ": hello",
        "agent[1.2.3-4]: x",
        "agent[a-b]: x",
        "agent[-1-2]: x",
        "agent[1]: x",
        "agent[1-]: x",
        "agent hello",
    ],
)
def test_a_bad_line_is_named_with_its_mend(line: str) -> None:
    with pytest.raises(ValueError, match=r"^line 3: begin it with `agent:` or `customer:`.*, not"):
        read(["agent: hello", "", line])


def test_a_long_bad_line_is_not_repeated_whole() -> None:
    with pytest.raises(ValueError, match="line 1") as fault:
        read(["my whole story " * 100])
    assert len(str(fault.value)) < 200


def test_a_line_that_ends_before_it_starts_is_named() -> None:
    with pytest.raises(ValueError, match=r"^line 2: ends at 1 before it starts at 4\.5; write"):
        read(["agent: hello", "customer[4.5-1]: x"])


# -- judged as a call ------------------------------------------------------------------------


def test_what_follows_from_a_dialogue() -> None:
    drafts = judged(LINES)
    assert [draft.type for draft in drafts[:2]] == ["call.started", "checklist"]
    assert drafts[-1].type == "call.ended"
    finals = [draft for draft in drafts if draft.type == "transcript.final"]
    assert len(finals) == 4
    noticed = [draft for draft in drafts if draft.data.get("kind") == "adverse_event"]
    assert [draft.type for draft in noticed[:2]] == ["signal", "case"]
    nudges = [draft.data for draft in drafts if draft.type == "nudge"]
    assert {"safety.adverse_event", "safety.adverse_event_alert"} <= {n["rule"] for n in nudges}
    updates = [draft.data["id"] for draft in drafts if draft.type == "nudge.update"]
    assert {nudge["id"] for nudge in nudges} >= set(updates) != set()
    started, ended = drafts[0].data, drafts[-1]
    assert started["source"] == "text"
    assert [party["party"] for party in started["parties"]] == ["agent", "customer"]
    assert (ended.at, ended.data) == (31.0, {"reason": "stopped", "duration": 31.0})
    assert finals[1].data["text"].endswith("my number is [phone]")
    assert finals[1].verbatim is not None
    assert finals[1].verbatim["text"].endswith("my number is 555 123 4567")


def test_the_same_words_in_a_live_call_say_the_same() -> None:
    """Speech on whole frames of 32 ms, so that the call hears exactly these times."""
    turns = [
        Turn(AGENT.id, 0.96, 1.92, "hello this is Ana"),
        Turn(CUSTOMER.id, 3.2, 5.12, "I got a rash after the injector"),
        Turn(AGENT.id, 6.4, 9.6, "oh I am so very sorry to hear that let me look at it now"),
        Turn(CUSTOMER.id, 24.0, 25.6, "I have had a fever too"),
    ]
    call = ScriptedCall(turns)
    call.feed_all(28.0)
    call.end()
    lines = [f"{turn.party}[{turn.start}-{turn.end}]: {turn.text}" for turn in turns]
    alike = ("signal", "nudge", "nudge.update", "case", "checklist")
    written = {d.key: d for d in judged(lines) if d.type in alike}
    live = {d.key: d for d in call.durable.values() if d.type in alike}
    assert written.keys() == live.keys()
    assert [d.data for d in written.values()] == [d.data for d in live.values()]
    assert {draft.type for draft in live.values()} == set(alike)


def test_context_and_consent_hold_as_in_a_call() -> None:
    context: Context = {"customer": {"name": "Ana"}, "product": "Injecta"}
    drafts = judged(LINES, context)
    first = next(draft for draft in drafts if draft.type == "transcript.final")
    assert first.data["text"] == "hello this is [name]"
    withheld = judged(LINES, context, Consent(record=False, analyse=True, tone=True))
    finals = [draft for draft in withheld if draft.type == "transcript.final"]
    assert [draft.data["text"] for draft in finals] == [""] * 4
    assert any(draft.type == "signal" for draft in withheld)
    unheard = judged(LINES, context, Consent(record=True, analyse=False, tone=True))
    assert [draft.type for draft in unheard] == ["call.started", "call.ended"]


def test_no_lines_are_an_empty_call() -> None:
    assert [(draft.type, draft.at) for draft in judged([])] == [
        ("call.started", 0.0),
        ("call.ended", 0.0),
    ]
