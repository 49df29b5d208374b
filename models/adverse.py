"""The first detector of adverse events: a lexicon, with attributes.

An event counts where someone who is not the agent tells that something untoward befell a
patient. It is tier "live" when it is tied to a product, else "review"; attributes route an
event and do not silence it (models/scopes.py says how they are found).

Score, rounded to 0.01: a hand-made confidence, no probability. Each piece of evidence is a
weight w, and they combine as 1 - (1 - w1)(1 - w2)…, so that more evidence never lowers it:
  the phrase      weak 0.3, plain 0.5, strong 0.6, serious 0.7 (models/lexicon.py)
  the tie         LINKS below, the strongest one only
  more events     MORE, once
What cannot be live (no tie, hypothetical, old, unsurely denied, the agent's own words) is
capped at REVIEW_CAP; live is LIVE or more. So the tier is the side of LIVE the score is on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from models.lexicon import WEIGHTS, Hit, Lexicon
from models.products import named_in
from models.questions import GENERAL, Asked, asked_in
from models.scopes import (
    Denial,
    Reading,
    denials,
    history,
    hypothetical,
    indication,
    on_label,
    recovered,
    whose,
    worsened,
)
from models.special import lack_of_effect
from models.types import Signal, Span, Tier, Utterance
from stream.audio import Context, PartyId

LIVE = 0.6
REVIEW_CAP = 0.55
AGENT_CAP = 0.4
LINKS = {"cause": 0.65, "product": 0.5, "answer": 0.5, "recent": 0.4, "context": 0.25, "": 0.0}
"""The tie to a product: the caller's own words for it; a product named in the utterance; the
answer to "any side effects?"; a product named shortly before; the product the call is about."""
MORE = 0.1
RECENT = 60.0
"""Media seconds for which a product, or an event without a tie, is remembered."""
ANSWER = 20.0
"""Media seconds for which an agent's question waits for its answer."""
DATING = frozenset({"after", "since", "ever", "when", "whenever", "every", "each", "day", "hours"})
"""How a tie begins that says when something began."""
MAX_YES = 10
"""Tokens of an answer that is no more than a yes."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What later utterances need of earlier ones; seconds are media seconds."""

    product_at: float | None = None
    asked: Asked | None = None
    told: str = ""
    told_at: float = 0.0


@dataclass(frozen=True, slots=True)
class TextScore:
    """The judgement of one line. `score` 0..1 of its adverse event, 0 where there is none."""

    score: float
    spans: tuple[Span, ...]
    signals: tuple[Signal, ...]


@dataclass(frozen=True, slots=True)
class _Judged:
    """One event and what is said of it. `capped`: it cannot be live."""

    event: Hit
    denial: Denial
    attributes: dict[str, Any]
    capped: bool


@dataclass(slots=True)
class AdverseEvents:
    """The detector of one call. Synchronous; takes closed utterances in order."""

    lexicon: Lexicon
    memory: Memory = field(default_factory=Memory)

    def step(self, utterance: Utterance, context: Context) -> list[Signal]:
        """The signals of an utterance: at most one adverse event, one special situation.

        Languages other than English are not judged: the rules know none.
        """
        if not utterance.language.startswith("en") and utterance.language:
            return []
        heard = _Heard(Reading.of(utterance.text, self.lexicon), utterance, context, self.memory)
        signals = heard.signals()
        self.memory = heard.remembered(signals)
        return signals

    def score_text(self, text: str, context: Context) -> TextScore:
        """Judge a line by itself, as said by a customer, without memory. Times are 0."""
        said = Utterance(PartyId("customer"), "customer", 1, 0.0, 0.0, (), "en")
        signals = _Heard(Reading.of(text, self.lexicon), said, context, Memory()).signals()
        best = next((signal for signal in signals if signal.kind == "adverse_event"), None)
        if best is None:
            return TextScore(0.0, (), tuple(signals))
        return TextScore(best.score, best.spans, tuple(signals))

    def state(self) -> dict[str, Any]:
        """The memory as JSON-able data, for a checkpoint."""
        return asdict(self.memory)

    def restore(self, state: dict[str, Any]) -> None:
        """Take up the memory of `state()`, also after it went through JSON."""
        asked = state["asked"]
        if asked is not None:
            asked = Asked(**{**asked, "events": tuple(asked["events"])})
        self.memory = Memory(**{**state, "asked": asked})


