"""Questions of a customer, and which of them an agent lets pass.

Rules. 1. A question stays open until an agent's statement shares a content word with it, or is
of MIN_ANSWER words and neither an acknowledgement, a change of subject, nor about what the
agent is doing ("Yes, you can" may be shorter, right after it); a promise to come back to it, or
the word whom to ask, settles it too. 2. Several
statements of one utterance are judged one by one, and a question of the agent answers nothing.
3. A turn is all that the agent says until the customer speaks; "okay" and "mm-hm" of the
customer do not end it. A question of the agent hands the turn over, so that a passed question
is noticed at once and not only when the customer has replied. Turns that are no more than
"one moment", "can you repeat that" or "okay" do not count. 4. After TURNS turns, or when the
agent closes the call, an open question is told once.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, replace
from typing import Any

from models.asking import is_question, questions_in
from models.lines import Line, english, seconds
from models.promises import promised
from models.tokens import stem
from models.types import Signal, Utterance
from stream.audio import Context, PartyId

TURNS = 2
"""Agent's turns that a question may wait: the first may be to ask back."""
MIN_ANSWER = 6
"""Words of a statement that answers without sharing a word: "in the fridge …" and more."""
MIN_DIRECT = 3
"""Words of a statement that begins like a short answer, in the turn after the question."""
MIN_TURN = 3
"""Words of an agent's turn; fewer are a backchannel."""
MAX_OPEN = 8
"""Questions kept open; the oldest are let go: nobody could still be told of a ninth."""
MAX_WORDS = 16
"""Content words kept of one question."""
MAX_TEXT = 600
"""Characters of evidence kept: an utterance of 15 s is about half of that."""
SCORE = 0.8
LISTENED = ("customer", "interpreter", "other")

