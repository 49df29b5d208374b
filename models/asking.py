"""What a customer asks: finding a question in spoken words, and a topic to show for it.

A question is an inverted opening ("how do I", "can I", "is it safe"), or words that ask
without one ("I was wondering whether"). Recognised speech often lacks the question mark, so a
clear opening counts in mid-line; a mark alone counts little: many a statement ends on a rise.
Greetings, tags, trouble hearing and rhetoric are none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from models.lines import Line
from models.topics import as_heard, doing, tidy

_AUX = r"do|does|did|is|are|was|were|can|could|should|would|will|am|have|has|had|might|must|shall"
_SUBJECT = (
    r"i|we|you|it|this|that|the|my|these|those|there|they|he|she|your|his|her|a|an|any|anyone"
)
_WH = r"how|what|when|where|why|which|who|whose"
_LEAD = (
    r"(?:so|and|but|well|okay|ok|um|then|also|or|because|hi|hello|yes|no|please|sorry|oh|now|right"
    r"|alright|thanks|thank you|quick question|my question is|another question|1 more thing"
    r"|1 thing|just|like|first|anyway|actually|hey)"
)
WH = re.compile(
    rf"(?<= )(?P<open>(?P<wh>{_WH})(?: (?:else|exactly|much|many|long|often|soon|far|late|early"
    rf"|about|kind of [a-z]+|time|day|dose|number|temperature|side|arm|one|1)){{0,2}}) "
    rf"(?P<aux>{_AUX}) (?P<rest>(?:not )?(?:{_SUBJECT}|[a-z]+ing) .*)"
)
FIRST = re.compile(
    r"(?<= )(?<!what )(?<!that )(?<!as )(?<!than )(?<!nor )(?<!neither )(?<!i )(?<!we )(?<!you )"
    r"(?P<aux>can|should|may|could|shall|am|do|would) (?:not )?(?:i|we) (?P<rest>.*)"
)
"""The speaker's own "can I": clear enough in mid-line, save after "I": there they stammer."""
OPENING = re.compile(
    rf"^ (?:{_LEAD} )*(?P<aux>{_AUX}) (?:not )?(?P<subject>{_SUBJECT}|insurance|medicare|alcohol"
    rf"|food) (?P<rest>.*)"
)
MARKED = re.compile(
    rf"^ (?:{_LEAD} )*(?:i|we) (?:just |can |should |still |only |also |then )*(?P<rest>"
    r"(?:take|inject|use|keep|store|put|stop|skip|call|wait|send|leave|throw|start|mix|apply) .*)"
)
"""What a question mark alone makes a question: "So I take it in the morning?" Most others are
a rising voice."""
WHAT_IF = re.compile(
    r"(?<= )what (?:(?:happens|would happen|will happen|do i do|should i do) )?(?:if|when)"
    r" (?P<rest>.*)"
)
POOR = re.compile(
    r"|whether|what|meant|[a-z]+(?:ing|ed)|(?:do|did|can|could|is|are) [a-z]+ (?:think|know)?"
)
"""What is no topic: nothing, or the torso of a broken sentence."""
WHAT_TO_DO = re.compile(r"what (?:to do|i should do|happens) (?:if|when|about) (?:i|we) (.*)")
SHORT = re.compile(rf"^ (?:{_LEAD} )*(?P<topic>how (?:long|much|often|many|soon|late)) (?:[.?] )?$")
ALLOWED = re.compile(
    r"(?<= )(?:is|would) (?P<what>it|that|this)(?: be)?(?: still| even| really)*"
    r" (?P<how>ok|okay|all right|alright|safe|normal|possible|fine|bad|dangerous|necessary|too late"
    r"|a problem|wrong)(?P<rest> .*)?"
)
INDIRECT = re.compile(
    r"(?<= )(?:(?:i (?:was|am|have been|had been) |i )(?:just |also |really )*wonder(?:ing)?"
    r"|i (?:do not|did not) (?:really |even |actually )*(?:know|understand|see)"
    r"|i (?:am|was) (?:not|never) (?:really |quite |even |so )*(?:sure|certain|clear)"
    r"(?: about| on)?"
    r"|i (?:just |also |really )*(?:wanted|want|need|needed|would like|would love|am trying"
    r"|was trying|am calling|was hoping|am hoping)(?: you could)? ?(?:to )?"
    r"(?:ask|know|find out|figure out|check|understand|learn|hear|tell me)(?: you)?"
    r"|my (?:other |next |main |first |1st |2nd )?question (?:is|was)"
    r"|i (?:have|had|got|have got) (?:a|1|another|1 more|a quick) question"
    r"|(?:no 1|nobody) (?:ever |has |really )*(?:told|explained|said|showed)(?: to)?(?: me| us)?"
    r"|(?:can|could|will|would) (?:you|someone|anyone) (?:please |maybe )?"
    r"(?:tell me|explain|show me|let me know|help me understand)"
    r"|do (?:you|we) (?:happen to )?know|(?:just )?tell me|any idea|i am (?:a bit |so )?confused)"
    r"(?: to know| to ask)? (?P<rest>(?:if|whether|how|what|when|where|why|which|who|about) .*)"
)
NOT_INDIRECT = re.compile(
    r"^(?:(?:if|whether) (?:you (?:can|could) (?:help|hear)|this is the right|i (?:am|have|got)"
    r" (?:in |at |calling |through |got |reached )*the right|you remember|that makes sense)"
    r"|what (?:to (?:do|say|think)|i would do|else|else to do|happened|it is)(?: anymore| any more"
    r"| anymore| now| about it)*(?: [.?]|$| without| if it)|why i|how (?:much|long) more"
    r"|how i (?:will|am going to) (?:cope|manage)|about (?:you|that|it)(?: [.?]|$))"
)
STAMMER = re.compile(r" ([a-z]+(?: [a-z]+)?)(?: \1)+(?= )")
DO_YOU_THINK = re.compile(r" do you (?:think|reckon) (?:that )?i (?:should|can|could) ")
NO_QUESTION = re.compile(
    r" (?:how are (?:you|things)|how is (?:it going|your (?:day|morning)|everything)|how do you do"
    r"|how have you been|what is up|what was (?:that|it again)|what did you say|say (?:that )?again"
    r"|(?:can|could|would) you (?:please |just )*(?:repeat|say|speak up|hear|slow|spell)|come again"
    r"|are you (?:still )?there|did you (?:hear|get) (?:me|that|it|all)"
    r"|(?<!do )(?<!if )(?<!did )you know(?: what i mean)?"
    r"(?! (?:if|how|what|when|where|whether|why))"
    r"|do you know what i mean|see what i mean|if you see|does that make sense|what do you mean"
    r"|who knows|who cares|what can (?:i|you|we) (?:say|do)|why me|why would (?:anyone|any|you|i)"
    r"|how could (?:you|they|this|anyone)|how should i know|how dare|what is the point|guess what"
    r"|what kind of (?:service|company)|are you kidding|are you serious|can you believe|what the"
    r"|what else (?:is new|can i)|is that too much|how am i supposed to (?:live|cope|go on|trust)"
    r"|how many times (?:do|must|have)|do i (?:look|sound) like|did you say|do you mean|you mean"
    r"|do you (?:want|need) my|how do i know you|what am i supposed to do with my life"
    r"|can i just say|how can (?:you|they|people|anyone)|how about that|what a|may i say"
    r"|why (?:does|do) (?:it|this|things) always|is this a joke|who (?:does|do) not|am i right"
    r"|(?:what|where) (?:was|am|were) i(?: doing| saying| thinking| going to say)?"
    r"|what is it called"
    r"|what do you call (?:it|that|them)|what is the word|how (?:do|can|should) i (?:say|put"
    r"|describe)"
    r"|is (?:that|it|this) (?:ok|okay|all right|right|fine)(?= $)"
    r"|(?:am|do|did|have|was|is) (?:i|it) (?:\w+ )?what(?: sorry)?(?= $)) "
)
REPORTED = re.compile(r" (?:asked|asks|ask|asking|said|says|told)(?: me| us| him| her)? $")
_NEEDS_NOUN = ("the", "my", "these", "those", "your", "his", "her", "a", "an")
REQUEST = re.compile(r"(?:please |maybe |just )*\w+ (?:me|us) (?:with |out |to )?(.*)")
""" "Can you send me a new pen": what is asked for is what is shown."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question in a line: its range of `plain`, and its topic in at most MAX_TOPIC words."""

    start: int
    end: int
    topic: str


