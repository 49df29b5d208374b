"""The elements of safety reports: who, told by whom, of which product, what; and what is missing.

Rules. 1. A report opens with a live signal of the customer's side: what is hypothetical, denied,
old, or of an animal opens none. Further events of one person join that person's report, those of
tier review too. 2. No element is invented: its text is quoted from the call or from its context.
An unknown reporter is a consumer, as the law has it; consent to be contacted is asked for until
somebody has spoken of it. 3. An element asked for is `asked`, answered or not; its text says
which. 4. Seriousness that nobody spoke of is "no information", never "no".
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from models import follow_ups as heard
from models.details import DETAILS, Details
from models.facts import default_lexicon
from models.follow_ups import Noted
from models.lexicon import Lexicon
from models.lines import Line, english
from models.reports import ABSENT, MAX_TEXT, Draft, Element, Report, ReportKind
from models.scopes import Reading
from models.types import Signal, Utterance
from stream.audio import Context

__all__ = ["Element", "Elements", "Report"]

KINDS = ("adverse_event", "product_complaint")
CORE = ("patient", "reporter", "product", "event")
FOLLOW_UPS = ("onset", "outcome")
CONSENT = "contact_consent"
NO_INFORMATION = "no information"
CONSUMER = "consumer"
MAX_REPORTS = 8
"""Reports of one call; a ninth person's events join the last report, so that none is lost."""
ANSWER = 20.0
"""Media seconds for which an agent's question waits for its answer."""
FOLLOWS = 90.0
"""Media seconds after an event for which its onset and outcome may be told unasked."""


