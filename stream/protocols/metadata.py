"""What a sender says of its call beside the audio: headers, custom parameters, an address's query.

Rules: what may be said in several places counts where it is said first; missing and empty are
the same. Keys of ours are taken out of the parameters, and all others are kept as context under
`parameters`. Faults name the place and the mend, as in stream/protocols/fields.py.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from stream.audio import CallId, Context, Party
from stream.errors import BadRequest
from stream.protocols import fields

OWN = ("call", "party", "token", "context")
"""Parameters that are ours."""

Place = tuple[object, str]
"""A value, and what an error calls the place where it was said."""


def first(*places: Place) -> Place | None:
    """The first place where something is said; None where nothing is."""
    return next((place for place in places if place[0] is not None and place[0] != ""), None)


def call(*places: Place) -> CallId:
    """The id of the call. Raises BadRequest where no place says it, or says it wrongly."""
    place = first(*places)
    if place is None:
        raise BadRequest(f"nothing names the call: send {' or '.join(name for _, name in places)}")
    return fields.call_id(*place)


def party(default: Party, *places: Place) -> Party:
    """The party that the sender's one channel holds."""
    place = first(*places)
    if place is None:
        return default
    value, name = place
    return fields.parties([value], name)[0]


def token(parameters: Mapping[str, Any]) -> str:
    """The access token among the parameters; '' where there is none."""
    value = parameters.get("token")
    return "" if value is None else fields.text(value, "the parameter token")


def context(parameters: Mapping[str, Any], own: Collection[str], name: str) -> Context:
    """The parameter `context`, an object or its JSON, and all that are not `own` beside it.

    `name` is what an error calls the parameters. Raises TooBig as fields.context does.
    """
    given = first((parameters.get("context"), "the parameter context"))
    found: Context = {}
    if given is not None:
        value, place = given
        found = (
            fields.json_object(value, place)
            if isinstance(value, str)
            else fields.mapping(value, place)
        )
    others = {key: value for key, value in parameters.items() if key not in own}
    if others:
        found = {**found, "parameters": others}
    return fields.context(found, f"the context in {name}")
