"""What is heard before a clip."""

from __future__ import annotations

from itertools import chain

import numpy as np
import pytest

from models.training.tone_rows import LEAD, acted, rows
from tests.models.training.acted_clips import COPIES, EMOTIONS, made


def test_before_a_clip_its_speaker_is_heard_for_twenty_seconds() -> None:
    of = made()
    for number, clip in enumerate(of.clips):
        lead = list(of.lead(number))
        seconds = [of.heard[other].windows[window].seconds for other, window in lead]
        assert LEAD <= sum(seconds) < LEAD + seconds[-1]
        for other, _ in lead:
            assert other != number
            assert of.clips[other].emotion == "neutral"
            assert of.clips[other].speaker == clip.speaker


def test_no_emotion_has_more_to_lean_on_than_another() -> None:
    of = made()
    assert {len(before) for before in of.before} == {EMOTIONS.count("neutral") - 1}
    heard = set(chain.from_iterable(of.before))
    assert heard == {n for n, clip in enumerate(of.clips) if clip.emotion == "neutral"}


def test_a_lone_neutral_clip_is_of_no_use_itself() -> None:
    of = made()
    first = [n for n, clip in enumerate(of.clips) if clip.speaker == of.clips[0].speaker]
    kept = [n for n in first if of.clips[n].emotion != "neutral" or n == first[0]]
    lone = acted([of.clips[n] for n in kept], [of.heard[n] for n in kept])
    assert lone.before[0] == ()
    assert lone.useful.tolist() == [False] + [True] * (len(kept) - 1)


def test_rows_are_what_is_beyond_the_usual_of_the_same_copy() -> None:
    of = made()
    found = rows(of, of.of("EmoDB"))
    assert set(found.clip) == set(np.flatnonzero(of.of("EmoDB")))
    assert len(found.clip) == COPIES * of.of("EmoDB").sum()
    number = int(found.clip[0])
    for copy in range(COPIES):
        usual = np.mean([of.heard[each].means[copy, 0] for each in of.before[number]], axis=0)
        wanted = of.heard[number].means[copy, 0] - usual
        assert found.beyond[copy] == pytest.approx(wanted, abs=1e-4)
    assert np.abs(found.beyond).max() < 5, "who speaks drops out"
