"""Quality of the lines: silence on one side, soft speech, swapped channels, nobody speaking."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.agent_phrases import agent_phrases
from coach.quality import (
    LOW_SECONDS,
    NO_SPEECH_FIRST,
    NO_SPEECH_LATER,
    ONE_WAY,
    ONE_WAY_LATER,
    Quality,
    QualityNote,
)
from models.types import Utterance, Word
from models.vad import FRAME, FRAME_SECONDS
from stream.audio import PartyId, Role, Samples

AGENT, CUSTOMER = PartyId("agent"), PartyId("customer")

ROLES: dict[PartyId, Role] = {AGENT: "agent", CUSTOMER: "customer"}


class Sound(NamedTuple):
    """What a line carries: a level in dBFS (None: digital silence), and whether it is speech."""

    level: float | None
    speech: bool = False


SPEECH, SOFT = Sound(-26.0, True), Sound(-50.0, True)
NOISE, COMFORT, DEAD = Sound(-50.0), Sound(-70.0), Sound(None)


def frame(sound: Sound) -> Samples:
    """A frame of that level: a square wave, so that its level is exact."""
    size = 0.0 if sound.level is None else 10 ** (sound.level / 20)
    return np.where(np.arange(FRAME) // 8 % 2, size, -size).astype(np.float32)


class Call:
    """Lines of a call, frame after frame in step."""

    def __init__(self, roles: dict[PartyId, Role] | None = None) -> None:
        self.quality = Quality()
        self.roles = dict(roles or ROLES)
        self.frames = 0

    def carry(self, seconds: float, *sounds: Sound) -> list[QualityNote]:
        """Every line carries its sound for so long."""
        notes: list[QualityNote] = []
        samples = [frame(sound) for sound in sounds]
        for _ in range(round(seconds / FRAME_SECONDS)):
            self.frames += 1
            for (party, role), sound, carried in zip(
                self.roles.items(), sounds, samples, strict=True
            ):
                at = self.frames * FRAME_SECONDS
                notes += self.quality.step(party, role, carried, float(sound.speech), at)
        return notes


def kinds(notes: Iterable[QualityNote]) -> list[tuple[str, str]]:
    return [(note.party, note.kind) for note in notes]


# -- one-way audio ---------------------------------------------------------------------------


@pytest.mark.parametrize("silence", [DEAD, COMFORT])
def test_a_line_that_carries_nothing_while_the_other_speaks(silence: Sound) -> None:
    call = Call()
    assert call.carry(10, DEAD, silence) == []
    assert call.carry(ONE_WAY - 1, SPEECH, silence) == []
    (note,) = call.carry(60, SPEECH, silence)
    assert (note.party, note.kind, note.start) == (CUSTOMER, "one_way_audio", 0.0)
    assert note.seconds == pytest.approx(10 + ONE_WAY, abs=0.2)


def test_speech_counts_in_all_with_its_pauses_left_out() -> None:
    call = Call()
    notes = []
    for _ in range(4):
        notes += call.carry(5, SPEECH, DEAD) + call.carry(5, NOISE, DEAD)
    assert kinds(notes) == [(CUSTOMER, "one_way_audio")]
    assert notes[0].seconds > 30


def test_a_line_with_the_sound_of_a_room_is_alive() -> None:
    assert Call().carry(60, SPEECH, NOISE) == []


def test_it_is_named_again_only_after_it_recovered() -> None:
    call = Call()
    assert kinds(call.carry(60, DEAD, SPEECH)) == [(AGENT, "one_way_audio")]
    assert call.carry(1, SPEECH, SPEECH) == []
    assert call.carry(ONE_WAY_LATER - 1, DEAD, SPEECH) == []
    (note,) = call.carry(20, DEAD, SPEECH)
    assert note.party == AGENT
    assert note.start == pytest.approx(61, abs=0.1)


def test_crackle_is_no_recovery() -> None:
    call = Call()
    notes = []
    for _ in range(10):
        notes += call.carry(2, SPEECH, DEAD) + call.carry(FRAME_SECONDS, SPEECH, NOISE)
    assert kinds(notes) == [(CUSTOMER, "one_way_audio")]


def test_who_listens_and_answers_is_never_named() -> None:
    call = Call()
    for _ in range(10):
        assert call.carry(14, SPEECH, DEAD) + call.carry(1, DEAD, SPEECH) == []


def test_an_interpreter_may_wait_in_silence() -> None:
    call = Call({AGENT: "agent", CUSTOMER: "customer", PartyId("interpreter"): "interpreter"})
    for _ in range(5):
        assert call.carry(10, SPEECH, DEAD, DEAD) + call.carry(10, DEAD, SPEECH, DEAD) == []


def test_a_party_that_left_is_not_named() -> None:
    call = Call()
    call.carry(5, SPEECH, SPEECH)
    del call.roles[CUSTOMER]
    assert call.carry(60, SPEECH) == []


# -- level -----------------------------------------------------------------------------------


def test_soft_speech_is_named_once_until_it_is_louder() -> None:
    call = Call()
    assert call.carry(LOW_SECONDS - 1, SPEECH, SOFT) == []
    (note,) = call.carry(30, SPEECH, SOFT)
    assert (note.party, note.kind, note.reason) == (CUSTOMER, "low_level", "speech at -50 dBFS")
    assert note.seconds == pytest.approx(LOW_SECONDS, abs=0.1)
    assert call.carry(2 * LOW_SECONDS, SPEECH, SPEECH) == []
    assert kinds(call.carry(2 * LOW_SECONDS, SPEECH, SOFT)) == [(CUSTOMER, "low_level")]


def test_noise_between_words_is_no_soft_speech() -> None:
    call = Call()
    for _ in range(20):
        assert call.carry(1, SPEECH, SPEECH) + call.carry(3, NOISE, NOISE) == []


# -- nobody speaks ---------------------------------------------------------------------------


def test_nobody_speaks_from_the_start() -> None:
    call = Call()
    assert call.carry(NO_SPEECH_FIRST - 1, DEAD, NOISE) == []
    notes = call.carry(300, DEAD, NOISE)
    assert kinds(notes) == [(AGENT, "no_speech"), (CUSTOMER, "no_speech")]
    assert [note.reason for note in notes] == ["silence", "noise"]
    assert {(note.start, note.seconds) for note in notes} == {(0.0, 60.0)}


def test_nobody_speaks_later_on() -> None:
    call = Call()
    call.carry(5, SPEECH, SPEECH)
    assert call.carry(NO_SPEECH_LATER - 1, DEAD, NOISE) == []
    assert kinds(call.carry(200, DEAD, NOISE)) == [(AGENT, "no_speech"), (CUSTOMER, "no_speech")]
    call.carry(1, SPEECH, NOISE)
    again = kinds(call.carry(200, DEAD, NOISE))
    assert sorted(again) == [(AGENT, "no_speech"), (CUSTOMER, "no_speech")]


def test_one_who_speaks_is_enough() -> None:
    call = Call()
    for _ in range(10):
        assert call.carry(5, SPEECH, NOISE) + call.carry(25, DEAD, NOISE) == []


# -- swapped channels ------------------------------------------------------------------------

GREETING = "Thank you for calling the support line. My name is Anna. How can I help you today?"
STORY = (
    "Hi, I have been taking the pills for two weeks now and since Monday I have had a rash on "
    "both of my arms."
)


def said(party: PartyId, role: Role, text: str, start: float) -> Utterance:
    words = tuple(Word(word, start, start + 3, 1.0) for word in text.split())
    return Utterance(party, role, 1, start, start + 3.0, words, "en")


def heard(*lines: tuple[Role, str]) -> list[QualityNote]:
    quality, notes = Quality(), []
    for i, (role, text) in enumerate(lines):
        notes += quality.heard(said(PartyId(role), role, text, 4.0 * i))
    return notes


def test_the_customers_line_says_what_agents_say() -> None:
    (note,) = heard(("customer", GREETING), ("agent", STORY), ("customer", GREETING))
    assert (note.party, note.kind, note.start) == ("customer", "channels_swapped", 0.0)
    assert "how can I help" not in note.reason  # for people, without anyone's words
    assert note.seconds == 7.0


def test_clear_evidence_needs_no_words_of_the_agent() -> None:
    assert len(heard(("agent", "Yes."), ("customer", GREETING), ("customer", GREETING))) == 1


@pytest.mark.parametrize(
    "lines",
    [
        [("agent", GREETING), ("customer", STORY), ("agent", GREETING)],
        [("customer", GREETING), ("agent", "Hello, this is Bob.")],  # who calls is greeted first
        [("customer", GREETING), ("agent", GREETING), ("agent", STORY)],
        [("customer", "My name is Ann from Ohio, " + STORY), ("agent", STORY)],
        [("unknown", GREETING), ("agent", STORY), ("unknown", GREETING)],
    ],
)
def test_no_swap(lines: list[tuple[Role, str]]) -> None:
    assert heard(*lines) == []


def test_only_where_one_agent_and_one_customer_are() -> None:
    quality = Quality()
    notes = quality.heard(said(PartyId("second"), "agent", STORY, 0.0))
    notes += quality.heard(said(AGENT, "agent", STORY, 4.0))
    notes += quality.heard(said(CUSTOMER, "customer", GREETING + GREETING, 8.0))
    assert notes == []


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Thanks for calling.", 1),
        ("This call may be recorded or monitored.", 1),
        ("My name is Ann Lee with the support team.", 1),
        ("My name's Ann.", 0),
        ("Is there anything else I can help you with?", 1),
        ("Is there anything else I need to do?", 0),
        ("How may I help you? How can I help?", 2),
        ("Can you help me?", 0),
    ],
)
def test_phrases(text: str, count: int) -> None:
    assert len(agent_phrases(text)) == count


# -- order and restarts ----------------------------------------------------------------------

SOUNDS = [SPEECH, SOFT, NOISE, DEAD]
stretches = st.lists(
    st.tuples(st.sampled_from([1, 2, 60, 500, 2000]), *[st.sampled_from(SOUNDS)] * 2),
    min_size=1,
    max_size=6,
)
Arrival = tuple[PartyId, Sound, float]


def joined() -> Quality:
    quality = Quality()
    for party, role in ROLES.items():
        quality.join(party, role, 0.0)
    return quality


def arrivals(plan: list[tuple[int, Sound, Sound]]) -> list[Arrival]:
    """The frames of a plan in order of (time, party); the customer's are half a frame late."""
    found: list[Arrival] = []
    count = 0
    for frames, *sounds in plan:
        for _ in range(frames):
            count += 1
            for party, sound, late in zip((AGENT, CUSTOMER), sounds, (0.0, 0.5), strict=True):
                found.append((party, sound, (count + late) * FRAME_SECONDS))
    return found


