"""A conversation written down, judged as a live call with these finals would be.

Lines are `agent: …` or `customer: …`, with times where they are known: `agent[12.3-15.0]: …`.
Where they are not, words are laid out at a steady pace, one line after the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from coach.consent import Consent
from coach.conversation import Knowledge
from coach.drafting import Drafting
from coach.events import Draft
from coach.judgement import Judgement
from coach.quality import Quality
from models.asr import Heard
from models.types import Utterance, Word
from stream.audio import Context, Party

LINE = re.compile(r"\s*(?P<party>\w+)(?:\[(?P<start>[\d.]+)-(?P<end>[\d.]+)\])?\s*:\s*(?P<text>.*)")
WORD_SECONDS = 0.4
"""150 words a minute: the middle of English conversation."""
TURN_SECONDS = 0.5
"""Pause between two lines without times."""


def read(lines: Sequence[str], *, language: str = "en") -> list[Utterance]:
    """The utterances of the lines. Raises ValueError that names the line and the mend."""
    utterances: list[Utterance] = []
    numbers: dict[str, int] = {}
    clock = 0.0
    for place, line in enumerate(lines, 1):
        if not line.strip():
            continue
        match = LINE.fullmatch(line.rstrip("\n"))
        if match is None:
            raise ValueError(f"line {place}: begin it with `agent:` or `customer:`, not {line!r}")
        party = Party.named(match["party"])
        texts = match["text"].split()
        start = float(match["start"] or clock)
        end = float(match["end"] or start + WORD_SECONDS * len(texts))
        if end < start:
            raise ValueError(f"line {place}: ends at {end} before it starts at {start}")
        numbers[party.id] = numbers.get(party.id, 0) + 1
        words = tuple(_spread(texts, start, end))
        utterances.append(
            Utterance(party.id, party.role, numbers[party.id], start, end, words, language)
        )
        clock = end + TURN_SECONDS
    return utterances


def judge(
    utterances: Sequence[Utterance], *, context: Context, consent: Consent, knowledge: Knowledge
) -> Iterator[Draft]:
    """The call's durable drafts: finals in order of their end, with what follows from each."""
    drafting = Drafting(context, consent)
    judgement = Judgement(knowledge.lexicon, knowledge.playbook, drafting, Quality())
    parties = {said.party: Party(said.party, said.role) for said in utterances}
    yield drafting.started("text", list(parties.values()), 0.0)
    for said in sorted(utterances, key=lambda u: (u.end, u.party)):
        yield drafting.final(
            Heard(said.party, said.number, True, said.start, said.end, said.words, said.language)
        )
        judgement.expect((said.end, said.party, said.number))
        judgement.heard(said)
        yield from judgement.settle({}, context)
    end = max((said.end for said in utterances), default=0.0)
    yield Draft("call.ended", end, {"reason": "stopped", "duration": end}, "call.ended")


def _spread(texts: Sequence[str], start: float, end: float) -> Iterator[Word]:
    each = (end - start) / len(texts) if texts else 0.0
    for i, text in enumerate(texts):
        yield Word(text, round(start + i * each, 2), round(start + (i + 1) * each, 2), 1.0)
