"""Recognised speech as tokens: robust to casing, punctuation, fillers and stammering.

Rules. 1. A token keeps the characters of the text it came from, so that evidence is exact.
2. Contractions become their words ("can't" -> can not), with or without the apostrophe,
all with the characters of the whole. 3. Fillers ("um", "you know") and words said twice
at once are dropped; a filler never hides the punctuation behind it. 4. `stem` makes forms
of one word equal; it is a key and need not be a word ("vomiting", "vomited" -> "vomit").
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

WORD = re.compile(r"[^\W_]+(?:['’ʼ][^\W_]+)*")
MAX_TOKENS = 400
"""Tokens read of one text: a 15 s utterance holds about 60; this bounds the work of a long one."""
STEM_CACHE = 32_768
"""Stems remembered: above the words of the lexicon, below a few MB."""


class Token(NamedTuple):
    """One word. `start`, `end`: characters; `stop`: what follows it, one of '' , . ?"""

    form: str
    stem: str
    start: int
    end: int
    stop: str


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FILLERS = _words("um uh erm hmm mm mhm ah eh uhm umm uhh kinda sorta basically")
FILLER_PAIRS = frozenset({("you", "know"), ("kind", "of"), ("sort", "of"), ("i", "mean")})

WHOLE = {
    "cannot": "can not", "can't": "can not", "cant": "can not", "won't": "will not",
    "wont": "will not", "shan't": "shall not", "ain't": "is not", "aint": "is not",
    "im": "i am", "ive": "i have", "youve": "you have", "weve": "we have", "dont": "do not",
    "didnt": "did not", "doesnt": "does not", "isnt": "is not", "wasnt": "was not",
    "havent": "have not", "hasnt": "has not", "hadnt": "had not", "couldnt": "could not",
    "wouldnt": "would not", "arent": "are not", "werent": "were not", "gonna": "going to",
    "wanna": "want to", "gotta": "got to", "let's": "let us", "mum's": "mum",
    "nope": "no", "nah": "no", "yep": "yes", "yeah": "yes", "yup": "yes",
}  # fmt: skip
ENDINGS = {"'m": "am", "'re": "are", "'ve": "have", "'ll": "will", "'d": "would"}
BEFORE_IS = _words("it he she that there what here where who everything nothing")

IRREGULAR = {
    form: stem
    for line in (
        "be am is are was were been being", "have has had having", "do does did done doing",
        "get gets got gotten getting", "feel feels felt feeling feelings",
        "throw throws threw thrown throwing", "go goes went gone going",
        "come comes came coming", "keep keeps kept keeping", "take takes took taken taking",
        "make makes made making", "give gives gave given giving", "lose loses lost losing",
        "break breaks broke broken breaking", "swell swells swelled swollen swelling swellings",
        "bleed bleeds bled bleeding", "fall falls fell fallen falling",
        "sleep sleeps slept sleeping", "eat eats ate eaten eating", "see sees saw seen seeing",
        "say says said saying", "tell tells told", "can could", "will would",
        "die dies died dying", "lie lies lying", "begin begins began begun beginning",
        "become becomes became becoming", "hurt hurts hurting", "burst bursts bursting",
        "shake shakes shook shaken shaking shaky", "wake wakes woke woken waking",
        "think thinks thought thinking", "find finds found finding", "inject injects",
        "turn turns turned turning", "itch itches itched itching itchy",
        "breath breathe breathes breathed breathing breaths", "foot feet", "tooth teeth",
        "diarrhea diarrhoea", "puke pukes puked puking", "hospital hospitals",
        "use uses used using", "try tries tried trying", "run runs ran running",
        "hospitalize hospitalized hospitalised hospitalization hospitalisation",
        "dizzy dizziness", "drowsy drowsiness", "nauseous nauseated nauseating",
        "child children", "wife wives", "tumor tumors tumour tumours",
    )
    for stem in (line.split()[0],)
    for form in line.split()
}  # fmt: skip
UNSTEMMED = _words(
    "nothing something anything everything morning evening during king thing bring spring"
    " string hundred tired indeed need blood speed always perhaps yes this thus his"
)
VOWEL = re.compile(r"[aeiouy]")


@lru_cache(maxsize=STEM_CACHE)
def stem(form: str) -> str:
    """The key of a word: irregular forms from a list, else plural, -ing, -ed and last e off."""
    if form in IRREGULAR:
        return IRREGULAR[form]
    if len(form) < 4 or form in UNSTEMMED:
        return form
    form = _singular(form)
    if form.endswith("ied") and len(form) > 4:
        return form[:-3] + "y"
    for ending in ("ing", "ed"):
        rest = form[: -len(ending)]
        if form.endswith(ending) and len(rest) >= 3 and VOWEL.search(rest):
            return _last_e(_undoubled(rest))
    return _last_e(form)


def _singular(form: str) -> str:
    if form.endswith("ies") and len(form) > 4:
        return form[:-3] + "y"
    if form.endswith(("sses", "shes", "ches", "xes", "zes")) and not form.endswith("aches"):
        return form[:-2]
    if form.endswith("s") and not form.endswith(("ss", "us", "is")):
        return form[:-1]
    return form


def _undoubled(rest: str) -> str:
    return rest[:-1] if rest[-1] == rest[-2] and rest[-1] not in "lsz" else rest


def _last_e(form: str) -> str:
    return form[:-1] if len(form) > 3 and form.endswith("e") else form


def tokenize(text: str) -> list[Token]:
    """The tokens of a text, at most MAX_TOKENS of them."""
    tokens: list[Token] = []
    found = WORD.finditer(text)
    match = next(found, None)
    while match is not None and len(tokens) < MAX_TOKENS:
        after = next(found, None)
        stop = _stop(text, match.end(), after.start() if after else len(text))
        forms = _expand(match.group().lower().replace("’", "'").replace("ʼ", "'"))
        last = len(forms) - 1
        for index, form in enumerate(forms):
            mark = stop if index == last else ""
            _push(tokens, Token(form, stem(form), match.start(), match.end(), mark))
        match = after
    return tokens


def _push(tokens: list[Token], token: Token) -> None:
    before = tokens[-1] if tokens else None
    drop = token.form in FILLERS
    if before is not None and before.stop in ("", ","):
        if before.form == token.form and (before.stop == "" or token.form != "no"):
            tokens.pop()
            tokens.append(token._replace(start=before.start))
            return
        if not before.stop and (before.form, token.form) in FILLER_PAIRS:
            tokens.pop()
            drop = True
    if not drop:
        tokens.append(token)
    elif token.stop not in ("", ",") and tokens:
        tokens.append(tokens.pop()._replace(stop=token.stop))


def _stop(text: str, start: int, end: int) -> str:
    gap = text[start:end]
    if gap == " ":
        return ""
    if "?" in gap:
        return "?"
    if any(mark in gap for mark in ".!;:…\n"):
        return "."
    return "," if any(mark in gap for mark in ',–—()"') or " - " in gap else ""


def _expand(form: str) -> list[str]:
    whole = WHOLE.get(form)
    if whole is not None:
        return whole.split()
    if "'" not in form:
        return [form]
    if form.endswith("n't"):
        return [form[:-3], "not"]
    head, _, tail = form.rpartition("'")
    ending = ENDINGS.get("'" + tail)
    if ending is not None:
        return [head, ending]
    if tail == "s":
        return [head, "is"] if head in BEFORE_IS else [head]
    return [form.replace("'", "")]