class _Heard:
    """One utterance with what is known when it is heard."""

    def __init__(
        self, reading: Reading, utterance: Utterance, context: Context, memory: Memory
    ) -> None:
        self.reading = reading
        self.utterance = utterance
        self.context = context
        self.memory = memory
        self.agent = utterance.role == "agent"
        named = named_in(reading.tokens, context)
        self.products = sorted({*reading.get("product"), *named}, key=lambda hit: hit.first)
        self._asks = asked_in(reading, utterance.end)
        self.judged = self._judge()

    def signals(self) -> list[Signal]:
        """The signals of the utterance."""
        kept = [each for each in self.judged if self._counts(each)]
        found: list[Signal | None] = (
            [self._told(kept)] if kept else [self._answered(), self._tied_later()]
        )
        if not self.agent:
            found.append(self._lack_of_effect())
        adverse = [signal for signal in found if signal is not None]
        # A bare "yes" and a late tie cannot both be the one adverse event of an utterance.
        return list({signal.kind: signal for signal in reversed(adverse)}.values())[::-1]

    def remembered(self, signals: Sequence[Signal]) -> Memory:
        """The memory after this utterance."""
        after = self.memory
        if any(hit.kind != "device" for hit in self.products):
            after = replace(after, product_at=max(self.utterance.end, after.product_at or 0.0))
        if self.utterance.role != "customer" and (asked := self._asks) is not None:
            return replace(after, asked=asked)
        if self.agent:
            return after
        if any(self.reading.get(channel) for channel in ("yes", "negator", "fine", "event")):
            after = replace(after, asked=None)
        for signal in signals:
            if signal.kind == "adverse_event":
                open_end = signal.tier == "review" and not signal.attributes["hypothetical"]
                told = next((s.text for s in signal.spans if s.label == "event"), "")
                after = replace(after, told=told if open_end else "", told_at=self.utterance.end)
        return after

    def _judge(self) -> list[_Judged]:
        reading, denied = self.reading, denials(self.reading)
        judged = []
        for event in reading.events:
            who = whose(reading, event)
            worse = worsened(reading, event)
            old = history(reading, event)
            asked = hypothetical(reading, event)
            attributes = {
                "negated": denied[event] != "",
                "hypothetical": asked,
                "other_person": who == "other",
                "history": old,
                "indication": indication(reading, event) and not worse,
                "serious": "yes" if event.kind == "serious" else "no_information",
                "label": on_label(reading, event),
                "recovered": recovered(reading, event),
                "animal": who == "animal",
            }
            capped = asked or denied[event] == "unsure" or (old and not worse)
            judged.append(_Judged(event, denied[event], attributes, capped))
        return judged

    def _counts(self, judged: _Judged) -> bool:
        attributes, reading = judged.attributes, self.reading
        if judged.denial == "clear" or attributes["label"] or attributes["indication"]:
            return False
        if attributes["hypothetical"] and reading.stems(judged.event) in GENERAL:
            return False
        return not self.agent or self._repeats(judged)

    def _repeats(self, judged: _Judged) -> bool:
        """Whether an agent says back what the caller told ("so you had a rash")."""
        echoed = self.reading.before("echo", judged.event) is not None
        return echoed and not judged.attributes["hypothetical"] and self._asks is None

    def _link(self) -> str:
        """The strongest tie to a product; see LINKS."""
        asked = self._open_question()
        if self.reading.get("link") and any(h.kind == "cause" for h in self.reading.get("link")):
            return "cause"
        if self.products:
            return "product"
        if asked is not None and asked.general:
            return "answer"
        if self.memory.product_at is not None and self._since(self.memory.product_at) <= RECENT:
            return "recent"
        return "context" if self.context.get("product") else ""

    def _since(self, at: float) -> float:
        return self.utterance.start - at

    def _open_question(self) -> Asked | None:
        asked = self.memory.asked
        return asked if asked is not None and self._since(asked.at) <= ANSWER else None

    def _told(self, kept: Sequence[_Judged]) -> Signal:
        """The one signal of all events told; the strongest one gives it its attributes."""
        link = self._link()
        best = max(kept, key=lambda each: (not each.capped, WEIGHTS[each.event.kind]))
        alike = [each for each in kept if each.capped == best.capped]
        serious = any(each.event.kind == "serious" for each in alike)
        attributes = {**best.attributes, "serious": "yes" if serious else "no_information"}
        attributes["recovered"] = any(each.attributes["recovered"] for each in alike)
        more = MORE if len(alike) > 1 else 0.0
        score = _combined(WEIGHTS[best.event.kind], LINKS[link], more)
        cap = AGENT_CAP if self.agent else REVIEW_CAP if best.capped or not link else 1.0
        attributes["link"] = link
        events = [each.event for each in kept]
        return self._signal("adverse_event", min(score, cap), events, attributes)

    def _answered(self) -> Signal | None:
        """ "Yes" to "have you had any side effects?" is an event, though yet without a name."""
        asked, reading = self._open_question(), self.reading
        if self.agent or asked is None or not asked.closed:
            return None
        yes = [hit for hit in reading.get("yes") if hit.first <= 2]
        if not yes or len(reading.tokens) > MAX_YES:
            return None
        if reading.negators or reading.get("fine") or reading.events:
            return None
        link = "answer" if asked.general else self._link()
        score = _combined(WEIGHTS["plain"], LINKS[link], 0.0)
        attributes = {**_plain_attributes(), "link": link, "asked": list(asked.events)}
        return self._signal(
            "adverse_event", score if link else min(score, REVIEW_CAP), yes[:1], attributes
        )

    def _tied_later(self) -> Signal | None:
        """ "It began after the second shot": ties the event that was told just before."""
        told = self.memory.told
        if self.agent or not told or self._since(self.memory.told_at) > RECENT:
            return None
        ties = [hit for hit in self.reading.get("link") if self._dates(hit)]
        if not ties or self.reading.negators or self.reading.get("hypothetical"):
            return None
        score = _combined(WEIGHTS["plain"], LINKS["cause"], 0.0)
        attributes = {**_plain_attributes(), "link": "cause", "told": told}
        return self._signal("adverse_event", score, ties[:1], attributes)

    def _dates(self, hit: Hit) -> bool:
        """Whether a tie says when something began, so that it can tie what was told before."""
        return hit.kind == "cause" and self.reading.tokens[hit.first].form in DATING

    def _lack_of_effect(self) -> Signal | None:
        tied = bool(self._link())
        found = lack_of_effect(
            self.reading,
            self.products,
            recent=self._link() in ("recent", "context", "answer"),
            indicated=[j.event for j in self.judged if j.attributes["indication"]],
        )
        if found is None:
            return None
        score = _combined(WEIGHTS["plain"], LINKS[self._link()], 0.0)
        attributes = {**_plain_attributes(), "situation": "lack_of_effect"}
        attributes["indication"] = any(j.attributes["indication"] for j in self.judged)
        return self._signal(
            "special_situation", score if tied else min(score, REVIEW_CAP), [found], attributes
        )

    def _signal(
        self, kind: str, score: float, events: Sequence[Hit], attributes: dict[str, Any]
    ) -> Signal:
        score = round(score, 2)
        tier: Tier = "live" if score >= LIVE else "review"
        text = self.reading.text
        marks = [(*self.reading.chars(hit), "event") for hit in events]
        start, end = self._seconds(min(m[0] for m in marks), max(m[1] for m in marks))
        marks += [(*self.reading.chars(hit), "product") for hit in self.products]
        spans = tuple(Span(text[a:b], a, b, label) for a, b, label in sorted(set(marks)))
        party = self.utterance.party
        return Signal(kind, tier, party, score, text, start, end, spans, attributes)

    def _seconds(self, first: int, last: int) -> tuple[float, float]:
        """The media seconds of the words that hold the characters `first` to `last`."""
        at, times = 0, []
        for word in self.utterance.words:
            if at < last and at + len(word.w) > first:
                times.append((word.start, word.end))
            at += len(word.w) + 1
        if not times:
            return self.utterance.start, self.utterance.end
        return times[0][0], times[-1][1]


def _combined(*weights: float) -> float:
    rest = 1.0
    for weight in weights:
        rest *= 1.0 - weight
    return 1.0 - rest


def _plain_attributes() -> dict[str, Any]:
    names = ("negated", "hypothetical", "other_person", "history", "indication")
    rest = ("label", "recovered", "animal")
    return {**dict.fromkeys((*names, *rest), False), "serious": "no_information"}