def questions_in(line: Line) -> list[Question]:
    """The questions of a text that want an answer, at most one a sentence."""
    found = []
    for first, last, stop in line.sentences():
        sentence = f" {line.plain[first:last].strip()} "
        asked = _asked(sentence, marked=stop == "?")
        if asked is not None:
            start, topic = asked
            found.append(Question(first + start, last, as_heard(topic, line)))
    return found


def is_question(sentence: str, stop: str) -> bool:
    """Whether a sentence of an agent asks: marked so, or opened like a question."""
    plain = f" {sentence.strip()} "
    if stop == "?" or OPENING.match(plain):
        return True
    opens = re.match(rf"^ (?:{_LEAD} )*(?:{_WH}) (?:[a-z]+ )?(?:{_AUX}) (?:{_SUBJECT}) ", plain)
    return bool(opens)


def _asked(sentence: str, *, marked: bool) -> tuple[int, str] | None:
    """Where in a sentence a question begins, and its topic; None where none is asked."""
    plain = NO_QUESTION.sub(" . ", STAMMER.sub(r" \1", STAMMER.sub(r" \1", sentence)))
    plain = DO_YOU_THINK.sub(" should i ", plain)
    for find in (_indirect, _what_if, _allowed, _wh, _first_person, _opening):
        asked = find(plain)
        if asked is not None and not POOR.fullmatch(asked[1]):
            # What was cut out for being no question shifts the rest; the whole is quoted then.
            return (asked[0] if plain == sentence else 0), asked[1]
    own = MARKED.match(plain) if marked else None
    topic = doing(own["rest"]) if own else ""
    return (0, topic) if topic else None


