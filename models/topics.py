"""The topic of a question in a few words that a nudge can show: "She asked about {topic}"."""

from __future__ import annotations

import re

from models.lines import Line

MAX_TOPIC = 5
"""Words of a topic: what fits behind "She asked about"."""
END = re.compile(
    r" (?:[.?]|because|since i|but|and (?:i|also|then|my|he|she|the|so|what|how|can|is)|so i|thank"
    r"|thanks|please|you know|by the way|like i said|i mean|cause) "
)
_NO_VERB = re.compile("in|on|at|with|for|to|by|under|from|the|a|an|my|it|not")
_HEDGE = re.compile(
    r"\b(?:still|just|also|even|please|maybe|actually|possibly|really|ever|kind of|sort of|i guess"
    r"|supposed to|able to|have to|need to|got to|be) "
)
_LOOSE = re.compile(
    r"(?: (?:the|an?|my|your|to|of|in|(?<!going )on|at|with|for|and|or|if|that|is|are|it is|i|me"
    r"|when|while"
    r"|by|from|as|will|can|this|do|so|its|than|into|after|before|about))+$"
)
_DOUBLED = re.compile("get|put|stop|skip|cut|run|let|sit|set|drop|swim|plan|begin")


def as_heard(topic: str, line: Line) -> str:
    """A topic with its numbers as they were said: "a new one", not "a new 1"."""
    said = {
        word.form: line.text[word.start : word.end] for word in line.words if word.form[0].isdigit()
    }
    return " ".join(said.get(word, word) for word in topic.split())


def doing(rest: str) -> str:
    """An act as a noun: "take it with milk" as "taking it with milk"."""
    rest = _HEDGE.sub("", rest + " ").strip()
    verb, _, after = rest.partition(" ")
    if not verb.isalpha():
        return ""
    if _NO_VERB.fullmatch(verb):
        return tidy(f"{verb} {after}")
    return tidy(f"{_gerund(verb)} {after}")


def _gerund(verb: str) -> str:
    if verb.endswith(("ing", "ed")) and len(verb) > 4:
        return verb
    if verb.endswith("ie"):
        return verb[:-2] + "ying"
    if verb.endswith("e") and not verb.endswith(("ee", "oe", "ye")) and verb != "be":
        return verb[:-1] + "ing"
    return verb + (verb[-1] if _DOUBLED.fullmatch(verb) else "") + "ing"


def tidy(rest: str) -> str:
    """The first words of a topic, at most MAX_TOPIC, without hedges and loose ends."""
    plain = f" {rest.strip()} "
    ended = END.search(plain)
    plain = plain[: ended.start()] if ended else plain
    words = _HEDGE.sub("", plain.strip() + " ").split()
    topic = " ".join(words[:MAX_TOPIC])
    return _LOOSE.sub("", " " + topic).strip() if len(words) > 1 else topic
