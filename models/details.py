"""What a call has told of a product complaint so far: product, lot, expiry and the rest.

Each detail counts when a customer gives it, whenever in the call: before, with or after the
complaint. A question of the agent lends its sense to the answer: after "where did you get it?"
any answer is one. What is not known ("I don't have the lot") was asked, and is still missing.
"""

from __future__ import annotations

import re
from typing import Any

from models import amounts, times
from models.facts import symptoms
from models.lexicon import NAMED, Lexicon
from models.lines import Line
from models.products import named_in
from models.scopes import Reading
from models.types import Utterance
from stream.audio import Context

ANSWER = 20.0
"""Media seconds for which an agent's question waits for its answer."""
DETAILS = ("product", "lot", "expiry", "obtained", "sample_kept", "harm")

ASKS = {
    "product": re.compile(r" (?:which|what) (?:product|medicine|medication|drug|pen|device) "),
    "lot": re.compile(r" (?:lot|batch) (?:number|no|code)? ?"),
    "expiry": re.compile(r" (?:expir\w+|exp|use by|best before) "),
    "obtained": re.compile(
        r" (?:where (?:did|do) you (?:get|buy|obtain|pick|fill)|which pharmacy|what pharmacy"
        r"|where (?:was|is) it (?:from|bought|purchased|filled|dispensed)) "
    ),
    "sample_kept": re.compile(
        r" (?:still have (?:it|the|that|them|any)|(?:keep|kept|save|saved|hold on to) (?:it|the"
        r"|that)"
        r"|throw (?:it|the)|take a (?:photo|picture)|send (?:it|us|me) (?:back|a photo|a picture)) "
    ),
    "harm": re.compile(
        r" (?:(?:are|were) you (?:hurt|ok|okay|injured|harmed|all right|alright)|did it (?:hurt"
        r"|harm)"
        r"|how are you feeling|any (?:injury|harm|side effects|symptoms|problems)"
        r"|did you (?:use|take|inject)) "
    ),
}
TELLS = {
    "obtained": re.compile(
        r" (?:(?:got|bought|picked|filled|collected|ordered|received|get|have) (?:it|them|this|that"
        r"|mine|the \w+)(?: \w+){0,2} (?:from|at|by|through|online|in the mail)|from (?:the|my|a) "
        r"(?:\w+ ){0,2}(?:pharmacy|hospital|clinic|chemist|drugstore|doctor|nurse)|mail order"
        r"|(?:the|my) (?:\w+ )?pharmacy (?:gave|sent|filled|dispensed)|came in the mail"
        r"|delivered (?:to|by)|you (?:guys |people )?sent (?:me|it|them)) "
    ),
    "sample_kept": re.compile(
        r" (?:(?:still |i )(?:have|got) (?:it|the \w+|that|them|1)(?: here| right here| with me)"
        r"|(?:i |we |he |she |have )(?:still have|kept|saved|have kept|took a (?:photo|picture))"
        r"|(?:threw|thrown|tossed|binned|put) (?:it|them|that|the \w+) (?:away|out|in the)"
        r"|got rid of (?:it|them)|in the (?:trash|bin|garbage|sharps)) "
    ),
    "harm": re.compile(
        r" (?:(?:did|have|had) not (?:use|used|take|taken|inject|injected) (?:it|any|the|that|them)"
        r"|never (?:used|took|injected) (?:it|any)|(?:did not|not) (?:hurt|harm|get hurt)"
        r"|no harm|(?:nobody|no 1|no one) (?:was|got) (?:hurt|harmed)|cut (?:my|me)|poked|pricked"
        r"|missed (?:my|the|a|his|her) dose|feel fine|i am (?:fine|ok|okay)|hurt (?:me|my|him"
        r"|her)) "
    ),
}
EXPIRES = re.compile(r" (?:expir\w+|exp|use by|best before|good until) ")
PACKS = frozenset({"blister"})
"""Stems of what harms nobody where a package is spoken of: "missing from the blister"."""
UNKNOWN = re.compile(
    r" (?:(?:do|did|can|could) not (?:know|have|see|remember|find|recall|read|tell)|no idea"
    r"|not sure|no clue|threw (?:it|the box) away|hold on|let me (?:look|check|see|get)) "
)
LOOKING = re.compile(r" (?:hold on|let me|1 (?:moment|second|2nd)|wait) ")
BARE_MONTH = re.compile(r"(?<= )(?:\d{1,2} (?:20)?\d\d|(?:20)\d\d|\d{1,2}/\d{2,4})(?= )")


