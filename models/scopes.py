"""What is said of an event: denied, asked, past, someone else's, printed on a label.

Each question is answered from a window of tokens around the event, within its sentence.

Negation. 1. A negator reaches forward NEGATION_REACH tokens, and from one denied event on to
the next of a list ("no fever, chills or rash"). 2. A terminator ("but", "except", "because")
or a new subject ("not … I was dizzy") ends it. 3. "No" with a comma behind it answers a
question and denies nothing after it. 4. Negators inside a symptom ("can't sleep") or inside a
phrase that denies something else ("not only", "no idea") are none. 5. "Never … before" and
"didn't … until" affirm. 6. "Headaches? No." denies backwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Literal

from models.lexicon import Hit, Lexicon
from models.tokens import Token, tokenize

Denial = Literal["", "unsure", "clear"]
Whose = Literal["self", "other", "animal"]

NEGATION_REACH = 6
"""Tokens from a negator to what it denies: "haven't noticed any kind of a rash"."""
NEAR = 4
"""Tokens between a preposition or verb and the event that it governs."""
TAKING_REACH = 7
"""Tokens between what is taken and the "for" of why it is taken."""
CUE_REACH = 12
"""Tokens between a cue of question, label or person and the event."""
SUBJECTS = frozenset({"i", "he", "she", "we", "they", "it", "my"})
RAISES_NEGATION = frozenset({"think", "believ", "guess", "suppos", "say"})
"""Verbs whose denial denies what follows them: "I don't think I have a rash"."""
DEFINITE = frozenset({"this", "my", "these", "those", "the"})
HAPPENED = frozenset({"have", "be", "get", "feel", "keep", "notic"})
OPENS_QUESTION = frozenset({"be", "do", "can", "will", "should", "have", "what", "how", "any"})
INVERTED = frozenset({"does", "do", "will", "can", "could", "should", "would"})
"""First words of a question, also where the recogniser wrote no question mark."""


@dataclass(frozen=True)
class Reading:
    """A text as the detectors see it: tokens and the hits of each channel."""

    text: str
    tokens: Sequence[Token]
    hits: dict[str, list[Hit]]
    not_medicine: frozenset[str] = frozenset()
    """Stems of what may fail without a patient going untreated."""

    @staticmethod
    def of(text: str, lexicon: Lexicon) -> Reading:
        tokens = tokenize(text)
        hits = lexicon.find(tokens)
        drugs = lexicon.drugs(tokens)
        if drugs:
            hits["product"] = sorted((*drugs, *hits.get("product", ())), key=lambda hit: hit.first)
        return Reading(text, tokens, hits, lexicon.classes["not_medicine"])

    def get(self, channel: str) -> Sequence[Hit]:
        return self.hits.get(channel, ())

    @cached_property
    def sentences(self) -> list[int]:
        """The number of the sentence that each token stands in."""
        numbers: list[int] = []
        number = 0
        for token in self.tokens:
            numbers.append(number)
            number += token.stop in (".", "?")
        return numbers

    @cached_property
    def events(self) -> list[Hit]:
        """The events, without what only sounds like one."""
        return [hit for hit in self.get("event") if hit.kind != "ignore"]

    @cached_property
    def negators(self) -> list[Hit]:
        """The negators that deny what follows them."""
        blocked = [*self.get("not_negator"), *self.get("event"), *self.get("lack")]
        return [hit for hit in self.get("negator") if not _inside(hit, blocked)]

    def same_sentence(self, one: int, other: int) -> bool:
        return self.sentences[one] == self.sentences[other]

    def sentence(self, at: int) -> tuple[int, int]:
        """First and last (exclusive) token of the sentence of token `at`."""
        first = last = at
        while first > 0 and self.same_sentence(first - 1, at):
            first -= 1
        while last < len(self.tokens) and self.same_sentence(last, at):
            last += 1
        return first, last

    def within(self, channel: str, first: int, last: int) -> list[Hit]:
        """The hits of a channel that lie in a range of tokens."""
        return [hit for hit in self.get(channel) if first <= hit.first and hit.last <= last]

    def said(self, channel: str, at: int) -> bool:
        """Whether a channel has a hit in the sentence of token `at`."""
        return bool(self.within(channel, *self.sentence(at)))

    def before(self, channel: str, event: Hit, reach: int = CUE_REACH) -> Hit | None:
        """The nearest hit of a channel before an event, in its sentence."""
        first, _ = self.sentence(event.first)
        near = self.within(channel, max(first, event.first - reach), event.first)
        return near[-1] if near else None

    def terminated(self, first: int, last: int) -> bool:
        return bool(self.within("terminator", first, last))

    def stems(self, hit: Hit) -> str:
        """The stems of a hit, joined."""
        return " ".join(token.stem for token in self.tokens[hit.first : hit.last])

    def chars(self, hit: Hit) -> tuple[int, int]:
        """The characters of a hit in the text."""
        return self.tokens[hit.first].start, self.tokens[hit.last - 1].end


def _inside(hit: Hit, others: Sequence[Hit]) -> bool:
    return any(other.first <= hit.first and hit.last <= other.last for other in others)


def denials(reading: Reading) -> dict[Hit, Denial]:
    """How each event of a text is denied; see the rules above."""
    found: dict[Hit, Denial] = {}
    chain: Hit | None = None
    for event in reading.events:
        denial = _denied(reading, event, chain) or _denied_after(reading, event)
        found[event] = denial
        chain = event if denial else None
    return found


def _denied(reading: Reading, event: Hit, chain: Hit | None) -> Denial:
    first, _ = reading.sentence(event.first)
    start = max(first, event.first - NEGATION_REACH)
    near = [hit for hit in reading.negators if start <= hit.first and hit.last <= event.first]
    if near:
        negator = near[-1]
        if not _cut(reading, negator, event):
            if _new_since(reading, event):
                return ""
            return "unsure" if reading.within("hedge", first, event.first) else "clear"
    if reading.within("hedge", start, event.first):
        return "unsure" if reading.before("hedge", event, NEAR) else ""
    if chain is not None and first <= chain.first and event.first - chain.last <= NEAR:
        return "" if _broken(reading, chain.last, event.first) else "clear"
    return ""


def _new_since(reading: Reading, event: Hit) -> bool:
    """ "I never had headaches before": what was denied of the past is told of the present."""
    first, last = reading.sentence(event.first)
    start = max(first, event.first - NEGATION_REACH)
    never = any(
        reading.tokens[hit.first].form in ("never", "not")
        for hit in reading.negators
        if start <= hit.first and hit.last <= event.first
    )
    return never and bool(reading.within("until_now", event.last, last))


def _cut(reading: Reading, negator: Hit, event: Hit) -> bool:
    """Whether something stands between a negator and an event that ends its reach."""
    tokens = reading.tokens
    if tokens[negator.last - 1].form == "no" and tokens[negator.last - 1].stop == ",":
        return True
    between = [tokens[at].stem for at in range(negator.last, event.first)]
    if RAISES_NEGATION.intersection(between):
        return reading.terminated(negator.last, event.first)
    return _broken(reading, negator.last, event.first)


def _broken(reading: Reading, first: int, last: int) -> bool:
    if reading.terminated(first, last):
        return True
    return any(reading.tokens[at].stem in SUBJECTS for at in range(first, last))


def _denied_after(reading: Reading, event: Hit) -> Denial:
    at = event.last
    if reading.within("denied_after", at, reading.sentence(event.first)[1]):
        return "clear"
    if at >= len(reading.tokens) or reading.tokens[at].form not in ("no", "none", "never"):
        return ""
    token = reading.tokens[at]
    ends = at + 1 == len(reading.tokens) or token.stop != ""
    return "clear" if ends and reading.tokens[at - 1].stop in ("?", ",", "") else ""


def hypothetical(reading: Reading, event: Hit) -> bool:
    """Whether an event is asked about, feared or warned of rather than told."""
    first, last = reading.sentence(event.first)
    cue = reading.before("hypothetical", event)
    if cue is not None and not reading.terminated(cue.last, event.first):
        conditional = reading.tokens[cue.first].form in ("if", "what", "unless")
        return conditional or not _told(reading, cue.last, event)
    asks = reading.tokens[last - 1].stop == "?" or reading.tokens[first].form in INVERTED
    opens = next((at for at in range(first, event.first) if _opens(reading, at)), None)
    return asks and opens is not None and not _told(reading, opens + 1, event)


def _opens(reading: Reading, at: int) -> bool:
    """Whether a question opens at a token: an auxiliary before its subject."""
    before = reading.tokens[at - 1].stem if at > 0 else ""
    return reading.tokens[at].stem in OPENS_QUESTION and (
        before in ("", "so", "and", "or", "but", "well", "ok", "okay", "hi", "hello")
        or not reading.same_sentence(at - 1, at)
        or reading.tokens[at - 1].stop == ","
    )


def _told(reading: Reading, first: int, event: Hit) -> bool:
    """Whether the words before an event make it a fact: "this rash", "I have had"."""
    stems = [reading.tokens[at].stem for at in range(first, event.first)]
    if stems and stems[-1] in DEFINITE:
        return True
    if reading.tokens[event.first].stem in DEFINITE:
        return True
    stems.append(reading.tokens[event.first].stem)
    for subject, verb in pairwise(stems):
        if subject in ("i", "he", "she", "we", "my") and verb in HAPPENED:
            return True
    return False


def whose(reading: Reading, event: Hit) -> Whose:
    """Who suffers the event: the nearest person named before it, else just after it."""
    for at in (
        *range(event.last - 1, max(-1, event.first - 1 - CUE_REACH), -1),
        *range(event.last, min(len(reading.tokens), event.last + NEAR)),
    ):
        if at >= event.last and not reading.same_sentence(at, event.first):
            break
        person = _person(reading, at)
        if person is not None:
            return person
    return "self"


def _person(reading: Reading, at: int) -> Whose | None:
    for channel, person in (("animal", "animal"), ("other", "other"), ("self", "self")):
        for hit in reading.get(channel):
            if hit.first == at and not _inside(hit, reading.get("not_animal")):
                return person  # type: ignore[return-value]
    return None


def history(reading: Reading, event: Hit) -> bool:
    """Whether an event is older than the treatment."""
    return reading.said("history", event.first) and not _new_since(reading, event)


def worsened(reading: Reading, event: Hit) -> bool:
    """Whether an event is said to have become worse or to have come back."""
    return reading.said("worsened", event.first)


def recovered(reading: Reading, event: Hit) -> bool:
    """Whether an event is said to be over, anywhere from it on."""
    return any(hit.first >= event.first - NEAR for hit in reading.get("recovered"))


def on_label(reading: Reading, event: Hit) -> bool:
    """Whether an event is only what a label, an advertisement or a web page says."""
    cue = reading.before("label", event)
    if cue is None or reading.get("reaffirmed"):
        return False
    return not reading.terminated(cue.last, event.first) or bool(
        reading.within("hypothetical", cue.first, event.first)
    )


def indication(reading: Reading, event: Hit) -> bool:
    """Whether an event is why something is taken, or what it helps against."""
    onset = reading.said("onset_cue", event.first)
    if event.kind == "condition" and not onset:
        return True
    cue = reading.before("indication", event, NEAR)
    if cue is not None and not reading.terminated(cue.last, event.first):
        return not _broken_but_my(reading, cue.last, event.first)
    _, last = reading.sentence(event.first)
    if reading.within("indication_after", event.last, last):
        return True
    return _taken_for(reading, event)


def _broken_but_my(reading: Reading, first: int, last: int) -> bool:
    stems = {reading.tokens[at].stem for at in range(first, last)}
    return bool(stems & (SUBJECTS - {"my"}))


def _taken_for(reading: Reading, event: Hit) -> bool:
    """ "I take it for my migraine": a "for" just before, something taken before that."""
    first, _ = reading.sentence(event.first)
    for at in range(event.first - 1, max(first, event.first - NEAR) - 1, -1):
        if reading.tokens[at].form == "for" and not _broken_but_my(reading, at, event.first):
            start = max(first, at - TAKING_REACH)
            return bool(reading.within("take", start, at) or reading.within("product", start, at))
    return False
