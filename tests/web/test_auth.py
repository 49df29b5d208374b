"""Tokens: every way they can be wrong, and each row of the role table."""

from __future__ import annotations

import base64
import json
import string
from typing import Any

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.errors import MediaError, NotAllowed, Unauthorised
from web.auth import BEARER, KEY_BYTES, Authenticator, bearer_subprotocol, new_key
from web.principal import COMMANDS, ROLES, Principal, Role

KEY = "k" * KEY_BYTES
OLD_KEY = "o" * KEY_BYTES


class Clock:
    """Seconds that stand still until told."""

    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def auth(clock: Clock) -> Authenticator:
    return Authenticator([KEY], clock=clock)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def claims(clock: Clock, **changes: Any) -> dict[str, Any]:
    made = {"iss": "coach", "sub": "ann", "role": "agent", "iat": int(clock()), **changes}
    return {name: value for name, value in made.items() if value is not None}


def refused(auth: Authenticator, token: str) -> str:
    """The message of the refusal, which must not hold the token or a part of it."""
    with pytest.raises(MediaError) as fault:
        auth.authenticate(bearer(token), {})
    message = str(fault.value)
    assert not any(len(part) > 8 and part in message for part in (token, *token.split(".")))
    assert fault.value.__cause__ is None
    return message


def test_a_token_says_who_and_what(auth: Authenticator) -> None:
    token = auth.issue("agent", "ann", call="c-1", team="north", ttl=60)
    expected = Principal("ann", frozenset({"agent"}), "c-1", "north")
    assert auth.authenticate(bearer(token), {}) == expected
    assert set(token) <= set(string.ascii_letters + string.digits + "-_.")


def test_each_way_to_bring_a_token(auth: Authenticator) -> None:
    token = auth.issue("media", "pbx")
    ways: list[tuple[dict[str, str], dict[str, str], list[str], str | None]] = [
        ({"authorization": f"bearer  {token} "}, {}, [], None),
        ({}, {"access_token": token}, [], None),
        ({}, {}, ["coach.v1", BEARER + token], None),
        ({}, {}, [], token),
    ]
    for headers, query, offers, inside in ways:
        assert auth.authenticate(headers, query, offers, inside).subject == "pbx"


def test_the_offer_to_answer_with() -> None:
    assert bearer_subprotocol(["coach.v1", "bearer.x"]) == "bearer.x"
    assert bearer_subprotocol(["coach.v1"]) is None


@pytest.mark.parametrize("headers", [{}, {"Authorization": ""}, {"Authorization": "Bearer "}])
def test_no_token(auth: Authenticator, headers: dict[str, str]) -> None:
    with pytest.raises(Unauthorised, match=r"no access token: send `Authorization: Bearer"):
        auth.authenticate(headers, {"access_token": ""}, ["bearer."])


def test_another_scheme(auth: Authenticator) -> None:
    with pytest.raises(Unauthorised, match="not of the form"):
        auth.authenticate({"Authorization": "Basic YTpi"}, {})


def test_a_token_ends_with_its_time(auth: Authenticator, clock: Clock) -> None:
    token, lasting = auth.issue("agent", "ann", ttl=60), auth.issue("agent", "ann")
    clock.now += 59.9
    assert auth.authenticate(bearer(token), {}).subject == "ann"
    clock.now += 0.1
    assert "expired" in refused(auth, token)
    clock.now += 1e9
    assert auth.authenticate(bearer(lasting), {}).subject == "ann"


def test_a_token_of_tomorrow(auth: Authenticator, clock: Clock) -> None:
    token = jwt.encode(claims(clock, nbf=int(clock()) + 10), KEY)
    assert "not valid yet" in refused(auth, token)
    clock.now += 10
    assert auth.authenticate(bearer(token), {}).subject == "ann"


def test_keys_rotate(clock: Clock) -> None:
    old = Authenticator([OLD_KEY], clock=clock).issue("agent", "ann")
    both = Authenticator([KEY, OLD_KEY], clock=clock)
    assert both.authenticate(bearer(old), {}).subject == "ann"
    only_new = Authenticator([KEY], clock=clock)
    assert only_new.authenticate(bearer(both.issue("agent", "bob")), {}).subject == "bob"
    assert "key that is not in use" in refused(only_new, old)


