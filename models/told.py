"""Signals of an utterance by both who listen for what must be reported: the text model and the
lists of words.

Rules.
1. How a thing counts is the model's to say: live or review by its thresholds. What the lists found
   live stays so where the model seconds it; else it is kept for review: a person reads it
   afterwards, nobody is disturbed now.
2. Danger is the exception: what either finds counts, and neither takes it back.
3. What the lists found keeps what they know of it (what it is tied to, what was asked); attributes
   that the model tells are the model's. What it found alone has its spans for evidence.
4. What an agent says back is never live, nor is an event that the model alone found without a
   word to show for it, such as a "yes" to a question.
5. Of what the model alone finds for review, adverse events are told and the likeliest of the rest,
   with the others by name: whoever reads the utterance sees them, a dozen entries hide them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from models.lines import seconds
from models.text import Read
from models.text_labels import ATTRIBUTES, DANGERS, EVENT, REPORTABLE, SPECIAL
from models.thresholds import Threshold
from models.types import Signal, Span, Tier, Utterance

Thresholds = Mapping[str, Threshold]
YES = 0.5
"""Probability from which an attribute holds."""
SECONDED = 0.3
"""Probability from which the model seconds the lists: of what both found so on the development
lines of models/training/text.py three of four were right, of what it doubted one of six."""
SITUATION = "special_situation"
KINDS = {"complaint": "product_complaint"}
"""Kinds of signals that are called otherwise than the model's labels; situations are one kind."""


def together(
    said: Utterance, read: Read, thresholds: Thresholds, listed: Sequence[Signal]
) -> list[Signal]:
    """The signals of an utterance: those of the lists as the model sees them, in their order, then
    what it alone found."""
    found = {label: _tier(said, read, thresholds[label], label) for label in REPORTABLE}
    signals = [_seen(each, read, found) for each in listed]
    known = {label for each in listed if (label := _label(each))}
    alone = {label: tier for label, tier in found.items() if tier and label not in known}
    doubts = [label for label, tier in alone.items() if tier == "review" and label != EVENT]
    doubts.sort(key=lambda label: -read.labels[label] / thresholds[label].review)
    for label, tier in alone.items():
        if label not in doubts[1:]:
            if label == EVENT and not read.spans:
                tier = "review"
            marks = {"also": doubts[1:]} if label in doubts and doubts[1:] else {}
            signals.append(_alone(said, read, label, tier, marks))
    return signals


def reportable(signal: Signal) -> bool:
    """Whether it is of what must be reported, or of a danger, whoever found it."""
    return bool(_label(signal))


def _tier(said: Utterance, read: Read, threshold: Threshold, label: str) -> Tier | None:
    tier = threshold.tier(read.labels[label])
    return "review" if tier is not None and said.role == "agent" else tier


def _label(signal: Signal) -> str:
    """The model's label that a signal of the lists is of; '' for what it does not tell."""
    if signal.kind == SITUATION:
        return str(signal.attributes.get("situation", ""))
    return next((label for label in REPORTABLE if _kind(label) == signal.kind), "")


def _kind(label: str) -> str:
    """What signals of a label are called."""
    return SITUATION if label in SPECIAL else KINDS.get(label, label)


def _seen(signal: Signal, read: Read, found: Mapping[str, Tier | None]) -> Signal:
    """A signal of the lists as the model sees it."""
    label = _label(signal)
    if not label or (label in DANGERS and signal.tier == "live"):
        return signal
    seconded = signal.tier == "live" and read.labels[label] >= SECONDED
    tier: Tier = "live" if seconded or found[label] == "live" else "review"
    marks = {**signal.attributes, **_attributes(read)} if found[label] else signal.attributes
    if signal.attributes.get("serious") == "yes":
        marks = {**marks, "serious": "yes"}
    score = max(signal.score, round(read.labels[label], 2)) if found[label] else signal.score
    return replace(signal, tier=tier, score=score, attributes=marks)


def _alone(said: Utterance, read: Read, label: str, tier: Tier, more: Mapping[str, Any]) -> Signal:
    """What the model alone found, with the words that it marked for evidence. `more`: attributes
    beside those that the model tells."""
    spans = tuple(_evidence(read, label))
    marked = [span for span in spans if span.label == "event"] or spans
    first = min((span.start for span in marked), default=0)
    last = max((span.end for span in marked), default=len(said.text))
    marks = {**_attributes(read), **more}
    if label in SPECIAL:
        marks["situation"] = label
    elif label == "complaint":
        marks["what"] = next((span.text for span in marked), said.text)
    score = round(read.labels[label], 2)
    start, end = seconds(said, first, last)
    return Signal(_kind(label), tier, said.party, score, said.text, start, end, spans, marks)


def _evidence(read: Read, label: str) -> Iterator[Span]:
    """Spans that tell of the label: of danger none, its words are the whole utterance."""
    return iter(()) if label in DANGERS else iter(read.spans)


def _attributes(read: Read) -> dict[str, Any]:
    marks: dict[str, Any] = {name: read.labels[name] >= YES for name in ATTRIBUTES}
    serious = "yes" if read.labels["serious"] >= YES else "no_information"
    return {**marks, "serious": serious}
