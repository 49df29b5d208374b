"""The AudioHook codec's words and clock; its messages are in tests/wire/audiohook.jsonl."""

from __future__ import annotations

import json
import uuid
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.audio import Party, PartyId
from stream.errors import (
    BadRequest,
    CallFinished,
    Idle,
    Internal,
    MediaError,
    NotAllowed,
    TooBig,
    Unauthorised,
)
from stream.events import CallEnded, CallStarted, Media, Reply, Resumed, StreamEvent
from stream.protocols import Ack, Ended, Failed, News, Ready, SpokenWord, Transcript
from stream.protocols.audiohook import MAX_INFO, MAX_TEXT, TRANSITIONS, AudioHookCodec, State, Step
from stream.protocols.audiohook_fields import NULL_UUID
from stream.upgrade import Upgrade
from tests.stream.audiohook_client import (
    CONVERSATION,
    NAMES,
    ORGANIZATION,
    SESSION,
    STEREO,
    UPGRADE,
    Client,
    opened,
)

SAID = Transcript(PartyId("agent"), 3, "red", 1.4, 1.9, (SpokenWord("red", 1.5, 1.75, 0.8),))


def test_the_words_of_a_whole_call() -> None:
    client = Client()
    client.open()
    assert client.tell(Ready()) == [{"type": "opened", "media": [STEREO]}]
    assert client.tell(Ready()) == []
    assert client.tell(Ack(PartyId("agent"), 1.0)) == []
    assert [type(event) for event in client.send("ping")] == [Reply]
    assert client.send("close", reason="end") == [CallEnded("end")]
    assert client.tell(Ended()) == [{"type": "closed"}]
    assert client.tell(Ended()) == []


def test_close_while_open_is_pending() -> None:
    client = Client()
    client.open()
    assert client.send("close", reason="end") == [CallEnded("end")]
    assert client.tell(Ready()) == []
    assert client.tell(Ended()) == [{"type": "closed"}]


def test_a_ping_is_answered_while_the_end_is_awaited() -> None:
    client = opened()
    client.send("close", reason="end")
    assert [type(event) for event in client.send("ping")] == [Reply]
    assert client.tell(Ended()) == [{"type": "closed"}]
    assert client.send("ping") == []


def test_what_was_said_is_told_up_to_the_end() -> None:
    client = Client(AudioHookCodec(UPGRADE, transcribed=True))
    assert client.codec.manners.transcribed
    assert client.codec.tell(SAID) == []
    client.open()
    client.tell(Ready())
    told = client.tell(SAID)
    word = {"type": "word", "value": "red", "confidence": 0.8, "offset": "PT1.500S"}
    display = {"type": "display", "transcript": "red", "tokens": [{**word, "duration": "PT0.250S"}]}
    ((entity,),) = [message["entities"] for message in told]
    assert entity["type"] == "transcript"
    assert uuid.UUID(entity["data"].pop("id"))
    assert entity["data"] == {
        "channelId": 1,
        "isFinal": True,
        "offset": "PT1.400S",
        "duration": "PT0.500S",
        "alternatives": [{"confidence": 0.8, "interpretations": [display]}],
    }
    client.send("close", reason="end")
    assert client.tell(SAID)
    client.tell(Ended())
    assert client.codec.tell(SAID) == []


def test_the_end_is_not_told_before_close() -> None:
    assert opened().tell(Ended()) == []


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Unauthorised("no"), "unauthorized"),
        (NotAllowed("no"), "unauthorized"),
        (BadRequest("no"), "error"),
        (CallFinished("no"), "error"),
        (Idle("no"), "error"),
        (Internal("no"), "error"),
    ],
)
def test_a_disconnect_and_then_only_close(fault: MediaError, reason: str) -> None:
    client = opened()
    assert client.tell(Failed(fault)) == [{"type": "disconnect", "reason": reason, "info": "no"}]
    assert client.tell(Failed(fault)) == client.tell(Ended()) == client.tell(Ready()) == []
    for ignored in ("{", "[]", client.text("ping"), client.text("open"), " " * (MAX_TEXT + 1)):
        assert client.codec.receive(ignored) == []
    assert client.codec.receive(b"\xff") == []
    client.seq += 5  # a gap may be what it was disconnected for
    [reply] = client.send("close", reason="disconnect")
    assert isinstance(reply, Reply)
    assert json.loads(reply.text)["type"] == "closed"
    assert client.send("close", reason="disconnect") == []


