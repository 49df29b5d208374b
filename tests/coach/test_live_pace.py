"""The moving picture of the pace: from sound while there are no words."""

from __future__ import annotations

import numpy as np

from coach.conversation import Conversation
from coach.demo import CALL
from models.pacing_model import PacingModel
from models.vad import FRAME, Vad
from models.weights import folder
from stream.audio import RATE, AudioFrame
from stream.files import read_audio
from tests.coach.scripted_call import AGENT, GRANTED, knowledge
from tests.coach.scripted_call import CALL as ID

SECONDS = 12


def paces(pacing: PacingModel | None, *, start: int = 0) -> list[tuple[float, float, float]]:
    """Second, words a minute and syllables a second of the sample call's agent, of whom no word is
    decoded."""
    channels, _ = read_audio(CALL, RATE)
    vad, told = Vad(folder("silero-vad")), []
    known = knowledge(partials=True, pacing=pacing)
    conversation = Conversation(ID, known, {}, GRANTED)
    conversation.join(AGENT, start)
    for first in range(0, SECONDS * RATE, FRAME):
        samples = channels[0][first : first + FRAME]
        frames = conversation.frames(AudioFrame(AGENT.id, start + first, samples))
        probs, state = vad.step(frames, conversation.vad_state(AGENT.id)[None])
        outcome = conversation.hear(AGENT.id, frames, np.asarray(probs), state[0])
        told += [d for d in outcome.drafts if d.type == "pacing.live"]
    return [(round(d.at - start / RATE, 3), d.data["wpm"], d.data["syllables_per_s"]) for d in told]


def test_before_any_word_is_decoded_the_pace_is_heard() -> None:
    heard = paces(PacingModel())
    assert [round(at) for at, _, _ in heard] == list(range(1, SECONDS + 1))
    assert {wpm for _, wpm, _ in heard} == {0.0}
    assert max(syllables for _, _, syllables in heard) > 2.0
    assert max(syllables for _, _, syllables in heard) < 9.0


def test_without_the_model_it_waits_for_words() -> None:
    assert {syllables for _, _, syllables in paces(None)} == {0.0}


def test_who_comes_later_is_heard_alike() -> None:
    """Windows are of whole seconds of the call's clock."""
    assert paces(PacingModel(), start=60 * RATE) == paces(PacingModel())