def part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_claims_that_were_changed(auth: Authenticator, clock: Clock) -> None:
    head, _, signature = auth.issue("agent", "ann", call="c-1").split(".")
    forged = ".".join((head, part(claims(clock, role="admin")), signature))
    assert "was changed" in refused(auth, forged)


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "HS512", "RS256", "hs256", ""])
def test_a_token_does_not_choose_its_algorithm(auth: Authenticator, clock: Clock, alg: str) -> None:
    signature = auth.issue("admin", "eve").split(".")[2]
    body = part(claims(clock, role="admin"))
    for tail in ("", signature):
        token = f"{part({'alg': alg, 'typ': 'JWT'})}.{body}.{tail}"
        assert refused(auth, token).startswith("access token")
    assert "HS256" in refused(auth, jwt.encode(claims(clock), "", algorithm="none"))
    long_key = KEY * 2
    wide = Authenticator([long_key], clock=clock)
    assert "HS256" in refused(wide, jwt.encode(claims(clock), long_key, algorithm="HS512"))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"iss": "other"}, "another service"),
        ({"aud": "other"}, "another service"),
        ({"iss": None}, "lacks"),
        ({"sub": None}, "lacks"),
        ({"iat": None}, "lacks"),
        ({"exp": "tomorrow"}, "exp is no time"),
        ({"exp": True}, "exp is no time"),
        ({"exp": float("nan")}, "exp is no time"),
        ({"exp": float("inf")}, "exp is no time"),
        ({"iat": []}, "iat is no time"),
        ({"role": None}, "no role"),
        ({"role": "root"}, "no role"),
        ({"role": []}, "no role"),
        ({"role": ["admin", "agent"]}, "no role"),
        ({"role": ["media", ["agent"]]}, "no role"),
        ({"role": ["media", "agent"]}, "needs a call of its own"),
        ({"call": 5}, "call or team is no text"),
        ({"team": {}}, "call or team is no text"),
        ({"sub": 5}, "garbled"),
    ],
)
def test_signed_but_wrong(
    auth: Authenticator, clock: Clock, changes: dict[str, Any], says: str
) -> None:
    token = jwt.api_jws.encode(json.dumps(claims(clock, **changes)).encode(), KEY)
    message = refused(auth, token)
    assert says in message
    if "role" in changes:
        with pytest.raises(NotAllowed):
            auth.authenticate(bearer(token), {})


@settings(deadline=None)
@given(st.text() | st.from_regex(r"[\w-]*\.[\w-]*\.[\w-]*", fullmatch=True))
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(Unauthorised):
        Authenticator([KEY]).authenticate({}, {}, token=text)


@pytest.mark.parametrize("token", ["x", "a.b.c", "....", "é.é.é", "x" * 5000, "\ud800", "[]"])
def test_garbled(auth: Authenticator, token: str) -> None:
    with pytest.raises(Unauthorised):
        auth.authenticate({}, {"access_token": token})


@pytest.mark.parametrize("key", ["", "hunter2", "k" * (KEY_BYTES - 1)])
def test_short_keys_are_refused_with_the_mend(key: str) -> None:
    with pytest.raises(ValueError, match="coach token --new-key") as fault:
        Authenticator([KEY, key])
    assert not key or key not in str(fault.value)
    assert "key 2" in str(fault.value)


def test_a_public_key_is_no_secret() -> None:
    with pytest.raises(ValueError, match="public key"):
        Authenticator(["-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"])


def test_keys_or_development_and_not_both() -> None:
    with pytest.raises(ValueError, match="no key to verify"):
        Authenticator([])
    with pytest.raises(ValueError, match="lets everyone in"):
        Authenticator([KEY], development=True)


def test_new_keys_serve_and_differ() -> None:
    assert new_key() != new_key()
    Authenticator([new_key()])


@pytest.mark.parametrize(
    "wrong",
    [
        {"role": "root"},
        {"role": []},
        {"role": ["agent", "supervisor"], "call": "c-1"},
        {"role": ["media", "media"], "call": "c-1"},
        {"role": ["media", "agent"]},
        {"role": ["media", "agent", "supervisor"], "call": "c-1"},
        {"subject": ""},
        {"subject": "x" * 300},
        {"call": "a b"},
        {"call": "a/b"},
        {"team": ""},
        {"ttl": 0},
        {"ttl": -1},
        {"ttl": float("nan")},
        {"ttl": float("inf")},
    ],
)
def test_no_token_for_nonsense(auth: Authenticator, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"no role|needs"):
        auth.issue(**{"role": "agent", "subject": "ann", **wrong})


