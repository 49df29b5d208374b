"""What words tell of a report's elements: patient, reporter, product, onset, outcome, consent."""

from __future__ import annotations

import re
from typing import NamedTuple

from models import times
from models.facts import symptoms
from models.lexicon import NAMED
from models.lines import Line
from models.products import named_in
from models.scopes import Reading
from models.types import Signal
from stream.audio import Context


class Noted(NamedTuple):
    """Something told: quoted, at media seconds; `asked`: in answer to a question."""

    text: str
    at: float | None
    asked: bool


SELF = "self"
SOMEONE = "someone"
"""A person of whom no more than "he" or "she" is known."""
_SAME = {
    "mom": "mother", "mum": "mother", "mama": "mother", "dad": "father", "kid": "child",
    "baby": "child", "infant": "child", "toddler": "child", "grandma": "grandmother",
    "grandpa": "grandfather", "spouse": "partner",
}  # fmt: skip
_RELATION = (
    r"husband|wife|spouse|partner|son|daughter|child|kid|baby|infant|toddler|mom|mum|mama|mother"
    r"|dad|father|brother|sister|grandma|grandmother|grandpa|grandfather|grandson|granddaughter"
    r"|aunt|uncle|cousin|niece|nephew|friend|neighbou?r|colleague|coworker|boyfriend|girlfriend"
    r"|patient|client"
)
RELATION = re.compile(
    rf"(?<= )(?:my|our|her|his|the|a) (?:(?!patient)\w+ )??(?P<who>{_RELATION})"
    r"(?! (?:information|support|service|leaflet|s name))(?= )"
)
AGE = re.compile(
    r"(?<= )(?:(?:i am|he is|she is|aged?|is) \d{1,3}(?: years? old| years of age| months? old)?"
    r"(?= (?:[.?]|and|so|$)| *$)|\d{1,3}(?: |-)(?:years?|months?)(?: |-)old|(?:in|early|late|mid)"
    r" (?:his|her|my) (?:\d0s|twenties|thirties|forties|fifties|sixties|seventies|eighties))(?= |$)"
)
SEX = re.compile(r"(?<= )(?:an? )?(?:\w+ )?(?:woman|man|female|male|lady|gentleman|boy|girl)(?= )")
INITIALS = re.compile(r"(?<= )initials (?:are |is )?(?:[a-z] ?){2,3}(?= )")
MYSELF = re.compile(r"(?<= )(?:i|my|me|myself)(?= )")
PRONOUN = re.compile(r"(?<= )(?:he|she|him|her|his)(?= )")
REPORTER = re.compile(
    r"(?<= )(?:i am|this is|speaking is|i work as) (?P<what>(?:an?|the|his|her|their|my) (?:\w+ )?"
    r"(?:nurse|doctor|physician|pharmacist|pharmacy tech\w*|gp|dentist|midwife|caregiver|carer"
    r"|social worker|patient|prescriber|oncologist|rheumatologist|mother|father|wife|husband"
    r"|daughter|son|mom|dad))(?= )|(?<= )(?:(?:i am )?calling (?:for|on behalf of)) (?P<for>"
    rf"(?:my|a|the) (?:{_RELATION}))(?= )"
)
YES = re.compile(r"^ (?:oh |um |well |okay |ok )*(?:yes|sure|of course|certainly|that is (?:fine|ok"
                 r"|okay)|you (?:can|may)|no problem|absolutely|okay|ok|go ahead"
                 r"|i guess) ")  # fmt: skip
