"""The book of cues: phrases by family in models/cues/*.toml, read, checked and compiled.

A file holds tables [[cue]], and one (lists.toml) the named lists, the words that may be said
anywhere (`skip`) and tables [[mark]], which raise nothing and say how others are meant.
  kind        the signal's kind, a key of KINDS
  phrases     one a line, in the notation of models/notation.py; behind "=>" what the kind's
              `arrow` attribute says for this line
  not_when    phrases in the same sentence that take the cue back
  not_with    phrases anywhere in the same utterance that do
  score       0..1, a hand-made confidence; LIVE or more is tier live, else review
  now         the cue counts as live only of the present: what is past, feared or only asked
              about goes to review
  [cue.attributes]   go into the signal as they are
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

from models.lexicon import Lexicon, spoken
from models.notation import PhraseError
from models.phrases import Phrases

FOLDER = Path(__file__).with_name("cues")
LISTS = "lists.toml"
DEFAULT_SCORE = 0.8
MAX_PHRASES = 5000
"""Phrases of all files: some four times what a full book holds; more is a mistake of a script."""

Who = Literal["agent", "customer", "caller", "anyone"]
"""Whose words count. customer: the customer, or an interpreter for them; caller: whoever is not
known to be the agent, for what must not be missed where nobody knows who speaks."""
BOUNDARIES = (
    "advice", "comparative", "off_label", "promise_of_effect", "false_reassurance", "cause",
    "discourages_report", "leads_reporter",
)  # fmt: skip
STATEMENTS = (
    "recording_notice", "identity_check", "ae_contact_consent", "recap", "offer_more_help",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind of signal needs. `quote`: the attribute that holds the words as heard.

    `choice`: the attribute that each cue must have, with the values it may take; signals of an
    utterance with the same value are one. `arrow`: the attribute written behind "=>".
    """

    who: Who
    quote: str = ""
    choice: str = ""
    values: tuple[Any, ...] = ()
    arrow: str = ""
    escalates: bool = False


ASKS = "asks"
"""Kind of the agent's question whose "yes" is an escalation; no signal of its own."""
KINDS: Mapping[str, Kind] = {
    "empathy_opportunity": Kind("customer", "fact"),
    "distress": Kind("customer", "words"),
    "acknowledgement": Kind("agent", "words"),
    "check_understanding": Kind("agent", "", "open", (True, False)),
    "unkind_phrase": Kind(
        "agent", "said", "form", ("blame", "dismissive", "absolute"), arrow="kinder"
    ),
    "boundary": Kind("agent", "said", "form", BOUNDARIES),
    "statement": Kind("agent", "", "name", STATEMENTS),
    "hold": Kind("agent"),
    "closing": Kind("anyone"),
    "self_harm": Kind("caller", "said", escalates=True),
    "emergency": Kind("caller", "said", escalates=True),
    "tampering": Kind("caller", "said", escalates=True),
    "threat": Kind("caller", "said", escalates=True),
    "abuse": Kind("caller", "said", "of", ("agent", "caller"), escalates=True),
    "press_or_lawyer": Kind("caller", "said", escalates=True),
    "hearing_trouble": Kind("customer", "said"),
    "language_request": Kind("customer", "language", arrow="language"),
    "third_party": Kind("anyone", "said", "who", ("interpreter", "relay", "family", "other")),
    ASKS: Kind("agent", "", "of", ("self_harm", "emergency")),
}
MARKS = frozenset({"past_time", "past_verb", "now", "read_out"})
KEYS = frozenset({"kind", "about", "phrases", "not_when", "not_with", "score", "now", "attributes"})


@dataclass(frozen=True, slots=True)
class Cue:
    """One table of the book, without its phrases."""

    kind: str
    score: float
    now: bool
    attributes: dict[str, Any]


class Line(NamedTuple):
    """What one compiled phrase does: raise cue `cue`, speak against it, or set a mark (cue -1)."""

    cue: int
    against: Literal["", "sentence", "utterance"] = ""
    arrow: str = ""
    mark: str = ""


@dataclass(frozen=True)
class CueBook:
    """Every cue, ready to match. Read-only; one serves all calls."""

    cues: tuple[Cue, ...]
    lines: tuple[Line, ...]
    phrases: Phrases
    lexicon: Lexicon
    """The words of negation, doubt and labels that all detectors share."""


def load_cues(folder: Path = FOLDER) -> CueBook:
    """The book in `folder`. Raises ValueError that names file, table and mend."""
    files = sorted(folder.glob("*.toml"))
    if not (folder / LISTS).is_file():
        raise ValueError(f"{folder / LISTS} is missing: put the lists and marks there")
    shared = _parsed(folder / LISTS)
    writer = _Writer()
    for path in files:
        writer.read(path, shared if path.name == LISTS else _parsed(path))
    lists, skip = shared.get("lists", {}), shared.get("skip", "")
    if not isinstance(skip, str) or not isinstance(lists, dict):
        raise ValueError(f"{folder / LISTS}: skip is text and lists a table: write them so")
    for name, entries in lists.items():
        if not isinstance(entries, str):
            raise ValueError(f"{folder / LISTS}: list {name}: write its entries one a line")
    return CueBook(
        tuple(writer.cues), tuple(writer.lines), writer.compiled(lists, skip), _lexicon()
    )


