"""Promises: what the agent commits to do after the call, with what and when quoted.

A promise is someone of the company with "will" (or "going to") before a verb of doing it
later: call, send, report, arrange. It is none when it is an offer or a question, when it hangs
on an "if", or when it is done at once, in the call ("I'll check that now", "one moment").
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from models.lines import Line, english, seconds
from models.times import WHEN
from models.types import Signal, Span, Utterance
from stream.audio import Context

SCORE = 0.8
DATED_SCORE = 0.9
"""A time said with it leaves less doubt that it is a promise."""
MAX_PROMISES = 4
"""Promises of one utterance: more are one list of things, told already."""

_STAFF = (
    r"nurse|nurses|colleague|colleagues|specialist|pharmacist|team|supervisor|manager|department"
    r"|representative|someone|somebody|office|advisor|adviser|educator|coordinator|people"
)
_WHO = (
    rf"(?:(?:i|we|they|(?:(?:one|1) of )?(?:[a-z]+ ){{0,3}}(?:{_STAFF})|you)"
    r"(?: (?:here|there|also|then|just|both|all))?)"
)
_WILL = r"(?:will|shall|am going to|are going to|is going to|promise(?: you)? (?:to|that i will))"
_SOFT = (
    r"(?: (?:definitely|certainly|make sure(?: that)?(?: (?:to|i|we|they|someone|somebody|a nurse"
    r"|that))?"
    r"|be sure to|go ahead and|also|then|personally|be|do is|ask (?:[a-z]+ ){1,4}to"
    r"|have (?:[a-z]+ ){1,4}?|get (?:[a-z]+ ){1,4}?to|see that|try to|try and|and|first|of course"
    r"|absolutely|happily|gladly|either|still|want to))*?"
)
_BACK = (
    r"(?:call(?:s|ing)?|ring(?:s|ing)?|phon(?:e|ing)|telephone)"
    r"(?= (?:you|him|her|them|back|again|your))"
    r"|giv(?:e|es|ing) (?:you|him|her|them) (?:a |an? \w+ )?(?:call|ring|callback)"
    r"|(?:get|getting|come|coming|be|being) (?:right )?back (?:to|in touch with) (?:you|her|him)"
    r"|(?:reach|reaching) (?:back )?out|(?:be )?in touch|follow(?:ing)? (?:this |that |it )?up"
    r"|contact(?:s|ing)?|let(?:s|ting)? (?:you|him|her|them) know"
    r"|updat(?:e|ing) (?:you|him|her)|notify(?:ing)?|inform(?:ing)?"
)
# "A mail you" is how Whisper often writes "e-mail you".
_DO = (
    r"send(?:s|ing)?|(?:e ?|an? )?mail(?:ing)?|post(?:ing)?|ship(?:ping)?|text(?:ing)?"
    r"|fax(?:ing)?"
    r"|pass(?:ing)?(?= (?:this|that|it|your|on|the|along|everything))|forward(?:ing)?"
    r"|escalat(?:e|ing)|report(?:ing)?|submit(?:ting)?|fil(?:e|ing) (?:a|an|the|your|this)"
    r"|arrang(?:e|ing)|schedul(?:e|ing)|book(?:ing)?|order(?:ing)?|replac(?:e|ing)|refund(?:ing)?"
    r"|find(?:ing)? out|look(?:ing)? into|investigat(?:e|ing)"
    r"|(?:tell|telling|ask|asking) (?:the|my|our)"
    r"|deliver(?:ing)?|set(?:ting)? up|rais(?:e|ing) (?:a|an|this|that|it)"
)
_YOURS = (
    r"(?:get|receive|have|be getting|be receiving|hear from)(?: [a-z]+){0,3} "
    r"(?:call|callback|e?mail|letter|text|package|parcel|replacement|kit|refund|pen|pens|us|me"
    r"|nurse)"
)
PROMISE = re.compile(
    rf"(?<= )(?P<who>{_WHO}) {_WILL}(?P<not> not)?{_SOFT} (?P<verb>{_BACK}|{_DO}|{_YOURS})(?= )"
)
CHAINED = re.compile(
    rf"(?<= )(?P<who>{_WHO}) {_WILL}(?P<not> not)?(?: (?!and\b)[a-z]+){{1,6}}? and (?:then )?"
    rf"(?P<verb>{_BACK}|{_DO})(?= )"
)
"""Something done first: "I will check with them and call you back"."""
SENDING = re.compile(
    r"(?<= )(?P<who>i am|we are) (?P<verb>(?:sending|mailing|shipping|ordering|arranging))(?= )"
)
"""The present that means the future: "I'm sending you a new pen today"."""
CALL_BACK = re.compile(r" let (?P<who>me) (?P<verb>(?:call|ring) you back)(?= )")
OFFERED = re.compile(
    r" (?:if (?:you|that|it|he|she|there|we|i|this)|unless|whether|would you|do you want|shall"
    r"|should (?:i|we)|can (?:i|we)|could (?:i|we)|may i|want me to|like me to|whenever) "
)
AT_ONCE = re.compile(
    r" (?:now|right away while|while (?:you|i|we)|on hold|1 moment|one moment|a moment|a minute"
    r"|bear with me|stay on the line|hold on|just a sec(?:ond)?|in the meantime) "
)
ENDS_CLAUSE = re.compile(
    r" (?:but|because|so that you|is that|does that|ok|okay|all right|alright"
    r"|and (?:i|we|you|then|they|also|a|the|someone|somebody|our|my|is|thank)"
    r"|so (?:i|we|you|please|thank)|thank|thanks"
    r"|in the meantime|until then|meanwhile) "
)


@dataclass(frozen=True, slots=True)
class Commitment:
    """A promise in a line: ranges of `line.plain`; `when` None where no time is said."""

    start: int
    what: tuple[int, int]
    when: tuple[int, int] | None


class Promises:
    """The detector of one call. It remembers nothing: each promise stands in one utterance."""

    def __init__(self) -> None:
        """Nothing to set up."""

    def step(self, said: Utterance, context: Context) -> list[Signal]:
        """The promises of an agent's utterance, at most MAX_PROMISES."""
        if said.role != "agent" or not english(said):
            return []
        line = Line.of(said.text)
        return [_signal(said, line, each) for each in promised(line)[:MAX_PROMISES]]

    def state(self) -> dict[str, Any]:
        """Empty."""
        return {}

    def restore(self, state: dict[str, Any]) -> None:
        """Nothing to take up."""


