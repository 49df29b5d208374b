"""Redaction: between a final and everything that leaves the pipeline.

Pattern rules, first form: payment cards, phone numbers and other long rows of digits, written
or spoken (digits.py), e-mail addresses (addresses.py), and names that are handed in. What is
found becomes one word, such as "[phone]". Text that holds such words already is left as it
is, so that redacting twice is redacting once.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from coach.redaction.addresses import find_addresses, open_address
from coach.redaction.digits import PHONE_DIGITS, Mask, find_runs, mask_of, open_digits, open_start
from coach.redaction.lexemes import Lexeme, cover, lex
from models.types import Span, Word
from stream.audio import Context

NAME_LETTERS = 3
"""The shortest word of a customer's name that is masked: "Li" and "de" are words of others."""
CONTEXT_DEPTH = 32
"""Levels of a context that are looked into; what lies deeper is dropped, not passed on."""
PLAIN_KEYS = frozenset({"consent", "agent", "product", "lot", "language", "country"})
"""Keys of a context whose values are the operator's own, not the customer's."""


@dataclass(frozen=True, slots=True)
class Redaction:
    """Characters `start` to `end` of the redacted text: a mask for something of that kind."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class Redacted:
    """An utterance that may be shown. `text` is `words` joined by single spaces.

    `open_digits`: how many digits the utterance ends with, to be carried to the party's next.
    """

    text: str
    words: tuple[Word, ...]
    redactions: tuple[Redaction, ...]
    open_digits: int


def redact_words(
    words: Sequence[Word], *, names: Collection[str] = (), carried: int = 0
) -> Redacted:
    """The utterance with each row of words that is to be hidden as one word, a mask.

    The mask spans its words in time, has the lowest `p` of them, and keeps the punctuation
    around them. `carried`: digits with which the same party's utterance before this ended.
    """
    text = " ".join(word.w for word in words)
    masks = _find(text, names, carried)
    shown = tuple(_merge(words, masks))
    return Redacted(
        text=_replaced(text, masks),
        words=shown,
        redactions=_moved(masks),
        open_digits=open_digits(_without_addresses(text)[0], carried),
    )


def withhold_open_digits(words: Sequence[Word], *, carried: int = 0) -> tuple[Word, ...]:
    """The words of a partial without the row of digits they end with, if any.

    The row may become a phone number, so it waits for the word that ends it; so does an
    address as far as "maria at". The rest is for `redact_words`, with the same `carried`;
    a row is withheld whatever was carried.
    """
    del carried
    text = " ".join(word.w for word in words)
    lexemes = _without_addresses(text)[0]
    start = open_start(lexemes)
    if start is None and (address := open_address(text, lexemes)) is not None:
        before = open_start(tuple(x for x in lexemes if x.end <= address))
        start = address if before is None else before
    if start is None:
        return tuple(words)
    return tuple(word for word, _, end in _placed(words) if end <= start)


def redact_text(text: str, *, names: Collection[str] = (), carried: int = 0) -> str:
    """Typed text, or a quote of an utterance, with masks. Nothing else of it changes."""
    return _replaced(text, _find(text, names, carried))


def redact_spans(
    text: str, spans: Sequence[Span], *, names: Collection[str] = (), carried: int = 0
) -> tuple[str, tuple[Span, ...]]:
    """`text` redacted and its spans moved with it.

    A span that overlaps a mask takes in the whole mask, so it never tells where in the mask
    something was. Give the whole utterance: in a part of it a number may have lost its head.
    """
    masks = _find(text, names, carried)
    shown = _replaced(text, masks)
    moved = []
    for span in spans:
        first, last = max(span.start, 0), min(span.end, len(text))
        start = _position(first, masks, end=False, empty=first >= last)
        end = max(start, _position(last, masks, end=True, empty=first >= last))
        moved.append(replace(span, text=shown[start:end], start=start, end=end))
    return shown, tuple(moved)


def context_names(context: Context) -> frozenset[str]:
    """The words of the customer's name that are long enough to be masked, with plain letters
    beside accented ones, since recognisers write either."""
    customer = context.get("customer")
    name = customer.get("name") if isinstance(customer, Mapping) else None
    if not isinstance(name, str):
        return frozenset()
    spellings = (name, unicodedata.normalize("NFC", name), _plain(name))
    words = {word.strip(".,;:()\"'") for spelling in spellings for word in spelling.split()}
    words |= {part for word in words for part in word.split("-")}
    return frozenset(word for word in words if sum(map(str.isalpha, word)) >= NAME_LETTERS)


def mask_context(context: Context) -> Context:
    """A copy for readers who may not see who the customer is.

    `customer.name` becomes "[name]"; every string in `customer`, `history` and keys we do not
    know is redacted, and numbers there as long as a phone number are masked. The vocabulary
    loses names only. The operator's own keys stay.
    """
    names = context_names(context)
    shown: Context = {}
    for key, value in context.items():
        if key in PLAIN_KEYS:
            shown[key] = value
        elif key == "vocabulary" and isinstance(value, list):
            shown[key] = [_only_names(x, names) if isinstance(x, str) else x for x in value]
        else:
            shown[key] = _masked_value(value, names, CONTEXT_DEPTH)
    customer = shown.get("customer")
    if isinstance(customer, dict) and customer.get("name") is not None:
        shown["customer"] = {**customer, "name": "[name]"}
    return shown


def _find(text: str, names: Collection[str], carried: int) -> tuple[Mask, ...]:
    """Everything to hide, in order. Addresses win over digits, digits over names."""
    lexemes, masks = _without_addresses(text)
    taken = [x for x in lexemes if x.kind == "mask"]
    named = [
        Mask(found.start(), found.end(), "name")
        for pattern in _name_patterns(names)
        for found in pattern.finditer(text)
        if all(found.end() <= x.start or x.end <= found.start() for x in taken)
    ]
    lexemes = cover(lexemes, [(mask.start, mask.end) for mask in named])
    runs = (mask_of(text, run, carried) for run in find_runs(lexemes))
    masks += [*filter(None, runs), *_adjoining(text, named)]
    return tuple(sorted(masks, key=lambda mask: mask.start))


def _without_addresses(text: str) -> tuple[tuple[Lexeme, ...], list[Mask]]:
    lexemes = lex(text)
    masks = list(find_addresses(text, lexemes))
    return cover(lexemes, [(mask.start, mask.end) for mask in masks]), masks


def _name_patterns(names: Collection[str]) -> Iterable[re.Pattern[str]]:
    """One pattern for all names. A name that is a number word ("Seven") is left to the digits."""
    words = {re.sub(r"^\W+|\W+$", "", word) for name in names for word in name.split()}
    usable = {x for x in words if lex(x) and not any(part.in_run for part in lex(x))}
    if not usable:
        return ()
    longest_first = sorted(usable, key=lambda word: (-len(word), word))
    either = "|".join(re.escape(word) for word in longest_first)
    return (re.compile(rf"(?<!\w)(?:{either})(?!\w)", re.IGNORECASE),)


def _adjoining(text: str, masks: Iterable[Mask]) -> list[Mask]:
    """First and last name next to each other as one mask."""
    joined: list[Mask] = []
    for mask in masks:
        if joined and text[joined[-1].end : mask.start].isspace():
            mask = Mask(joined.pop().start, mask.end, mask.kind)
        joined.append(mask)
    return joined


def _replaced(text: str, masks: Sequence[Mask]) -> str:
    pieces, at = [], 0
    for mask in masks:
        pieces += [text[at : mask.start], f"[{mask.kind}]"]
        at = mask.end
    return "".join([*pieces, text[at:]])


def _moved(masks: Sequence[Mask]) -> tuple[Redaction, ...]:
    """The masks' places in the redacted text."""
    found, shift = [], 0
    for mask in masks:
        start = mask.start + shift
        found.append(Redaction(start, start + len(mask.kind) + 2, mask.kind))
        shift += len(mask.kind) + 2 - (mask.end - mask.start)
    return tuple(found)


