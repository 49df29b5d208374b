"""Recordings that speak on a line: queues, menus, closed offices, voice mail.

Nobody is coached for what a machine says, and nobody has to fill the wait that it fills. So that a
person is never taken for one, every sentence of an utterance must be a recording's, but for some
words; nobody may speak of himself in it; and what an agent may say as well is none: "thank you for
holding", that the call is recorded. These are patterns of words all the same: whoever asks here has
looked for harm in them before.
"""

from __future__ import annotations

import re

from models.types import Signal, Utterance

SPARE = 4
"""Words beside those sentences: a "hello", or a name that the recording says."""
SCORE = 0.9
"""Of the signal: the sentences are nearly nobody's but a machine's."""

_STAFF = (
    r"(?:agents?|representatives?|advis[eo]rs?|operators?|nurses?|specialists?|associates?"
    r"|colleagues|team members?|lines)"
)
_KEY = r"(?:zero|one|two|three|four|five|six|seven|eight|nine|[0-9]|star|pound|hash)"
_QUEUES = (
    r"your call is (?:very |extremely )?important to us",
    rf"all (?:of )?(?:our|the) {_STAFF} are (?:currently |presently |still |now )?"
    r"(?:busy|assisting|helping|serving|speaking|engaged|unavailable|on other calls)",
    r"(?:stay|remain|hold) on the line (?:and|until) (?:your call|the next|an?|one of our|someone)",
    r"your call will be (?:answered|taken|connected) (?:in (?:the order|turn)|by the next|shortly"
    r"|as soon as)",
    r"you are (?:currently |now )?(?:caller|position|in position|number)(?: number)? \w+ in"
    r" (?:the |our )?(?:queue|line)",
    r"(?:your|the) (?:current |estimated |expected |approximate |average )+(?:wait|waiting|hold)"
    r"(?: time)? (?:is|will be)",
    rf"the next available {_STAFF} will (?:be with you|answer|take your call|assist you)",
    r"please continue to hold(?:$| and | for (?:an?|the next|one of our) )",
)
_MENUS = (
    rf"(?:for|to|if you) [\w' ]{{2,80}} (?:please )?press {_KEY}",
    rf"press {_KEY} (?:to|for|now|if)",
    r"our menu (?:options )?(?:has|have) (?:recently )?changed",
    r"if you know your party'?s extension",
)
_NOBODY_THERE = (
    r"the (?:person|customer|party|subscriber|number) you (?:are|have) (?:calling|called|diall?ed"
    r"|trying to reach)",
    r"leave (?:a|your) (?:voice )?message after the (?:tone|beep)",
    r"at the (?:tone|beep) please (?:record|leave) your",
    r"(?:forwarded|transferred) to (?:an automated )?voice ?(?:mail|message)",
    r"our (?:offices?|phone lines|lines|call cent(?:er|re)) (?:is|are) (?:currently |now )?closed",
    r"our (?:office|opening|business|operating) hours are",
)
_RECORDED = re.compile(rf"\b(?:{'|'.join((*_QUEUES, *_MENUS, *_NOBODY_THERE))})\b")
_SENTENCE_END = re.compile(r"[.?!;]+")
_PERSON = re.compile(r"\b(?:i|me|my|myself|mine|they)\b")
"""Who speaks so is somebody, or tells of a recording."""
_NO_WORD = re.compile(r"[^\w' ]+")


def announced(said: Utterance) -> Signal | None:
    """The signal that a recording speaks; None where it may be a person. English alone."""
    if said.language != "en":
        return None
    sentences = [_plain(part) for part in _SENTENCE_END.split(said.text)]
    if any(_PERSON.search(sentence) for sentence in sentences):
        return None
    spoken = [sentence for sentence in sentences if not _RECORDED.search(sentence)]
    beside = sum(len(sentence.split()) for sentence in spoken)
    if len(spoken) == len(sentences) or beside > SPARE:
        return None
    where = (said.party, SCORE, said.text, said.start, said.end)
    return Signal("announcement", "live", *where)


def _plain(text: str) -> str:
    """Small letters, words one space apart."""
    return " ".join(_NO_WORD.sub(" ", text.lower().replace("’", "'")).split())
