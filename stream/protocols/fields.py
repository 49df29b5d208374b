"""Fields of JSON messages, read with their checks, for the codecs whose messages are JSON.

Each raises BadRequest, which names the field and the mend, unless its docstring says otherwise.
What comes out is safe to store and to write again as JSON.
"""

from __future__ import annotations

import json
import re
import reprlib
from typing import Any, Never

from stream.audio import CALL_ID, CallId, Context, Party
from stream.errors import BadRequest, TooBig, UnsupportedFormat
from stream.limits import (
    MAX_CALL_SECONDS,
    MAX_CONTEXT_BYTES,
    MAX_JSON_DEPTH,
    MAX_MESSAGE_BYTES,
    MAX_PARTIES,
    MAX_PARTY_NAME,
    MAX_RATE,
    MIN_RATE,
)

_WHOLE_NUMBER = re.compile(r"[0-9]{1,15}")
"""Fifteen digits: exact also where a sender or we hold the number as a float."""

_KINDS: dict[type, str] = {
    dict: "object",
    list: "list",
    str: "string",
    int: "number",
    float: "number",
    bool: "boolean",
}


def check_size(message: str | bytes) -> None:
    """Raises TooBig for a message of more than MAX_MESSAGE_BYTES."""
    size = len(message)
    # Text of so many characters cannot be too big in bytes; only beyond it is counting worth it.
    if isinstance(message, str) and MAX_MESSAGE_BYTES // 4 < size <= MAX_MESSAGE_BYTES:
        size = len(message.encode("utf-8", "surrogatepass"))
    if size > MAX_MESSAGE_BYTES:
        raise TooBig(f"a message above {MAX_MESSAGE_BYTES} bytes: send it in smaller ones")


def json_object(text: str, name: str = "the message") -> dict[str, Any]:
    """The JSON object that `text` is. Numbers that JSON does not have (NaN, 1e999) are refused."""
    try:
        value = json.loads(text, parse_constant=_no_number, parse_float=_finite)
    except (ValueError, RecursionError) as fault:
        # The fault's own words may quote the text, which may be of a patient.
        where = f" at character {fault.pos}" if isinstance(fault, json.JSONDecodeError) else ""
        raise BadRequest(f"{name} is not valid JSON{where}: send one JSON object") from None
    return mapping(value, name)


def _no_number(literal: str) -> Never:
    raise ValueError(f"{literal} is no JSON")


def _finite(literal: str) -> float:
    value = float(literal)
    if value in (float("inf"), float("-inf")):
        raise ValueError("a number beyond what a float holds")
    return value


def mapping(value: object, name: str) -> dict[str, Any]:
    """A JSON object."""
    if not isinstance(value, dict):
        kind = "missing" if value is None else f"a JSON {_KINDS[type(value)]}"
        raise BadRequest(f"{name} is {kind}: send a JSON object")
    return value


def text(value: object, name: str) -> str:
    """A string, perhaps an empty one."""
    if not isinstance(value, str):
        raise BadRequest(f"{name} is {shown(value)}: send a string")
    return value


def call_id(value: object, name: str) -> CallId:
    """A call id as the API allows it."""
    if not isinstance(value, str) or not CALL_ID.fullmatch(value):
        raise BadRequest(
            f"{name} is {shown(value)}: send 1 to 128 characters of A-Z a-z 0-9 . _ ~ -"
        )
    return CallId(value)


def parties(value: object, name: str) -> tuple[Party, ...]:
    """One party a name. Raises UnsupportedFormat for none or more than MAX_PARTIES."""
    if not isinstance(value, list):
        raise BadRequest(f"{name} is {shown(value)}: send a list of party names")
    if not 1 <= len(value) <= MAX_PARTIES:
        raise UnsupportedFormat(f"{name} has {len(value)} entries: send 1 to {MAX_PARTIES}")
    found = tuple(_party(entry, name) for entry in value)
    if len(set(found)) < len(found):
        raise BadRequest(f"{name} names a party twice: give each channel a party of its own")
    return found


def _party(value: object, name: str) -> Party:
    """Printable names only: a name is shown on pages and written to logs."""
    valid = isinstance(value, str) and value.strip() and value.isprintable()
    if not valid or len(str(value)) > MAX_PARTY_NAME:
        raise BadRequest(
            f"{name} has the party name {shown(value)}: "
            f"send 1 to {MAX_PARTY_NAME} printable characters"
        )
    return Party.named(str(value))


def rate(value: object, name: str) -> int:
    """A sample rate in Hz. Raises UnsupportedFormat for any other value."""
    if isinstance(value, bool) or not isinstance(value, int) or not MIN_RATE <= value <= MAX_RATE:
        raise UnsupportedFormat(
            f"{name} is {shown(value)}: send a whole number of Hz, {MIN_RATE} to {MAX_RATE}"
        )
    return value


def seconds(value: object, name: str) -> float | None:
    """A media second of a call; None where it is absent or null."""
    if value is None:
        return None
    number = value if isinstance(value, int | float) and not isinstance(value, bool) else -1
    if 0 <= number <= MAX_CALL_SECONDS:
        return float(number)
    raise BadRequest(
        f"{name} is {shown(value)}: send seconds since the call's start, "
        f"0 to {MAX_CALL_SECONDS:.0f}"
    )


def whole(value: object, name: str) -> int:
    """A whole number from 0 on, as a JSON number or as a string of digits."""
    if isinstance(value, str) and _WHOLE_NUMBER.fullmatch(value):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise BadRequest(f"{name} is {shown(value)}: send a whole number, 0 or more")


def flag(value: object, name: str) -> bool:
    """True or false; false where it is absent or null."""
    if value is not None and not isinstance(value, bool):
        raise BadRequest(f"{name} is {shown(value)}: send true or false")
    return bool(value)


def context(value: object, name: str) -> Context:
    """Context of a call; empty where it is absent or null.

    Raises TooBig for one of more than MAX_CONTEXT_BYTES.
    """
    found = {} if value is None else mapping(value, name)
    if _deeper(found, MAX_JSON_DEPTH):
        raise BadRequest(f"{name} is nested more than {MAX_JSON_DEPTH} deep: flatten it")
    try:
        size = len(json.dumps(found, ensure_ascii=False).encode())
    except ValueError:  # half of a surrogate pair, or a number of thousands of digits
        raise BadRequest(f"{name} has text that is not Unicode: escape it as JSON does") from None
    if size > MAX_CONTEXT_BYTES:
        raise TooBig(f"{name} has {size} bytes: send at most {MAX_CONTEXT_BYTES}")
    return found


def _deeper(value: object, levels: int) -> bool:
    """Whether objects and lists are nested more than `levels` deep."""
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list):
        return False
    return levels == 0 or any(_deeper(item, levels - 1) for item in value)


def shown(value: object) -> str:
    """A value for an error message: cut short, and of lists and objects only the kind."""
    if value is None:
        return "missing"
    return (
        f"a JSON {_KINDS[type(value)]}" if isinstance(value, list | dict) else reprlib.repr(value)
    )