def _position(at: int, masks: Sequence[Mask], *, end: bool, empty: bool) -> int:
    """Where character `at` of a text is after redaction; inside a mask: at its near edge."""
    for mask, moved in zip(reversed(masks), reversed(_moved(masks)), strict=True):
        if at >= mask.end:
            return moved.end + at - mask.end
        if mask.start < at or (mask.start == at and not (end or empty)):
            return moved.end if end else moved.start
    return at


def _placed(words: Sequence[Word]) -> Iterable[tuple[Word, int, int]]:
    """Each word with its first character and the one after its last in the joined text."""
    at = 0
    for word in words:
        yield word, at, at + len(word.w)
        at += len(word.w) + 1


def _merge(words: Sequence[Word], masks: Sequence[Mask]) -> Iterable[Word]:
    """The words, those under one mask made one."""
    group: list[tuple[Word, int, int]] = []
    for placed in _placed(words):
        if group and not any(m.start < group[-1][2] and m.end > placed[1] for m in masks):
            yield _one_word(group, masks)
            group = []
        group.append(placed)
    if group:
        yield _one_word(group, masks)


def _one_word(group: Sequence[tuple[Word, int, int]], masks: Sequence[Mask]) -> Word:
    first, start, end = group[0][0], group[0][1], group[-1][2]
    inside = [
        Mask(mask.start - start, mask.end - start, mask.kind)
        for mask in masks
        if start <= mask.start and mask.end <= end
    ]
    if not inside:
        return first
    text = " ".join(word.w for word, _, _ in group)
    return Word(
        w=_replaced(text, inside),
        start=first.start,
        end=group[-1][0].end,
        p=min(word.p for word, _, _ in group),
        stable=all(word.stable for word, _, _ in group),
    )


def _plain(name: str) -> str:
    """The name without its accents."""
    parts = unicodedata.normalize("NFD", name)
    return "".join(part for part in parts if not unicodedata.combining(part))


def _only_names(text: str, names: Collection[str]) -> str:
    return _replaced(text, tuple(mask for mask in _find(text, names, 0) if mask.kind == "name"))


def _masked_value(value: Any, names: Collection[str], depth: int, key: str = "") -> Any:
    if depth == 0:
        return None
    if isinstance(value, str):
        return redact_text(value, names=names)
    if isinstance(value, Mapping):
        return {k: _masked_value(v, names, depth - 1, k) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_masked_value(item, names, depth - 1, key) for item in value]
    # A time may be a long number: "at" is when something was, not whom to call.
    numeric = isinstance(value, int) and not isinstance(value, bool) and key != "at"
    if numeric and abs(value) >= 10 ** (PHONE_DIGITS.start - 1):
        return _replaced(str(value), _find(str(value).lstrip("-"), names, 0))
    return value
