"""Medical words with plain words for them: glossary.toml, read and checked.

A glossary also holds what tells a medical word that it does not list: the acronyms that need
no explaining, the endings and beginnings of medical words, and how rare a word is.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from models.frequency import Frequencies, load_frequencies
from models.tokens import Token, tokenize

FILE = Path(__file__).with_name("glossary.toml")
MAX_PLAIN_WORDS = 6
"""More is an explanation, which nobody reads out between two words of their own."""
MAX_TERM_WORDS = 5
"""Of a term: longer ones are sentences."""
SECTIONS = frozenset({"terms", "acronyms", "everyday", "shape"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One term. `term` as the glossary writes it; `plain` words for it, "" where none."""

    term: str
    plain: str
    acronym: bool


@dataclass(frozen=True, slots=True)
class Glossary:
    """What is known of medical words. Read-only.

    `phrases` by the stems of their words; `letters` by the acronym in capitals.
    """

    phrases: Mapping[tuple[str, ...], Entry]
    letters: Mapping[str, Entry]
    everyday_words: frozenset[str]
    everyday_acronyms: frozenset[str]
    endings: tuple[str, ...]
    beginnings: tuple[str, ...]
    frequencies: Frequencies = field(repr=False)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Every term and acronym once, in the order of the file."""
        return tuple(dict.fromkeys((*self.phrases.values(), *self.letters.values())))

    def phrase_at(self, tokens: Sequence[Token], first: int) -> tuple[Entry, int] | None:
        """The longest term that begins at a token, and the token after it."""
        longest = 1
        while longest < MAX_TERM_WORDS and first + longest < len(tokens):
            if tokens[first + longest - 1].stop in (".", "?"):
                break
            longest += 1
        for last in range(first + longest, first, -1):
            entry = self.phrases.get(tuple(token.stem for token in tokens[first:last]))
            if entry is not None:
                return entry, last
        return None

    def medical(self, word: str) -> bool:
        """Whether a lower-case word is built as medical ones are."""
        bare = word[:-1] if word.endswith("s") and not word.endswith(("ss", "is")) else word
        if word in self.everyday_words or bare in self.everyday_words:
            return False
        return bare.endswith(self.endings) or word.startswith(self.beginnings)


class _Reader:
    """The checks of one file; each fault is a ValueError with the file and the mend."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def fail(self, fault: str, mend: str) -> NoReturn:
        raise ValueError(f"{self.path.name}: {fault}; {mend}")

    def body(self) -> dict[str, Any]:
        try:
            body = tomllib.loads(self.path.read_text(encoding="utf-8"))
        except OSError as error:
            self.fail(f"cannot be read ({error.strerror})", "put the file back")
        except ValueError as error:
            self.fail(f"is no TOML in UTF-8 ({error})", "correct that place")
        if body.keys() != SECTIONS:
            names = ", ".join(sorted(SECTIONS ^ body.keys()))
            self.fail(f"sections too many or missing: {names}", f"keep {sorted(SECTIONS)}")
        return body

    def rows(self, section: str, subjects: Any) -> Iterator[tuple[str, list[str]]]:
        """Each term of a section with its list: plain words, then variants."""
        if not isinstance(subjects, dict):
            self.fail(f"[{section}] holds no subjects", f"write [{section}.SUBJECT]")
        for subject, rows in subjects.items():
            if not isinstance(rows, dict):
                self.fail(f"{section}.{subject} is no table", f"write [{section}.{subject}]")
            for term, row in rows.items():
                where = f"{section}.{subject}, {term!r}"
                if not isinstance(row, list) or not all(isinstance(each, str) for each in row):
                    self.fail(f"{where} is no list of texts", 'write ["plain words", "variant"]')
                if not row or (not row[0].strip() and section == "terms"):
                    self.fail(f"{where} has no plain words", "put them first in its list")
                if len(row[0].split()) > MAX_PLAIN_WORDS:
                    self.fail(f"{where}: {row[0]!r} is long", f"use {MAX_PLAIN_WORDS} words")
                yield term, row

    def phrases(self, subjects: Any) -> dict[tuple[str, ...], Entry]:
        found: dict[tuple[str, ...], Entry] = {}
        for term, (plain, *variants) in self.rows("terms", subjects):
            entry = Entry(term, plain, acronym=False)
            for spelling in (term, *variants):
                stems = tuple(token.stem for token in tokenize(spelling))
                if not 0 < len(stems) <= MAX_TERM_WORDS:
                    self.fail(
                        f"{spelling!r} of {term!r} has {len(stems)} words",
                        f"use 1 to {MAX_TERM_WORDS}",
                    )
                other = found.setdefault(stems, entry)
                if other != entry:
                    self.fail(f"{spelling!r} is of {other.term!r} and {term!r}", "keep one")
        return found

    def letters(self, subjects: Any) -> dict[str, Entry]:
        found: dict[str, Entry] = {}
        for term, (plain, *variants) in self.rows("acronyms", subjects):
            for spelling in (term, *variants):
                if not (spelling.isalnum() and spelling.isupper() and len(spelling) > 1):
                    self.fail(f"acronym {spelling!r}", "write two capitals or more")
                if spelling in found:
                    self.fail(f"acronym {spelling!r} stands there twice", "keep one")
                found[spelling] = Entry(term, plain, acronym=True)
        return found

    def words(self, body: dict[str, Any], section: str, name: str) -> tuple[str, ...]:
        table = body[section]
        text = table.get(name) if isinstance(table, dict) else None
        if not isinstance(text, str) or not text.split():
            self.fail(f"[{section}] lacks {name}", f'write {name} = "words with spaces between"')
        return tuple(text.lower().split())


def load_glossary(path: Path = FILE) -> Glossary:
    """The glossary with the word frequencies; takes part of a second the first time.

    Raises ValueError that names the file, the fault and the mend.
    """
    reader = _Reader(path)
    body = reader.body()
    glossary = Glossary(
        phrases=reader.phrases(body["terms"]),
        letters=reader.letters(body["acronyms"]),
        everyday_words=frozenset(reader.words(body, "everyday", "words")),
        everyday_acronyms=frozenset(reader.words(body, "everyday", "acronyms")),
        endings=reader.words(body, "shape", "endings"),
        beginnings=reader.words(body, "shape", "beginnings"),
        frequencies=load_frequencies(),
    )
    clash = sorted(glossary.everyday_acronyms & {each.lower() for each in glossary.letters})
    if clash:
        reader.fail(f"both acronyms and everyday: {', '.join(clash)}", "keep one")
    return glossary
