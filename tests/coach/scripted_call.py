"""A call by script, for tests: who says what and when; no sound, no models but the lexicon.

Each frame's speech probability comes from the script, and what a request "decodes" to is the
script's words in its stretch of time. All else is the real thing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from typing import NamedTuple

import numpy as np
import pytest

from coach.consent import Consent
from coach.conversation import Conversation, Outcome
from coach.events import Draft
from coach.knowledge import Knowledge
from coach.noticing import Vocabulary
from coach.playbook import reading
from coach.tones import Scorer, ToneRequest
from models import weights
from models.asr import AsrSettings, Heard
from models.cues import load_cues
from models.jargon import load_glossary
from models.language import Detected
from models.lexicon import Lexicon, load_lexicon
from models.pacing_model import PacingModel
from models.text import THRESHOLDS, WEIGHTS, TextModel
from models.thresholds import read_thresholds
from models.types import DecodeRequest, DecodeResult, Utterance, Word
from models.vad import FRAME, FRAME_SECONDS, fresh_state
from stream.audio import AudioFrame, CallId, Context, Party, PartyId, Samples

CALL = CallId("scripted")
AGENT, CUSTOMER = Party.named("agent"), Party.named("customer")
GRANTED = Consent(True, True, True)


@cache
def lexicon() -> Lexicon:
    """The lexicon that is installed; skips the test where none is."""
    try:
        return load_lexicon(weights.folder("lexicon"))
    except weights.MissingWeights as missing:
        pytest.skip(str(missing))


@cache
def vocabulary() -> Vocabulary:
    return Vocabulary(lexicon(), load_cues(), load_glossary())


def knowledge(
    *, partials: bool = False, pacing: PacingModel | None = None, tone: Scorer | None = None
) -> Knowledge:
    settings = AsrSettings(partials=partials)
    return Knowledge(settings, vocabulary(), reading.load(), pacing=pacing, tone=tone)


def reading_knowledge() -> Knowledge:
    """With the text model that comes with Coach."""
    words = replace(vocabulary(), thresholds=read_thresholds(WEIGHTS / THRESHOLDS))
    return replace(knowledge(), vocabulary=words, read=TextModel(WEIGHTS).read)


class Turn(NamedTuple):
    """One stretch of speech, in media seconds."""

    party: PartyId
    start: float
    end: float
    text: str
    language: str = "en"


def words_of(text: str, start: float, end: float) -> tuple[Word, ...]:
    """The words at a steady pace."""
    texts = text.split()
    each = (end - start) / max(1, len(texts))
    times = [(start + i * each, start + (i + 1) * each) for i in range(len(texts))]
    return tuple(
        Word(w, round(a, 2), round(b, 2), 0.9) for w, (a, b) in zip(texts, times, strict=True)
    )


def utterance(
    party: Party, number: int, start: float, end: float, text: str, language: str = "en"
) -> Utterance:
    words = words_of(text, start, end)
    return Utterance(party.id, party.role, number, start, end, words, language)


def heard(said: Utterance, *, final: bool = True, rejected: str = "") -> Heard:
    return Heard(
        said.party, said.number, final, said.start, said.end, said.words, said.language, rejected
    )


class ScriptedCall:
    """A conversation on its way through a script; finals wait until somebody answers them, and so
    do windows of tone where there is a `scorer`."""

    def __init__(
        self,
        turns: Iterable[Turn],
        *,
        partials: bool = False,
        context: Context | None = None,
        consent: Consent = GRANTED,
        parties: Sequence[Party] = (AGENT, CUSTOMER),
        scorer: Scorer | None = None,
    ) -> None:
        self.turns = list(turns)
        self.knowledge = knowledge(partials=partials, tone=scorer)
        self.conversation = Conversation(CALL, self.knowledge, context or {}, consent)
        self.said: list[Draft] = []
        self.waiting: list[DecodeRequest] = []
        self.unscored: list[ToneRequest] = []
        self.sent: dict[PartyId, int] = {}
        for party in parties:
            self.conversation.join(party, 0)
            self.sent[party.id] = 0

    # -- what happens ------------------------------------------------------------------------

    def feed(self, party: PartyId, frames: int = 1) -> None:
        """The party's next frames, of the sound that stands for their place in time."""
        for _ in range(frames):
            at = self.sent[party]
            self.sent[party] += 1
            audio = AudioFrame(party, at * FRAME, sound(at))
            (frame,) = self.conversation.frames(audio)
            prob = np.array([self._prob(party, at)], np.float32)
            assert self.conversation.vad_state(party)[0] == max(0, at - 1)
            vad = np.full_like(fresh_state(), at)
            self._follow(self.conversation.hear(party, frame[None], prob, vad))

    def feed_all(self, seconds: float) -> None:
        """Both parties in turn up to that media second."""
        while min(self.sent.values()) < round(seconds / FRAME_SECONDS):
            self.feed(min(self.sent, key=lambda party: (self.sent[party], party)))

    def answer(self, index: int = 0) -> list[Draft]:
        """Decode one of the waiting requests."""
        return self.apply(self.decode(self.waiting.pop(index)))

    def score(self, index: int = 0) -> list[Draft]:
        """Score one of the windows of tone that wait."""
        result = self.unscored.pop(index).answered(self.knowledge.tone)
        return self._follow(self.conversation.tone(result)).drafts

    def answer_all(self) -> None:
        while self.waiting:
            self.answer()
        while self.unscored:
            self.score()

    def apply(self, result: DecodeResult) -> list[Draft]:
        return self._follow(self.conversation.apply(result)).drafts

    def leave(self, party: PartyId) -> Outcome:
        return self._follow(self.conversation.leave(party))

    def end(self) -> None:
        """Everybody leaves, and all is answered."""
        for party in self.sent:
            self.leave(party)
        self.answer_all()

    # -- what came of it ---------------------------------------------------------------------

    @property
    def durable(self) -> dict[str, Draft]:
        """What the log would hold; a key that comes again must say the same."""
        log: dict[str, Draft] = {}
        for draft in self.said:
            if draft.durable:
                assert log.setdefault(draft.key, draft) == draft, f"{draft.key}: not the same again"
        return log

    def of(self, type: str) -> list[Draft]:
        return [draft for draft in self.said if draft.type == type]

    def decode(self, request: DecodeRequest, rejected: str = "") -> DecodeResult:
        """The script's words whose middle lies in the request's audio, and its language. Words
        sought in another language are not those that were said."""
        first, last = request.start, request.end
        spoken = [
            (turn.language, word)
            for turn in self.turns
            if turn.party == request.party
            for word in words_of(turn.text, turn.start, turn.end)
            if first <= (word.start + word.end) / 2 < last
        ]
        words = tuple(
            word if language in (request.language, "en") else replace(word, w=f"{word.w}?")
            for language, word in spoken
        )
        told = Detected(spoken[0][0], 0.95) if request.detect and spoken else None
        return request.answer(() if rejected else words, rejected=rejected, detected=told)

    # -- stop here, go on there --------------------------------------------------------------

    def restart(self) -> None:
        """Go on from the state, which went through JSON, and from the audio it needs."""
        state = json.loads(json.dumps(self.conversation.state()))
        audio = {}
        for party, sent in self.sent.items():
            first = self.conversation.needed_from(party)
            whole = np.concatenate([np.zeros(0, np.float32), *map(sound, range(sent))])
            audio[party] = whole[first:]
        self.conversation, self.waiting = Conversation.restore(CALL, self.knowledge, state, audio)
        self.unscored = []  # the next step asks again

    # -- inside ------------------------------------------------------------------------------

    def _prob(self, party: PartyId, frame: int) -> float:
        middle = (frame + 0.5) * FRAME_SECONDS
        speaks = any(t.start <= middle < t.end for t in self.turns if t.party == party)
        # Never twice the same, so that a long utterance has one quietest frame.
        return (0.95 if speaks else 0.05) - frame % 97 / 10_000

    def _follow(self, outcome: Outcome) -> Outcome:
        self.said += outcome.drafts
        self.waiting += outcome.requests
        self.unscored += outcome.tones
        return outcome


@cache
def sound(frame: int) -> Samples:
    """A frame above the level of silence that tells its place in time."""
    return np.full(FRAME, 0.1 + frame % 1000 / 10_000, np.float32)
