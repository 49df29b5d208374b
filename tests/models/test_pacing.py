"""Pacing: windows over words, rates, habits, and who spoke in between."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.pacing import (
    FAST_WPM,
    HABIT_FROM,
    LIVE,
    WINDOW,
    Pacing,
    PacingWindow,
    live_rate,
)
from models.types import Utterance, Word
from stream.audio import PartyId, Role

AGENT, CUSTOMER = PartyId("agent"), PartyId("customer")


def utterance(
    start: float,
    *words: str,
    each: float = 0.4,
    party: PartyId = AGENT,
    role: Role = "agent",
    number: int = 1,
) -> Utterance:
    """Words of `each` seconds, one right after the other, from `start` on."""
    said = tuple(
        Word(word, round(start + i * each, 3), round(start + (i + 1) * each, 3), 0.9)
        for i, word in enumerate(words)
    )
    return Utterance(party, role, number, start, said[-1].end if said else start, said, "en")


def one(pacing: Pacing, said: Utterance) -> PacingWindow:
    (window,) = pacing.step(said)
    return window


# -- windows -------------------------------------------------------------------------------


@pytest.mark.parametrize(("words", "windows"), [(5, 1), (12, 1), (13, 2), (25, 2), (28, 3)])
def test_an_utterance_is_as_few_windows_as_hold_five_seconds(words: int, windows: int) -> None:
    found = Pacing().step(utterance(3.0, *["so"] * words))
    assert len(found) == windows
    assert found[0].start == 3.0
    assert found[-1].end == round(3.0 + 0.4 * words, 3)
    assert [window.start for window in found[1:]] == [window.end for window in found[:-1]]


def test_no_words_are_no_window_but_count_as_speech() -> None:
    pacing = Pacing()
    assert pacing.step(replace(utterance(0.0), end=4.0, party=CUSTOMER)) == []
    assert one(pacing, utterance(4.0, *["so"] * 10)).talk_ratio == 0.5
    assert pacing.step(utterance(9.0, "...", "-")) == []


def test_words_count_within_the_speech_alone() -> None:
    """Whisper stretches the outer words over the silence that an utterance's audio has."""
    said = utterance(10.0, *["so"] * 10)
    first, *middle, last = said.words
    stretched = (replace(first, start=9.7), *middle, replace(last, end=14.2))
    assert Pacing().step(replace(said, words=stretched)) == Pacing().step(said)


# -- labels --------------------------------------------------------------------------------


def test_an_ordinary_pace_is_steady() -> None:
    window = one(Pacing(), utterance(0.0, *["hello", "there", "my", "friend", "Bob"] * 2))
    assert (window.wpm, window.syllables_per_s) == (150.0, 3.0)
    assert (window.label, window.score) == ("steady", 0.0)


def test_many_words_of_many_syllables_are_too_fast() -> None:
    fast = one(Pacing(), utterance(0.0, *["medication"] * 10, each=0.3))
    faster = one(Pacing(), utterance(0.0, *["medication"] * 10, each=0.25))
    assert (fast.label, faster.label) == ("too_fast", "too_fast")
    assert 0 < fast.score < faster.score <= 1


def test_many_short_words_alone_are_not_too_fast() -> None:
    window = one(Pacing(), utterance(0.0, *["so"] * 12, each=0.25))
    assert window.wpm > FAST_WPM
    assert window.label == "steady"


def test_few_words_are_slow() -> None:
    window = one(Pacing(), utterance(0.0, *["well"] * 5, each=0.9))
    assert (window.wpm, window.label, window.score) == (66.67, "slow", 0.52)


def test_a_number_read_out_is_not_slow() -> None:
    window = one(Pacing(), utterance(0.0, "it's", "715-1390", "and", "then", "52", each=0.9))
    assert (window.wpm, window.label) == (160.0, "steady")


@pytest.mark.parametrize("words", [("okay.",), ("medication",) * 4, ("medication",) * 8])
def test_too_little_is_not_judged(words: tuple[str, ...]) -> None:
    window = one(Pacing(), utterance(0.0, *words, each=0.2))
    assert (window.label, window.score) == ("steady", 0.0)


def test_who_always_talks_fast_is_measured_by_their_habit() -> None:
    pacing, at = Pacing(), 0.0
    labels = []
    for each in [0.27] * (HABIT_FROM + 2) + [0.22]:
        labels.append(one(pacing, utterance(at, *["medication"] * 10, each=each)).label)
        at += 10.0
    assert labels == ["too_fast"] * HABIT_FROM + ["steady", "steady", "too_fast"]


def test_who_always_talks_slowly_is_measured_by_their_habit() -> None:
    pacing, at = Pacing(), 0.0
    labels = []
    for each in [0.7] * (HABIT_FROM + 1) + [0.9]:
        labels.append(one(pacing, utterance(at, *["well"] * 5, each=each)).label)
        at += 10.0
    assert labels == ["slow"] * HABIT_FROM + ["steady", "slow"]


def test_habits_are_each_partys_own() -> None:
    pacing = Pacing()
    for i in range(HABIT_FROM):
        pacing.step(utterance(10.0 * i, *["medication"] * 10, each=0.27))
    said = utterance(50.0, *["medication"] * 10, each=0.27, party=CUSTOMER, role="customer")
    assert one(pacing, said).label == "too_fast"


