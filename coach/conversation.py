"""The heart of a call: everything it has heard and concluded, and what follows from the next frame.

Synchronous: no loop, no thread, no clock, so that a test can run a call in a plain `for`. The
pipeline around it brings speech probabilities and decoded words, and carries away drafts of
events and requests for decoding.

What happens here is a pure function of the call's inputs: audio on its media clocks, joins,
pauses, context. `state()` at any frame, `restore()` with the audio since `needed_from`, and the
rest of the call says the same durable events, by their keys.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from coach.consent import Consent
from coach.drafting import Drafting
from coach.ear import Ear
from coach.events import Draft
from coach.handover import handed_over
from coach.judgement import Front, Judgement
from coach.knowledge import Knowledge
from coach.languages import Languages
from coach.names import names
from coach.party_tone import PartyTone
from coach.quality import Quality
from coach.reads import ReadRequest, ReadResult
from coach.tones import ToneRequest, ToneResult
from models.asr import Heard, Transcriber
from models.expected import Expected
from models.pacing import LIVE, live_rate
from models.speech_rate import SpeechRate
from models.types import DecodeRequest, DecodeResult, Utterance
from models.vad import FRAME, Array
from models.voice import features
from stream.audio import RATE, AudioFrame, CallId, Context, Party, PartyId, Samples
from stream.timeline import Gap

VERSION = 6
"""Of the state's form; a state of another version is refused."""


@dataclass(slots=True)
class Outcome:
    """What follows from one step: events to say, audio to decode, utterances to read and windows
    of tone to score."""

    drafts: list[Draft] = field(default_factory=list)
    requests: list[DecodeRequest] = field(default_factory=list)
    reads: list[ReadRequest] = field(default_factory=list)
    tones: list[ToneRequest] = field(default_factory=list)