def test_development_mode_lets_everyone_in() -> None:
    auth = Authenticator([], development=True)
    anyone = auth.authenticate({"Authorization": "Bearer garbage"}, {})
    assert anyone.development
    assert anyone.entitled_to_verbatim
    assert anyone.roles == frozenset(ROLES)
    assert granted(anyone) == {*POWERS, "read c-1", "read c-2", *COMMANDS}
    with pytest.raises(ValueError, match="no key to sign"):
        auth.issue("agent", "ann")


# --- the role table ---------------------------------------------------------------------------

CONTEXTS: dict[str, dict[str, Any]] = {
    "c-1": {"agent": {"id": "ann", "team": "north"}},
    "c-2": {"agent": {"id": "bob", "team": "south"}},
}
POWERS = frozenset({"media c-1", "media c-2", "context c-1", "context c-2"}) | {
    "board",
    "verbatim",
    "records",
    "cases",
}


def granted(who: Principal) -> set[str]:
    """Everything `who` may do, by name; commands are on call c-1."""
    powers = {f"media {call}" for call in CONTEXTS if who.may_send_media(call)}
    powers |= {f"context {call}" for call in CONTEXTS if who.may_put_context(call)}
    powers |= {f"read {call}" for call, about in CONTEXTS.items() if who.may_read_call(call, about)}
    powers |= {kind for kind in COMMANDS if who.may_command(kind, "c-1", CONTEXTS["c-1"])}
    named = {
        "board": who.may_see_board(),
        "verbatim": who.entitled_to_verbatim,
        "records": who.may_read_records,
        "cases": who.may_work_cases,
    }
    return powers | {name for name, allowed in named.items() if allowed}


BOTH_CALLS = {"read c-1", "read c-2"}


@pytest.mark.parametrize(
    ("role", "narrow", "expected"),
    [
        ("media", {"call": "c-1"}, {"media c-1"}),
        ("media", {}, {"media c-1", "media c-2"}),
        ("agent", {}, {"read c-1", "verbatim", *COMMANDS}),
        ("agent", {"call": "c-2"}, {*BOTH_CALLS, "verbatim", *COMMANDS}),
        ("supervisor", {}, {*BOTH_CALLS, "board", "records", *COMMANDS}),
        ("supervisor", {"team": "north"}, {"read c-1", "board", "records", *COMMANDS}),
        ("supervisor", {"team": "south"}, {"read c-2", "board", "records"}),
        ("safety", {}, {*BOTH_CALLS, "verbatim", "records", "cases"}),
        ("safety", {"call": "c-2"}, {"read c-2", "verbatim", "records", "cases"}),
        ("integrator", {}, {*BOTH_CALLS, "context c-1", "context c-2", "records"}),
        ("integrator", {"call": "c-1"}, {"read c-1", "context c-1", "records"}),
        ("admin", {}, {*POWERS, *BOTH_CALLS, *COMMANDS}),
        (["media", "agent"], {"call": "c-1"}, {"media c-1", "read c-1", "verbatim", *COMMANDS}),
    ],
)
def test_each_row_of_the_table(
    auth: Authenticator, role: Role | list[Role], narrow: dict[str, Any], expected: set[str]
) -> None:
    token = auth.issue(role, "ann", **narrow)
    assert granted(auth.authenticate(bearer(token), {})) == expected


def test_an_unknown_command_is_nobodys() -> None:
    admin = Principal("root", frozenset(ROLES))
    assert not admin.may_command("call.delete", "c-1", CONTEXTS["c-1"])


@pytest.mark.parametrize("context", [{}, {"agent": None}, {"agent": "ann"}, {"agent": {"id": 5}}])
def test_a_call_without_an_agent_is_nobodys_own(context: dict[str, Any]) -> None:
    assert not Principal("ann", frozenset({"agent"})).may_read_call("c-1", context)
    team = Principal("sue", frozenset({"supervisor"}), team="north")
    assert not team.may_read_call("c-1", context)
    assert Principal("sue", frozenset({"supervisor"})).may_read_call("c-1", context)
