"""Access tokens: who may send, read and do what.

A token is a JWT signed with HS256 by one of the operator's keys. Its `role` is looked up in
one table, POWERS; `call` and `team` narrow what the role may reach. The rules:

- One algorithm, pinned: a token does not choose how it is verified.
- The first key signs, all keys verify, so that a key is replaced without an outage: put the
  new one first, drop the old one when the last token signed with it has expired.
- A token has one role, or `media` beside another, for who speaks from a page that also reads. Of no
  other two: what one may read would be read as the other may. Such a token names its call: whoever
  sends a call's sound may say whose call it is, and could make any call one to read.
- A fault names itself and the mend, and never repeats the token, which may be someone's.
"""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jwt

from stream.audio import CALL_ID
from stream.errors import NotAllowed, Unauthorised
from web.principal import DEVELOPER, POWERS, Principal, Role

__all__ = ["Authenticator", "Principal", "Role", "bearer_subprotocol", "new_key"]

ALGORITHM = "HS256"
ISSUER = "coach"
KEY_BYTES = 32
"""The shortest key: HS256 is as strong as its key, and 32 bytes are its digest (RFC 7518)."""
TOKEN_CHARACTERS = 4096
"""The longest token that is looked at: ours have about 250, a header line has 8 kB at most."""
NAME_CHARACTERS = 256
"""The longest subject or team."""
BEARER = "bearer."
"""What a websocket subprotocol that carries a token begins with."""

Clock = Callable[[], float]
"""Seconds since 1970."""

_NEW_KEY = (
    'make one with `coach token --new-key` or `python -c "import secrets; '
    'print(secrets.token_urlsafe(32))"`'
)
_NEW_TOKEN = "ask for a new one, or make it with `coach token`"
_ONE_CALL = "a token of media beside another role needs a call of its own (--call)"
_ROLES = f"take one of {', '.join(POWERS)}, or media beside another"


def new_key() -> str:
    """A fresh signing key: 32 random bytes, safe in URLs, files and shells."""
    return secrets.token_urlsafe(KEY_BYTES)


def bearer_subprotocol(subprotocols: Sequence[str]) -> str | None:
    """The offered subprotocol that carries a token; a server must name it when it accepts."""
    return next((offer for offer in subprotocols if offer.startswith(BEARER)), None)


class Authenticator:
    """Makes tokens and says whose they are.

    Without keys only `development` mode is possible: everyone is the developer, who may do all.
    Raises ValueError for keys that are too short, and for neither or both of keys and
    development mode.
    """

    def __init__(
        self, keys: Sequence[str], development: bool = False, *, clock: Clock = time.time
    ) -> None:
        if not keys and not development:
            raise ValueError(f"no key to verify access tokens with: {_NEW_KEY}")
        if keys and development:
            raise ValueError("development mode lets everyone in: remove the keys or turn it off")
        for number, key in enumerate(keys, 1):
            _check_key(key, number)
        self._keys = tuple(keys)
        self._clock = clock

    @property
    def development(self) -> bool:
        return not self._keys

    def issue(
        self,
        role: Role | Sequence[Role],
        subject: str,
        call: str | None = None,
        team: str | None = None,
        ttl: float | None = None,
    ) -> str:
        """A token for `subject`, valid for `ttl` seconds from now (None: until its key goes).

        Raises ValueError for claims that no call or person could have, and without keys.
        """
        if not self._keys:
            raise ValueError(f"no key to sign access tokens with: {_NEW_KEY}")
        roles = [role] if isinstance(role, str) else list(role)
        _check_claims(roles, subject, call, team, ttl)
        now = int(self._clock())
        claims: dict[str, Any] = {"iss": ISSUER, "sub": subject, "iat": now}
        claims["role"] = roles[0] if len(roles) == 1 else roles
        if ttl is not None:
            claims["exp"] = now + math.ceil(ttl)
        if call is not None:
            claims["call"] = call
        if team is not None:
            claims["team"] = team
        return jwt.encode(claims, self._keys[0], algorithm=ALGORITHM)

    def authenticate(
        self,
        headers: Mapping[str, str],
        query: Mapping[str, str],
        subprotocols: Sequence[str] = (),
        token: str | None = None,
    ) -> Principal:
        """Whose request this is. `token`: one that travelled inside a protocol.

        The first of `token`, header, subprotocol and query counts. Raises Unauthorised where
        there is none or not a valid one, NotAllowed where it is valid for no role of ours.
        """
        if self.development:
            return DEVELOPER
        found = token or _header_token(headers)
        if not found and (offer := bearer_subprotocol(subprotocols)) is not None:
            found = offer.removeprefix(BEARER)
        found = found or query.get("access_token")
        if not found:
            raise Unauthorised(
                "no access token: send `Authorization: Bearer …`, `?access_token=…` or the "
                "websocket subprotocol `bearer.…`"
            )
        claims = self._verified(found)
        self._check_times(claims)
        return _principal(claims)

    def _verified(self, token: str) -> dict[str, Any]:
        """Claims of a token that one of the keys signed."""
        if len(token) > TOKEN_CHARACTERS:
            raise Unauthorised(f"access token is longer than {TOKEN_CHARACTERS} characters")
        for key in self._keys:
            try:
                return jwt.decode(
                    token,
                    key,
                    algorithms=[ALGORITHM],
                    issuer=ISSUER,
                    # Times are checked below against our own clock.
                    options={
                        "require": ["iss", "sub", "iat"],
                        "verify_exp": False,
                        "verify_iat": False,
                        "verify_nbf": False,
                    },
                )
            except jwt.InvalidSignatureError:
                continue
            except (jwt.PyJWTError, ValueError) as fault:
                raise Unauthorised(_reason(fault)) from None
        raise Unauthorised(
            f"access token was changed, or signed with a key that is not in use: {_NEW_TOKEN}"
        )

    def _check_times(self, claims: Mapping[str, Any]) -> None:
        now = self._clock()
        for name in ("iat", "exp", "nbf"):
            if name in claims and not _is_time(claims[name]):
                raise Unauthorised(f"access token is garbled: {name} is no time; {_NEW_TOKEN}")
        if "exp" in claims and now >= claims["exp"]:
            raise Unauthorised(f"access token has expired: {_NEW_TOKEN}")
        if "nbf" in claims and now < claims["nbf"]:
            raise Unauthorised("access token is not valid yet: wait, or set the machines' clocks")


