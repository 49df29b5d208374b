"""Fixtures of tests/models: a small lexicon built here, and the real one where it is installed."""

from __future__ import annotations

import bz2
import pickle
from pathlib import Path

import pytest

from models import weights
from models.build_lexicon import build_lexicon
from models.lexicon import FILE, Lexicon, LexiconError, load_lexicon
from tests.models.line import Line, heard_line

TINY_OBO = """format-version: 1.2

[Term]
id: HP:0000001
name: All

[Term]
id: HP:0000118
name: Phenotypic abnormality
is_a: HP:0000001 ! All

[Term]
id: HP:0000988
name: Skin rash
synonym: "Rash" EXACT layperson [ORCID:0000-0001-0000-0000]
synonym: "Exanthema of the skin" EXACT []
is_a: HP:0000118 ! Phenotypic abnormality

[Term]
id: HP:0002315
name: Headache
synonym: "Headaches" EXACT layperson []
synonym: "A pain that sits anywhere inside the head" EXACT layperson []
is_a: HP:0000118 ! Phenotypic abnormality

[Term]
id: HP:0003003
name: Colon cancer
is_a: HP:0000988 ! Skin rash

[Term]
id: HP:0003764
name: Nevus
synonym: "Mole" EXACT layperson []
is_a: HP:0000118 ! Phenotypic abnormality

[Term]
id: HP:0009999
name: Gone term
is_obsolete: true
is_a: HP:0000118 ! Phenotypic abnormality

[Term]
id: HP:0012825
name: Mild
synonym: "Gentle" EXACT layperson []
is_a: HP:0000001 ! All

[Typedef]
id: part_of
name: part of
"""
TINY_DRUGS = {
    "drug_variant_to_canonical": {
        "humira": ["adalimumab"],
        "adalimumab": ["adalimumab"],
        "ozempic": ["semaglutide"],
        "tylenol": ["acetaminophen"],
        "insulin-glargine": ["insulin glargine"],
        "camila": ["norethindrone"],
        "alli": ["orlistat"],
        "abcd": ["some chemical"],
        "brown rice": ["rice"],
        "anti-tumour antibody": ["adalimumab"],
        "1,2-ethanediol": ["some chemical"],
    },
    "drug_canonical_to_data": {
        "adalimumab": {"medline_plus_id": "a603010"},
        "semaglutide": {"medline_plus_id": "a618008"},
        "acetaminophen": {"nhs_url": "x", "mass_lower": 151.06},
        "insulin glargine": {"medline_plus_id": "a600027"},
        "norethindrone": {"medline_plus_id": "a602008"},
        "orlistat": {"medline_plus_id": "a601244"},
        "rice": {},
        "some chemical": {},
    },
    "drug_variant_to_variant_data": {"humira": {"is_brand": True}},
}


@pytest.fixture(scope="session")
def lexicon_inputs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A tiny ontology and a tiny drug dictionary, of the shape of the published ones."""
    folder = tmp_path_factory.mktemp("inputs")
    obo, drugs = folder / "hp.obo", folder / "drugs.pkl.bz2"
    obo.write_text(TINY_OBO, encoding="utf-8")
    drugs.write_bytes(bz2.compress(pickle.dumps(TINY_DRUGS)))
    return obo, drugs


@pytest.fixture(scope="session")
def tiny_lexicon(
    lexicon_inputs: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> Lexicon:
    """The hand-written phrases with the tiny sources."""
    folder = tmp_path_factory.mktemp("lexicon")
    build_lexicon(*lexicon_inputs, folder / FILE)
    return load_lexicon(folder)


@pytest.fixture(scope="session")
def real_lexicon() -> Lexicon:
    """The lexicon that `coach models pull` built on this machine."""
    try:
        folder = weights.folder("lexicon")
    except weights.MissingWeights:
        # Not as the manifest means it, but perhaps there: COACH_MODELS_DIR of a work bench.
        folder = weights.models_dir() / "lexicon"
    try:
        return load_lexicon(folder)
    except LexiconError as error:
        pytest.skip(f"the real lexicon is not installed: {error}")


@pytest.fixture(scope="module")
def line() -> Line:
    """The sample call, both sides on one line."""
    return heard_line()
