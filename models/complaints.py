"""Product quality complaints: what was wrong with a medicine, its device or its packaging.

The phrases are data (complaints.toml) and are matched like those of adverse events, with the
same rules of denial, question and label (models/scopes.py). A complaint is "live" where a
product or device is named or the call is about a product, else "review"; what is only feared
or asked about, or said again by the agent, is never live. Complaints about service (waiting,
rudeness, the bill) are none.
"""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from models.details import Details
from models.facts import default_lexicon
from models.lexicon import NAMED, Hit, Lexicon, spoken
from models.lines import english, seconds
from models.products import named_in
from models.questions import asked_in
from models.scopes import Reading, denials, hypothetical, on_label
from models.types import Signal, Span, Tier, Utterance
from stream.audio import Context

COMPLAINTS = Path(__file__).with_name("complaints.toml")
RECENT = 60.0
"""Media seconds for which a product or device named before explains an "it"."""
NAMED_SCORE = 0.75
BARE_SCORE = 0.65
REVIEW_SCORE = 0.5
CAPPED_SCORE = 0.4
"""Hand-made confidences: the thing is named; only "it" is; not tied; asked about or said again."""
BARE = "bare"


@dataclass(slots=True)
class _Memory:
    """What later utterances need; seconds are media seconds."""

    product_at: float | None = None


class Complaints:
    """The detector of one call. Synchronous; takes closed utterances in order.

    `lexicon` gives drug names and symptoms (harm); without it the hand-written ones are known.
    """

    def __init__(self, lexicon: Lexicon | None = None) -> None:
        self._lexicon = lexicon or default_lexicon()
        self._memory = _Memory()
        self._details = Details(self._lexicon)

    def step(self, said: Utterance, context: Context) -> list[Signal]:
        """At most one complaint: what an utterance says was wrong, and what is still missing."""
        if not english(said):
            return []
        self._details.step(said, context)
        reading = Reading.of(said.text, complaint_lexicon())
        safety = Reading.of(said.text, self._lexicon)
        products = [*safety.get("product"), *named_in(safety.tokens, context)]
        recent = self._memory.product_at
        near = recent is not None and said.start - recent <= RECENT
        if products:
            self._memory.product_at = max(said.end, recent or 0.0)
        told = _told(reading, tied=bool(products) or near or bool(context.get("product")))
        if said.role == "agent" and not _repeats(reading, safety, told):
            return []
        return [self._signal(said, reading, told, products, context)] if told else []

    @property
    def missing(self) -> list[str]:
        """Details that nobody has told yet."""
        return self._details.missing()

    def state(self) -> dict[str, Any]:
        """What is remembered, JSON-able."""
        return {**asdict(self._memory), "details": self._details.state()}

    def restore(self, state: dict[str, Any]) -> None:
        """Take up `state()`, also after it went through JSON."""
        self._memory = _Memory(state["product_at"])
        self._details.restore(state["details"])

    def _signal(
        self,
        said: Utterance,
        reading: Reading,
        told: list[Hit],
        products: list[Hit],
        context: Context,
    ) -> Signal:
        text = said.text
        feared = all(hypothetical(reading, hit) for hit in told)
        unsure = all(denials(reading)[hit] == "unsure" for hit in told)
        capped = feared or unsure or said.role == "agent"
        best = next((hit for hit in told if hit.kind != BARE), told[0])
        tied = bool(products or context.get("product") or _names_device(reading, best))
        tied = tied or best.kind == BARE
        tier: Tier = "live" if tied and not capped else "review"
        score = NAMED_SCORE if best.kind != BARE else BARE_SCORE
        score = CAPPED_SCORE if capped else score if tied else REVIEW_SCORE
        marks = [(*reading.chars(hit), "event") for hit in told]
        start, end = seconds(said, min(m[0] for m in marks), max(m[1] for m in marks))
        marks += [(*reading.chars(hit), "product") for hit in products if hit.kind == NAMED]
        spans = tuple(Span(text[a:b], a, b, label) for a, b, label in sorted(set(marks)))
        attributes = {
            "what": text[slice(*reading.chars(best))],
            "missing": self.missing,
            "hypothetical": feared,
        }
        return Signal(
            "product_complaint", tier, said.party, score, text, start, end, spans, attributes
        )


@lru_cache(maxsize=1)
def _written() -> dict[str, Any]:
    return tomllib.loads(COMPLAINTS.read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def complaint_lexicon() -> Lexicon:
    """The phrases of complaints.toml among the cues of symptoms.toml."""
    words, ours = spoken(), _written()
    cues = dict(words["cues"])
    for cue, phrases in ours["cues"].items():
        cues[cue] = cues[cue] + phrases
    classes = {**words["classes"], **ours["classes"]}
    ours = {**words, "classes": classes, "events": ours["events"], "cues": cues, "links": {}}
    return Lexicon((), (), ours)


def _told(reading: Reading, *, tied: bool) -> list[Hit]:
    """The faults that a text tells: not denied, not off a label, and of a product."""
    denied = denials(reading)
    foreign = complaint_lexicon().classes["not_product"]
    told = []
    for hit in reading.events:
        first, last = reading.sentence(hit.first)
        stems = {reading.tokens[at].stem for at in range(first, last)}
        if denied[hit] == "clear" or on_label(reading, hit):
            continue
        if hit.kind == BARE and (not tied or stems & foreign):
            continue
        told.append(hit)
    return told


def _names_device(reading: Reading, hit: Hit) -> bool:
    """Whether a fault is of a device or of the medicine, not of a box that may hold anything."""
    ours = complaint_lexicon().classes
    stems = {reading.tokens[at].stem for at in range(hit.first, hit.last)}
    return bool(stems & (ours["device"] | ours["stuff"]))


def _repeats(reading: Reading, safety: Reading, told: list[Hit]) -> bool:
    """Whether an agent says back a fault ("so your pen jammed")."""
    if not told or asked_in(safety, 0.0) is not None:
        return False
    return any(
        reading.before("echo", hit) is not None and not hypothetical(reading, hit) for hit in told
    )