_IDLE = frozenset(
    stem(word)
    for word in re.findall(
        r"\w+",
        """i you he she it we they me him her us them my your his its our their mine yours this that
        these those the a an and or but if so because as of to in on at for with about from by into
        than then there here is am are was were be been being do does did have has had can could
        will would should may might must shall not no yes ok okay well just also even still really
        very too please thanks thank sorry how what when where why which who whose whether any some
        all every one 1 much many more most other another take taking get got go going come know
        think want need like use tell say said make give put let see look ask question wonder
        wondering sure thing things something anything way help call calling try keep time day now
        again back up out off over after before while wanted told hi hello right long people lot
        happen happens mean means good able supposed""",
    )
)
"""Words that two sentences share by chance."""
_ACK = re.compile(
    r"^ (?:(?:okay|ok|all right|alright|right|sure|yes|no|oh|well|so|and|um|great|perfect"
    r"|(?:thank you|thanks)(?: so much)?(?! for)|i see(?= (?:[.?]|so|and|well|okay|$))|got it"
    r"|of course|absolutely|certainly|mm|hm|i understand|understood|no problem"
    r"|good question|that is a (?:very |really )?good question) )*"
)
_LEADS = re.compile(r"^ (?:(?:okay|ok|all right|alright|right|well|so|oh|um) )*")
_DIRECT = re.compile(
    r"^(?:yes|no|absolutely|of course|certainly|sure|you (?:can|could|should|may|need|must|do not)"
    r"|it (?:is|does|will|should|can|may|takes|depends|comes|keeps)|they (?:are|will|can|should)"
    r"|that (?:is (?:not )?(?:fine|safe|ok|okay|right|correct)|will|would|should)"
    r"|(?:just |please )?(?:keep|take|put|leave|store|use|wait|avoid|inject|swallow|never|always)"
    r"|about|around|every|within|up to|in (?:the|your)|at room|twice|once|\d) "
)
"""How a short answer begins: "Yes, you can.", "Keep it cool." """
_EMPATHY = re.compile(
    r"^(?:i am (?:so |very |really |truly )?sorry|i can (?:hear|imagine|understand|see)"
    r"|that (?:sounds|must|has to)|it sounds like|it must|i (?:hear|understand|appreciate"
    r"|imagine)|thank"
    r"|thanks|no wonder|what a|bless|you have been through"
    r"|that is (?:a lot|great|wonderful|terrible|awful))"
)
_OWN_DOING = re.compile(
    r"^(?:i|we|let me|let us|just|give me|bear with|1 moment|one moment|hold on|please hold|hang on"
    r"|can i|may i|could i|could you|can you|would you"
    r"|please (?:confirm|verify|spell|give|tell|hold))\b"
)
_CHANGE = re.compile(
    r"\b(?:before (?:we|i) (?:go|get|do|continue|start|begin|can)|first of all|1st of all|1st i"
    r"|but 1st|moving on|move on|the next thing|let us (?:go|move|start)|going back to"
    r"|this call (?:is|may)|calls? (?:are|is|may be) (?:being )?recorded|for (?:quality|security"
    r"|verification)|what i (?:will )?need|(?:confirm|verify) your|your (?:address|date of birth"
    r"|zip|postcode|delivery|shipment|order|account|phone number|insurance|e ?mail)|anyway"
    r"|is there anything|anything else|have a (?:good|great|nice|lovely|wonderful))\b"
)
_REFERS = re.compile(
    r"\b(?:(?:ask|check with|talk to|talk with|speak to|speak with|see|consult|contact|question for"
    r"|follow up with|connect you (?:with|to)) (?:[a-z]+ ){0,3}"
    r"|(?=[a-z]+(?: [a-z]+)? (?:can|would|will|could|should|is the best|may)))"
    r"(?:doctor|prescriber|pharmacist|nurse|physician|specialist|provider|oncologist"
    r"|medical information|poison control)\b"
)
"""Whom to ask: within approved boundaries this is an answer."""
_COMES_BACK = re.compile(
    r"\b(?:call|ring|phone|back to|in touch|reach|follow|contact|know|find|look|investigate|update"
    r"|ask|email|e mail)"
)
"""A promise to answer later, not to send a parcel."""
_NO_TURN = re.compile(
    r" (?:(?:can|could|would) you (?:please )?(?:repeat|say (?:that|it) again|speak up|spell)"
    r"|(?:1|one|a|just a) (?:moment|minute|second|sec|2nd)|bear with me|hold on"
    r"|on (?:a brief )?hold"
    r"|(?:let me|i will|i am going to) (?:just |quickly )?(?:look|check|see|pull|find|bring)"
    r"|did not (?:catch|hear|get) that|sorry what|pardon) "
)
"""Asking to hear it again, or for patience: no turn in which an answer was due."""
_CLOSES = re.compile(
    r" (?:(?:is there )?anything else (?:that )?(?:i|we|you)|have a (?:good|great|nice|lovely"
    r"|wonderful|blessed) (?:day|evening|afternoon|night|weekend|morning|1|one|rest)|good ?bye|bye"
    r"|take care|thank you for calling|thanks for calling) "
)
_SETTLED = re.compile(
    r" (?:never ?mind|forget (?:it|about it|that)|that answers (?:it|my|that)|does not matter"
    r"|oh i see now|i found it|i figured it out) "
)
BACKCHANNEL = re.compile(r"(?: (?:okay|ok|mm|hm|mhm|uh|huh|right|i see|sure|got it|alright|\.))* ")


@dataclass(frozen=True, slots=True)
class Open:
    """A question that waits. `words`: its content, as stems; `turns`: those passed since."""

    party: str
    text: str
    topic: str
    words: tuple[str, ...]
    start: float
    end: float
    turns: int = 0