@pytest.mark.parametrize("before", ["nothing", "open", "probe"])
def test_a_disconnect_before_the_call(before: str) -> None:
    client = Client()
    if before == "open":
        client.open()
    if before == "probe":
        client.open(conversationId=NULL_UUID, participant={"id": NULL_UUID})
    [said] = client.tell(Failed(BadRequest("x" * 1000)))
    assert (said["type"], said["info"]) == ("disconnect", "x" * MAX_INFO)
    assert client.tell(Ready()) == []


def test_a_fault_after_close_only_hurries_the_end() -> None:
    client = opened()
    client.send("close", reason="end")
    assert client.tell(Failed(Internal("a fault"))) == [{"type": "closed"}]
    assert client.tell(Ended()) == []


def test_a_probe_has_no_call_to_be_told_of() -> None:
    client = Client()
    client.open(conversationId=NULL_UUID, participant={"id": NULL_UUID})
    assert client.tell(Ready()) == []
    reply, ended = client.send("close", reason="end")
    assert isinstance(reply, Reply)
    assert ended == CallEnded("end")
    assert client.tell(Ended()) == client.tell(Failed(Idle("late"))) == []


def test_only_what_is_known_of_the_media_is_sent_back() -> None:
    client = Client()
    client.open(media=[{**STEREO, "codec": "x"}])
    assert client.tell(Ready()) == [{"type": "opened", "media": [STEREO]}]


def test_a_fault_takes_no_number() -> None:
    client = opened()
    for kind, parameters in (("ping", {}), ("update", {"language": 1}), ("lunch", {})):
        broken = json.loads(client.text(kind, **parameters))
        broken["seq"] += kind == "ping"
        with pytest.raises(BadRequest):
            client.codec.receive(json.dumps(broken))
    client.send("ping")
    assert (client.seq, client.serverseq) == (2, 2)


def test_telephone_numbers_are_not_kept() -> None:
    client = Client()
    ani = {"ani": "tel:+15550100", "dnis": "tel:+15550199", "aniName": "+1 (555) 0100"}
    [started] = client.open(participant={"id": CONVERSATION, **ani})
    assert "555" not in repr(started)


def test_channels_may_change_places() -> None:
    client = Client(AudioHookCodec(UPGRADE, external="agent", internal="interpreter"))
    [started] = client.open()
    assert isinstance(started, CallStarted)
    assert started.format.parties == (Party.named("agent"), Party.named("interpreter"))


def test_two_channels_need_two_parties() -> None:
    with pytest.raises(ValueError, match="name two parties"):
        AudioHookCodec(UPGRADE, external="agent", internal="agent")


@pytest.mark.parametrize("session", [None, "", "1", f"{{{SESSION}}}", SESSION + "0", "²" * 36])
def test_an_upgrade_without_its_session(session: str | None) -> None:
    headers = {} if session is None else {"Audiohook-Session-Id": session}
    with pytest.raises(BadRequest, match="Audiohook-Session-Id"):
        AudioHookCodec(Upgrade(headers))


def test_text_of_just_the_limit() -> None:
    client = opened()
    message = client.text("ping")
    assert client.codec.receive(message + " " * (MAX_TEXT - len(message)))
    client.seq += 1
    message = client.text("ping")
    with pytest.raises(TooBig, match="65536 characters"):
        client.codec.receive(message + " " * (MAX_TEXT + 1 - len(message)))


def test_a_state_for_every_step() -> None:
    """The table names every state and every step, and nothing leads out of closed."""
    text, other = get_args(Step)
    assert {step for _, step in TRANSITIONS} == {*get_args(text), *get_args(other)}
    assert {state for state, _ in TRANSITIONS} | set(TRANSITIONS.values()) == set(State)
    assert State.CLOSED not in {state for state, _ in TRANSITIONS}


SOUND = st.binary(max_size=9)
DURATION = st.integers(0, 10**6).map(lambda thousandths: thousandths / 1000)