def test_pauses_count_for_the_listener_and_not_for_the_mouth() -> None:
    whole = utterance(0.0, *["so"] * 6, each=0.5)
    kept = tuple(word for i, word in enumerate(whole.words) if i not in (2, 3))
    window = one(Pacing(), replace(whole, words=kept))
    assert (window.wpm, window.syllables_per_s) == (80.0, 2.0)


# -- between the parties -------------------------------------------------------------------


def test_talk_ratio_looks_back_a_minute() -> None:
    pacing = Pacing()
    pacing.step(utterance(0.0, *["so"] * 10, party=CUSTOMER, role="customer"))
    assert one(pacing, utterance(5.0, *["so"] * 10)).talk_ratio == 0.5
    assert one(pacing, utterance(62.0, *["so"] * 5)).talk_ratio == 1.0


def test_overlap_and_silence() -> None:
    pacing = Pacing()
    first = one(pacing, utterance(7.0, *["so"] * 5, party=CUSTOMER))
    assert (first.overlap_s, first.silence_s) == (0.0, 0.0), "before the first is no gap"
    assert one(pacing, utterance(10.0, *["so"] * 5)).silence_s == 1.0
    both = one(pacing, utterance(11.0, *["so"] * 5, party=CUSTOMER))
    assert (both.overlap_s, both.silence_s) == (1.0, 0.0)


def test_silence_within_is_what_nobody_fills() -> None:
    pacing = Pacing()
    pacing.step(utterance(1.5, "mm", each=1.0, party=CUSTOMER))
    whole = utterance(0.0, *["so"] * 8, each=0.5)
    kept = tuple(word for i, word in enumerate(whole.words) if i not in (2, 3, 4, 5))
    window = one(pacing, replace(whole, words=kept))
    assert (window.overlap_s, window.silence_s) == (1.0, 1.0)


# -- the moving picture ----------------------------------------------------------------------


def test_live_rate_counts_the_last_seconds() -> None:
    words = utterance(0.0, *["hello"] * 20, each=0.4).words
    assert live_rate(words, 8.0) == (150.0, 5.0)
    assert live_rate(words, 2.0) == (150.0, 5.0), "speech that began later is taken from there"
    assert live_rate(words, 8.0 + LIVE) == (0.0, 0.0)
    assert live_rate((), 4.0) == (0.0, 0.0)
    assert live_rate(words[:1], 0.4) == (60.0, 2.0), "one word is no rate of hundreds"


# -- properties ------------------------------------------------------------------------------

texts = st.sampled_from(["okay.", "medication", "$134.", "the", "...", "715-139", "I'm"])


@st.composite
def calls(draw: st.DrawFn) -> list[Utterance]:
    """Utterances of two parties, words in order, in order of (end, party)."""
    found = []
    for party in (AGENT, CUSTOMER):
        at = draw(st.integers(0, 5_000))
        for number in range(draw(st.integers(1, 5))):
            start, words = at, []
            for _ in range(draw(st.integers(0, 20))):
                at += draw(st.sampled_from([0, 0, 0, 100, 700]))
                end = at + draw(st.integers(0, 900))
                words.append(Word(draw(texts), at / 1000, end / 1000, 0.5))
                at = end
            found.append(
                Utterance(party, "agent", number, start / 1000, at / 1000, tuple(words), "en")
            )
            at += draw(st.integers(1, 20_000))
    return sorted(found, key=lambda said: (said.end, said.party))


@given(calls())
@settings(max_examples=60)
def test_windows_tile_the_words_and_are_short(said: list[Utterance]) -> None:
    pacing = Pacing()
    for one_said in said:
        windows = pacing.step(one_said)
        words = [word for word in one_said.words if word.w != "..."]
        assert bool(windows) == bool(words)
        for word in words:
            middle = (word.start + word.end) / 2
            assert any(w.start - 2e-3 <= middle <= w.end + 2e-3 for w in windows)
        longest = max((word.end - word.start for word in words), default=0)
        for window in windows:
            assert window.end - window.start <= WINDOW + longest + 2e-3
            assert 0 <= window.talk_ratio <= 1
            assert 0 <= window.score <= 1
            assert 0 <= window.overlap_s <= window.end - window.start + 0.01
            assert window.silence_s >= 0
        assert all(a.end <= b.start for a, b in pairwise(windows))


@given(calls(), st.data())
@settings(max_examples=60)
def test_restored_anywhere_it_goes_on_the_same(said: list[Utterance], data: st.DataObject) -> None:
    whole = Pacing()
    expected = [whole.step(one_said) for one_said in said]
    cut = data.draw(st.integers(0, len(said)))
    before, after = Pacing(), Pacing()
    found = [before.step(one_said) for one_said in said[:cut]]
    kept = json.dumps(before.state())
    after.restore(json.loads(kept))
    assert json.dumps(after.state()) == kept
    found += [after.step(one_said) for one_said in said[cut:]]
    assert found == expected
    assert after.state() == whole.state()


@given(calls(), st.integers(0, 60_000))
@settings(max_examples=60)
def test_live_rate_is_never_absurd(said: list[Utterance], now: int) -> None:
    for one_said in said:
        wpm, rate = live_rate(one_said.words, now / 1000)
        assert 0 <= wpm <= 60 * 6 * len(one_said.words)
        assert rate >= 0
        assert live_rate(one_said.words, one_said.end + LIVE + 0.001) == (0.0, 0.0)