class OpenQuestions:
    """The detector of one call. Synchronous; takes closed utterances in order."""

    def __init__(self) -> None:
        self._open: list[Open] = []
        self._turn_words = 0
        self._counted = False

    def step(self, said: Utterance, context: Context) -> list[Signal]:
        """The questions of a customer's utterance, and those that an agent has let pass."""
        if not english(said) or said.role == "unknown" or not said.words:
            return []
        line = Line.of(said.text)
        if said.role == "agent":
            return self._agent(said, line)
        if BACKCHANNEL.fullmatch(line.plain):
            return []
        passed = self._turn_ends(said.start)
        if _SETTLED.search(line.plain):
            self._open = []
        return [*passed, *self._asked(said, line)]

    def state(self) -> dict[str, Any]:
        """What is open, JSON-able."""
        return {
            "open": [asdict(each) for each in self._open],
            "turn_words": self._turn_words,
            "counted": self._counted,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take up `state()`, also after it went through JSON."""
        self._open = [Open(**{**each, "words": tuple(each["words"])}) for each in state["open"]]
        self._turn_words = state["turn_words"]
        self._counted = state["counted"]

    def _asked(self, said: Utterance, line: Line) -> list[Signal]:
        signals = []
        for question in questions_in(line):
            first, last = line.chars(question.start, question.end)
            start, end = seconds(said, first, last)
            words = _content(line.plain[question.start : question.end])[:MAX_WORDS]
            # The question's own seconds, the whole utterance as its evidence.
            new = Open(said.party, said.text[:MAX_TEXT], question.topic, words, start, end)
            if not any(_same(new, old) for old in self._open):
                self._open = [*self._open, new][-MAX_OPEN:]
            signals.append(_signal("question", new, {"topic": question.topic}))
        return signals

    def _agent(self, said: Utterance, line: Line) -> list[Signal]:
        deferred = any(_COMES_BACK.search(line.plain[slice(*p.what)]) for p in promised(line))
        asks = False
        for first, last, stop in line.sentences():
            sentence = line.plain[first:last]
            asks = is_question(sentence, stop)
            if not _NO_TURN.search(f" {sentence.strip()} "):
                self._turn_words += len(sentence.split())
            if asks:
                continue
            deferred = deferred or bool(_REFERS.search(sentence))
            self._open = [each for each in self._open if not _answers(sentence, each)]
        if deferred:
            self._open = []
        if _CLOSES.search(line.plain):
            return self._let_pass(self._open, said.end)
        return self._turn_passed(said.end) if asks else []

    def _turn_ends(self, at: float) -> list[Signal]:
        passed = self._turn_passed(at)
        self._turn_words, self._counted = 0, False
        return passed

    def _turn_passed(self, at: float) -> list[Signal]:
        """Count the agent's turn, once; tell the questions for which it was the last."""
        if self._counted or self._turn_words < MIN_TURN:
            return []
        self._counted = True
        self._open = [replace(each, turns=each.turns + 1) for each in self._open]
        return self._let_pass([each for each in self._open if each.turns >= TURNS], at)

    def _let_pass(self, passed: list[Open], at: float) -> list[Signal]:
        self._open = [each for each in self._open if each not in passed]
        return [
            _signal("unanswered_question", each, {"topic": each.topic, "at": round(at, 2)})
            for each in passed
        ]


def _content(plain: str) -> tuple[str, ...]:
    stems = (stem(word) for word in plain.split() if word not in (".", "?"))
    return tuple(dict.fromkeys(each for each in stems if each not in _IDLE))


def _same(new: Open, old: Open) -> bool:
    """Whether a question is asked again: then it waits since the first time."""
    return new.topic == old.topic or bool(new.words and set(new.words) <= set(old.words))


def _answers(sentence: str, question: Open) -> bool:
    """Whether a statement of an agent answers a question; see the rules above."""
    said = _ACK.sub(" ", f" {sentence.strip()} ", count=1).strip()
    if _EMPATHY.match(said) or _CHANGE.search(said):
        return False
    if set(_content(said)) & set(question.words):
        return not re.match(r"(?:let me|1 moment|i (?:do not|am not sure))\b", said)
    if _OWN_DOING.match(said):
        return False
    whole = _LEADS.sub("", f" {sentence.strip()} ", count=1)
    direct = question.turns == 0 and bool(_DIRECT.match(whole))
    words = [word for word in (whole if direct else said).split() if word not in (".", "?")]
    return len(words) >= (MIN_DIRECT if direct else MIN_ANSWER)


def _signal(kind: str, question: Open, attributes: dict[str, Any]) -> Signal:
    party = PartyId(question.party)
    return Signal(
        kind,
        "review",
        party,
        SCORE,
        question.text,
        question.start,
        question.end,
        (),
        attributes,
    )
