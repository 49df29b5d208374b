"""Puts what was heard and concluded into events, redacted on the way: nothing leaves unmasked.

Each draft has `data` for everyone and, where they differ, `verbatim` for entitled readers. A
row of digits may run over two utterances of a party, so how many digits the last one ended
with is carried along (and into checkpoints).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any, assert_never

from coach import wording
from coach.consent import Consent
from coach.events import ENDED_KEY, Draft
from coach.evidence import Evidence
from coach.floor import Moment
from coach.playbook.schema import PHRASE_CHARACTERS
from coach.quality import QualityNote
from coach.redact import (
    context_names,
    mask_context,
    redact_spans,
    redact_text,
    redact_words,
    withhold_open_digits,
)
from coach.rules import Nudge
from models.asr import Heard
from models.elements import Report
from models.pacing import PacingWindow
from models.tone import ToneWindow
from models.types import Signal, Span, Word
from stream.audio import Context, Party, PartyId
from stream.timeline import Gap

Data = dict[str, Any]

QUOTES = frozenset(
    ("told", "asked", "fact", "words", "said", "term", "what", "when", "topic", "value")
)
"""Attributes of a signal that repeat somebody's words."""
REMEMBERED = 64
"""Utterances of a party whose numbers are known by their start: minutes of talk."""
WITHHELD = "words not kept"
"""What stands in a title for the caller's words, where they may not be recorded."""


