"""What the text model tells of an utterance: the names of its outputs, in their order.

A label is told of the utterance as it is understood after the two turns before it. models/training
says how each is meant to people who write lines.
"""

from __future__ import annotations

SPECIAL = (
    "pregnancy",
    "overdose",
    "abuse",
    "misuse",
    "medication_error",
    "off_label",
    "occupational_exposure",
    "lack_of_effect",
    "interaction",
    "transmission",
    "falsified",
    "unexpected_benefit",
)
"""Special situations: all collected, with or without an adverse event."""
DANGERS = ("self_harm", "emergency")
"""What a supervisor hears of at once."""
EVENT = "adverse_event"
REPORTABLE = (EVENT, *SPECIAL, "complaint", *DANGERS)
ATTRIBUTES = (
    "negated",
    "hypothetical",
    "other_person",
    "history",
    "indication",
    "recovered",
    "label",
)
"""Of the events that are mentioned; they route an event and do not silence it."""
SAYS = ("hardship", "acknowledgement", "paraphrase", "check", "blame", "advice", "promise")
"""The first of a customer's turn, the others of an agent's."""
LABELS = (*REPORTABLE, "serious", *ATTRIBUTES, *SAYS)
SPANS = ("event", "product", "patient", "onset", "outcome")
"""What tokens of the utterance are part of."""