class Conversation:
    """One call. `analyse`: consent to hear it; without it nothing is transcribed."""

    def __init__(self, call: CallId, knowledge: Knowledge, context: Context, consent: Consent):
        self.call = call
        self.context = context
        self._knowledge = knowledge
        self._consent = consent
        self._drafting = Drafting(context, consent)
        self._quality = Quality()
        self._languages = Languages(knowledge.language, detect=knowledge.detect)
        self._languages.know(context, 0.0)
        self._judgement = Judgement(
            knowledge.vocabulary, knowledge.playbook, self._drafting, self._quality
        )
        self._ears: dict[PartyId, Ear] = {}
        self._early: dict[tuple[PartyId, int], DecodeResult] = {}

    # -- inputs ------------------------------------------------------------------------------

    def join(self, party: Party, start: int) -> None:
        """A party is there from sample `start` of its clock on; one that left comes back."""
        ear = self._ears.get(party.id)
        if ear is not None:
            ear.gone = False
            return
        self._quality.join(party.id, party.role, start / RATE)
        transcriber = Transcriber(
            self.call,
            party.id,
            language=self._languages.given or self._languages.default,
            expected=self._expected,
            settings=self._knowledge.asr,
            start=start,
        )
        tone = PartyTone(party.id, start / RATE, self._knowledge.tone)
        ear = self._ears[party.id] = Ear(party, transcriber, tone)
        ear.pace = self._pace(start / RATE)

    def frames(self, audio: AudioFrame) -> Samples:
        """Whole frames [k, FRAME] that are due with this audio, to get speech probabilities for."""
        ear = self._ears[audio.party]
        frames = ear.frames(audio.samples)
        # The clock goes on without consent, but nothing is listened to, not even for speech.
        return frames if self._consent.analyse else np.zeros_like(frames)

    def vad_state(self, party: PartyId) -> Array:
        """What the next frames' speech probabilities depend on."""
        return self._ears[party].vad

    def hear(self, party: PartyId, frames: Samples, probs: Array, vad: Array) -> Outcome:
        """Take frames with their speech probabilities and the VAD's state after them."""
        ear, outcome = self._ears[party], Outcome()
        ear.vad = vad
        if self._consent.analyse:
            outcome.drafts += self._languages.tell()
        if self._consent.analyse and ear.party.role == "agent":
            outcome.drafts += self._judgement.begin(self.context)
        self._tone(ear, frames, probs)
        if ear.pace is not None:
            ear.pace.step(frames.ravel())
        for frame, prob in zip(frames, probs, strict=True):
            self._frame(ear, frame, float(prob), outcome)
        return self._settle(outcome)

    def apply(self, result: DecodeResult) -> Outcome:
        """Take decoded words. Finals of a party are said in the order they were spoken; one that
        turns out to be in another language is asked for again, and those after it wait."""
        ear, outcome = self._ears[result.party], Outcome()
        if result.kind != "final":
            heard = ear.transcriber.apply(result)
            outcome.drafts += [] if heard is None else self._partial(heard)
            return outcome
        self._early[result.party, result.utterance] = result
        while (early := self._early.pop((result.party, ear.next_final), None)) is not None:
            if not self._stands(ear, early, outcome):
                break
            ear.next_final += 1
            heard = ear.transcriber.apply(early)
            outcome.drafts += [] if heard is None else self._final(ear, heard)
        return self._settle(outcome)

    def read(self, result: ReadResult) -> Outcome:
        """Take what the text model says of an utterance."""
        self._judgement.read(result)
        return self._settle(Outcome())

    def tone(self, result: ToneResult) -> Outcome:
        """Take the scores of a window of tone."""
        self._ears[result.party].tone.answer(result)
        return self._settle(Outcome())

    def gap(self, gap: Gap) -> list[Draft]:
        """Sound is missing; silence of the same length stands in for it."""
        return [self._drafting.gap(gap)]

    def leave(self, party: PartyId) -> Outcome:
        """No more audio of this party (unless it joins again): what is open is closed."""
        ear = self._ears[party]
        outcome = Outcome()
        if not ear.gone:
            ear.gone = True
            self._ask(ear, ear.transcriber.finish(), outcome)
        return self._settle(outcome)

    def change(self, context: Context, consent: Consent, at: float) -> list[Draft]:
        """The context as it is from media second `at` on."""
        others = handed_over(self.context, context)
        self.context = context
        self._consent = consent
        self._languages.know(context, at)
        for ear in self._ears.values():
            ear.transcriber.expected = self._expected
        self._drafting.change(context, consent)
        drafts = [self._drafting.context_changed(at)]
        for ear in self._ears.values():
            if ear.party.role in others:
                drafts.append(self._hand_over(ear, at))
        return drafts

    def nudge_updated(self, nudge: str) -> None:
        """A person dealt with a nudge."""
        self._judgement.updated(nudge)

    # -- what is known -----------------------------------------------------------------------

    @property
    def _expected(self) -> Expected:
        vocabulary = self._knowledge.playbook.vocabulary
        return Expected(self._languages.given, names(self.context, vocabulary))

    @property
    def drafting(self) -> Drafting:
        return self._drafting

    @property
    def listens(self) -> bool:
        """Whether there is consent to hear the call."""
        return self._consent.analyse

    @property
    def clock(self) -> float:
        """Media seconds: the furthest of the parties' clocks."""
        return max((ear.taken / RATE for ear in self._ears.values()), default=0.0)

    @property
    def waiting(self) -> bool:
        """Whether closed utterances still wait for their words, or to be read, or windows of tone
        for their scores."""
        ears = self._ears.values()
        unheard = any(ear.transcriber.waiting or ear.tone.waiting for ear in ears)
        return unheard or self._judgement.reading

    def heard(self, party: PartyId) -> float:
        """Media seconds up to which the party's audio is transcribed and its tone judged."""
        ear = self._ears.get(party)
        return 0.0 if ear is None else ear.heard

    def needed_from(self, party: PartyId) -> int:
        """First sample of the party that `restore` will want."""
        return self._ears[party].needed_from

    # -- inside ------------------------------------------------------------------------------

    def _frame(self, ear: Ear, frame: Samples, prob: float, outcome: Outcome) -> None:
        if not self._consent.analyse:
            # Silence was put in the sound's place; whatever VAD makes of it, nobody speaks.
            frame, prob = np.zeros(FRAME, np.float32), 0.0
        before = ear.transcriber.clock
        self._ask(ear, ear.transcriber.step(frame, prob), outcome)
        at = ear.transcriber.clock
        if self._consent.analyse:
            notes = self._quality.step(ear.party.id, ear.party.role, frame, prob, at)
            outcome.drafts += [self._drafting.quality(note) for note in notes]
        if int(at) > int(before):
            outcome.drafts += self._live_pace(ear, at)

        if ear.transcriber.begun > ear.begun:
            ear.begun = ear.transcriber.begun
            self._judgement.opened(ear.party.role, ear.transcriber.opened_at)

    def _hand_over(self, ear: Ear, at: float) -> Draft:
        """Another person speaks as this party: whatever was the habit of the one before."""
        ear.tone.hand_over()
        self._judgement.hand_over(ear.party.id, ear.party.role, at)
        return self._drafting.participant_changed(ear.party, at)

    def _tone(self, ear: Ear, frames: Samples, probs: Array) -> None:
        """Before words: a window of tone may end where an utterance does."""
        consent, roles = self._consent, self._knowledge.tone_of
        if not (consent.analyse and consent.tone and ear.party.role in roles):
            # Its clock goes on, and nothing is judged, nor what was open before. Nor measured: that
            # is a quarter of what a call costs the loop.
            ear.tone.skip(len(frames))
            ear.tail = frames[-1].copy()
            return
        rows, ear.tail = features(frames, ear.tail)
        for at in ear.tone.step(frames, rows, probs):
            self._judgement.expect((at, ear.party.id, 0))

    def _ask(self, ear: Ear, requests: Iterable[DecodeRequest], outcome: Outcome) -> None:
        known = dict(ear.transcriber.waiting)
        for request in requests:
            outcome.requests.append(request)
            if request.kind == "final":
                end = round(known[request.utterance], 3)
                self._judgement.expect((end, request.party, request.utterance))
                self._drafting.closed(request.party, request.utterance)

    def _stands(self, ear: Ear, final: DecodeResult, outcome: Outcome) -> bool:
        """Whether a final is in the language in force. If not, it is asked for in that one."""
        switch, again = ear.transcriber.decide(final)
        if switch is not None:
            outcome.drafts.append(self._languages.switched(ear.party.id, switch))
        outcome.requests += [again] if again else []
        return again is None

    def _partial(self, heard: Heard) -> list[Draft]:
        self._ears[heard.party].say(heard)
        return [self._drafting.partial(heard)]

    def _final(self, ear: Ear, heard: Heard) -> list[Draft]:
        utterance = Utterance(
            heard.party,
            ear.party.role,
            heard.utterance,
            heard.start,
            heard.end,
            heard.words,
            heard.language,
        )
        ear.say(heard)
        self._judgement.heard(utterance)
        return [*self._languages.said(heard), self._drafting.final(heard)]

    def _settle(self, outcome: Outcome) -> Outcome:
        """The outcome, with what judgement makes of all that is known."""
        for ear in self._ears.values():
            self._tell_tone(ear)
            outcome.tones += ear.tone.asking(self.call)
        fronts = {
            party: Front(ear.transcriber.clock, round(ear.transcriber.quiet_since, 3))
            for party, ear in self._ears.items()
            if not ear.gone
        }
        # Of those who are still there the slowest, so that nothing ends before its time.
        clock = min((front.clock for front in fronts.values()), default=self.clock)
        outcome.drafts += self._judgement.settle(fronts, self.context, clock=clock)
        outcome.reads += self._judgement.asking(self.call)
        return outcome

    def _tell_tone(self, ear: Ear) -> None:
        for at, window in ear.tone.judged():
            if window is None:
                self._judgement.untoned(ear.party.id, at)
            else:
                self._judgement.toned(window, ear.party.role, at)

    def _live_pace(self, ear: Ear, at: float) -> list[Draft]:
        """The moving picture of the pace: once a media second, while it is of use. Syllables are
        heard where no words are known yet."""
        if not self._knowledge.asr.partials:
            return []
        wpm, syllables = live_rate(ear.words, at)
        if ear.pace is not None:
            syllables = round(ear.pace.rate(LIVE, ear.words).rate, 2)
        return [self._drafting.pace(ear.party.id, (wpm, syllables), at)]

    def _pace(self, start: float) -> SpeechRate | None:
        """What hears a party's pace from media second `start` on."""
        model = self._knowledge.pacing
        return SpeechRate(model, start) if model and self._knowledge.asr.partials else None

    # -- state -------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """All that the rest of the call depends on, JSON-able, without audio."""
        return {
            "version": VERSION,
            "context": self.context,
            "consent": asdict(self._consent),
            "drafting": self._drafting.state(),
            "judgement": self._judgement.state(),
            "quality": self._quality.state(),
            "languages": self._languages.state(),
            "ears": [ear.state() for ear in self._ears.values()],
        }

    @classmethod
    def restore(
        cls,
        call: CallId,
        knowledge: Knowledge,
        state: dict[str, Any],
        audio: dict[PartyId, Samples],
    ) -> tuple[Conversation, list[DecodeRequest]]:
        """The conversation as `state()` saw it, and the finals that it still waits for. What is to
        be read or scored is asked for by its next step.

        `audio`: for each party its samples since `needed_from`. Raises ValueError for a state
        of another version.
        """
        if state["version"] != VERSION:
            raise ValueError(f"a checkpoint of version {state['version']}; this is {VERSION}")
        self = cls(call, knowledge, state["context"], Consent(**state["consent"]))
        self._drafting.restore(state["drafting"])
        self._judgement.restore(state["judgement"])
        self._quality.restore(state["quality"])
        self._languages.restore(state["languages"])
        requests: list[DecodeRequest] = []
        for kept in state["ears"]:
            party = Party(**kept["party"])
            ear, wanted = Ear.restore(
                call,
                party,
                settings=knowledge.asr,
                scorer=knowledge.tone,
                state=kept,
                audio=audio[party.id],
            )
            ear.pace = self._pace(ear.transcriber.clock)
            self._ears[party.id] = ear
            requests += wanted
        return self, requests
