"""The lexicon: built the same every time, read safely, and matched as it is spoken."""

from __future__ import annotations

import bz2
import gzip
import json
import os
import pickle
from pathlib import Path

import pytest

from models.build_lexicon import build_lexicon
from models.lexicon import FILE, Lexicon, LexiconError, load_lexicon, spoken
from models.scopes import Reading


def built(inputs: tuple[Path, Path], out: Path) -> bytes:
    build_lexicon(*inputs, out)
    return out.read_bytes()


def test_the_build_keeps_what_is_said_and_drops_the_rest(
    lexicon_inputs: tuple[Path, Path], tmp_path: Path
) -> None:
    body = json.loads(gzip.decompress(built(lexicon_inputs, tmp_path / FILE)))
    assert body["symptoms"] == [
        "colon cancer",
        "headache",
        "headaches",
        "nevus",
        "rash",
        "skin rash",
    ]
    assert body["drugs"] == [
        "adalimumab", "alli", "humira", "insulin glargine", "ozempic", "tylenol",
    ]  # fmt: skip
    assert all(source["licence"] and source["citation"] for source in body["sources"])


def test_the_same_inputs_give_the_same_bytes(
    lexicon_inputs: tuple[Path, Path], tmp_path: Path
) -> None:
    first = built(lexicon_inputs, tmp_path / "a.json.gz")
    assert first == built(lexicon_inputs, tmp_path / "b.json.gz")


class _Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("never-made",)


def test_a_pickle_that_asks_for_a_function_is_refused(
    lexicon_inputs: tuple[Path, Path], tmp_path: Path
) -> None:
    evil = tmp_path / "evil.pkl.bz2"
    evil.write_bytes(bz2.compress(pickle.dumps({"drug_variant_to_canonical": _Evil()})))
    with pytest.raises(pickle.UnpicklingError, match="plain values only"):
        build_lexicon(lexicon_inputs[0], evil, tmp_path / FILE)
    assert not Path("never-made").exists()


def test_wrong_inputs_name_the_fault(lexicon_inputs: tuple[Path, Path], tmp_path: Path) -> None:
    empty, other = tmp_path / "empty.obo", tmp_path / "other.pkl.bz2"
    empty.write_text("format-version: 1.2\n\n[Term]\nid: HP:0000118\nname: Root\n")
    other.write_bytes(bz2.compress(pickle.dumps([1, 2])))
    with pytest.raises(ValueError, match="neither may be empty"):
        build_lexicon(empty, lexicon_inputs[1], tmp_path / FILE)
    with pytest.raises(ValueError, match="lacks its tables"):
        build_lexicon(lexicon_inputs[0], other, tmp_path / FILE)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (None, "is missing"),
        (b"no gzip", "cannot be read"),
        (gzip.compress(b"[]"), "not of version"),
        (gzip.compress(b'{"version": 99}'), "not of version"),
        (gzip.compress(b"{}" * 50)[:-9], "cannot be read"),
    ],
)
def test_a_lexicon_that_is_none_names_the_mend(
    content: bytes | None, fault: str, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / FILE).write_bytes(content)
    with pytest.raises(LexiconError, match=f"{fault}.*coach models pull"):
        load_lexicon(tmp_path)


def found(lexicon: Lexicon, text: str, channel: str) -> list[str]:
    reading = Reading.of(text, lexicon)
    return [text[slice(*reading.chars(hit))] for hit in reading.get(channel)]


@pytest.mark.parametrize(
    ("text", "events"),
    [
        ("my arms are all really red", ["arms are all really red"]),
        ("I broke out, in hives", ["broke out, in", "hives"]),
        ("Headaches. And skin rashes", ["Headaches", "skin rashes"]),
        ("red. Arms", []),
        ("I can't, um, sleep", ["can't, um, sleep"]),
    ],
)
def test_events_are_the_longest_phrases_within_a_sentence(
    tiny_lexicon: Lexicon, text: str, events: list[str]
) -> None:
    assert found(tiny_lexicon, text, "event") == events


def test_drugs_are_found_with_their_longest_name(tiny_lexicon: Lexicon) -> None:
    assert found(tiny_lexicon, "Insulin glargine and two Tylenols", "product") == [
        "Insulin glargine", "Insulin", "Tylenols",
    ]  # fmt: skip


def test_every_hand_written_phrase_can_be_heard(tiny_lexicon: Lexicon) -> None:
    """A phrase that its own words do not match would be dead weight."""
    tables = spoken()
    for table in ("product", "links", "cues"):
        for name, phrases in tables[table].items():
            channel = {"product": "product", "links": "link", "cues": name}[table]
            for phrase in phrases.strip().splitlines():
                assert found(tiny_lexicon, phrase, channel), f"{name}: {phrase}"


def test_the_real_lexicon_knows_brands_and_lay_words(real_lexicon: Lexicon) -> None:
    assert found(real_lexicon, "Humira, Ozempic, Wegovy and paracetamol", "product") == [
        "Humira", "Ozempic", "Wegovy", "paracetamol",
    ]  # fmt: skip
    assert found(real_lexicon, "he had nosebleeds and wheezing", "event") == [
        "nosebleeds", "wheezing",
    ]  # fmt: skip
