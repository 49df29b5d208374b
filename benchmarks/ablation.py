"""What each part of the hearing brings: the sample call, each time heard without one of them.

The call is heard offline, its decodings one after the other on one thread, and asks for what a live
one asks for: a partial each third of a second, a guess at each pause, a final, which takes what its
guess has found (coach/lane/opinions.py). So nothing waits, nothing is shed, and the processor's
seconds are those of the work alone: they hardly change where others use the machine as well.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from benchmarks.accuracy import count_errors
from benchmarks.scripted import SAMPLE, ScriptedCall, load_calls
from coach.analyze import Decode, analyze
from coach.app import knowledge, load_vad
from coach.settings import Settings
from models.by_kind import ByKind
from models.types import DecodeKind, DecodeRequest, DecodeResult
from models.weights import folder
from models.whisper import Whisper
from stream.audio import CallId, PartyId

BASE, TINY = "whisper-base", "whisper-tiny.en"


@dataclass(frozen=True, slots=True)
class Variant:
    """The hearing with something left out, or done otherwise."""

    name: str
    decode: Decode
    partials: bool = True


@dataclass(frozen=True, slots=True)
class Cost:
    """Of a variant. `seconds`: of the processor for each call second, by what was decoded;
    `errors` of `words` in its finals."""

    name: str
    seconds: dict[DecodeKind, float]
    errors: int
    words: int

    @property
    def total(self) -> float:
        """Seconds of the processor for each call second."""
        return sum(self.seconds.values())


class Live:
    """Decodes as a live call's lane does, and counts what that takes."""

    def __init__(self, decode: Decode) -> None:
        self._decode = decode
        self._guesses: dict[PartyId, tuple[DecodeRequest, DecodeResult]] = {}
        self.seconds: dict[DecodeKind, float] = {}

    def decode(self, request: DecodeRequest) -> DecodeResult:
        """The words of a request; a final takes what its guess found."""
        began = time.process_time()
        final = request.kind == "final"
        found = self._final(request) if final else self._decode(request)
        spent = time.process_time() - began
        self.seconds[request.kind] = self.seconds.get(request.kind, 0.0) + spent
        if request.kind == "guess":
            self._guesses[request.party] = request, found
        return found

    def _final(self, request: DecodeRequest) -> DecodeResult:
        asked, guess = self._guesses.pop(request.party, (None, None))
        if asked is None or guess is None or not _same(asked, request):
            return self._decode(request)
        first = replace(guess, kind="final")
        return first if first.sure else self._decode(replace(request, first=first))


def _same(guess: DecodeRequest, final: DecodeRequest) -> bool:
    one, other = ((r.utterance, r.start, len(r.audio), r.language) for r in (guess, final))
    return one == other


def variants() -> Iterator[Variant]:
    """As shipped first. Each loads its weights when its turn comes. Raises MissingWeights."""
    whisper = Whisper(str(folder(BASE)))
    yield Variant("as shipped", whisper.decode)
    yield Variant("no partials", whisper.decode, partials=False)
    yield Variant("partials without their draft", _undrafted(whisper.decode))
    yield Variant("rough partials, as under load", _rough(whisper.decode))
    yield Variant("one opinion on each final", _one_opinion(whisper.decode))
    yield Variant("partials by tiny.en", ByKind(whisper, Whisper(str(folder(TINY)))).decode)
    yield Variant("CTranslate2", Whisper(str(folder(BASE)), engine="ctranslate2").decode)


def measured(variant: Variant, call: ScriptedCall) -> Cost:
    """What the variant takes for the call, and what it hears."""
    live, settings = Live(variant.decode), Settings()
    events = list(
        analyze(
            CallId("ablation"),
            call.parties,
            rate=call.rate,
            context=call.context,
            knowledge=knowledge(settings, partials=variant.partials),
            vad=load_vad(settings),
            decode=live.decode,
            now=lambda: datetime.now(UTC),
        )
    )
    rows = [
        count_errors(
            call.name,
            party,
            " ".join(turn.text for turn in call.script.turns if turn.speaker == party),
            " ".join(
                event["data"]["text"]
                for event in events
                if event["type"] == "transcript.final" and event["data"]["party"] == party
            ),
        )
        for party in call.parties
    ]
    seconds = {kind: spent / call.seconds for kind, spent in live.seconds.items()}
    return Cost(
        variant.name, seconds, sum(row.total for row in rows), sum(row.words for row in rows)
    )


def measure(on_variant: Callable[[str], None] = lambda name: None) -> list[Cost]:
    """All variants over the sample call. Some minutes of one core. Raises MissingWeights."""
    (call,) = load_calls([SAMPLE])
    costs = []
    for variant in variants():
        on_variant(variant.name)
        costs.append(measured(variant, call))
    return costs


def _undrafted(decode: Decode) -> Decode:
    return lambda request: decode(replace(request, draft=()))


def _rough(decode: Decode) -> Decode:
    return lambda request: decode(replace(request, rough=request.kind == "partial"))


def _one_opinion(decode: Decode) -> Decode:
    def decoded(request: DecodeRequest) -> DecodeResult:
        if request.kind == "partial":
            return decode(request)
        return replace(decode(replace(request, kind="guess")), kind=request.kind, sure=True)

    return decoded