def _indirect(plain: str) -> tuple[int, str] | None:
    match = INDIRECT.search(plain)
    rest = match["rest"].strip() if match else ""
    if match is None or NOT_INDIRECT.match(rest):
        return None
    what_to_do = WHAT_TO_DO.match(rest)
    if what_to_do:
        return match.start(), doing(what_to_do[1])
    head, _, tail = rest.partition(" ")
    if head == "about":
        return match.start(), tidy(tail)
    inverted = _wh(f" {rest} ")
    if inverted is not None:
        return match.start(), inverted[1]
    noun = re.match(r"((?:the|my|your|these|those) .*?) (?:is|are)\b", tail)
    if head == "what" and noun:
        return match.start(), tidy(noun[1])
    own = re.match(r"(?:i|we) (?:can|could|should|may|am allowed to|am supposed to) (.*)", tail)
    if head in ("if", "whether"):
        it = re.match(r"(?:it|that|this) (?:is|would be) (?:ok|okay|safe|fine|alright) (.*)", tail)
        if own:
            return match.start(), doing(own[1])
        return match.start(), _action(it[1]) if it else tidy(f"whether {tail}")
    return match.start(), tidy(f"{head} to {own[1]}" if own else rest)


def _allowed(plain: str) -> tuple[int, str] | None:
    match = ALLOWED.search(plain)
    if match is None or REPORTED.search(plain[: match.start()]):
        return None
    rest = (match["rest"] or "").strip()
    topic = _action(rest) if rest and rest not in (".", "?") else ""
    return match.start(), topic or tidy(f"whether {match['what']} is {match['how']}")


