"""Drafts made ready for the log: checked, and exactly as they will be when read again."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from coach.events import Draft
from coach.storage.database import encode


def plain(draft: Draft) -> Draft:
    """The same draft as strict JSON has it: tuples are lists, keys are text, `at` is a float.

    It shares nothing with the original, so that a later change there is not a change of what
    was said. Raises ValueError for what no log could hold: a durable draft without a key,
    numbers that are not finite, values that are not JSON.
    """
    if draft.durable and not draft.key:
        raise ValueError(f"a durable draft ({draft.type}) needs a key that is unique in its call")
    if "\0" in draft.key or not _encodes(draft.key):
        raise ValueError(f"the key of a draft ({draft.type}) is not text a database can hold")
    at = float(draft.at)
    if not math.isfinite(at):
        raise ValueError(f"`at` of a draft ({draft.type}) is {at}: give media seconds")
    try:
        data = plain_json(draft.data)
        verbatim = None if draft.verbatim is None else plain_json(draft.verbatim)
    except ValueError as error:
        raise ValueError(f"data of a draft ({draft.type}): {error}") from error
    return replace(draft, at=at, data=data, verbatim=verbatim)


def plain_json(data: Mapping[str, Any]) -> dict[str, Any]:
    """A copy as strict JSON gives it back; raises ValueError for what is not JSON."""
    try:
        copy: dict[str, Any] = json.loads(encode(data))
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"not JSON ({error}): use text, finite numbers, lists, dicts") from None
    return copy


def stamp(moment: datetime) -> str:
    """A time of day as the API writes it: "2026-11-22T04:00:00.123Z"."""
    if moment.tzinfo is None:
        raise ValueError("a time without its zone is no moment: give one in UTC")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