class Details:
    """What is known of a complaint in one call. Takes closed utterances in order."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._known: set[str] = set()
        self._asked: dict[str, float] = {}
        self._open: set[str] = set()
        """Questions whose answer is awaited; any words answer some, but only the next ones."""

    def step(self, said: Utterance, context: Context) -> dict[str, str]:
        """The details that an utterance newly gives, quoted; '' where context gives them."""
        line = Line.of(said.text)
        if said.role == "agent":
            asked = {name: said.end for name in DETAILS if ASKS[name].search(line.plain)}
            self._asked.update(asked)
            self._open.update(asked)
            return {}
        new = self._context(context) | self._told(said, line, context)
        new = {name: text for name, text in new.items() if name not in self._known}
        self._known.update(new)
        if not LOOKING.search(line.plain):
            self._open -= TELLS.keys()
        return new

    def missing(self) -> list[str]:
        """What nobody has told yet, in the order of DETAILS."""
        return [name for name in DETAILS if name not in self._known]

    def asked(self, name: str) -> bool:
        """Whether the agent has asked for a detail in this call."""
        return name in self._asked

    def state(self) -> dict[str, Any]:
        """JSON-able."""
        return {
            "known": sorted(self._known),
            "asked": dict(self._asked),
            "open": sorted(self._open),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take up `state()`."""
        self._known, self._asked = set(state["known"]), dict(state["asked"])
        self._open = set(state["open"])

    def _context(self, context: Context) -> dict[str, str]:
        return {name: "" for name in ("product", "lot") if context.get(name)}

    def _told(self, said: Utterance, line: Line, context: Context) -> dict[str, str]:
        open_questions = {
            name
            for name, at in self._asked.items()
            if name in self._open and name not in self._known and 0 <= said.start - at <= ANSWER
        }
        told: dict[str, str] = {}
        for start, end in amounts.lots(line, asked="lot" in open_questions)[:1]:
            told["lot"] = line.quote(start, end)
        expiry = self._expiry(line, asked="expiry" in open_questions)
        if expiry:
            told["expiry"] = expiry
        for name, pattern in TELLS.items():
            match = pattern.search(line.plain)
            if match:
                told[name] = line.quote(*match.span())
            elif name in open_questions and not _unknown(line):
                told[name] = said.text
        return told | self._safety(said.text, context)

    def _expiry(self, line: Line, *, asked: bool) -> str:
        """The date that stands with "expires", or answers a question for it."""
        about = EXPIRES.search(line.plain)
        if about is None and not asked:
            return ""
        ranges = [*times.find(times.DATE, line), *times.find(BARE_MONTH, line)]
        after = [each for each in ranges if about is None or each[0] >= about.start()]
        return line.quote(*after[0]) if after else ""

    def _safety(self, text: str, context: Context) -> dict[str, str]:
        reading = Reading.of(text, self._lexicon)
        told: dict[str, str] = {}
        named = [hit for hit in reading.get("product") if hit.kind == NAMED]
        for hit in [*named_in(reading.tokens, context), *named][:1]:
            told["product"] = text[slice(*reading.chars(hit))]
        hurts = [hit for hit in symptoms(reading) if reading.stems(hit) not in PACKS]
        for hit in hurts[:1]:
            told["harm"] = text[slice(*reading.chars(hit))]
        return told


def _unknown(line: Line) -> bool:
    return bool(UNKNOWN.search(line.plain)) or len(line.words) == 0
