"""Who asks for a socket, where the telephone system signs its requests. Pure: no clock, no chance.

Twilio signs the whole public URL with the account's auth token (HMAC-SHA1, base64).

AudioHook signs parts of the request (HTTP Message Signatures; HMAC-SHA256). `Signature-Input`
names them, `Signature` is made over them:

    Signature-Input: sig1=("@request-target" "@authority" …);keyid="…";nonce="…";alg=…;created=…;…
    Signature: sig1=:base64:

Rules for AudioHook:
- Every one of COMPONENTS is covered; `host` may stand for `@authority`. No name comes twice, among
  the components, the parameters or the headers: what is checked must be what is read later.
- `keyid` is the key that the request names, and decides the secret.
- A signature holds from SKEW before it was made until SKEW before MAX_AGE after it, and until
  SKEW before it expires. Its nonce is good for one request (Nonces).
- An unsigned request is let in only with a key whose secret is empty.

A refusal says the same of a key that is not known and of a wrong signature, and no more than the
sender knows. How long it takes to refuse is the shell's business.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass

from stream.errors import Overloaded, Unauthorised
from stream.upgrade import Upgrade

SKEW = 3
"""Seconds that the sender's clock and ours may differ, as the vendor has it."""
MAX_AGE = 10
"""Seconds from the making of a signature to its end, as the vendor has it."""
NONCE_SECONDS = MAX_AGE
"""From the first moment that a signature is good, SKEW before it was made, to the last."""
MIN_NONCE, MAX_NONCE = 22, 256
"""Characters: 128 bits in base64 without padding, and a bound on what is remembered of one."""
MAX_NONCES = 100_000
"""Remembered at a time: ten thousand signed upgrades a second, in about 25 MB."""

ALGORITHM = "hmac-sha256"
API_KEY = "x-api-key"
AUTHORITY = "@authority"
COMPONENTS = (
    "@request-target",
    AUTHORITY,
    "audiohook-organization-id",
    "audiohook-session-id",
    "audiohook-correlation-id",
    API_KEY,
)
"""What a signature must cover."""

_ONCE = {*COMPONENTS, "host", "signature", "signature-input", "x-twilio-signature"}
"""Headers that may not come twice."""

_LABEL = r"([a-z*][a-z0-9_.*-]*)="
_VALUE = r'"[ !#-\[\]-~]*"|[0-9]{1,15}'
_INPUT = re.compile(
    rf'{_LABEL}(\(((?:"[a-z0-9@_-]+" )*"[a-z0-9@_-]+")\)((?:;[a-z][a-z0-9_]*=(?:{_VALUE}))+))'
)
_PARAMETER = re.compile(rf";([a-z][a-z0-9_]*)=({_VALUE})")
_SIGNATURE = re.compile(rf"{_LABEL}:([A-Za-z0-9+/]+=*):")

_MISMATCH = "the signature does not fit: check the key, its secret, and the public address"
_UNKNOWN = hashlib.sha256(b"the key of those who have none").digest()
"""Takes the place of a secret, so that a key that is not known costs the same time."""


def twilio_signature(token: str, url: str) -> str:
    """What Twilio's header X-Twilio-Signature holds. `url`: the whole public one, as wss://….

    Raises ValueError for an empty token, with which anybody could sign.
    """
    if not token:
        raise ValueError("an empty auth token proves nothing: set Twilio's")
    made = hmac.digest(_bytes(token), _bytes(url), "sha1")
    return base64.b64encode(made).decode()


def check_twilio(upgrade: Upgrade, token: str, url: str) -> None:
    """Raises Unauthorised where the upgrade was not signed with the token for this URL."""
    given = _headers(upgrade).get("x-twilio-signature")
    if given is None:
        raise Unauthorised("X-Twilio-Signature is missing: connect from Twilio")
    if not hmac.compare_digest(_bytes(given), _bytes(twilio_signature(token, url))):
        raise Unauthorised("X-Twilio-Signature does not fit: check auth token and public address")


class Nonces:
    """Nonces of late. When `most` are remembered further ones are refused until the oldest is too
    old to matter: to forget it sooner would let a copy of its request in."""

    def __init__(self, most: int = MAX_NONCES, seconds: float = NONCE_SECONDS) -> None:
        self._most = most
        self._seconds = seconds
        self._spent: dict[str, float] = {}  # when each came, oldest first

    def spend(self, nonce: str, now: float) -> None:
        """Take it once. `now`: any clock in seconds, the same each time.

        Raises Unauthorised for one that was spent not long ago, Overloaded when full.
        """
        while self._spent:
            oldest = next(iter(self._spent))
            if now <= self._spent[oldest] + self._seconds:
                break
            del self._spent[oldest]
        if nonce in self._spent:
            raise Unauthorised("this signed request came before: sign each with a new nonce")
        if len(self._spent) >= self._most:
            raise Overloaded("too many signed requests: try again", retry_after=self._seconds)
        self._spent[nonce] = now