class Elements:
    """The reports of one call. Synchronous; takes closed utterances, with their signals, in order.

    `lexicon` gives drug names and symptoms; without it the hand-written ones are known.
    """

    def __init__(self, lexicon: Lexicon | None = None) -> None:
        self._lexicon = lexicon or default_lexicon()
        self._details = Details(self._lexicon)
        self._drafts: list[Draft] = []
        self._asked: dict[str, float] = {}
        self._noted: dict[str, Noted] = {}
        """What was told of reporter, product, consent and details, also before a report."""

    def step(self, said: Utterance, signals: list[Signal], context: Context) -> list[Report]:
        """The reports that appear or change with an utterance and the signals found in it."""
        if not english(said):
            return []
        before = {draft.id: self._report(draft, context) for draft in self._drafts}
        line = Line.of(said.text)
        for name, text in self._details.step(said, context).items():
            self._noted.setdefault(name, Noted(text, said.start, self._details.asked(name)))
        if said.role == "agent":
            self._agent(said, line)
        else:
            reading = Reading.of(said.text, self._lexicon)
            self._customer(said, line, reading, context)
            for signal in signals:
                if signal.kind in KINDS and signal.party == said.party:
                    self._told(signal, reading, line, context)
            self._follow_ups(said, line, reading, context)
        return self._changes(before, context)

    def state(self) -> dict[str, Any]:
        """What is known, JSON-able."""
        return {
            "drafts": [asdict(draft) for draft in self._drafts],
            "asked": dict(self._asked),
            "noted": {name: list(noted) for name, noted in self._noted.items()},
            "details": self._details.state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take up `state()`, also after it went through JSON."""
        self._drafts = []
        for kept in state["drafts"]:
            elements = {name: Element(**each) for name, each in kept["elements"].items()}
            self._drafts.append(Draft(**{**kept, "elements": elements}))
        self._asked = dict(state["asked"])
        self._noted = {name: Noted(*noted) for name, noted in state["noted"].items()}
        self._details.restore(state["details"])

    def _agent(self, said: Utterance, line: Line) -> None:
        for name in heard.asked(line):
            self._asked[name] = said.end
            for draft in self._drafts:
                known = draft.elements.get(name, ABSENT)
                if not known.text:
                    draft.elements[name] = Element("asked", said.start, "")

    def _customer(self, said: Utterance, line: Line, reading: Reading, context: Context) -> None:
        """Note what holds for every report: reporter, product, consent."""
        found = {
            "reporter": heard.reporter(line),
            "product_named": heard.product(reading, context),
            CONSENT: heard.consent(line, asked=self._open(CONSENT, said)),
        }
        for name, text in found.items():
            if text:
                asked = self._open(name.removesuffix("_named"), said)
                self._noted[name] = Noted(text, said.start, asked)

    def _told(self, signal: Signal, reading: Reading, line: Line, context: Context) -> None:
        """Open or join the report that a signal is about."""
        marks = signal.attributes
        idle = ("hypothetical", "negated", "label", "animal", "history")
        if any(marks.get(mark) for mark in idle):
            return
        kind: ReportKind = "adverse_event"
        person = heard.person(line, reading, other=bool(marks.get("other_person")))
        if signal.kind == "product_complaint":
            kind, person = "product_complaint", ""
        draft = self._find(kind, person)
        if draft is None:
            if signal.tier != "live":
                return
            draft = self._opened(kind, person, signal)
        elif draft.person == heard.SOMEONE and person != heard.SOMEONE:
            draft.person = person
        draft.touched = signal.end
        for text in heard.events(signal):
            draft.add(text, signal.start)
        if marks.get("serious") == "yes":
            draft.tell("seriousness", heard.serious(signal, reading), signal.start, asked=False)

    def _find(self, kind: ReportKind, person: str) -> Draft | None:
        drafts = [draft for draft in self._drafts if draft.kind == kind]
        same = [draft for draft in drafts if draft.person == person]
        others = [draft for draft in drafts if draft.person not in ("", heard.SELF)]
        if same:
            return same[-1]
        if person == heard.SOMEONE and others:
            # "he", "she": whoever was spoken of last.
            return others[-1]
        unnamed = [draft for draft in drafts if draft.person == heard.SOMEONE]
        if unnamed and person not in ("", heard.SELF):
            return unnamed[-1]
        return drafts[-1] if len(self._drafts) >= MAX_REPORTS and drafts else None

    def _opened(self, kind: ReportKind, person: str, signal: Signal) -> Draft:
        number = 1 + sum(draft.kind == kind for draft in self._drafts)
        draft = Draft(kind, f"{kind}-{number}", person, signal.start, signal.end)
        # What was asked before was asked of the first person told about, not of a second.
        for name, at in self._asked.items() if not self._drafts else ():
            draft.elements[name] = Element("asked", at, "")
        self._drafts.append(draft)
        return draft

    def _follow_ups(self, said: Utterance, line: Line, reading: Reading, context: Context) -> None:
        """What is told of the reports that are being spoken of: the newest of each kind."""
        asked = {name for name in self._asked if self._open(name, said)}
        for kind in KINDS:
            drafts = [draft for draft in self._drafts if draft.kind == kind]
            if drafts:
                newest = max(drafts, key=lambda each: each.touched)
                self._follow_up(newest, said, line, reading, context, asked)

    def _follow_up(
        self,
        draft: Draft,
        said: Utterance,
        line: Line,
        reading: Reading,
        context: Context,
        asked: set[str],
    ) -> None:
        """Patient, onset, outcome and seriousness of one report."""
        near = said.start - draft.touched <= FOLLOWS

        def tell(name: str, text: str, *, unasked: bool) -> None:
            if text and (unasked or name in asked):
                draft.tell(name, text, said.start, asked=name in asked)
                # Answered: what follows is told of its own, or of somebody else.
                self._asked.pop(name, None)

        tell("patient", heard.patient(line, draft.person), unasked=near)
        if draft.kind != "adverse_event":
            return
        with_event = draft.touched >= said.start
        onset = heard.onset(line, reading, context, told="onset" in asked or with_event)
        tell("onset", onset, unasked=near)
        tell("outcome", heard.outcome(line, reading, asked="outcome" in asked), unasked=near)
        tell("seriousness", heard.seriousness(line), unasked=False)
        if not draft.elements.get("event", ABSENT).text:
            tell("event", heard.told_event(reading), unasked=False)

    def _open(self, name: str, said: Utterance) -> bool:
        at = self._asked.get(name)
        return at is not None and 0 <= said.start - at <= ANSWER

    def _changes(self, before: dict[str, Report], context: Context) -> list[Report]:
        changes = []
        for draft in self._drafts:
            now, old = self._report(draft, context), before.get(draft.id)
            if old is None or (now.elements, now.missing) != (old.elements, old.missing):
                changes.append(replace(now, changed=draft.shown))
                draft.shown = True
        return changes

    def _report(self, draft: Draft, context: Context) -> Report:
        elements = {name: draft.elements.get(name, ABSENT) for name in CORE}
        elements["reporter"] = self._reporter(draft, context)
        elements["product"] = self._product(elements["product"], context)
        if not elements["patient"].text:
            elements["patient"] = _patient(elements["patient"], draft, context)
        missing = [name for name in CORE if not elements[name].text]
        if draft.kind == "adverse_event":
            for name in FOLLOW_UPS:
                elements[name] = draft.elements.get(name, ABSENT)
                missing += [] if elements[name].text else [name]
            serious = draft.elements.get("seriousness", ABSENT)
            elements["seriousness"] = replace(serious, text=serious.text or NO_INFORMATION)
        else:
            for name in DETAILS[1:]:
                elements[name] = self._detail(name, context)
            missing += [name for name in self._details.missing() if name not in CORE]
        missing += [] if self._consented(context) else [CONSENT]
        return Report(draft.kind, draft.id, elements, tuple(missing), draft.heard_at, False)

    def _reporter(self, draft: Draft, context: Context) -> Element:
        noted = self._noted.get("reporter")
        if noted is not None:
            return _noted(noted)
        customer = context.get("customer")
        given = customer if isinstance(customer, dict) else {}
        text = given.get("name") or given.get("role")
        if isinstance(text, str) and text:
            return Element("volunteered", None, text[:MAX_TEXT])
        asked = draft.elements.get("reporter", ABSENT)
        return Element(asked.state, asked.at, CONSUMER)

    def _product(self, known: Element, context: Context) -> Element:
        noted = self._noted.get("product_named")
        if noted is not None:
            return _noted(noted)
        text = heard.product_of(context)
        return Element("volunteered", None, text[:MAX_TEXT]) if text else known

    def _detail(self, name: str, context: Context) -> Element:
        if name == "lot" and isinstance(context.get("lot"), str):
            return Element("volunteered", None, context["lot"][:MAX_TEXT])
        noted = self._noted.get(name)
        if noted is not None:
            return _noted(noted)
        return Element("asked", None, "") if self._details.asked(name) else ABSENT

    def _consented(self, context: Context) -> bool:
        consent = context.get("consent")
        return CONSENT in self._noted or (isinstance(consent, dict) and "outreach" in consent)


def _noted(noted: Noted) -> Element:
    return Element("asked" if noted.asked else "volunteered", noted.at, noted.text[:MAX_TEXT])


def _patient(known: Element, draft: Draft, context: Context) -> Element:
    """The patient where no words told: the context may say that the caller is the patient."""
    customer = context.get("customer")
    role = customer.get("role") if isinstance(customer, dict) else None
    if role == "patient" and draft.person in ("", heard.SELF):
        return Element("volunteered", None, "patient")
    return known
