"""The glossary of jargon: what it holds, that its plain words are plain, and its faults."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from models.frequency import UNKNOWN, Frequencies, load_frequencies
from models.glossary import FILE, MAX_PLAIN_WORDS, load_glossary
from models.lexicon import Lexicon, spoken
from models.terms import Finder
from models.tokens import tokenize

GLOSSARY = load_glossary()
LEXICON = Lexicon(["osteomyelitis"], ["lenalidomide", "humira"], spoken())


def test_the_glossary_is_large_enough() -> None:
    phrases = [entry for entry in GLOSSARY.entries if not entry.acronym]
    acronyms = [entry for entry in GLOSSARY.entries if entry.acronym]
    assert len(phrases) >= 200
    assert len(acronyms) >= 60


def test_no_term_stands_there_twice() -> None:
    terms = [entry.term.lower() for entry in GLOSSARY.entries]
    assert len(terms) == len(set(terms))


def test_plain_words_are_short_and_plain() -> None:
    finder = Finder(GLOSSARY, LEXICON)
    for entry in GLOSSARY.entries:
        assert len(entry.plain.split()) <= MAX_PLAIN_WORDS, entry
        assert finder.find(entry.plain, tokenize(entry.plain), {}) == [], entry
        assert re.fullmatch(r"[A-Za-z, -]*", entry.plain), f"{entry} cannot be read aloud"


def test_every_term_is_found_where_it_is_said() -> None:
    finder = Finder(GLOSSARY)
    for entry in GLOSSARY.entries:
        text = f"about {entry.term} today"
        found = [term.key for term in finder.find(text, tokenize(text), {})]
        assert found == [entry.term.lower()], entry


def test_no_ordinary_word_is_taken_for_a_term() -> None:
    """A stem stands for many forms: none of them may be a word of every day."""
    finder = Finder(GLOSSARY)
    found = {
        word
        for word in load_frequencies().words(4.0)
        for _ in finder.find(word, tokenize(word), {})
    }
    assert found == set()


@pytest.mark.parametrize("word", sorted(GLOSSARY.everyday_words))
def test_everyday_words_are_none(word: str) -> None:
    text = f"this {word} again"
    assert Finder(GLOSSARY).find(text, tokenize(text), {}) == []


TERMS = '[terms.a]\n"subcutaneous" = ["just under the skin", "sub cutaneous"]\n'
REST = """[acronyms.a]
AE = ["something bad"]
[everyday]
acronyms = "tv"
words = "hyperlink"
[shape]
endings = "itis"
beginnings = "hyper"
"""


def write(folder: Path, body: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(body, encoding="utf-8")
    return path


def test_a_glossary_of_ones_own_is_read(tmp_path: Path) -> None:
    glossary = load_glossary(write(tmp_path, TERMS + REST))
    assert [entry.term for entry in glossary.entries] == ["subcutaneous", "AE"]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ("x = [", "no TOML"),
        (TERMS, "missing: acronyms, everyday, shape"),
        (TERMS + REST + "[more]\n", "more"),
        (TERMS + '"sub-cutaneous" = ["below the skin"]\n' + REST, "'subcutaneous' and 'sub-cut"),
        (TERMS + '"renal" = []\n' + REST, "'renal' has no plain words"),
        (TERMS + '"renal" = [" "]\n' + REST, "'renal' has no plain words"),
        (TERMS + '"renal" = "of the kidneys"\n' + REST, "'renal' is no list"),
        (TERMS + '"renal" = ["one two three four five six seven"]\n' + REST, "is long"),
        (TERMS + '"one two three four five six" = ["many"]\n' + REST, "has 6 words"),
        (TERMS + '"renal" = ["kidneys", "..."]\n' + REST, "has 0 words"),
        ("terms = 3\n" + REST, "[terms] holds no subjects"),
        ("[terms]\na = 3\n" + REST, "terms.a is no table"),
        (TERMS + REST.replace("AE", "ae"), "acronym 'ae'"),
        (TERMS + REST.replace('"something bad"', '"bad", "AE"'), "'AE' stands there twice"),
        (TERMS + REST.replace('"tv"', '"tv ae"'), "everyday: ae"),
        (TERMS + REST.replace('endings = "itis"', ""), "[shape] lacks endings"),
        (TERMS + REST.replace('"hyperlink"', "4"), "[everyday] lacks words"),
    ],
)
def test_a_faulty_glossary_is_refused_with_a_mend(tmp_path: Path, body: str, named: str) -> None:
    with pytest.raises(ValueError, match=re.escape(named)) as fault:
        load_glossary(write(tmp_path, body))
    assert str(fault.value).startswith("mine.toml: ")
    assert "; " in str(fault.value)


def test_a_missing_glossary_names_its_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"none\.toml: cannot be read"):
        load_glossary(tmp_path / "none.toml")


def test_the_glossary_lies_beside_its_reader() -> None:
    assert FILE.name == "glossary.toml"


# Frequencies.


def test_inflected_forms_are_as_frequent_as_their_base() -> None:
    table = Frequencies({"titrate": 2.1, "biopsy": 3.2, "diagnosis": 4.2})
    assert table.zipf("titrated") == table.zipf("titrating") == 2.1
    assert table.zipf("biopsies") == 3.2
    assert table.zipf("diagnoses") == 4.2
    assert table.exact("titrated") == UNKNOWN


def test_english_words_have_their_frequency() -> None:
    table = load_frequencies()
    assert table.zipf("the") > 7.0 > table.zipf("basket") > 4.0
    assert table.zipf("costochondritis") == UNKNOWN
    assert table is load_frequencies()
