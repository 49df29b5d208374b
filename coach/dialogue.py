"""A conversation written down, judged as a live call with these finals would be.

Lines are `agent: …` or `customer: …`, with times where they are known: `agent[12.3-15.0]: …`.
Where they are not, words are laid out at a steady pace, one line after the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from coach.consent import Consent
from coach.drafting import Drafting
from coach.events import Draft
from coach.judgement import Judgement
from coach.knowledge import Knowledge
from coach.languages import Languages
from coach.quality import Quality
from models.asr import Heard
from models.types import Utterance, Word
from stream.audio import ROLES, CallId, Context, Party, PartyId

_SECONDS = r"\d+(?:\.\d*)?|\.\d+"
LINE = re.compile(
    rf"\s*(?P<party>\w+)\s*(?:\[(?P<start>{_SECONDS})-(?P<end>{_SECONDS})\])?\s*:\s*(?P<text>.*)",
    re.DOTALL,
)
WORD_SECONDS = 0.4
"""150 words a minute: the middle of English conversation."""
TURN_SECONDS = 0.5
"""Pause between two lines without times."""
TAIL_SECONDS = 1.0
"""Quiet after the last line, so that its turn ends."""
WRITTEN = CallId("written")
"""The call that a written conversation is."""
QUOTED = 40
"""Characters of a bad line that its error repeats."""


def read(lines: Sequence[str], *, language: str = "en") -> list[Utterance]:
    """The utterances of the lines, in order of (end, party).

    Raises ValueError that names the line and the mend.
    """
    utterances: list[Utterance] = []
    clock = 0.0
    for place, line in enumerate(lines, 1):
        if not line.strip():
            continue
        match = LINE.fullmatch(line.rstrip("\n"))
        if match is None or match["party"].lower() not in ROLES:
            raise ValueError(
                f"line {place}: begin it with `agent:` or `customer:`, or with seconds too, "
                f"`agent[12.3-15.0]:`, not {line.strip()[:QUOTED]!r}"
            )
        party = Party.named(match["party"].lower())
        texts = match["text"].split()
        start = round(float(match["start"] or clock), 3)
        end = round(float(match["end"] or start + WORD_SECONDS * len(texts)), 3)
        if end < start:
            raise ValueError(
                f"line {place}: ends at {end:g} before it starts at {start:g}; write [start-end]"
            )
        words = tuple(_spread(texts, start, end))
        utterances.append(Utterance(party.id, party.role, 0, start, end, words, language))
        clock = max(clock, end + TURN_SECONDS)
    return _numbered(utterances)


def judge(
    utterances: Sequence[Utterance], *, context: Context, consent: Consent, knowledge: Knowledge
) -> Iterator[Draft]:
    """The call's durable drafts: finals in the order given, with what follows from each.

    Without consent to analyse there are none, as in a live call.
    """
    drafting = Drafting(context, consent)
    judgement = Judgement(knowledge.vocabulary, knowledge.playbook, drafting, Quality())
    parties = {said.party: Party(said.party, said.role) for said in utterances}
    yield drafting.started("text", list(parties.values()), 0.0)
    if not consent.analyse:
        utterances = ()
    if utterances:
        languages = Languages(knowledge.language, detect=False)
        languages.know(context, 0.0)
        yield from languages.tell()
    if any(said.role == "agent" for said in utterances):
        yield from judgement.begin(context)
    begun = sorted(utterances, key=lambda said: said.start)
    for said in utterances:
        yield drafting.final(
            Heard(said.party, said.number, True, said.start, said.end, said.words, said.language)
        )
        while begun and begun[0].start <= said.end:
            first = begun.pop(0)
            judgement.opened(first.role, first.start)
        judgement.expect((said.end, said.party, said.number))
        judgement.heard(said)
        yield from _settled(judgement, said.end, context, knowledge)
    end = max((said.end for said in utterances), default=0.0)
    if utterances:
        yield from _settled(judgement, round(end + TAIL_SECONDS, 3), context, knowledge)
    yield drafting.ended("stopped", end)


def _settled(
    judgement: Judgement, clock: float, context: Context, knowledge: Knowledge
) -> Iterator[Draft]:
    """All that is judged by media second `clock`, read at once where it has to be."""
    yield from judgement.settle({}, context, clock=clock)
    while unread := judgement.asking(WRITTEN):
        for each in unread:
            judgement.read(each.answered(knowledge.read))
        yield from judgement.settle({}, context, clock=clock)


def _numbered(utterances: Sequence[Utterance]) -> list[Utterance]:
    """In order of (end, party), and counted within a party, as a live call closes them."""
    numbers: dict[PartyId, int] = {}
    found = []
    for said in sorted(utterances, key=lambda said: (said.end, said.party)):
        numbers[said.party] = numbers.get(said.party, 0) + 1
        found.append(replace(said, number=numbers[said.party]))
    return found


def _spread(texts: Sequence[str], start: float, end: float) -> Iterator[Word]:
    each = (end - start) / len(texts) if texts else 0.0
    for i, text in enumerate(texts):
        yield Word(text, round(start + i * each, 2), round(start + (i + 1) * each, 2), 1.0)
