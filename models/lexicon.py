"""The words of safety: loading them, and finding them in an utterance.

Two sources meet here: the built file (ontology symptoms, drug names: models/build_lexicon.py)
and the hand-written phrases of symptoms.toml. All become one trie of stems, walked once from
each token. A hit belongs to a channel ("event", "product", "link", or a cue such as
"negator"); within a channel the hits are leftmost, longest, and do not overlap.
"""

from __future__ import annotations

import gzip
import json
import tomllib
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from models.build_lexicon import VERSION
from models.tokens import Token, stem, tokenize

SYMPTOMS = Path(__file__).with_name("symptoms.toml")
FILE = "lexicon.json.gz"
MAX_SKIPPED = 3
"""Words that may be said between two words of a phrase: "arms are [all really very] red"."""
MAX_DRUG_WORDS = 3

WEIGHTS = {"weak": 0.3, "plain": 0.5, "strong": 0.6, "serious": 0.7, "condition": 0.5}
"""How much a phrase alone says that something befell someone; see models/adverse.py."""

NAMED = "named"
MEDICINE = "medicine"
DEVICE = "device"


class Hit(NamedTuple):
    """Tokens `first` to `last` (exclusive) say something of a channel.

    `kind` refines the channel; for events it is a key of WEIGHTS, or "ignore".
    """

    channel: str
    kind: str
    first: int
    last: int


@dataclass(slots=True)
class _Node:
    """One step of the trie: the next stems, the classes allowed next, and what ends here."""

    next: dict[str, _Node] = field(default_factory=dict)
    classes: tuple[str, ...] = ()
    ends: tuple[tuple[str, str], ...] = ()


class LexiconError(Exception):
    """The lexicon file is missing or is not one. The message names the mend."""


class Lexicon:
    """Every phrase that the detectors know, ready to match. Read-only once built."""

    def __init__(self, symptoms: Iterable[str], drugs: Iterable[str], spoken: dict[str, Any]):
        self._root = _Node()
        self._skip = frozenset(spoken["skip"].split())
        self.classes = {
            name: frozenset(stem(word) for word in words.split())
            for name, words in spoken["classes"].items()
        }
        self._drugs = frozenset(drugs)
        self._drug_starts = frozenset(name.split(" ", 1)[0] for name in self._drugs if " " in name)
        self._add_spoken(spoken)
        self._add_ontology(
            symptoms, frozenset(map(stem, spoken["events"]["condition_words"].split()))
        )

    def _add_spoken(self, spoken: dict[str, Any]) -> None:
        for kind, phrases in spoken["events"].items():
            if kind != "condition_words":
                self._add_all(phrases, "event", kind)
        for kind, phrases in spoken["product"].items():
            self._add_all(phrases, "product", kind)
        for kind, phrases in spoken["links"].items():
            self._add_all(phrases, "link", kind)
        for cue, phrases in spoken["cues"].items():
            self._add_all(phrases, cue, cue)

    def _add_all(self, phrases: str, channel: str, kind: str) -> None:
        for line in phrases.strip().splitlines():
            if line.strip():
                self._add(_stems(line), channel, kind)

    def _add_ontology(self, symptoms: Iterable[str], condition_words: frozenset[str]) -> None:
        for phrase in symptoms:
            words = phrase.replace("-", " ").replace("'s", "").split()
            spare = [word for word in words[1:] if word not in self._skip]
            kept = [stem(word) for word in words[:1] + (spare or words[1:])]
            kind = "condition" if condition_words.intersection(kept) else "plain"
            self._add(kept, "event", kind, unless_known=True)

    def _add(
        self, stems: Sequence[str], channel: str, kind: str, *, unless_known: bool = False
    ) -> None:
        node = self._root
        for each in stems:
            if each.startswith("{") and each not in node.classes:
                node.classes = (*node.classes, each)
            node = node.next.setdefault(each, _Node())
        if any(each == channel for each, _ in node.ends):
            if unless_known or (channel, kind) in node.ends:
                return
            # Written twice by hand: the later list decides ("ignore" comes after the events).
            node.ends = tuple(end for end in node.ends if end[0] != channel)
        node.ends = (*node.ends, (channel, kind))

    def find(self, tokens: Sequence[Token]) -> dict[str, list[Hit]]:
        """The hits of a text by channel, each list in the order spoken."""
        hits: dict[str, list[Hit]] = {}
        for start in range(len(tokens)):
            longest: dict[str, tuple[int, str]] = {}
            self._walk(tokens, start, self._root, 0, longest)
            for channel, (last, kind) in longest.items():
                known = hits.setdefault(channel, [])
                if not known or known[-1].last <= start:
                    known.append(Hit(channel, kind, start, last))
        return hits

    def _walk(
        self,
        tokens: Sequence[Token],
        at: int,
        node: _Node,
        skipped: int,
        longest: dict[str, tuple[int, str]],
    ) -> None:
        """Follow every way on from `node`, keeping the longest end of each channel."""
        if at == len(tokens) or (node is not self._root and tokens[at - 1].stop in (".", "?")):
            return
        token = tokens[at].stem
        ways = [node.next[token]] if token in node.next else []
        ways += [node.next[each] for each in node.classes if token in self.classes[each[1:-1]]]
        for way in ways:
            for channel, kind in way.ends:
                if at + 1 > longest.get(channel, (0, ""))[0]:
                    longest[channel] = (at + 1, kind)
            if way.next:
                self._walk(tokens, at + 1, way, 0, longest)
        inside = node is not self._root and tokens[at - 1].stop == ""
        if inside and skipped < MAX_SKIPPED and tokens[at].form in self._skip:
            self._walk(tokens, at + 1, node, skipped + 1, longest)

    def drugs(self, tokens: Sequence[Token]) -> list[Hit]:
        """The drug names in a text, longest first at each place."""
        hits: list[Hit] = []
        for start in range(len(tokens)):
            if not hits or hits[-1].last <= start:
                last = self._drug_end(tokens, start)
                if last:
                    hits.append(Hit("product", NAMED, start, last))
        return hits

    def _drug_end(self, tokens: Sequence[Token], start: int) -> int:
        first = tokens[start].form
        if first in self._drug_starts:
            for last in range(min(start + MAX_DRUG_WORDS, len(tokens)), start + 1, -1):
                if " ".join(token.form for token in tokens[start:last]) in self._drugs:
                    return last
        known = first in self._drugs or (first.endswith("s") and first[:-1] in self._drugs)
        return start + 1 if known else 0


def _stems(line: str) -> list[str]:
    """The stems of a hand-written phrase; a class in braces stays as it is."""
    stems: list[str] = []
    for word in line.split():
        stems += [word] if word.startswith("{") else [token.stem for token in tokenize(word)]
    return stems


def load_lexicon(folder: Path) -> Lexicon:
    """The lexicon built into `folder`. Raises LexiconError with the mend."""
    path, mend = folder / FILE, "fetch it with: coach models pull"
    try:
        body = json.loads(gzip.decompress(path.read_bytes()))
    except FileNotFoundError as error:
        raise LexiconError(f"{path} is missing; {mend}") from error
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise LexiconError(f"{path} cannot be read ({error}); delete it and {mend}") from error
    if not isinstance(body, dict) or body.get("version") != VERSION:
        raise LexiconError(f"{path} is not of version {VERSION}; delete it and {mend}")
    return Lexicon(body["symptoms"], body["drugs"], spoken())


def spoken() -> dict[str, Any]:
    """The hand-written phrases."""
    return tomllib.loads(SYMPTOMS.read_text(encoding="utf-8"))