def _action(rest: str) -> str:
    """What "is it safe" is asked of: "to take it", "if I take it", "for me to take it"."""
    rest = re.sub(r"^(?:for (?:me|us|him|her) )?(?:to|if (?:i|we)|that (?:i|we)|when i) ", "", rest)
    return doing(rest)


def _what_if(plain: str) -> tuple[int, str] | None:
    short = SHORT.match(plain)
    if short:
        return short.start("topic"), short["topic"]
    match = WHAT_IF.search(plain)
    if match is None or REPORTED.search(plain[: match.start()]):
        return None
    own = re.match(r"(?:i|we) (?!am |was |can|have )(.*)", match["rest"])
    return match.start(), doing(own[1]) if own else tidy(f"what if {match['rest']}")


def _wh(plain: str) -> tuple[int, str] | None:
    match = WH.search(plain)
    if match and match["wh"] not in ("how", "what", "why"):
        # "… which is a pity", "when I do": these ask only where they open the sentence.
        match = match if re.fullmatch(rf" (?:{_LEAD} )*", plain[: match.start()]) else None
    if match is None or REPORTED.search(plain[: match.start()]):
        return None
    opening, aux, rest = match["open"], match["aux"], match["rest"]
    own = re.match(r"(?:i|we|you|people) (?!know |think |have any )(.*)", rest)
    about = re.match(r"(?:i|we) do (?:about|with|in terms of) (.*)", rest)
    if about:
        return match.start(), tidy(about[1])
    if own and aux in ("do", "can", "should", "could", "would", "must", "shall"):
        return match.start(), tidy(f"{opening} to {own[1]}")
    if opening == "what" and aux in ("is", "are") and not rest.startswith("going"):
        return match.start(), tidy(rest)
    subject = re.match(
        r"(i|we|you|it|they|he|she|this|that|(?:the|my|your|this|that) \w+) (.*)", rest
    )
    if subject is None:
        return match.start(), tidy(f"{opening} {aux} {rest}")
    if aux in ("do", "did"):
        return match.start(), tidy(f"{opening} {subject[1]} {subject[2]}")
    if aux == "does":
        verb, _, after = subject[2].partition(" ")
        return match.start(), tidy(f"{opening} {subject[1]} {verb}s {after}")
    return match.start(), tidy(f"{opening} {subject[1]} {aux} {subject[2]}")


def _first_person(plain: str) -> tuple[int, str] | None:
    for match in FIRST.finditer(plain):
        if REPORTED.search(plain[: match.start()]):
            continue
        if match["aux"] in ("do", "would", "am") and not re.search(
            r"^ (?:[a-z]+ ){0,3}$", plain[: match.start()]
        ):
            # "and so do I", "the way I would": in mid-line these are no question.
            continue
        return match.start(), doing(match["rest"])
    return None


def _opening(plain: str) -> tuple[int, str] | None:
    match = OPENING.match(plain)
    if match is None:
        return None
    aux, subject, rest = match["aux"], match["subject"], match["rest"]
    request = REQUEST.match(rest)
    if subject == "you" and request and request[1]:
        return match.start("aux"), tidy(request[1])
    if subject == "you" and aux in ("can", "could", "will", "would"):
        return match.start("aux"), doing(rest)
    if subject in ("there", "any", "anyone"):
        return match.start("aux"), tidy(rest)
    if aux in ("is", "are", "was", "were", "has", "have"):
        return match.start("aux"), tidy(f"whether {subject} {aux} {rest}")
    if subject in ("it", "this", "that", "they"):
        return match.start("aux"), doing(rest)
    if subject in ("you", "i"):
        return match.start("aux"), tidy(rest)
    noun, _, acts = rest.partition(" ") if subject in _NEEDS_NOUN else ("", "", rest)
    whom = f"{subject} {noun}".strip()
    acts = re.sub(r" (?:me|us) ", " ", doing(acts) + " ")
    return match.start("aux"), tidy(f"{whom} {acts}")
