"""Finding the words in an utterance that a lay person may not know.

Four sources, the surer first; a token belongs to one term only:
1. glossary    words and phrases of glossary.toml, longest first.
2. acronyms    written in capitals ("PRN"), known ones also small ("prn") where no ordinary
               word has the same letters, and known ones letter by letter ("A E", "I-C-S-R").
               Letters beside digits, or after "lot", "spell" and the like, spell something.
3. shape       rare words built as medical ones are ("-itis", "thrombo-").
4. lexicon     very rare words that a list of symptoms or medicines holds: for review only,
               because such lists also hold lay words and brands.
Names are none: the product's, those of people in the context, words with a capital inside
a sentence. Words of the context's vocabulary are none either, unless the glossary has them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from models.glossary import Entry, Glossary
from models.letters import capitals_of, spelled, spelled_runs, trimmed
from models.lexicon import Lexicon
from models.products import named_in
from models.tokens import Token, tokenize
from stream.audio import Context

RARE = 3.0
"""Zipf frequency below which a word of medical shape is jargon: once in a million words."""
VERY_RARE = 2.0
"""Below it, hardly anyone outside a clinic has met the word: a nudge without plain words."""
COMMON = 3.5
"""Zipf frequency from which unlisted capitals are a stressed word or an acronym of every day."""
MIN_LETTERS = 6
"""Of a word judged by its shape; shorter ones are names and chance."""
MIN_UNLISTED = 3
"""Letters of an acronym that is not listed: two are initials, states, units."""
MAX_ACRONYM = 6
"""Letters of an acronym: more in capitals is a stressed word or a brand."""
CODE_REACH = 4
"""Tokens after "lot" or "spell" in which letters are a code or a name, not an acronym."""
NAME_DEPTH = 3
"""Levels of the context that are read for names."""
MAX_NAME_WORDS = 200
"""Words of the context that count as names: more is no context but a document."""

SCORES = {"glossary": 0.9, "acronym": 0.85, "spelled": 0.8, "unlisted": 0.65, "shape": 0.6,
          "lexicon": 0.4}  # fmt: skip
"""Hand-made confidences by source."""
CODES = frozenset(
    {"lot", "batch", "code", "serial", "reference", "confirmation", "spell", "spelt", "letter"}
    | {"plate", "postcode", "zip", "initial", "model", "member", "policy", "email", "number"}
    | {"referenc", "cod", "plat", "postcod"}
)
STATES = frozenset(
    f"{first}{second}"
    for first, seconds in {
        "A": "KLRZ", "C": "AOT", "D": "CE", "F": "L", "G": "A", "H": "I", "I": "ADLN", "K": "SY",
        "L": "A", "M": "ADEINOST", "N": "CDEHJMVY", "O": "HKR", "P": "A", "R": "I", "S": "CD",
        "T": "NX", "U": "T", "V": "AT", "W": "AIVY",
    }.items()
    for second in seconds
)  # fmt: skip
"""Postal codes of the United States, which two capitals also may be."""
PLACES = frozenset({"in", "from", "near", "to"})
"""Before a state: "I'm in PA"."""
PEOPLE = ("customer", "agent", "caller", "patient", "reporter", "prescriber", "country")


class Term(NamedTuple):
    """Tokens `first` to `last` (exclusive) are a term.

    `key` is the same for all spellings of it; `zipf` its frequency; `sure`: a nudge may follow.
    """

    first: int
    last: int
    key: str
    plain: str
    acronym: bool
    zipf: float
    sure: bool
    score: float


def rank(term: Term) -> tuple[bool, bool, bool, float, int]:
    """Sorts the term that most needs plain words, and has them, to the front."""
    return not term.plain, not term.sure, not term.acronym, term.zipf, term.first


@dataclass(frozen=True, slots=True)
class _Said:
    """One text while its terms are looked for. `taken`: tokens that can be no (more) term."""

    text: str
    tokens: Sequence[Token]
    names: frozenset[str]
    shouted: bool
    taken: set[int] = field(default_factory=set)

    def raw(self, at: int) -> str:
        return self.text[self.tokens[at].start : self.tokens[at].end]

    def free(self, first: int, last: int) -> bool:
        return self.taken.isdisjoint(range(first, last))

    def opens(self, at: int) -> bool:
        """Whether a sentence begins here, so that a capital tells nothing."""
        return at == 0 or self.tokens[at - 1].stop in (".", "?")

    def coded(self, first: int, last: int) -> bool:
        """Whether letters at these tokens spell a lot, a name, an address."""
        near = self.tokens[max(0, first - CODE_REACH) : first]
        beside = [*self.tokens[max(0, first - 1) : first], *self.tokens[last : last + 1]]
        return any(token.stem in CODES or token.form in CODES for token in near) or any(
            character.isdigit() for token in beside for character in token.form
        )


class Finder:
    """Finds the terms of a text. Read-only; one serves every call."""

    def __init__(self, glossary: Glossary, lexicon: Lexicon | None = None) -> None:
        self.glossary = glossary
        self._lexicon = lexicon

    def find(self, text: str, tokens: Sequence[Token], context: Context) -> list[Term]:
        """The terms of a text in the order said; `tokens` are the text's."""
        said = _Said(text, tokens, _names(context), shouted=text.isupper())
        for hit in named_in(tokens, context):
            said.taken.update(range(hit.first, hit.last))
        terms: list[Term] = []
        for source in (self._listed, self._spelled, self._capitals, self._rare):
            for term in source(said):
                said.taken.update(range(term.first, term.last))
                terms.append(term)
        return sorted(terms)

    def _listed(self, said: _Said) -> Iterator[Term]:
        for first in range(len(said.tokens)):
            found = self.glossary.phrase_at(said.tokens, first)
            if found is not None and said.free(first, found[1]):
                yield self._term(said, first, found[1], found[0], "glossary")

    def _term(self, said: _Said, first: int, last: int, entry: Entry, source: str) -> Term:
        words = [said.tokens[at].form for at in range(first, last)]
        if entry.acronym:
            words = [entry.term.lower()]
        zipf = min(map(self.glossary.frequencies.zipf, words))
        key, score = entry.term.lower(), SCORES[source]
        return Term(first, last, key, entry.plain, entry.acronym, zipf, True, score)

    def _spelled(self, said: _Said) -> Iterator[Term]:
        """Known acronyms, letter by letter. Unknown runs of letters spell names and lots."""
        for start, end in spelled_runs(said.text, said.tokens):
            if said.coded(start, end):
                continue
            for first, last in trimmed(said.tokens, start, end):
                entry = self.glossary.letters.get(spelled(said.text, said.tokens[first:last]))
                if entry is not None and said.free(first, last):
                    yield self._term(said, first, last, entry, "spelled")
                    break

    def _capitals(self, said: _Said) -> Iterator[Term]:
        for at, token in enumerate(said.tokens):
            if len(said.raw(at)) < 2 or at in said.taken or token.form in said.names:
                continue
            known = self._known(said, at)
            if known is not None:
                yield self._term(said, at, at + 1, known, "acronym")
            elif self._unlisted(said, at):
                key = capitals_of(said.raw(at)) or token.form.upper()
                entry = Entry(key, "", acronym=True)
                yield self._term(said, at, at + 1, entry, "unlisted")

    def _known(self, said: _Said, at: int) -> Entry | None:
        raw = said.raw(at)
        written = capitals_of(raw)
        capitals = bool(written) and not said.shouted
        letters = written or raw.upper().replace("'", "")
        entry = self.glossary.letters.get(letters)
        if entry is None:
            return None
        if len(letters) == 2:
            coded = said.coded(at, at + 1) or _state(said, at, letters)
            return entry if capitals and not coded else None
        return entry if capitals or self._only_acronym(letters.lower()) else None

    def _only_acronym(self, letters: str) -> bool:
        """Whether small letters can be nothing but the acronym ("prn", not "bid")."""
        vowels = any(letter in "aeiouy" for letter in letters)
        return not vowels or self.glossary.frequencies.exact(letters) < RARE

    def _unlisted(self, said: _Said, at: int) -> bool:
        letters = capitals_of(said.raw(at))
        if said.shouted or not letters.isalpha():
            return False
        if not MIN_UNLISTED <= len(letters) <= MAX_ACRONYM or said.coded(at, at + 1):
            return False
        beside = [near for near in (at - 1, at + 1) if 0 <= near < len(said.tokens)]
        if any(len(said.raw(near)) > 1 and said.raw(near).isupper() for near in beside):
            return False  # "MARY JONES", "DO NOT STOP": somebody stresses, or writes a name.
        small = letters.lower()
        if small in self.glossary.everyday_acronyms or self._drug(said, at):
            return False
        return self.glossary.frequencies.zipf(small) < COMMON

    def _drug(self, said: _Said, at: int) -> bool:
        return self._lexicon is not None and bool(self._lexicon.drugs(said.tokens[at : at + 1]))

    def _rare(self, said: _Said) -> Iterator[Term]:
        listed = self._in_lexicon(said)
        for at, token in enumerate(said.tokens):
            word = token.form
            if at in said.taken or word in said.names or len(word) < MIN_LETTERS:
                continue
            if not (word.isascii() and word.isalpha()) or _capitalised(said, at):
                continue
            zipf = self.glossary.frequencies.zipf(word)
            shaped = self.glossary.medical(word)
            if zipf >= (RARE if shaped else VERY_RARE) or not (shaped or at in listed):
                continue
            sure = shaped and zipf < VERY_RARE
            score = SCORES["shape" if shaped else "lexicon"]
            yield Term(at, at + 1, token.stem, "", False, zipf, sure, score)

    def _in_lexicon(self, said: _Said) -> frozenset[int]:
        """Tokens of symptoms and medicines; a medicine's name needs a small first letter."""
        if self._lexicon is None:
            return frozenset()
        symptoms = self._lexicon.find(said.tokens).get("event", [])
        drugs = [hit for hit in self._lexicon.drugs(said.tokens) if said.raw(hit.first).islower()]
        return frozenset(at for hit in (*symptoms, *drugs) for at in range(hit.first, hit.last))


def _state(said: _Said, at: int, letters: str) -> bool:
    """Whether two capitals are a state: "in PA", "Pittsburgh, PA"."""
    if letters not in STATES or at == 0:
        return False
    before = said.tokens[at - 1]
    named = said.raw(at - 1)[:1].isupper() and before.stop == "," and not said.opens(at - 1)
    return before.form in PLACES or named


def _capitalised(said: _Said, at: int) -> bool:
    """Whether a capital inside a sentence makes it a name."""
    return not said.shouted and said.raw(at)[0].isupper() and not said.opens(at)


def _names(context: Context) -> frozenset[str]:
    """The words of people's and places' names, and the operator's own words, in a context."""
    words: set[str] = set()
    for key in (*PEOPLE, "product", "vocabulary"):
        for text in _texts(context.get(key), NAME_DEPTH):
            for token in tokenize(text):
                if len(words) >= MAX_NAME_WORDS:
                    return frozenset(words)
                words.add(token.form)
    return frozenset(words)


def _texts(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif depth and isinstance(value, dict | list | tuple):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each, depth - 1)
