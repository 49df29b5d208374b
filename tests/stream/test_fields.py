"""Checks of JSON fields that no recorded message reaches, at their very limits."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.errors import BadRequest, TooBig
from stream.limits import (
    MAX_CALL_SECONDS,
    MAX_CONTEXT_BYTES,
    MAX_JSON_DEPTH,
    MAX_MESSAGE_BYTES,
    MAX_PARTY_NAME,
)
from stream.protocols import fields


def test_size_counts_bytes_not_characters() -> None:
    fields.check_size(bytes(MAX_MESSAGE_BYTES))
    fields.check_size("x" * MAX_MESSAGE_BYTES)
    fields.check_size("é" * (MAX_MESSAGE_BYTES // 2))
    for message in (
        bytes(MAX_MESSAGE_BYTES + 1),
        "x" * (MAX_MESSAGE_BYTES + 1),
        "é" * (MAX_MESSAGE_BYTES // 2) + "x",
        "\ud800" * (MAX_MESSAGE_BYTES // 2),
    ):
        with pytest.raises(TooBig, match="above 1000000 bytes"):
            fields.check_size(message)


def test_context_at_its_limit() -> None:
    room = MAX_CONTEXT_BYTES - len(json.dumps({"note": ""}))
    assert fields.context({"note": "x" * room}, "context")
    with pytest.raises(TooBig, match="send at most 65536"):
        fields.context({"note": "x" * (room + 1)}, "context")
    with pytest.raises(TooBig):
        fields.context({"note": "é" * room}, "context")


def test_depth_at_its_limit() -> None:
    def nested(levels: int) -> dict[str, Any]:
        value: dict[str, Any] = {}
        for _ in range(levels - 1):
            value = {"a": value}
        return value

    assert fields.context(nested(MAX_JSON_DEPTH), "context")
    with pytest.raises(BadRequest, match="flatten it"):
        fields.context(nested(MAX_JSON_DEPTH + 1), "context")


def test_party_names_at_their_limit() -> None:
    [party] = fields.parties(["x" * MAX_PARTY_NAME], "channels")
    assert party.role == "unknown"
    with pytest.raises(BadRequest):
        fields.parties(["x" * (MAX_PARTY_NAME + 1)], "channels")


def test_seconds_at_their_limit() -> None:
    assert fields.seconds(MAX_CALL_SECONDS, "at") == MAX_CALL_SECONDS
    assert fields.seconds(0, "at") == 0.0
    assert fields.seconds(None, "at") is None
    for value in (MAX_CALL_SECONDS + 1, -1e-9, float("nan"), False, 10**400):
        with pytest.raises(BadRequest, match="0 to 604800"):
            fields.seconds(value, "at")


@given(number=st.integers(0, 10**14))
def test_whole_numbers_in_both_forms(number: int) -> None:
    assert fields.whole(number, "n") == fields.whole(str(number), "n") == number


@pytest.mark.parametrize("value", [None, "", "+1", "1 ", "0x1", "1" * 16, 1.0, True, -1, [1]])
def test_what_is_no_whole_number(value: object) -> None:
    with pytest.raises(BadRequest, match="send a whole number"):
        fields.whole(value, "n")


def test_errors_do_not_repeat_what_may_be_private() -> None:
    for text in ('{"context": {"name": "Erika"', '["Erika"]', '"Erika"'):
        with pytest.raises(BadRequest) as raised:
            fields.json_object(text)
        assert "Erika" not in raised.value.message


@given(value=st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=20))
def test_shown_values_are_short(value: object) -> None:
    assert len(fields.shown(value)) <= 60
