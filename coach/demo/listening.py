"""Recordings and texts through the pipeline, for what our own hearing leaves of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from itertools import cycle

from coach.analyze import analyze
from coach.app import knowledge, load_vad
from coach.demo.make_call import RATE
from coach.demo.speaking import VOICES, speak
from coach.settings import Settings
from models.text_input import Said, Turn
from models.types import DecodeRequest, DecodeResult
from stream.audio import CallId, Context, Samples

Listen = Callable[[Mapping[str, Samples], int, Context], list[Turn]]
"""The finals of parties' samples at a rate, in the order in which they end; thread-safe."""


def listening(decode: Callable[[DecodeRequest], DecodeResult]) -> Listen:
    """What hears recordings as `coach analyze` does."""
    settings = Settings()
    known, vad = knowledge(settings, partials=False), load_vad(settings)

    def listen(parties: Mapping[str, Samples], rate: int, context: Context) -> list[Turn]:
        events = analyze(
            CallId("recording"),
            parties,
            rate=rate,
            context=context,
            knowledge=known,
            vad=vad,
            decode=decode,
            now=lambda: datetime.now(UTC),
        )
        finals = [each["data"] for each in events if each["type"] == "transcript.final"]
        finals.sort(key=lambda final: (final["end"], final["party"]))
        return [Turn(final["party"], final["text"]) for final in finals if final["text"]]

    return listen


def spoken_again(
    said: Sequence[Said], listen: Listen, workers: int, tell: Callable[[int], None]
) -> list[Said]:
    """Each utterance spoken by a synthetic voice, in turn a woman's and a man's, over a telephone
    line, and as it was heard; the turns before it stay as they are. `tell` hears of each.

    Raises RuntimeError without flite.
    """

    def heard(each: Said, voice: str) -> Said:
        turns = listen({each.turn.role: speak(each.turn.text, voice)}, RATE, {})
        tell(1)
        return replace(each, turn=Turn(each.turn.role, " ".join(turn.text for turn in turns)))

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(heard, said, cycle(VOICES)))
