"""What AudioHook's messages carry: the forms of their values, and all that `open` says.

Each raises BadRequest, which names the field and the mend, unless its docstring says otherwise.
Telephone numbers are read by nobody, and a caller's name that is one is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from stream.audio import AudioFormat, Context, Party
from stream.errors import BadRequest, Unauthorised, UnsupportedFormat
from stream.events import CallStarted, ContextChanged
from stream.protocols import fields, metadata

RATE = 8_000
NULL_UUID = "00000000-0000-0000-0000-000000000000"
NUMBER_DIGITS = 6
"""A name with so many digits is a telephone number."""
BOTH = ["external", "internal"]
_CHANNELS = (BOTH, BOTH[::-1], BOTH[:1], BOTH[1:])
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_DURATION = re.compile(r"PT((?:[0-9]*\.)?[0-9]+)S")
_OWN = ("call", "token", "context")
"""Keys of customConfig that are ours; all others are kept as context."""
_REASONS = ("end", "error", "disconnect", "reconnect")


def uuid(value: object, name: str) -> str:
    """A UUID, spelt as it came."""
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        raise BadRequest(f"{name} is {fields.shown(value)}: send a UUID")
    return value


def number(value: object, name: str) -> int:
    """A whole number from 0 on, as a JSON number alone."""
    if isinstance(value, str):
        raise BadRequest(f"{name} is {fields.shown(value)}: send a number, not a string")
    return fields.whole(value, name)


def seconds(value: object, name: str) -> float:
    """A duration as ISO 8601 writes seconds; infinite where it has hundreds of digits."""
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise BadRequest(f"{name} is {fields.shown(value)}: send seconds, as PT1.25S")
    return float(found[1])


def language(parameters: dict[str, Any]) -> Context:
    """The language as context; no context where none is named."""
    named = parameters.get("language")
    return {} if named is None else {"language": fields.text(named, "parameters.language")}


def read_update(parameters: dict[str, Any]) -> ContextChanged:
    """The language from now on."""
    fields.text(parameters.get("language"), "parameters.language")
    return ContextChanged(fields.context(language(parameters), "parameters"))


def reason(parameters: dict[str, Any]) -> str:
    """Why a session is closed."""
    given = parameters.get("reason")
    if given not in _REASONS:
        raise BadRequest(
            f"parameters.reason is {fields.shown(given)}: send one of {', '.join(_REASONS)}"
        )
    return str(given)


def is_probe(parameters: dict[str, Any]) -> bool:
    """Whether the vendor only tries the connection: its conversation and participant are null."""
    participant = parameters.get("participant")
    whose = participant.get("id") if isinstance(participant, dict) else None
    return parameters.get("conversationId") == whose == NULL_UUID


def check_organization(parameters: dict[str, Any], header: str | None) -> None:
    """Raises Unauthorised where it is not the one that the upgrade was signed for."""
    given = uuid(parameters.get("organizationId"), "parameters.organizationId")
    if header is None or given.lower() != header.lower():
        raise Unauthorised(
            "organizationId is not that of the upgrade: send the same in Audiohook-Organization-Id"
        )


def select(offered: object) -> dict[str, Any]:
    """The offered media to take: PCMU, both channels in their usual order before any other.

    Raises UnsupportedFormat where no PCMU is offered.
    """
    if not isinstance(offered, list):
        raise BadRequest(f"parameters.media is {fields.shown(offered)}: send a list of media")
    known = [_usable(fields.mapping(media, "an entry of parameters.media")) for media in offered]
    usable = [media for media in known if media is not None]
    if not usable:
        raise UnsupportedFormat(
            f"parameters.media has no PCMU of {RATE} Hz with the channels external and internal, "
            "or one of them: offer that"
        )
    return min(usable, key=lambda media: media["channels"] != BOTH)


def _usable(media: dict[str, Any]) -> dict[str, Any] | None:
    """The media without what is not known of it; None for one that cannot be taken."""
    channels = media.get("channels")
    wanted = {"type": "audio", "format": "PCMU", "channels": channels, "rate": RATE}
    fits = channels in _CHANNELS and all(media.get(key) == wanted[key] for key in wanted)
    return wanted if fits else None


def read_open(
    parameters: dict[str, Any], media: dict[str, Any], names: Mapping[str, Party]
) -> CallStarted:
    """The start of the call; `media` was selected, `names` are the parties of the channels."""
    uuid(parameters.get("conversationId"), "parameters.conversationId")
    participant = fields.mapping(parameters.get("participant"), "parameters.participant")
    uuid(participant.get("id"), "parameters.participant.id")
    continued = parameters.get("continuedSessions")
    if continued is not None and not isinstance(continued, list):
        raise BadRequest(
            f"parameters.continuedSessions is {fields.shown(continued)}: send a list of sessions"
        )
    custom = _custom(parameters.get("customConfig"))
    parties = tuple(names[channel] for channel in media["channels"])
    return CallStarted(
        call=metadata.call(
            (custom.get("call"), "customConfig.call"),
            (parameters["conversationId"], "parameters.conversationId"),
        ),
        format=AudioFormat("mulaw", RATE, parties),
        source="audiohook",
        resume=bool(continued),
        context=_read_context(custom, parameters, participant),
        token=metadata.token(custom),
        waits=False,
    )


def _read_context(
    custom: Context, parameters: dict[str, Any], participant: dict[str, Any]
) -> Context:
    """What customConfig says, and over it the call's own language and the caller's name."""
    context = {**metadata.context(custom, _OWN, "customConfig"), **language(parameters)}
    name = participant.get("aniName")
    name = "" if name is None else fields.text(name, "parameters.participant.aniName").strip()
    known = context.get("customer", {})
    is_number = sum(letter.isdigit() for letter in name) >= NUMBER_DIGITS
    if name and not is_number and isinstance(known, dict):
        context["customer"] = {**known, "name": name}
    return fields.context(context, "the context in parameters")


def _custom(config: object) -> Context:
    """customConfig where it is an object, or a string that holds one; else it says nothing."""
    if isinstance(config, str):
        try:
            return fields.json_object(config)
        except BadRequest:
            return {}
    return config if isinstance(config, dict) else {}
