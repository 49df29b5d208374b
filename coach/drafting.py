"""Puts what was heard and concluded into events, redacted on the way: nothing leaves unmasked.

Each draft has `data` for everyone and, where they differ, `verbatim` for entitled readers. A
row of digits may run over two utterances of a party, so how many digits the last one ended
with is carried along (and into checkpoints).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from coach.consent import Consent
from coach.events import ENDED_KEY, Draft
from coach.quality import QualityNote
from coach.redact import (
    context_names,
    mask_context,
    redact_spans,
    redact_words,
    withhold_open_digits,
)
from coach.rules import Nudge, titled
from models.asr import Heard
from models.pacing import PacingWindow
from models.types import Signal, Span, Word
from stream.audio import Context, Party, PartyId
from stream.timeline import Gap

Data = dict[str, Any]

QUOTES = ("told", "asked")
"""Attributes of a signal that repeat somebody's words."""
WITHHELD = "words not kept"
"""What stands in a title for the caller's words, where they may not be recorded."""


class Drafting:
    """One call's drafts. Without consent to record, words are not kept after the call."""

    def __init__(self, context: Context, consent: Consent) -> None:
        self._carried: dict[PartyId, int] = {}
        self._before: dict[PartyId, dict[int, int]] = {}
        self._changes = 0
        self._comings = 0
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

    def signal(self, signal: Signal, utterance: int) -> Draft:
        """Something noticed, with its evidence."""
        key = f"signal:{signal.kind}:{signal.party}:{utterance}"
        whole = self._signal(signal, utterance, masked=False)
        data = self._signal(signal, utterance, masked=True)
        verbatim = whole if whole != data and self._keeps(signal.party, utterance) else None
        return Draft("signal", signal.end, data, key, verbatim)

    def nudge(self, nudge: Nudge, utterance: int, version: str) -> Draft:
        """What to show to people, after the party's `utterance`."""
        key = f"nudge:{nudge.id}"
        whole = self._nudge(nudge, utterance, version, masked=False)
        data = self._nudge(nudge, utterance, version, masked=True)
        kept = self._keeps(nudge.evidence.party, utterance)
        verbatim = whole if whole != data and kept else None
        return Draft("nudge", nudge.at, data, key, verbatim)

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
        self._unrecorded = {PartyId(p): list(n) for p, n in state["unrecorded"].items()}

    def _signal(self, signal: Signal, utterance: int, *, masked: bool) -> Data:
        quotes = () if self._keeps(signal.party, utterance) else QUOTES
        return {
            "kind": signal.kind,
            "tier": signal.tier,
            "party": signal.party,
            "score": signal.score,
            "evidence": self._evidence(signal, utterance, masked=masked),
            "attributes": {k: v for k, v in signal.attributes.items() if k not in quotes},
        }

    def _evidence(self, evidence: Signal | PacingWindow, utterance: int, *, masked: bool) -> Data:
        times = {"party": evidence.party, "start": evidence.start, "end": evidence.end}
        if isinstance(evidence, PacingWindow):
            return {**times, "wpm": evidence.wpm, "label": evidence.label}
        if not self._keeps(evidence.party, utterance):
            return {"text": "", **times, "spans": [], "withheld": "record"}
        text, spans = evidence.text, evidence.spans
        if masked:
            text, spans = self._masked(evidence, utterance)
        return {"text": text, **times, "spans": [asdict(span) for span in spans]}

    def _masked(self, signal: Signal, utterance: int) -> tuple[str, tuple[Span, ...]]:
        carried = self._before.get(signal.party, {}).get(utterance, 0)
        return redact_spans(signal.text, signal.spans, names=self._names, carried=carried)

    def _title(self, nudge: Nudge, utterance: int, *, masked: bool) -> str:
        if isinstance(nudge.evidence, PacingWindow) or not masked:
            return nudge.title
        if not self._keeps(nudge.evidence.party, utterance):
            return titled(nudge.rule, WITHHELD, ())
        return titled(nudge.rule, *self._masked(nudge.evidence, utterance))

    def _nudge(self, nudge: Nudge, utterance: int, version: str, *, masked: bool) -> Data:
        rule = nudge.rule
        return {
            "id": nudge.id,
            "rule": rule.id,
            "version": version,
            "audience": rule.audience,
            "severity": rule.severity,
            "title": self._title(nudge, utterance, masked=masked),
            "text": rule.text,
            "phrases": list(rule.phrases),
            "evidence": self._evidence(nudge.evidence, utterance, masked=masked),
            "reason": rule.reason,
            "expires": nudge.expires,
        }


def _text(words: Sequence[Word]) -> str:
    return " ".join(word.w for word in words)


def _words(words: Sequence[Word]) -> list[Data]:
    return [asdict(word) for word in words]
