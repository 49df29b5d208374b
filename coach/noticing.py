"""Everything that listens to words: one call's detectors, in a fixed order.

An utterance goes through all of them, and what they find goes on together: rules see the
signals of an utterance at once. What the text model read in it joins what the lists of words
found. Reports (adverse events, complaints) grow over the call, and so do moments: an
acknowledgement after which the customer grows calmer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol

from models.adverse import AdverseEvents
from models.complaints import Complaints
from models.cues import CueBook, Cues
from models.elements import Elements, Report
from models.facts import Facts
from models.jargon import Glossary, Jargon
from models.lexicon import Lexicon
from models.open_questions import OpenQuestions
from models.promises import Promises
from models.text import Read
from models.told import Thresholds, together
from models.types import Signal, Utterance, Word
from stream.audio import ROLES, Context, PartyId


class Detector(Protocol):
    """What finds signals in closed utterances of all parties, in order of media end."""

    def step(self, said: Utterance, context: Context) -> list[Signal]: ...

    def state(self) -> dict[str, Any]: ...

    def restore(self, state: dict[str, Any]) -> None: ...


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What detectors know, loaded once and shared by all calls. `thresholds`: the text model's,
    None where there is none."""

    lexicon: Lexicon
    cues: CueBook
    glossary: Glossary
    thresholds: Thresholds | None = None


WARMING = "Hello, I am calling since I was told that you can help me with my new injector at home."


def warmed(vocabulary: Vocabulary) -> Vocabulary:
    """The same; detectors have built what they build at their first words (20 ms), which is too
    long on the event loop."""
    words = tuple(Word(w, 0.0, 1.0, 1.0) for w in WARMING.split())
    for role in ROLES[:2]:
        said = Utterance(PartyId(role), role, 1, 0.0, 1.0, words, "en")
        Noticing(vocabulary).step(said, {}, None)
    return vocabulary


class Noticing:
    """One call's detectors."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._thresholds = vocabulary.thresholds
        self._complaints = Complaints(vocabulary.lexicon)
        self._detectors: dict[str, Detector] = {
            "adverse": AdverseEvents(vocabulary.lexicon),
            "complaints": self._complaints,
            "cues": Cues(vocabulary.cues),
            "jargon": Jargon(vocabulary.glossary, vocabulary.lexicon),
            "facts": Facts(vocabulary.lexicon),
            "promises": Promises(),
            "questions": OpenQuestions(),
        }
        self._elements = Elements(vocabulary.lexicon)

    def step(
        self, said: Utterance, context: Context, read: Read | None
    ) -> tuple[list[Signal], list[Report]]:
        """What an utterance holds, and the reports that it began or changed.

        `read`: what the text model says of it; None leaves it to the lists.
        """
        signals = [
            signal for each in self._detectors.values() for signal in each.step(said, context)
        ]
        if read is not None and self._thresholds is not None:
            told = together(said, read, self._thresholds, signals)
            signals = [self._completed(signal) for signal in told]
        return signals, self._elements.step(said, signals, context)

    def _completed(self, signal: Signal) -> Signal:
        """A complaint says what is still missing of it, whoever found it."""
        if signal.kind != "product_complaint" or "missing" in signal.attributes:
            return signal
        missing = {"missing": self._complaints.missing}
        return replace(signal, attributes={**signal.attributes, **missing})

    def state(self) -> dict[str, Any]:
        """All that later findings depend on, JSON-able."""
        found = {name: each.state() for name, each in self._detectors.items()}
        return {**found, "elements": self._elements.state()}

    def restore(self, state: dict[str, Any]) -> None:
        """Take up the state of `state()`."""
        for name, each in self._detectors.items():
            each.restore(state[name])
        self._elements.restore(state["elements"])