def take(quality: Quality, frames: Iterable[Arrival]) -> list[QualityNote]:
    samples = {sound: frame(sound) for sound in SOUNDS}
    return [
        note
        for party, sound, at in frames
        for note in quality.step(party, ROLES[party], samples[sound], float(sound.speech), at)
    ]


@given(stretches, st.data())
@settings(max_examples=20, deadline=None)
def test_restored_anywhere_it_goes_on_the_same(
    plan: list[tuple[int, Sound, Sound]], data: st.DataObject
) -> None:
    frames = arrivals(plan)
    whole = Quality()
    whole.heard(said(CUSTOMER, "customer", GREETING, 0.0))
    expected = take(whole, frames)
    cut = data.draw(st.integers(0, len(frames)))
    before, after = Quality(), Quality()
    before.heard(said(CUSTOMER, "customer", GREETING, 0.0))
    notes = take(before, frames[:cut])
    kept = json.dumps(before.state())
    after.restore(json.loads(kept))
    assert json.dumps(after.state()) == kept
    notes += take(after, frames[cut:])
    assert notes == expected
    assert after.state() == whole.state()
    story = said(AGENT, "agent", STORY, 5.0)
    assert after.heard(story) == whole.heard(story) != []


@given(stretches, st.lists(st.integers(1, 50), min_size=1, max_size=8))
@settings(max_examples=20, deadline=None)
def test_the_order_of_sockets_does_not_matter(
    plan: list[tuple[int, Sound, Sound]], bursts: list[int]
) -> None:
    """One party's frames may come up to LAG before the other's, in bursts of any size."""
    in_order = arrivals(plan)
    lines = [[f for f in in_order if f[0] == party] for party in (AGENT, CUSTOMER)]
    mixed: list[Arrival] = []
    turn = 0
    while any(lines):
        for line in lines:
            burst = bursts[turn % len(bursts)]
            mixed += line[:burst]
            del line[:burst]
    assert take(joined(), mixed) == take(joined(), in_order)
