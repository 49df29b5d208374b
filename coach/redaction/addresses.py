"""E-mail addresses, as written and as spoken: "maria at gmail dot com".

An address is found from its "at" outwards: to the right a domain, which must end in a known
ending or be a known provider where the "at" is the word; to the left what people say for the
part before it: one word, words joined by "dot" or "underscore", or spelled letters and digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from coach.redaction.digits import Mask
from coach.redaction.lexemes import Lexeme, word_set
from coach.redaction.quantities import COUNTED, MEASURES

ENDINGS = word_set("com org net edu gov")
"""Endings that are recognised even with a space before them, as in "gmail. com"."""
COUNTRY_ENDINGS = word_set(
    "mil int io co us uk ca au nz ie de fr es it nl be ch at se no dk fi pt br mx eu info biz "
    "health care me"
)
PROVIDERS = word_set(
    "gmail googlemail yahoo hotmail outlook icloud aol proton protonmail msn verizon comcast"
)
"""Providers that people name without an ending ("maria at gmail")."""
JOINTS = word_set("dot underscore dash hyphen minus plus period")
DOMAIN_WORDS = 3
"""Words a spoken domain may have before its "dot" ("blue cross dot org")."""
NOT_LOCAL = word_set(
    """a an the me us him her it them you i we he she they look looks looked looking website site
    page online is are was were be been up out go going find visit here there work works home and
    or not that this on in of to"""
)
"""Words before "at" that are no mailbox: "look at example dot com" is a website."""

_WRITTEN_JOINT = re.compile(r"\s*[.+_'’-]+")
_SPELLED_GAP = re.compile(r"[\s,.-]*")


def find_addresses(text: str, lexemes: tuple[Lexeme, ...]) -> Iterator[Mask]:
    """The characters of every address, in order and apart from each other."""
    done = 0
    for at, lexeme in enumerate(lexemes):
        if lexeme.start < done or not _is_at(lexeme):
            continue
        local, domain = _local_start(text, lexemes, at, done), _domain_end(text, lexemes, at)
        if local is not None and domain is not None:
            yield Mask(local, domain, "email")
            done = domain


def open_address(text: str, lexemes: tuple[Lexeme, ...]) -> int | None:
    """Where an address begins that may be unfinished at the end of `text`; None: nowhere."""
    tail = list(lexemes[-3:])
    if tail and tail[-1].value in ("dot", "period"):
        tail.pop()
    for back in (1, 2):
        if len(tail) >= back and _is_at(tail[-back]):
            return _local_start(text, lexemes, lexemes.index(tail[-back]))
    return None


def _is_at(lexeme: Lexeme) -> bool:
    return lexeme.kind == "word" and lexeme.value in ("@", "at")


def _gap(text: str, lexemes: tuple[Lexeme, ...], left: int) -> str:
    """The characters between lexeme `left` and the next one."""
    return text[lexemes[left].end : lexemes[left + 1].start]


def _may_be_local(lexeme: Lexeme) -> bool:
    return lexeme.kind != "mask" and (lexeme.value.isalnum() or "'" in lexeme.value)


def _local_start(text: str, lexemes: tuple[Lexeme, ...], at: int, done: int = 0) -> int | None:
    """First character, from `done` on, of the part before the "at"; None: it cannot be one."""
    first = at - 1
    if first < 0 or lexemes[first].start < done or not _may_be_local(lexemes[first]):
        return None
    spelled = first > 0 and len(lexemes[first].value) == 1 and _spelled(lexemes[first - 1])
    if lexemes[at].value == "at" and lexemes[first].value in NOT_LOCAL and not spelled:
        return None
    if _gap(text, lexemes, first) and _is_measure(lexemes, first):
        return None
    while (further := _one_left(text, lexemes, first)) is not None:
        if lexemes[further].start < done:
            break
        first = further
    return lexemes[first].start


def _one_left(text: str, lexemes: tuple[Lexeme, ...], first: int) -> int | None:
    """The lexeme by which the part before the "at" goes on to the left, if it does."""
    if first == 0 or not _may_be_local(lexemes[first - 1]) or _is_at(lexemes[first - 1]):
        return None
    before, here, gap = lexemes[first - 1], lexemes[first], _gap(text, lexemes, first - 1)
    if any(map(str.isspace, gap)) and _is_measure(lexemes, first - 1):
        return None
    if not gap or _WRITTEN_JOINT.fullmatch(gap):
        return first - 1
    if before.value in JOINTS and first >= 2 and _may_be_local(lexemes[first - 2]):
        return None if _is_at(lexemes[first - 2]) or _is_measure(lexemes, first - 2) else first - 2
    if not _SPELLED_GAP.fullmatch(gap):
        return None
    if _spelled(before) and before.value not in ("a", "i"):
        return first - 1
    if _spelled(here) and (_spelled(before) or (_number(here) and before.value not in NOT_LOCAL)):
        return first - 1
    return None


def _is_measure(lexemes: tuple[Lexeme, ...], at: int) -> bool:
    """True for the "mg" of "20 mg": were it a mailbox, the 20 would lose what excuses it."""
    return at > 0 and lexemes[at - 1].in_run and lexemes[at].value in MEASURES | COUNTED


def _number(lexeme: Lexeme) -> bool:
    return lexeme.is_number or lexeme.kind == "times"


def _spelled(lexeme: Lexeme) -> bool:
    return _number(lexeme) or len(lexeme.value) == 1


def _domain_end(text: str, lexemes: tuple[Lexeme, ...], at: int) -> int | None:
    """Last character + 1 of the domain behind the "at"; None where there is none."""
    label = at + 1
    if label >= len(lexemes) or not _may_be_local(lexemes[label]):
        return None
    adjoined = lexemes[at].value == "@" and not _gap(text, lexemes, at)
    good = None
    if lexemes[label].value in PROVIDERS:
        good = label
    elif not adjoined:
        label = _last_word_before_dot(text, lexemes, label)
    label = _joined(text, lexemes, label)
    if adjoined or good is not None:
        good = label
    while (following := _next_label(text, lexemes, label, written=adjoined)) is not None:
        label = _joined(text, lexemes, following)
        if adjoined or lexemes[label].value in ENDINGS | COUNTRY_ENDINGS:
            good = label
    return None if good is None else lexemes[good].end


def _last_word_before_dot(text: str, lexemes: tuple[Lexeme, ...], label: int) -> int:
    """The last word of a spoken domain of several words; `label` where it has but one."""
    for last in range(label + 1, min(label + DOMAIN_WORDS, len(lexemes) - 2)):
        words = lexemes[label : last + 1]
        if any(x.kind != "word" or x.value in NOT_LOCAL | JOINTS for x in words):
            break
        if lexemes[last + 1].value == "dot" and lexemes[last + 2].value in ENDINGS:
            return last
    return label


def _joined(text: str, lexemes: tuple[Lexeme, ...], label: int) -> int:
    """The last lexeme of a written label such as "care-4-you"."""
    while label + 1 < len(lexemes) and _gap(text, lexemes, label) in ("", "-"):
        if not _may_be_local(lexemes[label + 1]):
            break
        label += 1
    return label


def _next_label(text: str, lexemes: tuple[Lexeme, ...], label: int, *, written: bool) -> int | None:
    """The lexeme after the next dot of a domain, written or spoken."""
    following = label + 1
    if following >= len(lexemes):
        return None
    gap = _gap(text, lexemes, label)
    if gap.strip() == ".":
        if written and gap == "." and _may_be_local(lexemes[following]):
            return following
        endings = ENDINGS if gap[-1] != "." else ENDINGS | COUNTRY_ENDINGS
        plain = gap == "." and lexemes[following].kind == "word"
        return following if lexemes[following].value in endings or plain else None
    spoken = lexemes[following].value in ("dot", "period") and following + 1 < len(lexemes)
    return following + 1 if spoken and lexemes[following + 1].kind == "word" else None
