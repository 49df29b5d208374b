"""Names in speech: the set, what counts as heard, and the comparison."""

from __future__ import annotations

import io
import re
import shutil
from collections import Counter

import numpy as np
import pytest
from rich.console import Console

from benchmarks.names_report import print_names
from benchmarks.spoken_names import GAIN, Heard, Sentence, compare, judged, sentences
from coach.demo.make_call import RATE
from coach.demo.speaking import speak

RASH = Sentence("n", "My doctor says we should stop Enbrel until the rash is gone.", "Enbrel")
HELLO = Sentence("c", "Thank you for calling, how can I help?", "")


def test_the_set_is_forty_names_twice_and_forty_sentences_without() -> None:
    said = sentences()
    counted = Counter(sentence.name for sentence in said)
    assert counted.pop("") == 40
    assert (len(counted), set(counted.values())) == (40, {2})
    assert all(re.search(rf"\b{s.name}\b", s.text) for s in said if s.name)
    assert len({sentence.id for sentence in said}) == len(said) == 120


@pytest.mark.parametrize(
    ("heard", "found", "errors"),
    [
        (RASH.text, True, 0),
        ("my doctor says we should stop enbrel until the rash is gone", True, 0),
        ("My doctor says we should stop in Berlin until the rash is gone.", False, 0),
        ("My doctor says we should stop until the rash is gone.", False, 0),
        ("My doctor said we should stop Enbrel till the rash is gone.", True, 2),
        ("Enbrel, Humira.", True, 11),
        ("", False, 11),
    ],
)
def test_what_stands_for_a_name_is_no_error_of_the_rest(
    heard: str, found: bool, errors: int
) -> None:
    result = judged(RASH, "slt", heard)
    assert (result.found, result.errors, result.words) == (found, errors, 11)


def test_a_sentence_without_a_name_has_none_to_find() -> None:
    assert judged(HELLO, "slt", HELLO.text) == Heard("c", "slt", HELLO.text, None, 0, 8)
    assert judged(HELLO, "slt", "Thank you for calling Enbrel, how can I help?").errors == 1


def heard(found: int, errors: int, sentences: int = 40) -> list[Heard]:
    return [
        Heard(f"n{i}", voice, "", i < found, int(i < errors), 10)
        for i in range(sentences)
        for voice in ("slt", "rms")
    ]


def test_both_ways_are_compared_sentence_by_sentence() -> None:
    result = compare(heard(4, 2), heard(32, 2))
    assert result.gain[0] == pytest.approx(0.7)
    assert result.gain[1] < 0.7 < result.gain[2]
    assert result.harm == pytest.approx((0.0, 0.0, 0.0))
    assert (result.chances, result.words) == (80, 800)
    assert result.passed
    assert not compare(heard(4, 2), heard(4 + round(40 * GAIN) - 1, 2)).passed
    assert not compare(heard(4, 0), heard(32, 3)).passed


def test_the_comparison_is_printed() -> None:
    output = io.StringIO()
    print_names(Console(file=output, width=120), compare(heard(4, 2), heard(32, 6)))
    printed = output.getvalue()
    assert "10.0%" in printed
    assert "80.0%" in printed
    assert "MISSED" in printed


@pytest.mark.skipif(shutil.which("flite") is None, reason="flite is not installed here")
def test_a_sentence_is_spoken_over_a_telephone_line() -> None:
    spoken = speak(HELLO.text, "slt")
    assert 4 * RATE < len(spoken) < 8 * RATE
    assert not spoken[:RATE].any()
    spectrum = np.abs(np.fft.rfft(spoken)) ** 2
    frequencies = np.fft.rfftfreq(len(spoken), 1 / RATE)
    assert spectrum[frequencies < 150].sum() < 0.001 * spectrum.sum()