NO = re.compile(
    r"^ (?:oh |um |well )*(?:no|i would rather not|rather not|i do not want|please do not) "
)
GIVES_CONSENT = re.compile(
    r" (?:you (?:can|may) (?:call|contact|reach|email)(?: me| us)|(?:fine|happy|ok"
    r"|okay) to be contacted"
    r"|do not (?:want|wish) to be contacted|please do not (?:call|contact) me) "
)
ASKS = {
    "patient": re.compile(
        r" (?:how old|your age|the age|date of birth|initials|who (?:is|was) (?:the patient"
        r"|this for|it for"
        r"|taking)|is (?:this|it) for you|are you the patient|male or female|for yourself) "
    ),
    "reporter": re.compile(
        r" (?:(?:may|can|could) i (?:have|get|take|ask) your (?:full |1st |last )?name"
        r"|what is your name"
        r"|who am i speaking|are you (?:a |the )?(?:patient|nurse|doctor|caregiver|pharmacist"
        r"|health care|healthcare)|your (?:relationship|occupation|profession)) "
    ),
    "product": re.compile(
        r" (?:(?:which|what) (?:product|medicine|medication|drug|brand|treatment)"
        r"|name of the (?:product|medicine|medication|drug)|what (?:are|were|is|was) (?:you|he"
        r"|she) taking) "
    ),
    "event": re.compile(
        r" (?:what happened|what (?:symptoms|side effects|reaction)|any (?:side effects|reactions"
        r"|symptoms)"
        r"|what did you (?:notice|experience|feel)|tell me (?:more|what)|what was it like"
        r"|describe) "
    ),
    "onset": re.compile(
        r" (?:when (?:did|was|do you|has)|how long (?:have|has|did|ago)|since when|what day"
        r"|how soon after) "
    ),
    "outcome": re.compile(
        r" (?:(?:has|have|did|is|are) (?:it|that|they|this|those|the \w+|your \w+|he|she"
        r"|you) (?:\w+ )?"
        r"(?:gone|go away|better|cleared|clear up|improved|resolved|recovered|still|stopped|settled"
        r"|getting|feeling)|(?:how (?:is|are) (?:it|he|she|you|they|the \w+) (?:now|feeling|doing))"
        r"|still (?:have|having|there|got)) "
    ),
    "seriousness": re.compile(
        r" (?:(?:see|saw|seen|go to|went to|visit|call|speak to|talk to) (?:a|the|your"
        r"|any) (?:doctor"
        r"|hospital|emergency|er|nurse|physician)|hospital|emergency room|medical (?:attention"
        r"|help|care)"
        r"|treatment for (?:it|this|that)|admitted) "
    ),
    "contact_consent": re.compile(
        r" (?:(?:may|can|could|would it be (?:ok|okay|all right) (?:if|for)|is it (?:ok|okay"
        r"|all right)"
        r"(?: if| for)?|ok if|okay if|happy for|permission (?:for|to)|agree|consent|mind if) "
        r"(?:\w+ ){0,6}(?:contact|call|reach out|follow up|get in touch|be contacted)"
        r"|(?:consent|permission) to (?:be )?(?:contact|follow)\w*) "
    ),
}
ONSET = re.compile(
    r" (?:start|starts|started|began|begin|begun|since|came on|noticed|happened|ever since"
    r"|came up|broke"
    r" out|woke up|got it|had it|first|1st) "
)
AFTER = re.compile(
    r"(?<= )(?:(?:right |just |shortly |soon )?after|(?:ever )?since|(?:a |an |\d+ |few "
    r"|couple of )*"
    r"(?:minutes?|hours?|days?|weeks?|months?) (?:after|into|later)) (?:(?:i|he|she"
    r"|we) (?:\w+ ){1,2})?"
    r"(?:(?:the|my|his|her|that|taking|starting|using|took|started|being on) )*(?:\w+ )?"
    r"(?:shot|dose|injection|infusion|tablet|pill|treatment|pen|medicine|medication|it)(?= )"
)
OUTCOME = re.compile(
    r"(?<= )(?:(?:it |they |that |the \w+ |i |he |she |i am |have |has |is "
    r"|are )*(?:still (?:there|have"
    r"(?: it| them)?|got it|hurts?|itch\w*|swollen|going on|bad|red|not (?:better|gone))"
    r"|not (?:gone away"
    r"|gone|going away|go away|any better|getting better|better yet|cleared)|(?:gone|went"
    r"|going) away(?: by"
    r" itself| on its own)?|cleared up|is gone|are gone|all gone|getting (?:better|worse)"
    r"|got (?:better"
    r"|worse)|gotten (?:better|worse)|(?:feel|feeling|am|is|doing|much|a bit) better(?: now)?"
    r"|back to normal|recovered|resolved|passed away|died|wore off|stopped (?:by itself|after"
    r"|now)))(?= )"
)
SERIOUS = re.compile(
    r"(?<= )(?:(?:i |he |she |we |they )?(?:had to |was |were |ended up |went |go |going |saw "
    r"|see |took \w+ )+"
    r"(?:\w+ ){0,3}(?:hospital|emergency room|er|doctor|urgent care|admitted|hospitalized|clinic)"
    r"|(?:did not|no|never) (?:\w+ ){0,3}(?:hospital|doctor|emergency room|er))(?= )"
)


def asked(line: Line) -> list[str]:
    """The elements that an agent asks for."""
    return [name for name, pattern in ASKS.items() if pattern.search(line.plain)]


def person(line: Line, reading: Reading, *, other: bool) -> str:
    """Whom an event befell: SELF, a relation ("wife"), or SOMEONE."""
    if not other:
        return SELF
    match = RELATION.search(line.plain)
    return _SAME.get(match["who"], match["who"]) if match else SOMEONE


