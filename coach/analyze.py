"""The pipeline over files, as fast as it goes: no server, no socket, one event a line.

The same Conversation as in a live call, driven by a plain loop: audio in order of its media
time, each final decoded before the next frame is taken. Readers of `coach analyze` are
entitled to verbatim text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import numpy as np
import structlog

from coach.consent import Consent
from coach.conversation import Conversation, Outcome
from coach.drafts import stamp
from coach.events import Draft, Event
from coach.knowledge import Knowledge
from coach.lane.speech import SpeechModel
from coach.noticing import Noticing
from coach.reads import ReadAll
from coach.tones import Scorer, ToneRequest, ToneResult
from models.lines import english
from models.text import Read
from models.text_input import Said, Turn
from models.types import DecodeRequest, DecodeResult, Signal, Utterance, Word
from models.vad import Vad
from stream.audio import AudioFrame, CallId, Context, Party, PartyId, Samples
from stream.timeline import Timeline

CHUNK = 0.1
"""Seconds of each party that are taken in turn."""

DIGITS = 4
"""Of a line's score: lines are put in order by it."""

Decode = Callable[[DecodeRequest], DecodeResult]

log = structlog.get_logger(__name__)


class Analysis:
    """One conversation over recorded audio, without partials."""

    def __init__(
        self,
        conversation: Conversation,
        vad: SpeechModel,
        decode: Decode,
        read: ReadAll | None = None,
        tone: Scorer | None = None,
    ) -> None:
        """`read`: of the conversation's text model, where its knowledge has one; `tone`: likewise
        its tone model. Where they are left out, nothing is read and nothing scored."""
        self.conversation = conversation
        self._vad = vad
        self._decode = decode
        self._read = read
        self._tone = tone

    def hear(self, audio: AudioFrame) -> list[Draft]:
        """Take audio of one party; all that follows from it, words included."""
        party = audio.party
        frames = self.conversation.frames(audio)
        if not len(frames):
            return []
        state, probs = self.conversation.vad_state(party)[None], []
        for frame in frames:
            prob, state = self._vad.step(frame[None], state)
            probs.append(prob[0])
        outcome = self.conversation.hear(party, frames, np.array(probs, np.float32), state[0])
        return self.follow(outcome)

    def leave(self, party: PartyId) -> list[Draft]:
        """The party's audio is over."""
        return self.follow(self.conversation.leave(party))

    def decode(self, requests: Sequence[DecodeRequest]) -> list[Draft]:
        """Decode finals now; what follows from their words."""
        return self.follow(Outcome(requests=list(requests)))

    def follow(self, outcome: Outcome) -> list[Draft]:
        """Decode, read and score now what a step asks for; its drafts, and all that follows."""
        drafts = list(outcome.drafts)
        for request in outcome.requests:
            drafts += self.follow(self.conversation.apply(self._decode(request)))
        for unread in outcome.reads:
            drafts += self.follow(self.conversation.read(unread.answered(self._read)))
        for unscored in outcome.tones:
            drafts += self.follow(self.conversation.tone(self._scored(unscored)))
        return drafts

    def _scored(self, request: ToneRequest) -> ToneResult:
        """The scores of a window; a fault costs that window alone, as in a live call."""
        try:
            return request.answered(self._tone)
        except Exception:
            log.exception("tone.failed", party=request.party, window=request.window)
            return request.answer(None)


def analyze(
    call: CallId,
    parties: Mapping[str, Samples],
    *,
    rate: int,
    context: Context,
    knowledge: Knowledge,
    vad: Vad,
    decode: Decode,
    now: Callable[[], datetime],
    progress: Callable[[float], None] = lambda seconds: None,
) -> Iterator[dict[str, Any]]:
    """The call's durable events over audio at `rate`, one side a party, as the API shows them."""
    consent = Consent.of(context, default=True)
    conversation = Conversation(call, knowledge, context, consent)
    analysis = Analysis(conversation, vad, decode, knowledge.read, knowledge.tone)
    drafts = _call(analysis, parties, rate, progress)
    yield from numbered(call, drafts, now=now)


def _call(
    analysis: Analysis,
    parties: Mapping[str, Samples],
    rate: int,
    progress: Callable[[float], None],
) -> Iterator[Draft]:
    conversation = analysis.conversation
    people = {name: Party.named(name) for name in parties}
    yield conversation.drafting.started("file", list(people.values()), 0.0)
    timelines = {name: Timeline(party.id, rate) for name, party in people.items()}
    for party in people.values():
        conversation.join(party, 0)
        yield conversation.drafting.joined(party, 0.0)
    step = round(CHUNK * rate)
    longest = max(len(samples) for samples in parties.values())
    for first in range(0, longest, step):
        for name, samples in parties.items():
            for item in timelines[name].feed(samples[first : first + step]):
                assert isinstance(item, AudioFrame), "without timestamps there are no gaps"
                yield from analysis.hear(item)
        progress(first / rate)
    for name, timeline in timelines.items():
        for frame in timeline.flush():
            yield from analysis.hear(frame)
        yield from analysis.leave(people[name].id)
        yield conversation.drafting.left(people[name], round(timeline.received, 3))
    yield conversation.drafting.ended("stopped", conversation.clock)


def analyze_lines(
    lines: Sequence[str], *, party: str, context: Context, knowledge: Knowledge
) -> Iterator[dict[str, Any]]:
    """Each line as an utterance by itself: the form of `coach analyze --text`."""
    who = Party.named(party)
    language = knowledge.language_of(context)
    for number, line in enumerate(lines, 1):
        # The whole line as one word: spans then count characters of the line as it is.
        words = (Word(line, 0.0, 0.0, 1.0),)
        said = Utterance(who.id, who.role, 1, 0.0, 0.0, words, language)
        read = None
        if knowledge.read and line.strip() and english(said):
            (read,) = knowledge.read([Said(Turn(who.role, line))])
        signals, _ = Noticing(knowledge.vocabulary).step(said, context, read)
        yield {
            "line": number,
            "text": line,
            "adverse": _adverse(signals, read),
            "signals": [_signal(signal) for signal in signals],
        }


def _adverse(signals: Sequence[Signal], read: Read | None) -> dict[str, Any]:
    """How much a line sounds like an adverse event: by the model whatever it is, by the lists
    where they signal one."""
    if read:
        score, spans = round(read.labels["adverse_event"], DIGITS), read.spans
    else:
        found = [signal for signal in signals if signal.kind == "adverse_event"]
        score, spans = (found[0].score, found[0].spans) if found else (0.0, ())
    return {"score": score, "spans": [asdict(span) for span in spans]}


def _signal(signal: Signal) -> dict[str, Any]:
    spans = [asdict(span) for span in signal.spans]
    evidence = {"text": signal.text, "start": signal.start, "end": signal.end, "spans": spans}
    return {
        "kind": signal.kind,
        "tier": signal.tier,
        "party": signal.party,
        "score": signal.score,
        "evidence": evidence,
        "attributes": signal.attributes,
    }


def numbered(
    call: CallId, drafts: Iterable[Draft], *, now: Callable[[], datetime]
) -> Iterator[dict[str, Any]]:
    """Durable drafts as the API's events, numbered as the journal would; a key counts once."""
    said: set[str] = set()
    for draft in drafts:
        if not draft.durable or draft.key in said:
            continue
        said.add(draft.key)
        ts = stamp(now())
        event = Event(
            call, draft.type, draft.at, ts, draft.data, len(said), draft.key, draft.verbatim
        )
        yield event.view(entitled=True)
