"""Puts what was heard and concluded into events, redacted on the way: nothing leaves unmasked.

Each draft has `data` for everyone and, where they differ, `verbatim` for entitled readers.
What may be kept and shown is decided by coach/discretion.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, assert_never

from coach import wording
from coach.consent import Consent
from coach.discretion import QUOTES, Discretion
from coach.events import ENDED_KEY, Draft
from coach.evidence import Evidence
from coach.floor import Moment
from coach.playbook.schema import PHRASE_CHARACTERS
from coach.quality import QualityNote
from coach.rules import Nudge
from models.asr import Heard
from models.elements import Report
from models.pacing import PacingWindow
from models.tone import ToneWindow
from models.types import Signal, Word
from stream.audio import Context, Party, PartyId
from stream.timeline import Gap

Data = dict[str, Any]


class Drafting:
    """One call's drafts. Without consent to record, words are not kept after the call."""

    def __init__(self, context: Context, consent: Consent) -> None:
        self._discretion = Discretion(context, consent)
        self._changes = 0
        self._comings = 0
        self._told = 0

    def change(self, context: Context, consent: Consent) -> None:
        """What is known of the call, from now on."""
        self._discretion.change(context, consent)

    def closed(self, party: PartyId, utterance: int) -> None:
        """An utterance is over: what may be kept of it is decided by the consent of now."""
        self._discretion.closed(party, utterance)

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
        more["consent"] = asdict(self._discretion.consent)
        data, whole = (
            {"context": self._discretion.known(masked=masked), **more} for masked in (True, False)
        )
        return Draft(type, at, data, key, whole)

    def joined(self, party: Party, at: float) -> Draft:
        """A party is on the call."""
        return self._presence("party.joined", party, at)

    def left(self, party: Party, at: float) -> Draft:
        """A party is gone."""
        return self._presence("party.left", party, at)

    def participant_changed(self, party: Party, at: float) -> Draft:
        """Another person speaks as a party."""
        return self._presence("participant.changed", party, at)

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
        shown = self._discretion.partial(heard)
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
        shown = self._discretion.final(heard)
        head: Data = {"party": heard.party, "utterance": heard.utterance}
        rest: Data = {"start": heard.start, "end": heard.end, "language": heard.language}
        key = f"final:{heard.party}:{heard.utterance}"
        if not self._discretion.keeps(heard.party, heard.utterance):
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
        return _window("pacing", window)

    def tone(self, window: ToneWindow) -> Draft:
        """How a party sounded over a window."""
        return _window("tone", window)

    def pace(self, party: PartyId, rate: tuple[float, float], at: float) -> Draft:
        """How fast a party speaks right now: words a minute, syllables a second."""
        wpm, syllables = rate
        data = {"party": party, "wpm": wpm, "syllables_per_s": syllables}
        return Draft("pacing.live", round(at, 3), data)

    def signal(self, signal: Signal, utterance: int) -> Draft:
        """Something noticed, with its evidence. `utterance`: the number of the one that was judged
        when it was noticed; evidence may be of another, which is found by its seconds.
        """
        utterance = self._discretion.number(signal.party, signal.start, utterance)
        parts = (
            *("signal", signal.kind, signal.party, utterance),
            signal.spans[0].start if signal.spans else "",
            *(signal.attributes.get(name, "") for name in ("type", "name")),
        )
        data = self._signal(signal, utterance, masked=True)
        whole = self._signal(signal, utterance, masked=False)
        key = ":".join(map(str, parts))
        return Draft("signal", signal.end, data, key, whole if whole != data else None)

    def nudge(self, nudge: Nudge, version: str) -> Draft:
        """What to show to people."""
        data = self._nudge(nudge, version, masked=True)
        whole = self._nudge(nudge, version, masked=False)
        key = f"nudge:{nudge.id}"
        return Draft("nudge", nudge.at, data, key, whole if whole != data else None)

    def case(self, report: Report, at: float) -> Draft:
        """A report as far as it is known: its elements, and what is missing."""
        self._told += 1
        data = self._case(report, masked=True)
        whole = self._case(report, masked=False)
        key = f"case:{report.id}:{self._told}"
        return Draft("case", at, data, key, whole if whole != data else None)

    def _case(self, report: Report, *, masked: bool) -> Data:
        elements = {}
        for name, element in report.elements.items():
            text = self._discretion.mask(element.text) if masked else element.text
            shown = {"state": element.state, "at": element.at}
            elements[name] = {**shown, "text": text if self._discretion.consent.record else ""}
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
        """What may be kept and shown, and what keys count; JSON-able."""
        counts = {"changes": self._changes, "comings": self._comings, "told": self._told}
        return {**counts, "discretion": self._discretion.state()}

    def restore(self, state: Data) -> None:
        """Take up the state of `state()`."""
        self._changes, self._comings = state["changes"], state["comings"]
        self._told = state["told"]
        self._discretion.restore(state["discretion"])

    def _signal(self, signal: Signal, utterance: int, *, masked: bool) -> Data:
        shown = self._discretion.signal(signal, utterance, masked=masked)
        kept = self._discretion.keeps(signal.party, utterance)
        return {
            "kind": signal.kind,
            "tier": signal.tier,
            "party": signal.party,
            "score": signal.score,
            "evidence": self._evidence(signal, utterance, masked=masked),
            "attributes": {k: v for k, v in shown.attributes.items() if kept or k not in QUOTES},
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
                if not self._discretion.keeps(evidence.party, utterance):
                    return {"text": "", **times, "spans": [], "withheld": "record"}
                shown = self._discretion.signal(evidence, utterance, masked=masked)
                spans = [asdict(span) for span in shown.spans]
                return {"text": shown.text, **times, "spans": spans}
            case _:
                assert_never(evidence)

    def _nudge(self, nudge: Nudge, version: str, *, masked: bool) -> Data:
        rule, evidence = nudge.rule, nudge.evidence
        number = self._discretion.number(evidence.party, evidence.start, nudge.utterance)
        shown = None
        if isinstance(evidence, Signal):
            shown = self._discretion.signal(evidence, number, masked=masked)
        slots = wording.slots(shown, self._discretion.known(masked=masked))
        return {
            "id": nudge.id,
            "rule": rule.id,
            "version": version,
            "audience": rule.audience,
            "severity": rule.severity,
            "title": wording.title(rule.title, slots),
            "text": wording.fill(rule.text, slots, PHRASE_CHARACTERS),
            "phrases": wording.phrases(nudge.phrases, slots),
            "evidence": self._evidence(evidence, number, masked=masked),
            "reason": rule.reason,
            "expires": nudge.expires,
        }


def _window(type: str, window: PacingWindow | ToneWindow) -> Draft:
    data = asdict(window)
    span = [data.pop("start"), data.pop("end")]
    party = data.pop("party")
    key = f"{type}:{party}:{span[0]:.3f}"
    return Draft(type, window.end, {"party": party, "window": span, **data}, key)


def _text(words: Sequence[Word]) -> str:
    return " ".join(word.w for word in words)


def _words(words: Sequence[Word]) -> list[Data]:
    return [asdict(word) for word in words]
