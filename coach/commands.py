"""What people say on the events socket of a call: read, checked, and made into durable events.

A command may come twice: a page that lost its link sends again what was not acknowledged. So
each has a key: of a nudge's update its content, else its `ref`, where it has one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import Annotated, Any, Literal, assert_never
from uuid import uuid4

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from coach.events import Draft
from coach.redact import redact_text
from stream.errors import BadRequest
from stream.limits import MAX_CALL_SECONDS

TEXT_CHARACTERS = 2_000
"""A message is read during a call and a note after it: a page of text at most."""
NAME_CHARACTERS = 128
"""Of a nudge's id, of a ref: they become parts of keys."""
KIND = r"^[a-z][a-z0-9_]{0,63}$"
"""A signal's kind, such as adverse_event; new ones come with new playbooks."""
FLAG_AHEAD_SECONDS = 3600.0
"""How far a flag may be ahead of the call's log: a page's clock runs on while a caller is on
hold. The time of one beyond it stays in its data alone, since nobody can have heard it then."""

NudgeState = Literal["shown", "done", "dismissed", "expired", "useful", "not_useful"]


def _encodable(text: str) -> str:
    """Half a surrogate pair is no text that could be sent on."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("is not Unicode text") from None
    return text


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("has characters that cannot be printed")
    return text


Name = Annotated[str, Field(min_length=1, max_length=NAME_CHARACTERS), AfterValidator(_printable)]
Text = Annotated[
    str,
    Field(max_length=TEXT_CHARACTERS, pattern=r"\S"),
    AfterValidator(_encodable),
]


class _Model(BaseModel):
    """Keys that are not known are ignored: a newer page may speak to an older server."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", hide_input_in_errors=True)


class NudgeUpdate(_Model):
    """What became of a nudge."""

    type: Literal["nudge.update"]
    id: Name
    state: NudgeState


class Message(_Model):
    """A line from the supervisor to the agent, or back."""

    type: Literal["message"]
    text: Text


class Note(_Model):
    """Something to remember of the call."""

    type: Literal["note"]
    text: Text


class Flag(_Model):
    """A person caught what the machine missed. `at`: when it was said, in media seconds."""

    type: Literal["flag"]
    kind: Annotated[str, Field(pattern=KIND)]
    at: Annotated[float, Field(ge=0, le=MAX_CALL_SECONDS, allow_inf_nan=False)] | None = None


Command = NudgeUpdate | Message | Note | Flag

_COMMAND: TypeAdapter[Command] = TypeAdapter(Annotated[Command, Field(discriminator="type")])
_NAME: TypeAdapter[str] = TypeAdapter(Name, config=ConfigDict(strict=True))


def parse(command: dict[str, Any]) -> Command:
    """The command that this JSON object is. Raises BadRequest, which names the field."""
    try:
        return _COMMAND.validate_python(command)
    except ValidationError as error:
        raise BadRequest(f"no command: {_fault(error)}") from None


def reference(command: dict[str, Any]) -> str | None:
    """The command's `ref`, None where it has none. Raises BadRequest."""
    ref = command.get("ref")
    if ref is None:
        return None
    try:
        return _NAME.validate_python(ref)
    except ValidationError:
        raise BadRequest(f"ref: send 1 to {NAME_CHARACTERS} printable characters") from None


def draft(
    command: Command,
    *,
    by: str,
    role: str,
    ref: str | None,
    at: float,
    names: Collection[str] = (),
) -> Draft:
    """The durable event of a command.

    `by`: whose token it came with, `role`: as what. `at`: the media second that the call's log
    has reached. `names`: the customer's, to be masked for readers not entitled to them.
    """
    data: dict[str, Any]
    match command:
        case NudgeUpdate(id=nudge, state=state):
            data = {"id": nudge, "state": state, "by": by}
            return Draft(command.type, at, data, key=f"nudge.update:{nudge}:{state}:{by}")
        case Message(text=text):
            to = "supervisor" if role == "agent" else "agent"
            data = {"from": role, "by": by, "to": to, "text": text}
        case Note(text=text):
            data = {"from": role, "by": by, "text": text}
        case Flag(kind=kind, at=own):
            moment = at if own is None else own
            data = {"from": role, "by": by, "kind": kind, "at": moment}
            at = moment if moment <= at + FLAG_AHEAD_SECONDS else at
        case _:
            assert_never(command)
    key = _key(by, ref, command)
    shown = {**data, "text": redact_text(data["text"], names=names)} if "text" in data else data
    return Draft(command.type, at, shown, key=key, verbatim=data if shown != data else None)


def _key(by: str, ref: str | None, command: Command) -> str:
    """The same of the same command sent again. Its content counts too: a client that numbers
    its refs anew on each connection must not lose a flag to an older one."""
    if ref is None:
        return f"command:{uuid4()}"
    content = hashlib.sha256(command.model_dump_json().encode()).hexdigest()[:16]
    return f"command:{by}:{ref}:{content}"


def _fault(error: ValidationError) -> str:
    """The first fault in words, without what was sent: it may be of a patient."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    if first["type"] in ("union_tag_invalid", "union_tag_not_found"):
        return "type: send nudge.update, message, note, flag or ping"
    # The first step of the place is the command's type, which the sender knows.
    where = ".".join(str(step) for step in first["loc"][1:]) or "the command"
    return f"{where}: {first['msg']}"