def _check_key(key: str, number: int) -> None:
    if len(key.encode()) < KEY_BYTES:
        raise ValueError(f"key {number} is shorter than {KEY_BYTES} bytes: {_NEW_KEY}")
    try:
        jwt.encode({}, key, algorithm=ALGORITHM)
    except jwt.InvalidKeyError:
        raise ValueError(
            f"key {number} is a public key or certificate, not a secret: {_NEW_KEY}"
        ) from None


def _check_claims(
    roles: list[Any], subject: str, call: str | None, team: str | None, ttl: float | None
) -> None:
    if not _are_roles(roles):
        raise ValueError(f"no role {' and '.join(map(str, roles))!r}: {_ROLES}")
    if len(roles) > 1 and call is None:
        raise ValueError(_ONE_CALL)
    for name, value in (("subject", subject), ("team", team)):
        if value is not None and not 0 < len(value) <= NAME_CHARACTERS:
            raise ValueError(f"{name} needs 1 to {NAME_CHARACTERS} characters")
    if call is not None and not CALL_ID.fullmatch(call):
        raise ValueError("call needs 1 to 128 of A-Z a-z 0-9 . _ ~ -")
    if ttl is not None and not 0 < ttl < math.inf:
        raise ValueError("ttl needs a number of seconds above 0")


def _header_token(headers: Mapping[str, str]) -> str | None:
    """The token of the Authorization header; None where there is none."""
    value = next((v for name, v in headers.items() if name.lower() == "authorization"), "")
    scheme, _, token = value.strip().partition(" ")
    if scheme and scheme.lower() != "bearer":
        raise Unauthorised("Authorization header is not of the form `Bearer …`")
    return token.strip() or None


def _reason(fault: Exception) -> str:
    """What is wrong with a token, in our words: the library's may repeat parts of it."""
    if isinstance(fault, jwt.InvalidAlgorithmError):
        return f"access token is not signed with {ALGORITHM}: {_NEW_TOKEN}"
    if isinstance(fault, (jwt.InvalidIssuerError, jwt.InvalidAudienceError)):
        return f"access token was made for another service: {_NEW_TOKEN}"
    if isinstance(fault, jwt.MissingRequiredClaimError):
        return f"access token lacks iss, sub or iat: {_NEW_TOKEN}"
    return f"access token is garbled: check that it was copied whole, or {_NEW_TOKEN}"


def _is_time(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _principal(claims: Mapping[str, Any]) -> Principal:
    role, call, team = claims.get("role"), claims.get("call"), claims.get("team")
    roles: Any = [role] if isinstance(role, str) else role
    if not isinstance(roles, list) or not _are_roles(roles):
        raise NotAllowed(f"access token names no role of ours: {_ROLES}")
    if not all(value is None or isinstance(value, str) for value in (call, team)):
        raise Unauthorised(f"access token is garbled: call or team is no text; {_NEW_TOKEN}")
    if len(roles) > 1 and call is None:
        raise NotAllowed(_ONE_CALL)
    return Principal(claims["sub"], frozenset(roles), call, team)


def _are_roles(roles: list[Any]) -> bool:
    """One of the table, or media and another."""
    known = all(isinstance(role, str) and role in POWERS for role in roles)
    return known and (len(roles) == 1 or (len(set(roles)) == len(roles) == 2 and "media" in roles))