def audiohook_secret(text: str) -> bytes:
    """The key that a client secret stands for; '' for none. Raises ValueError."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("the client secret is no base64: copy it as it was made") from None


def check_audiohook(
    upgrade: Upgrade, secrets: Mapping[str, bytes], nonces: Nonces, now: float
) -> None:
    """Check who sent an AudioHook upgrade.

    `secrets` by API key, of audiohook_secret; `now` in Unix seconds. Raises Unauthorised, or
    Overloaded where `nonces` is full.
    """
    headers = _headers(upgrade)
    key = headers.get(API_KEY)
    if key is None:
        raise Unauthorised("X-API-KEY is missing: send the key of the integration")
    if "signature-input" not in headers and "signature" not in headers:
        if secrets.get(key) != b"":
            raise Unauthorised("not signed, or the key is unknown: set key and client secret")
        return
    signed = _parse(headers.get("signature-input", ""))
    if signed.keyid != key:
        raise Unauthorised("keyid is not X-API-KEY: sign with the key that is sent")
    _check_times(signed, now)
    _check_made(signed, headers, upgrade.target, secrets.get(key))
    nonces.spend(f"{key} {signed.nonce}", now)


@dataclass(frozen=True, slots=True)
class _Signed:
    """What Signature-Input says; `text` is what follows the label, as it came."""

    label: str
    text: str
    components: tuple[str, ...]
    keyid: str
    nonce: str
    created: int
    expires: int


def _parse(header: str) -> _Signed:
    """Strict: one signature, written as the vendor does."""
    found = _INPUT.fullmatch(header)
    if found is None:
        raise Unauthorised('Signature-Input is not of the form label=("…" …);keyid="…";…')
    label, text, listed, tail = found.groups()
    components = tuple(listed.replace('"', "").split(" "))
    pairs = _PARAMETER.findall(tail)
    parameters = dict(pairs)
    if len(parameters) < len(pairs) or len(set(components)) < len(components):
        raise Unauthorised("Signature-Input says something twice: name each part once")
    named = {AUTHORITY if name == "host" else name for name in components}
    missing = [name for name in COMPONENTS if name not in named]
    if missing:
        raise Unauthorised(f"the signature does not cover {', '.join(missing)}: sign it too")
    if _text(parameters, "alg") != ALGORITHM:
        raise Unauthorised(f"alg is not {ALGORITHM}: sign with that")
    nonce = _text(parameters, "nonce")
    if not MIN_NONCE <= len(nonce) <= MAX_NONCE:
        raise Unauthorised(f"nonce: send {MIN_NONCE} to {MAX_NONCE} characters")
    created, expires = _second(parameters, "created"), _second(parameters, "expires")
    return _Signed(label, text, components, _text(parameters, "keyid"), nonce, created, expires)


def _text(parameters: Mapping[str, str], name: str) -> str:
    value = parameters.get(name, "")
    if not value.startswith('"'):
        raise Unauthorised(f"Signature-Input has no {name}: send it as a string")
    return value[1:-1]


def _second(parameters: Mapping[str, str], name: str) -> int:
    value = parameters.get(name, "")
    if not value.isdigit():
        raise Unauthorised(f"Signature-Input has no {name}: send it in whole Unix seconds")
    return int(value)


def _check_times(signed: _Signed, now: float) -> None:
    if signed.created > now + SKEW:
        raise Unauthorised("the signature is of the future: set the sender's clock or ours")
    if min(signed.expires, signed.created + MAX_AGE) < now + SKEW:
        raise Unauthorised("the signature is too old: sign each request anew, and check the clocks")


def _check_made(
    signed: _Signed, headers: Mapping[str, str], target: str, secret: bytes | None
) -> None:
    """Whether the holder of the secret signed this very request."""
    found = _SIGNATURE.fullmatch(headers.get("signature", ""))
    if found is None or found[1] != signed.label:
        raise Unauthorised("Signature is not of the form label=:base64:, of the same label")
    wanted = hmac.digest(
        _UNKNOWN if secret is None else secret, _bytes(_base(signed, headers, target)), "sha256"
    )
    # Text of either, since base64 can write the same bytes in more than one way.
    fits = hmac.compare_digest(_bytes(found[2]), base64.b64encode(wanted))
    if not fits or secret is None:
        raise Unauthorised(_MISMATCH)


def _base(signed: _Signed, headers: Mapping[str, str], target: str) -> str:
    """The text that was signed: a line a component in the order listed, then the parameters."""
    known = {"@request-target": target, AUTHORITY: headers.get("host")}
    lines = []
    for name in signed.components:
        value = known[name] if name in known else headers.get(name)
        if value is None:
            raise Unauthorised(f"{name} is signed but was not sent: send what was signed")
        lines.append(f'"{name}": {value}')
    return "\n".join([*lines, f'"@signature-params": {signed.text}'])


def _headers(upgrade: Upgrade) -> dict[str, str]:
    """By small name. Raises Unauthorised for one that came twice: which one would count?"""
    found: dict[str, str] = {}
    for name, value in upgrade.headers.items():
        if name.lower() in found and name.lower() in _ONCE:
            raise Unauthorised(f"{name} came twice: send it once")
        found[name.lower()] = value.strip()
    return found


def _bytes(text: str) -> bytes:
    """Whatever the text, each has bytes of its own: none may pass for another."""
    return text.encode("utf-8", "surrogatepass")
