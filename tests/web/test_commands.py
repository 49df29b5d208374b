"""Commands: what is read, what is refused, and the events they become."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.commands import (
    FLAG_AHEAD_SECONDS,
    NAME_CHARACTERS,
    TEXT_CHARACTERS,
    Flag,
    Message,
    Note,
    NudgeUpdate,
    draft,
    parse,
    reference,
)
from coach.drafts import plain
from coach.events import Draft
from stream.errors import BadRequest
from web.feed import speaks_as
from web.principal import COMMANDS, DEVELOPER, Principal


def made(command: dict[str, Any], **changes: Any) -> Draft:
    how: dict[str, Any] = {"by": "ada", "role": "agent", "ref": "r1", "at": 12.5}
    return draft(parse(command), **{**how, **changes})


def test_each_command_is_read() -> None:
    assert parse({"type": "nudge.update", "id": "n1", "state": "useful"}) == NudgeUpdate(
        type="nudge.update", id="n1", state="useful"
    )
    assert parse({"type": "message", "text": "hi", "extra": 1}) == Message(
        type="message", text="hi"
    )
    assert parse({"type": "note", "text": "hi"}) == Note(type="note", text="hi")
    flag = parse({"type": "flag", "kind": "adverse_event", "at": 3})
    assert flag == Flag(type="flag", kind="adverse_event", at=3.0)


def test_the_commands_are_those_of_the_role_table() -> None:
    bodies: list[dict[str, Any]] = [
        {"type": "nudge.update", "id": "n1", "state": "done"},
        {"type": "message", "text": "hi"},
        {"type": "note", "text": "hi"},
        {"type": "flag", "kind": "adverse_event"},
    ]
    assert {made(body).type for body in bodies} == COMMANDS


@pytest.mark.parametrize(
    ("command", "named"),
    [
        ({}, "type"),
        ({"type": "secret"}, "type"),
        ({"type": ["note"]}, "type"),
        ({"type": "note"}, "text"),
        ({"type": "note", "text": ""}, "text"),
        ({"type": "note", "text": " \n"}, "text"),
        ({"type": "note", "text": 5}, "text"),
        ({"type": "note", "text": "secret" * TEXT_CHARACTERS}, "text"),
        ({"type": "note", "text": "secret \ud800"}, "text"),
        ({"type": "nudge.update", "id": "n1", "state": "secret"}, "state"),
        ({"type": "nudge.update", "id": "", "state": "done"}, "id"),
        ({"type": "nudge.update", "id": "secret\0", "state": "done"}, "id"),
        ({"type": "nudge.update", "id": "x" * (NAME_CHARACTERS + 1), "state": "done"}, "id"),
        ({"type": "flag"}, "kind"),
        ({"type": "flag", "kind": "Secret Kind"}, "kind"),
        ({"type": "flag", "kind": "adverse_event", "at": -1}, "at"),
        ({"type": "flag", "kind": "adverse_event", "at": "secret"}, "at"),
        ({"type": "flag", "kind": "adverse_event", "at": float("nan")}, "at"),
        ({"type": "flag", "kind": "adverse_event", "at": 1e9}, "at"),
        ({"type": "flag", "kind": "adverse_event", "at": True}, "at"),
    ],
)
def test_a_refusal_names_the_field_and_repeats_nothing(command: dict[str, Any], named: str) -> None:
    with pytest.raises(BadRequest) as fault:
        parse(command)
    assert f"no command: {named}" in fault.value.message
    assert "secret" not in fault.value.message.lower()


@given(
    st.dictionaries(
        st.sampled_from(["type", "id", "state", "text", "kind", "at", "ref"]),
        st.sampled_from(["note", "flag", "message", "nudge.update", "done"])
        | st.text(max_size=5)
        | st.floats()
        | st.none()
        | st.lists(st.integers(), max_size=2),
    )
)
def test_anything_is_a_storable_event_or_refused(command: dict[str, Any]) -> None:
    try:
        ref = reference(command)
        event = made(command, ref=ref)
    except BadRequest:
        return
    assert plain(event).type == command["type"]
    for data in (event.data, event.verbatim or {}):
        str(data).encode()


def test_refs() -> None:
    assert reference({}) is None
    assert reference({"ref": "a-1"}) == "a-1"
    for ref in ("", "x" * (NAME_CHARACTERS + 1), 5, "a\0", "\ud800", ["a"]):
        with pytest.raises(BadRequest, match="ref"):
            reference({"ref": ref})


def test_a_message_goes_to_the_other_side() -> None:
    for role, to in (("supervisor", "agent"), ("admin", "agent"), ("agent", "supervisor")):
        event = made({"type": "message", "text": "hi"}, role=role)
        assert event.data == {"from": role, "by": "ada", "to": to, "text": "hi"}
        assert event.verbatim is None
        assert event.at == 12.5


def test_typed_text_is_redacted_and_kept_whole() -> None:
    text = "Maria, on 555 012 345"
    event = made({"type": "note", "text": text}, names=frozenset({"Maria"}))
    assert event.data["text"] == "[name], on [phone]"
    assert event.verbatim == {"from": "agent", "by": "ada", "text": text}


def test_a_flag_is_of_its_moment() -> None:
    flag = {"type": "flag", "kind": "adverse_event"}
    assert (made(flag).at, made(flag).data["at"]) == (12.5, 12.5)
    early = made({**flag, "at": 3.0})
    assert (early.at, early.data["at"]) == (3.0, 3.0)
    far = 13.5 + FLAG_AHEAD_SECONDS
    late = made({**flag, "at": far})
    assert (late.at, late.data["at"]) == (12.5, far)


def test_keys_tell_what_is_the_same() -> None:
    note = {"type": "note", "text": "hi"}
    assert made(note).key == made(note).key
    assert made(note).key.startswith("command:ada:r1:")
    different = [
        made(note, ref="r2"),
        made(note, by="ben"),
        made({"type": "message", "text": "hi"}),
        made({"type": "note", "text": "ho"}),
        made(note, ref=None),
        made(note, ref=None),
    ]
    assert len({made(note).key, *(event.key for event in different)}) == 7


def test_a_nudges_update_is_known_by_its_content() -> None:
    done = {"type": "nudge.update", "id": "n1", "state": "done"}
    assert made(done).key == made(done, ref=None).key == "nudge.update:n1:done:ada"
    assert made(done).data == {"id": "n1", "state": "done", "by": "ada"}
    assert made({**done, "state": "useful"}).key != made(done).key


def test_the_developer_speaks_from_the_page_the_command_is_of() -> None:
    assert speaks_as(DEVELOPER, "message") == "supervisor"
    assert speaks_as(DEVELOPER, "flag") == "agent"
    assert speaks_as(Principal("x", frozenset({"admin"})), "flag") == "admin"