def promised(line: Line) -> list[Commitment]:
    """What a line promises, in the order said."""
    found: list[Commitment] = []
    for first, last, stop in line.sentences():
        sentence = line.plain[:last] + (" " if last == len(line.plain) else "")
        for pattern in (PROMISE, CHAINED, SENDING, CALL_BACK):
            for match in pattern.finditer(sentence, max(0, first)):
                if stop == "?" and not _tagged(sentence, match.end()):
                    continue
                commitment = _judged(sentence, first, match)
                if commitment is not None:
                    found.append(commitment)
    # Of two promises with one "will" the first found is enough.
    return sorted({each.start: each for each in reversed(found)}.values(), key=_start)


def _start(commitment: Commitment) -> int:
    return commitment.start


def _tagged(sentence: str, at: int) -> bool:
    """Whether the question is only a tag behind a promise: "…, okay?"."""
    return bool(re.search(r" (?:ok|okay|all right|alright|is that (?:ok|okay|all right)) *$",
                          sentence[at:]))  # fmt: skip


def _judged(sentence: str, first: int, match: re.Match[str]) -> Commitment | None:
    """The promise that a match is, None where it is an offer, done at once or not theirs."""
    begun, verb = match.start("who"), match.start("verb")
    ended = ENDS_CLAUSE.search(sentence, match.end() - 1)
    end = ended.start() if ended else len(sentence.rstrip())
    before, clause = sentence[first:begun] + " ", f" {sentence[begun:end].strip()} "
    if match.groupdict().get("not") or OFFERED.search(before) or OFFERED.search(clause):
        return None
    if AT_ONCE.search(clause) or not _ours(sentence[:begun], match):
        return None
    when = _when(sentence, first, verb, end)
    what_end = when[0] if when is not None and when[0] > match.end() else end
    return Commitment(begun, (verb, what_end), when)


def _ours(before: str, match: re.Match[str]) -> bool:
    who, verb = match.group("who").split()[-1], match.group("verb")
    if who == "you":
        return bool(re.fullmatch(_YOURS, verb))
    if who in ("i", "we", "me") or match.re is SENDING:
        return not re.search(
            r" (?:what|how|when|where|that|as soon as|once|before|after) $", before
        )
    return "your" not in match.group("who").split() and not before.endswith(" your ")


def _when(sentence: str, first: int, verb: int, end: int) -> tuple[int, int] | None:
    """The time of a promise: in its clause, else at the head of its sentence."""
    inside = list(WHEN.finditer(sentence, verb - 1, end + 1))
    ahead = list(WHEN.finditer(sentence, max(0, first - 1), verb))
    chosen = inside[0] if inside else ahead[-1] if ahead else None
    return chosen.span() if chosen else None


def _signal(said: Utterance, line: Line, each: Commitment) -> Signal:
    first, last = line.chars(*each.what)
    what = said.text[first:last]
    when = line.quote(*each.when) if each.when is not None else ""
    spans = [Span(what, first, last, "what")]
    if each.when is not None:
        a, b = line.chars(*each.when)
        spans.append(Span(when, a, b, "when"))
    start, end = seconds(said, min(s.start for s in spans), max(s.end for s in spans))
    return Signal(
        "promise",
        "review",
        said.party,
        DATED_SCORE if when else SCORE,
        said.text,
        start,
        end,
        tuple(sorted(spans, key=lambda span: span.start)),
        {"what": what, "when": when},
    )