@settings(max_examples=80, deadline=None)
@given(st.lists(SOUND | DURATION, max_size=12), st.sampled_from([1, 2]))
def test_no_sample_is_lost_and_each_has_its_place(
    steps: list[bytes | float], channels: int
) -> None:
    """Whatever the chunks: the bytes come out as they went in, and `at` is exact."""
    client = Client()
    client.open(media=[{**STEREO, "channels": STEREO["channels"][:channels]}])  # type: ignore[index]
    client.tell(Ready())
    sent, got, skipped = b"", b"", 0
    for step in steps:
        if isinstance(step, float):
            skipped += round(step * 8000)
            client.send("discarded", start="PT0S", discarded=f"PT{step:.3f}S")
            continue
        sent += step
        for event in client.codec.receive(step):
            assert isinstance(event, Media)
            assert event.at == (len(got) // channels + skipped) / 8000
            got += event.payload
    assert got == sent[: len(sent) // channels * channels]


def recorded() -> list[str | bytes | News]:
    """A call with everything in it, its numbers as they are when nothing is lost."""
    client = Client()
    steps: list[str | bytes | News] = []

    def text(kind: str, **parameters: Any) -> None:
        steps.append(client.text(kind, **parameters))
        client.seq += 1

    client.open()
    client.seq = 0
    opening = {"organizationId": ORGANIZATION, "conversationId": CONVERSATION}
    text("open", **opening, participant={"id": CONVERSATION}, media=[STEREO])
    steps.append(Ready())
    client.serverseq = 1
    steps += [bytes(320), bytes(321)]
    text("ping", rtt="PT0.1S")
    text("paused")
    text("discarded", start="PT0S", discarded="PT1S")
    text("resumed", start="PT0S", discarded="PT2.5S")
    steps.append(bytes(319))
    text("update", language="es")
    text("error", code=500, message="any")
    steps.append(SAID)
    text("close", reason="end")
    return [*steps, Ended()]


CALL = recorded()


def drive(steps: list[str | bytes | News], *, to_the_end: bool) -> list[StreamEvent]:
    """Events; a fault is told, or where the connection goes on regardless, passed over."""
    codec = AudioHookCodec(UPGRADE)
    events: list[StreamEvent] = []
    said: list[str] = []
    for step in steps:
        try:
            if isinstance(step, str | bytes):
                events += codec.receive(step)
            else:
                said += codec.tell(step)
        except MediaError as fault:
            if to_the_end:
                said += codec.tell(Failed(fault))
    said += [event.text for event in events if isinstance(event, Reply)]
    numbers = sorted(json.loads(text)["seq"] for text in said)
    assert numbers == list(range(1, len(numbers) + 1))
    check(events)
    return events


def check(events: list[StreamEvent]) -> None:
    """One start, first of what makes a call; one end, last of it; a clock that never goes back."""
    call = [event for event in events if not isinstance(event, Reply)]
    assert CallStarted not in [type(event) for event in call[1:]]
    assert CallEnded not in [type(event) for event in call[:-1]]
    assert not call or isinstance(call[0], CallStarted | CallEnded)
    clock = 0
    for event in call:
        if isinstance(event, Media | Resumed):
            assert event.at is not None
            sample = round(event.at * 8000)
            assert sample >= clock
            clock = sample + (len(event.payload) // 2 if isinstance(event, Media) else 0)


def test_the_recorded_call_is_whole() -> None:
    events = drive(CALL, to_the_end=True)
    assert isinstance(events[0], CallStarted)
    assert events[0].format.parties == tuple(Party.named(name) for name in NAMES)
    assert isinstance(events[-1], CallEnded)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(CALL), max_size=20), st.booleans())
def test_any_order(steps: list[str | bytes | News], to_the_end: bool) -> None:
    drive(steps, to_the_end=to_the_end)


@settings(max_examples=150, deadline=None)
@given(st.data(), st.booleans())
def test_a_call_in_which_something_is_lost_doubled_or_cut(
    data: st.DataObject, to_the_end: bool
) -> None:
    steps = list(CALL)
    for _ in range(data.draw(st.integers(1, 3))):
        index = data.draw(st.integers(0, len(steps) - 1))
        step = steps[index]
        match data.draw(st.sampled_from(["lost", "doubled", "cut"])):
            case "lost" if len(steps) > 1:
                del steps[index]
            case "doubled":
                steps.insert(index, step)
            case "cut" if isinstance(step, str | bytes):
                steps[index] = step[: data.draw(st.integers(0, len(step)))]
    drive(steps, to_the_end=to_the_end)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(["ping", "paused", "resumed", "discarded", "update", "lunch"])))
def test_numbers_follow_only_what_was_taken(kinds: list[str]) -> None:
    """Whatever may not come now: the next message that may is taken with the number it had."""
    client = opened()
    whole = {"start": "PT0S", "discarded": "PT0.5S", "language": "es"}
    for kind in kinds:
        with pytest.raises(MediaError):
            client.codec.receive(client.text("lunch"))
        if kind != "lunch":
            client.send(kind, **whole)
    assert client.send("close", reason="end") == [CallEnded("end")]


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_odd_values_in_any_field(data: st.DataObject) -> None:
    texts = [index for index, step in enumerate(CALL) if isinstance(step, str)]
    index = data.draw(st.sampled_from(texts))
    body = json.loads(str(CALL[index]))
    place = data.draw(st.sampled_from([body, body["parameters"] or body]))
    place[data.draw(st.sampled_from(sorted(place)))] = data.draw(ODD)
    steps = [*CALL[:index], json.dumps(body), *CALL[index + 1 :]]
    drive(steps, to_the_end=data.draw(st.booleans()))