def _lexicon() -> Lexicon:
    """The hand-written cues alone: no ontology is needed to see a negation."""
    return Lexicon((), (), spoken())


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"{path} cannot be read ({error}): mend it there") from error


class _Writer:
    """Gathers the tables of all files, checking each."""

    def __init__(self) -> None:
        self.cues: list[Cue] = []
        self.lines: list[Line] = []
        self._texts: list[str] = []
        self._where: list[str] = []

    def read(self, path: Path, body: dict[str, Any]) -> None:
        known = {"cue", "mark", "lists", "skip"} if path.name == LISTS else {"cue"}
        for key in body.keys() - known:
            raise ValueError(f"{path}: {key!r} is unknown: use {', '.join(sorted(known))}")
        for name in ("cue", "mark"):
            tables = body.get(name, [])
            if not isinstance(tables, list) or not all(isinstance(each, dict) for each in tables):
                raise ValueError(f"{path}: write each {name} as a table [[{name}]]")
        for number, table in enumerate(body.get("cue", []), 1):
            self._cue(f"{path}: cue {number}", table)
        for number, table in enumerate(body.get("mark", []), 1):
            where, name = f"{path}: mark {number}", table.get("name")
            if name not in MARKS:
                raise ValueError(f"{where}: name {name!r}: use one of {', '.join(sorted(MARKS))}")
            self._phrases(where, table, "phrases", Line(-1, mark=name))

    def _cue(self, where: str, table: dict[str, Any]) -> None:
        name = table.get("kind")
        kind = KINDS.get(name) if isinstance(name, str) else None
        if name is None or kind is None:
            raise ValueError(f"{where}: kind {name!r}: use one of {', '.join(sorted(KINDS))}")
        where = f"{where} ({name})"
        for key in table.keys() - KEYS:
            raise ValueError(f"{where}: {key!r} is unknown: use {', '.join(sorted(KEYS))}")
        cue = _checked(where, name, kind, table)
        self.cues.append(cue)
        number = len(self.cues) - 1
        self._phrases(where, table, "phrases", Line(number), kind)
        if "not_when" in table:
            self._phrases(where, table, "not_when", Line(number, "sentence"))
        if "not_with" in table:
            self._phrases(where, table, "not_with", Line(number, "utterance"))

    def _phrases(
        self, where: str, table: dict[str, Any], key: str, line: Line, kind: Kind | None = None
    ) -> None:
        text = table.get(key)
        if not isinstance(text, str) or not text.strip():
            raise ValueError(f'{where}: {key} is missing: write """ and one phrase a line')
        arrow = kind.arrow if kind else ""
        for written in filter(None, (row.strip() for row in text.splitlines())):
            phrase, _, value = (part.strip() for part in written.partition("=>"))
            if value and not arrow:
                raise ValueError(f"{where}: {written!r}: no => here: remove it")
            if arrow == "kinder" and not value and arrow not in table.get("attributes", {}):
                raise ValueError(f"{where}: {written!r}: say what is kinder behind =>")
            self.lines.append(line._replace(arrow=value))
            self._texts.append(phrase)
            self._where.append(where)

    def compiled(self, lists: Mapping[str, str], skip: str) -> Phrases:
        if len(self._texts) > MAX_PHRASES:
            raise ValueError(f"{len(self._texts)} phrases: keep to {MAX_PHRASES}; join some")
        try:
            return Phrases.of(self._texts, lists, skip)
        except PhraseError as error:
            raise ValueError(f"{self._where[error.phrase]}: {error}") from error


def _checked(where: str, name: str, kind: Kind, table: dict[str, Any]) -> Cue:
    attributes = table.get("attributes", {})
    score, now = table.get("score", DEFAULT_SCORE), table.get("now", False)
    if not isinstance(attributes, dict):
        raise ValueError(f"{where}: write its attributes under [cue.attributes]")
    if isinstance(score, bool) or not isinstance(score, int | float) or not 0 < score <= 1:
        raise ValueError(f"{where}: score {score!r}: write a number above 0, at most 1")
    if not isinstance(now, bool) or (now and not kind.escalates):
        raise ValueError(f"{where}: now is true or false, and for escalations alone")
    if kind.choice and attributes.get(kind.choice) not in kind.values:
        values = ", ".join(str(value).lower() for value in kind.values)
        raise ValueError(f"{where}: give it the attribute {kind.choice}, one of {values}")
    about = table.get("about")
    if about is not None:
        attributes = {**attributes, "about": about}
    return Cue(name, round(float(score), 2), now, attributes)
