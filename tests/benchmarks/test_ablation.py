"""What a part of the hearing saves: what is decoded in a live call's place, and how it is told."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
from rich.console import Console

from benchmarks.ablation import Cost, Live, Variant, measured
from benchmarks.ablation_report import print_costs
from benchmarks.scripted import ScriptedCall
from coach.demo.script import Script, Turn
from models.types import DecodeKind, DecodeRequest, DecodeResult, Word
from models.weights import folder
from models.whisper import Whisper
from stream.audio import RATE, CallId, PartyId
from stream.files import read_audio
from tests.recorded import CALL

TAKEN = (31.5, 39.0)
"""Of the recorded call: the customer says what befell her."""


def request(kind: DecodeKind, seconds: float = 2.0) -> DecodeRequest:
    audio = np.zeros(round(seconds * RATE), np.float32)
    return DecodeRequest(CallId("c"), PartyId("customer"), 1, kind, audio, 3.0, "en", 6.0)


class Asked:
    """Answers anything; `requests`: what it was asked, as (kind, second)."""

    def __init__(self, *, sure: bool) -> None:
        self._sure = sure
        self.requests: list[tuple[DecodeKind, bool]] = []

    def decode(self, asked: DecodeRequest) -> DecodeResult:
        self.requests.append((asked.kind, asked.second))
        word = Word("second" if asked.second else "first", 3.0, 3.5, 0.9)
        score = -0.2 if asked.second else -0.4
        return asked.answer((word,), score=score, sure=self._sure or asked.second)


def test_a_final_takes_what_a_sure_guess_found() -> None:
    asked = Asked(sure=True)
    live = Live(asked.decode)
    live.decode(request("guess"))
    final = live.decode(request("final"))
    assert (final.kind, [word.w for word in final.words]) == ("final", ["first"])
    assert asked.requests == [("guess", False)]


def test_a_final_asks_for_the_second_opinion_alone_where_its_guess_was_not_sure() -> None:
    asked = Asked(sure=False)
    live = Live(asked.decode)
    live.decode(request("guess"))
    assert [word.w for word in live.decode(request("final")).words] == ["second"]
    assert asked.requests == [("guess", False), ("final", True)]


def test_a_guess_of_other_audio_is_no_final() -> None:
    asked = Asked(sure=True)
    live = Live(asked.decode)
    live.decode(request("guess", 1.0))
    live.decode(request("final"))
    live.decode(replace(request("final"), utterance=2))
    assert asked.requests == [("guess", False), ("final", False), ("final", False)]


def test_a_call_is_heard_as_a_live_one_is_and_without_partials() -> None:
    (_, customer), rate = read_audio(CALL)
    sound = customer[round(TAKEN[0] * rate) : round(TAKEN[1] * rate)]
    script = Script("piece", (Turn("customer", 0.0, 1.0, "since my second injection"),))
    call = ScriptedCall("piece", {"customer": sound}, rate, script, ())
    whisper = Whisper(str(folder("whisper-base")))
    whole = measured(Variant("whole", whisper.decode), call)
    alone = measured(Variant("alone", whisper.decode, partials=False), call)
    assert set(whole.seconds) == {"partial", "guess", "final"}
    assert set(alone.seconds) == {"final"}
    assert (whole.errors, whole.words) == (alone.errors, 4), "no final depends on a partial"


def test_the_table_compares_with_the_first() -> None:
    console = Console(file=io.StringIO(), width=120)
    shipped = Cost("as shipped", {"partial": 0.3, "guess": 0.1}, 9, 300)
    alone = Cost("no partials", {"final": 0.1}, 9, 300)
    print_costs(console, [shipped, alone])
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "0.400 │  1.00 │    9 of 300" in shown
    assert "0.100 │  0.25 │    9 of 300" in shown
