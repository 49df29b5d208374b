"""What of people's words may be kept, and what of them may be shown to whom.

Words are kept where there was consent to record when they were said, and there still is. To
readers who are not entitled everything is shown masked, and what is quoted of an utterance is
masked as the whole utterance is: alone, the half of a number would not be known for one. A row
of digits may run over two utterances of a party, so how many digits the last one ended with is
carried along (and into checkpoints).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from coach.consent import Consent
from coach.redact import (
    Redacted,
    context_names,
    mask_context,
    redact_spans,
    redact_text,
    redact_words,
    withhold_open_digits,
)
from models.asr import Heard
from models.types import Signal, Span
from stream.audio import Context, PartyId

QUOTES = frozenset(
    ("told", "asked", "fact", "words", "said", "term", "what", "when", "topic", "value")
)
"""Attributes of a signal that repeat somebody's words; all others are labels of ours."""
REMEMBERED = 64
"""Utterances of a party that evidence may still be of: minutes of talk."""
NEAR = 0.1
"""Seconds that the times of words, which are rounded, may lie beyond their utterance."""
WITHHELD = "words not kept"
"""What stands for somebody's words where they may not be kept."""


class Discretion:
    """Of one call: consent, names, and the digits on their way."""

    def __init__(self, context: Context, consent: Consent) -> None:
        self._carried: dict[PartyId, int] = {}
        self._before: dict[PartyId, dict[int, int]] = {}
        self._spoken: dict[PartyId, list[tuple[float, float, int]]] = {}
        """Start, end and number of a party's newest utterances: evidence knows its seconds."""
        self._unrecorded: dict[PartyId, list[int]] = {}
        self.change(context, consent)

    def change(self, context: Context, consent: Consent) -> None:
        """What is known of the call, from now on."""
        self.context = context
        self.consent = consent
        self._names = context_names(context)

    # -- what may be kept --------------------------------------------------------------------

    def closed(self, party: PartyId, utterance: int) -> None:
        """An utterance is over. What may be kept of it is decided now, not when its words come."""
        if not self.consent.record:
            self._unrecorded.setdefault(party, []).append(utterance)

    def keeps(self, party: PartyId, utterance: int) -> bool:
        """Whether words may be kept: there was consent when they were said, and there is now."""
        return self.consent.record and utterance not in self._unrecorded.get(party, ())

    def number(self, party: PartyId, at: float, otherwise: int) -> int:
        """The number of the utterance in which a party began to say something at second `at`."""
        near = [
            (max(start - at, at - end, 0.0), -n) for start, end, n in self._spoken.get(party, ())
        ]
        away, n = min(near, default=(NEAR, 0))
        return -n if away < NEAR else otherwise

    # -- what may be shown -------------------------------------------------------------------

    def known(self, *, masked: bool) -> Context:
        """The context, for readers who are entitled or not."""
        return mask_context(self.context) if masked else self.context

    def mask(self, text: str) -> str:
        """A text of no utterance, masked."""
        return redact_text(text, names=self._names)

    def partial(self, heard: Heard) -> Redacted:
        """Words so far, masked; a row of digits that may go on is withheld."""
        carried = self._carried.get(heard.party, 0)
        words = withhold_open_digits(heard.words, carried=carried)
        return redact_words(words, names=self._names, carried=carried)

    def final(self, heard: Heard) -> Redacted:
        """A closed utterance, masked, and remembered for the evidence that may be of it."""
        carried = self._carried.get(heard.party, 0)
        shown = redact_words(heard.words, names=self._names, carried=carried)
        spoken = self._spoken.setdefault(heard.party, [])
        spoken.append((heard.start, heard.end, heard.utterance))
        del spoken[:-REMEMBERED]
        if carried:
            self._before.setdefault(heard.party, {})[heard.utterance] = carried
        self._carried[heard.party] = shown.open_digits
        return shown

    def signal(self, signal: Signal, utterance: int, *, masked: bool) -> Signal:
        """The signal as readers may see it who are entitled or not (`masked`)."""
        if not self.keeps(signal.party, utterance):
            held = {name: _withheld(name, value) for name, value in signal.attributes.items()}
            return replace(signal, text=WITHHELD, spans=(), attributes=held)
        if not masked:
            return signal
        quotes = {
            name: Span(value, at, at + len(value), name)
            for name, value in signal.attributes.items()
            if name in QUOTES and isinstance(value, str) and (at := signal.text.find(value)) >= 0
        }
        carried = self._before.get(signal.party, {}).get(utterance, 0)
        text, spans = redact_spans(
            signal.text, [*signal.spans, *quotes.values()], names=self._names, carried=carried
        )
        count = len(signal.spans)
        shown = {span.label: span.text for span in spans[count:]}
        rest = {
            name: self._masked(value) if name in QUOTES else value
            for name, value in signal.attributes.items()
        }
        return replace(signal, text=text, spans=spans[:count], attributes={**rest, **shown})

    def _masked(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.mask(value)
        if isinstance(value, (list, tuple)):
            return [self._masked(each) for each in value]
        return value

    # -- state -------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Digits on their way, and what may not be kept; JSON-able."""
        before = {
            party: {str(number): count for number, count in kept.items()}
            for party, kept in self._before.items()
        }
        return {
            "carried": dict(self._carried),
            "before": before,
            "spoken": {party: [list(e) for e in said] for party, said in self._spoken.items()},
            "unrecorded": {party: list(numbers) for party, numbers in self._unrecorded.items()},
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take up the state of `state()`."""
        self._carried = {PartyId(party): n for party, n in state["carried"].items()}
        self._before = {
            PartyId(party): {int(number): count for number, count in kept.items()}
            for party, kept in state["before"].items()
        }
        self._spoken = {
            PartyId(party): [(start, end, n) for start, end, n in said]
            for party, said in state["spoken"].items()
        }
        self._unrecorded = {PartyId(p): list(n) for p, n in state["unrecorded"].items()}


def _withheld(name: str, value: Any) -> Any:
    return WITHHELD if name in QUOTES and value else value