def patient(line: Line, whom: str) -> str:
    """The words that identify a patient: age, sex, initials, relation, or the caller's "I"."""
    relation = RELATION.search(line.plain)
    for pattern in (INITIALS, AGE, SEX):
        match = pattern.search(line.plain)
        if match:
            return line.quote(*match.span())
    if relation and whom not in (SELF,):
        return line.quote(*relation.span())
    match = (MYSELF if whom in (SELF, "") else PRONOUN).search(line.plain)
    return line.quote(*match.span()) if match else ""


def reporter(line: Line) -> str:
    """What a caller says to be, '' where nothing: "a nurse"."""
    match = REPORTER.search(line.plain)
    if match is None:
        return ""
    return line.quote(*match.span("what" if match["what"] else "for"))


def product(reading: Reading, context: Context) -> str:
    """The product named in an utterance; "the shot" names none."""
    hits = named_in(reading.tokens, context)
    hits += [hit for hit in reading.get("product") if hit.kind == NAMED]
    return reading.text[slice(*reading.chars(hits[0]))] if hits else ""


def product_of(context: Context) -> str:
    """The product that a call is about, '' where the context names none."""
    given = context.get("product")
    first = given[0] if isinstance(given, list) and given else given
    name = first.get("name") if isinstance(first, dict) else first
    return name if isinstance(name, str) else ""


def consent(line: Line, *, asked: bool) -> str:
    """The words that allow or refuse contact."""
    for pattern in (GIVES_CONSENT, *((YES, NO) if asked else ())):
        match = pattern.search(line.plain)
        if match:
            return line.quote(*match.span())
    return ""


def events(signal: Signal) -> list[str]:
    """The events of a signal, quoted. A bare "yes" is the event that was asked about."""
    marks = signal.attributes
    if signal.kind == "product_complaint":
        return [str(marks["what"])]
    if "asked" in marks:
        return [str(each) for each in marks["asked"]]
    if marks.get("told"):
        return [str(marks["told"])]
    return [span.text for span in signal.spans if span.label == "event"]


def serious(signal: Signal, reading: Reading) -> str:
    """The words that make an event serious."""
    hits = [hit for hit in reading.events if hit.kind == "serious"]
    quoted = [reading.text[slice(*reading.chars(hit))] for hit in hits]
    return quoted[0] if quoted else next(iter(events(signal)), "")


def seriousness(line: Line) -> str:
    """The answer to "did you see a doctor?", '' where it is none."""
    for pattern in (SERIOUS, YES, NO):
        match = pattern.search(line.plain)
        if match:
            return line.quote(*match.span())
    return ""


TAKING = re.compile(
    r" (?:i|he|she|we) (?:have |had |has )?(?:just |only |1st )?(?:started|began|begun|been on|been"
    r" taking|went on|am on|is on|took|take|injected|had|switched to|picked|bought|got|used|called)"
    r" (?:(?:on|up|back|it|them|the|my|his|her|a|an|taking|using|this|that"
    r"|you) )*(?P<what>[a-z]\w*)?"
    r" ?(?:\w+ )?$"
)
"""What stands before a date of the medicine, not of the event: "I started Zyntravel …"."""
MEDICINE = re.compile(
    r"shots?|injections?|doses?|tablets?|pills?|pens?|infusions?|medicines?|it|you"
)


def _of_medicine(line: Line, at: int, reading: Reading, context: Context) -> bool:
    """Whether the date at `at` of the plain line says when the medicine was taken."""
    match = TAKING.search(line.plain[:at])
    if match is None:
        return False
    ending = line.plain[match.start() : at]
    named = product(reading, context)
    named_here = bool(named) and named.lower().split()[0] in ending
    return named_here or any(MEDICINE.fullmatch(word) for word in ending.split())


def onset(line: Line, reading: Reading, context: Context, *, told: bool) -> str:
    """When it began: a date, a time after a dose, how long. `told`: said of the event.

    The date on which the medicine was begun or taken is not the event's.
    """
    if not told and not ONSET.search(line.plain):
        return ""
    after = AFTER.search(line.plain)
    ranges = [
        *times.find(times.DATE, line),
        *([after.span()] if after else []),
        *times.find(times.DURATION, line),
    ]
    own = [each for each in ranges if not _of_medicine(line, each[0], reading, context)]
    return line.quote(*own[0]) if own else ""


def outcome(line: Line, reading: Reading, *, asked: bool) -> str:
    """How it went on: gone, better, still there."""
    match = OUTCOME.search(line.plain)
    if match:
        return line.quote(*match.span())
    if not asked:
        return ""
    answer = YES.search(line.plain) or NO.search(line.plain)
    return line.quote(*answer.span()) if answer else ""


def told_event(reading: Reading) -> str:
    """The first event told in an answer."""
    hits = symptoms(reading)
    return reading.text[slice(*reading.chars(hits[0]))] if hits else ""