class Drafting:
    """One call's drafts. Without consent to record, words are not kept after the call."""

    def __init__(self, context: Context, consent: Consent) -> None:
        self._carried: dict[PartyId, int] = {}
        self._before: dict[PartyId, dict[int, int]] = {}
        self._changes = 0
        self._comings = 0
        self._told = 0
        self._said: dict[PartyId, dict[str, int]] = {}
        """Start of an utterance -> its number: evidence knows only the first."""
        self._unrecorded: dict[PartyId, list[int]] = {}
        self.change(context, consent)

    def change(self, context: Context, consent: Consent) -> None:
        """What is known of the call, from now on."""
        self._context = context
        self._consent = consent
        self._names = context_names(context)

    def closed(self, party: PartyId, utterance: int) -> None:
        """An utterance is over. What may be kept of it is decided now, not when its words come."""
        if not self._consent.record:
            self._unrecorded.setdefault(party, []).append(utterance)

    def _keeps(self, party: PartyId, utterance: int) -> bool:
        """Whether words may be kept: there was consent when they were said, and there is now."""
        return self._consent.record and utterance not in self._unrecorded.get(party, ())

    def started(
        self, source: str, parties: Sequence[Party], at: float, started: str | None = None
    ) -> Draft:
        """The call's first event. `started`: wall time of media second 0, where there is one."""
        people = [{"party": party.id, "role": party.role} for party in parties]
        more = {"source": source, "parties": people, "started": started}
        return self._known("call.started", at, "call.started", **more)

    def context_changed(self, at: float) -> Draft:
        """The whole context as it is now."""
        self._changes += 1  # several may come at one media second
        return self._known("context.changed", at, f"context:{self._changes}:{at:.3f}")

    def _known(self, type: str, at: float, key: str, **more: Any) -> Draft:
        """What is known of the call, and which consent holds (also where nothing was said)."""
        more["consent"] = asdict(self._consent)
        masked = {"context": mask_context(self._context), **more}
        return Draft(type, at, masked, key, {"context": self._context, **more})

    def joined(self, party: Party, at: float) -> Draft:
        """A party is on the call."""
        return self._presence("party.joined", party, at)

    def left(self, party: Party, at: float) -> Draft:
        """A party is gone."""
        return self._presence("party.left", party, at)

    def _presence(self, type: str, party: Party, at: float) -> Draft:
        self._comings += 1  # one may come, go and come at one media second
        data = {"party": party.id, "role": party.role}
        return Draft(type, round(at, 3), data, f"{type}:{party.id}:{self._comings}")

    def paused(self, party: PartyId, at: float, *, paused: bool) -> Draft:
        """A party's sender paused, or resumed."""
        self._comings += 1
        type = "call.paused" if paused else "call.resumed"
        return Draft(type, round(at, 3), {"party": party}, f"{type}:{party}:{self._comings}")

    def ended(self, reason: str, clock: float) -> Draft:
        """The last event of the live pipeline; `clock` is the call's length in media seconds."""
        at = round(clock, 3)
        return Draft("call.ended", at, {"reason": reason, "duration": at}, ENDED_KEY)

    def partial(self, heard: Heard) -> Draft:
        """Words so far; a row of digits that may go on is withheld from the redacted view."""
        carried = self._carried.get(heard.party, 0)
        shown = redact_words(
            withhold_open_digits(heard.words, carried=carried), names=self._names, carried=carried
        )
        head = {"party": heard.party, "utterance": heard.utterance}
        times = {"start": heard.start, "end": heard.end}
        return Draft(
            "transcript.partial",
            heard.end,
            {**head, "text": shown.text, **times, "words": _words(shown.words)},
            verbatim={**head, "text": _text(heard.words), **times, "words": _words(heard.words)},
        )

    def final(self, heard: Heard) -> Draft:
        """A closed utterance. Without consent to record, its words are not kept anywhere."""
        carried = self._carried.get(heard.party, 0)
        shown = redact_words(heard.words, names=self._names, carried=carried)
        said = self._said.setdefault(heard.party, {})
        said[f"{heard.start:.3f}"] = heard.utterance
        for first in list(said)[:-REMEMBERED]:
            del said[first]
        if carried:  # kept for evidence, which may be said after the party's next final
            self._before.setdefault(heard.party, {})[heard.utterance] = carried
        self._carried[heard.party] = shown.open_digits
        head: Data = {"party": heard.party, "utterance": heard.utterance}
        rest: Data = {"start": heard.start, "end": heard.end, "language": heard.language}
        key = f"final:{heard.party}:{heard.utterance}"
        if not self._keeps(heard.party, heard.utterance):
            data = {**head, "text": "", **rest, "words": [], "redactions": []}
            return Draft("transcript.final", heard.end, {**data, "withheld": "record"}, key)
        data = {
            **head,
            "text": shown.text,
            **rest,
            "words": _words(shown.words),
            "redactions": [asdict(redaction) for redaction in shown.redactions],
        }
        if heard.rejected:
            data["withheld"] = heard.rejected
        whole = {**data, "text": _text(heard.words), "words": _words(heard.words)}
        whole["redactions"] = []
        return Draft("transcript.final", heard.end, data, key, whole if whole != data else None)

    def gap(self, gap: Gap) -> Draft:
        """Sound is missing."""
        start, seconds = round(gap.start, 3), round(gap.seconds, 3)
        data = {"party": gap.party, "start": start, "seconds": seconds, "reason": gap.reason}
        return Draft("gap", start, data, f"gap:{gap.party}:{start}")

    def quality(self, note: QualityNote) -> Draft:
        """Something is wrong with a party's line."""
        at = round(note.start + note.seconds, 3)
        return Draft("quality", at, asdict(note), f"quality:{note.kind}:{note.party}:{note.start}")

    def pacing(self, window: PacingWindow) -> Draft:
        """How fast a party spoke over a window."""
        data = asdict(window)
        span = [data.pop("start"), data.pop("end")]
        party = data.pop("party")
        key = f"pacing:{party}:{span[0]:.3f}"
        return Draft("pacing", window.end, {"party": party, "window": span, **data}, key)

    def pace(self, party: PartyId, rate: tuple[float, float], at: float) -> Draft:
        """How fast a party speaks right now: words a minute, syllables a second."""
        wpm, syllables = rate
        data = {"party": party, "wpm": wpm, "syllables_per_s": syllables}
        return Draft("pacing.live", round(at, 3), data)

    def tone(self, window: ToneWindow) -> Draft:
        """How a party sounded over a window."""
        data = asdict(window)
        span = [data.pop("start"), data.pop("end")]
        party = data.pop("party")
        key = f"tone:{party}:{span[0]:.3f}"
        return Draft("tone", window.end, {"party": party, "window": span, **data}, key)

    def signal(self, signal: Signal, utterance: int) -> Draft:
        """Something noticed, with its evidence. `utterance`: the number of the party's that was
        judged when it was noticed; evidence may be of an earlier one, which is found by its start.
        """
        utterance = self._said.get(signal.party, {}).get(f"{signal.start:.3f}", utterance)
        key = f"signal:{signal.kind}:{signal.party}:{utterance}"
        spans = [f"{span.start}" for span in signal.spans[:1]]
        more = ":".join([*spans, *(str(signal.attributes.get(k, "")) for k in ("type", "name"))])
        whole = self._signal(signal, utterance, masked=False)
        data = self._signal(signal, utterance, masked=True)
        verbatim = whole if whole != data and self._keeps(signal.party, utterance) else None
        return Draft("signal", signal.end, data, f"{key}:{more}", verbatim)

    def nudge(self, nudge: Nudge, version: str) -> Draft:
        """What to show to people."""
        key = f"nudge:{nudge.id}"
        whole = self._nudge(nudge, version, masked=False)
        data = self._nudge(nudge, version, masked=True)
        kept = self._keeps(nudge.evidence.party, nudge.utterance)
        verbatim = whole if whole != data and kept else None
        return Draft("nudge", nudge.at, data, key, verbatim)

    def case(self, report: Report, at: float) -> Draft:
        """A report as far as it is known: its elements, and what is missing."""
        self._told += 1
        data = self._case(report, masked=True)
        whole = self._case(report, masked=False)
        verbatim = whole if whole != data and self._consent.record else None
        return Draft("case", at, data, f"case:{report.id}:{self._told}", verbatim)

    def _case(self, report: Report, *, masked: bool) -> Data:
        elements = {}
        for name, element in report.elements.items():
            text = self._mask(element.text) if masked else element.text
            shown = {"state": element.state, "at": element.at}
            elements[name] = {**shown, "text": text if self._consent.record else ""}
        return {
            "id": report.id,
            "state": "open",
            "kind": report.kind,
            "elements": elements,
            "missing": list(report.missing),
            "clock": {"heard_at": report.heard_at},
        }

    def checklist(self, items: list[Data], at: float) -> Draft:
        """The checklist as it is now."""
        self._told += 1
        return Draft("checklist", at, {"items": items}, f"checklist:{self._told}")

    def expired(self, nudge: str, at: float) -> Draft:
        """A nudge whose moment has passed."""
        data = {"id": nudge, "state": "expired", "by": "coach"}
        return Draft("nudge.update", at, data, f"expired:{nudge}")

    def state(self) -> Data:
        """Digits carried from utterance to utterance, and what keys count; JSON-able."""
        before = {
            party: {str(number): count for number, count in kept.items()}
            for party, kept in self._before.items()
        }
        return {
            "carried": dict(self._carried),
            "before": before,
            "changes": self._changes,
            "comings": self._comings,
            "told": self._told,
            "said": {party: dict(said) for party, said in self._said.items()},
            "unrecorded": {party: list(numbers) for party, numbers in self._unrecorded.items()},
        }

    def restore(self, state: Data) -> None:
        """Take up the state of `state()`."""
        self._carried = {PartyId(party): n for party, n in state["carried"].items()}
        self._before = {
            PartyId(party): {int(number): count for number, count in kept.items()}
            for party, kept in state["before"].items()
        }
        self._changes, self._comings = state["changes"], state["comings"]
        self._told = state["told"]
        self._said = {PartyId(party): dict(said) for party, said in state["said"].items()}
        self._unrecorded = {PartyId(p): list(n) for p, n in state["unrecorded"].items()}

    def _signal(self, signal: Signal, utterance: int, *, masked: bool) -> Data:
        attributes = signal.attributes
        if not self._keeps(signal.party, utterance):
            attributes = {name: v for name, v in attributes.items() if name not in QUOTES}
        elif masked:
            attributes = self._attributes(attributes)
        return {
            "kind": signal.kind,
            "tier": signal.tier,
            "party": signal.party,
            "score": signal.score,
            "evidence": self._evidence(signal, utterance, masked=masked),
            "attributes": attributes,
        }

    def _evidence(self, evidence: Evidence, utterance: int, *, masked: bool) -> Data:
        times = {"party": evidence.party, "start": evidence.start, "end": evidence.end}
        match evidence:
            case PacingWindow():
                return {**times, "wpm": evidence.wpm, "label": evidence.label}
            case ToneWindow(label=label, activation=activation, tension=tension):
                return {**times, "label": label, "activation": activation, "tension": tension}
            case Moment(kind=kind):
                return {**times, "kind": kind}
            case Signal():
                return {**times, **self._quoted(evidence, utterance, masked=masked)}
            case _:
                assert_never(evidence)

    def _quoted(self, signal: Signal, utterance: int, *, masked: bool) -> Data:
        if not self._keeps(signal.party, utterance):
            return {"text": "", "spans": [], "withheld": "record"}
        text, spans = signal.text, signal.spans
        if masked:
            text, spans = self._masked(signal, utterance)
        return {"text": text, "spans": [asdict(span) for span in spans]}

    def _masked(self, signal: Signal, utterance: int) -> tuple[str, tuple[Span, ...]]:
        carried = self._before.get(signal.party, {}).get(utterance, 0)
        return redact_spans(signal.text, signal.spans, names=self._names, carried=carried)

    def _mask(self, text: str) -> str:
        return redact_text(text, names=self._names)

    def _attributes(self, attributes: Data) -> Data:
        """What repeats somebody's words, masked; labels are ours and stay as they are."""
        quotes = {name: v for name, v in attributes.items() if name in QUOTES}
        return {**attributes, **wording.attributes_masked(quotes, self._mask)}

    def _slots(self, nudge: Nudge, *, masked: bool) -> dict[str, str]:
        """What the nudge's templates may name, for readers who are entitled or not."""
        context = mask_context(self._context) if masked else self._context
        signal = nudge.evidence
        if not isinstance(signal, Signal):
            return wording.slots(None, context)
        if not self._keeps(signal.party, nudge.utterance):
            held = {
                name: WITHHELD if name in QUOTES else v for name, v in signal.attributes.items()
            }
            signal = replace(signal, text=WITHHELD, spans=(), attributes=held)
        elif masked:
            text, spans = self._masked(signal, nudge.utterance)
            attributes = self._attributes(signal.attributes)
            signal = replace(signal, text=text, spans=spans, attributes=attributes)
        return wording.slots(signal, context)

    def _nudge(self, nudge: Nudge, version: str, *, masked: bool) -> Data:
        rule, slots = nudge.rule, self._slots(nudge, masked=masked)
        return {
            "id": nudge.id,
            "rule": rule.id,
            "version": version,
            "audience": rule.audience,
            "severity": rule.severity,
            "title": wording.title(rule.title, slots),
            "text": wording.fill(rule.text, slots, PHRASE_CHARACTERS),
            "phrases": wording.phrases(nudge.phrases, slots),
            "evidence": self._evidence(nudge.evidence, nudge.utterance, masked=masked),
            "reason": wording.fill(rule.reason, slots, 200) or rule.reason,
            "expires": nudge.expires,
        }


def _text(words: Sequence[Word]) -> str:
    return " ".join(word.w for word in words)


def _words(words: Sequence[Word]) -> list[Data]:
    return [asdict(word) for word in words]
