"""Safety reports as far as they are told: elements, the report that is shown, and its draft."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

ReportKind = Literal["adverse_event", "product_complaint"]
State = Literal["volunteered", "asked", "not_asked"]
MAX_EVENTS = 8
"""Events quoted in one report; the whole call stands behind it."""
MAX_TEXT = 200
"""Characters of an element: a quote, not a transcript."""


@dataclass(frozen=True, slots=True)
class Element:
    """One element. `at`: media seconds it was told, None where the context gave it.

    `asked` with an empty text: asked for and not yet answered.
    """

    state: State
    at: float | None
    text: str


ABSENT = Element("not_asked", None, "")


@dataclass(frozen=True, slots=True)
class Report:
    """A safety report as far as it is told: what event `case` shows.

    `heard_at`: media seconds of the first words of it; `changed`: False when it first appears.
    """

    kind: ReportKind
    id: str
    elements: dict[str, Element]
    missing: tuple[str, ...]
    heard_at: float
    changed: bool


@dataclass(slots=True)
class Draft:
    """A report in the making. `person`: whom it is about; `touched`: seconds of its last event."""

    kind: ReportKind
    id: str
    person: str
    heard_at: float
    touched: float
    elements: dict[str, Element] = field(default_factory=dict)
    shown: bool = False

    def tell(self, name: str, text: str, at: float | None, *, asked: bool) -> None:
        """Give an element that is not yet known."""
        known = self.elements.get(name, ABSENT)
        if not known.text and text:
            state: State = "asked" if asked or known.state == "asked" else "volunteered"
            self.elements[name] = Element(state, at, text[:MAX_TEXT])

    def add(self, text: str, at: float) -> None:
        """One more event."""
        known = self.elements.get("event", ABSENT)
        events = known.text.split(", ") if known.text else []
        if not text or text in events or len(events) >= MAX_EVENTS:
            return
        joined = ", ".join([*events, text])[:MAX_TEXT]
        self.elements["event"] = (
            replace(known, text=joined) if events else Element("volunteered", at, joined)
        )
