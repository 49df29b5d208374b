"""Signed requests: what fits is let in, and whatever is changed is refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from stream.errors import Overloaded, Unauthorised
from stream.signatures import (
    COMPONENTS,
    MAX_NONCE,
    NONCE_SECONDS,
    Nonces,
    audiohook_secret,
    check_audiohook,
    check_twilio,
    twilio_signature,
)
from stream.upgrade import Upgrade

KEY = "SGVsbG8sIEkgYW0gdGhlIEFQSSBrZXkh"
SECRET_TEXT = "TXlTdXBlclNlY3JldEtleVRlbGxOby0xITJAMyM0JDU="
SECRET = audiohook_secret(SECRET_TEXT)
SECRETS = {KEY: SECRET, "open": b""}
IDS = ("audiohook-organization-id", "audiohook-session-id", "audiohook-correlation-id")


def signed(
    target: str, host: str, ids: tuple[str, str, str], made: str, authority: str, rest: str
) -> Upgrade:
    """The upgrade of a test vector; `rest` are nonce and times."""
    covered = " ".join(f'"{authority if name == "@authority" else name}"' for name in COMPONENTS)
    headers = {
        "Host": host,
        **dict(zip(IDS, ids, strict=True)),
        "X-API-KEY": KEY,
        "Signature-Input": f'sig1=({covered});keyid="{KEY}";{rest}',
        "Signature": f"sig1=:{made}:",
    }
    return Upgrade(headers, target=target)


FIRST = signed(
    "/api/v1/voicebiometrics/ws",
    "audiohook.example.com",
    (
        "d7934305-0972-4844-938e-9060eef73d05",
        "30b0e395-84d3-4570-ac13-9a62d8f514c0",
        "e160e428-53e2-487c-977d-96989bf5c99d",
    ),
    "zupMJUMfd/kMuvKc5zhRyfJPE3jTROuz1S1hn8SCTpE=",
    "host",
    'nonce="VGhpc0lzQVVuaXF1ZU5vbmNl";alg="hmac-sha256";created=1641013200;expires=3282026430',
)
SECOND = signed(
    "/api/v1/audiohook/ws",
    "127.0.0.1:3999",
    (
        "239ab1d0-bffe-4aae-9579-81e045dbedc8",
        "224a89a8-5e38-44ef-b4b6-5a8d7f5bbcba",
        "994b7a33-802e-494c-b784-001d25fe40ae",
    ),
    "VN5ee7fu5u+UVruMmqndn2oukATqfpsKk8wgCCRV8vg=",
    "@authority",
    'nonce="YJhziTmEJJzVIEos1xtD2AEK";alg="hmac-sha256";created=1795319262;expires=1795319292',
)
NOW = 1795319263.5


def check(upgrade: Upgrade, now: float = NOW, secrets: Mapping[str, bytes] = SECRETS) -> None:
    check_audiohook(upgrade, secrets, Nonces(), now)


def having(upgrade: Upgrade, **changed: str | None) -> Upgrade:
    """With other headers, `_` for `-`; None leaves one out."""
    headers = {name.lower(): value for name, value in upgrade.headers.items()}
    for name, value in changed.items():
        headers.pop(name.replace("_", "-"), None)
        if value is not None:
            headers[name.replace("_", "-")] = value
    return replace(upgrade, headers=headers)


def sign(
    given: str, *, key: bytes = SECRET, target: str | None = None, **changed: str | None
) -> Upgrade:
    """A request with this Signature-Input, rightly signed over what it lists."""
    upgrade = having(SECOND, **changed)
    known = {"@request-target": SECOND.target, "@authority": SECOND.headers["Host"]}
    label, _, text = given.partition("=")
    listed = text[text.find("(") + 1 : text.find(")")].replace('"', "").split()
    lines = [f'"{n}": {known.get(n) or upgrade.headers.get(n, "")}' for n in listed]
    base = "\n".join([*lines, f'"@signature-params": {text}'])
    made = base64.b64encode(hmac.digest(key, base.encode(), hashlib.sha256)).decode()
    return having(upgrade, signature_input=given, signature=f"{label}=:{made}:")


INPUT = SECOND.headers["Signature-Input"]


@pytest.mark.parametrize(
    ("vector", "now"),
    [(FIRST, 1641013200.0), (SECOND, NOW), (sign(INPUT), NOW)],
    ids=["host", "authority", "our own"],
)
def test_vectors(vector: Upgrade, now: float) -> None:
    check(vector, now)


def test_header_names_in_any_case_and_values_with_space_around() -> None:
    check(having(SECOND, host=" 127.0.0.1:3999 "))


@pytest.mark.parametrize(
    ("now", "says"),
    [
        (1795319259.0, None),  # made 3 s ahead of our clock
        (1795319258.9, "of the future"),
        (1795319269.0, None),  # 10 s old for a clock that is 3 s behind
        (1795319269.1, "too old"),
        (1795319999.0, "too old"),
    ],
)
def test_window(now: float, says: str | None) -> None:
    if says is None:
        check(SECOND, now)
    else:
        with pytest.raises(Unauthorised, match=says):
            check(SECOND, now)


def test_it_ends_when_it_expires() -> None:
    given = INPUT.replace("expires=1795319292", "expires=1795319268")
    check(sign(given), 1795319265.0)
    with pytest.raises(Unauthorised, match="too old"):
        check(sign(given), 1795319265.1)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"@request-target" ', "", "does not cover @request-target"),
        ('"@authority" ', "", "does not cover @authority"),
        ('"audiohook-organization-id" ', "", "does not cover audiohook-organization-id"),
        ('"audiohook-session-id" ', "", "does not cover audiohook-session-id"),
        ('"audiohook-correlation-id" ', "", "does not cover audiohook-correlation-id"),
        (' "x-api-key"', "", "does not cover x-api-key"),
        ('"x-api-key")', '"x-api-key" "x-api-key")', "twice"),
        ('"x-api-key")', '"x-api-key" "x-lost")', "x-lost is signed but was not sent"),
        ('"x-api-key")', '"x-api-key";bs)', "not of the form"),
        (f'keyid="{KEY}"', 'keyid="another"', "keyid is not X-API-KEY"),
        (f'keyid="{KEY}";', "", "no keyid"),
        (f'keyid="{KEY}"', "keyid=7", "no keyid"),
        ('alg="hmac-sha256"', 'alg="hmac-sha512"', "alg is not"),
        (';alg="hmac-sha256"', "", "no alg"),
        ('nonce="YJhziTmEJJzVIEos1xtD2AEK"', 'nonce="YJhziTmEJJzVIEos1xtD2"', "nonce"),
        ('nonce="YJhz', f'nonce="{"a" * MAX_NONCE}', "nonce"),
        ('nonce="YJhziTmEJJzVIEos1xtD2AEK";', "", "no nonce"),
        (";created=1795319262", "", "no created"),
        ("created=1795319262", 'created="1795319262"', "no created"),
        (";expires=1795319292", "", "no expires"),
        ("expires=1795319292", "expires=1795319292;expires=1795319292", "twice"),
        ("expires=1795319292", "expires=9999999999999999", "not of the form"),
        ("sig1=", "sig1=(),sig2=", "not of the form"),
        ("sig1=", "", "not of the form"),
        (";created", "; created", "not of the form"),
    ],
)
def test_rightly_signed_but_not_as_it_must_be(old: str, new: str, says: str) -> None:
    given = INPUT.replace(old, new)
    assert given != INPUT
    with pytest.raises(Unauthorised, match=says):
        check(sign(given))


def test_further_components_and_parameters_are_signed_too() -> None:
    given = INPUT.replace('"x-api-key")', '"x-api-key" "x-more")') + ';tag="a"'
    check(sign(given, x_more="more"))
    with pytest.raises(Unauthorised):
        check(having(sign(given, x_more="more"), x_more="less"))


@pytest.mark.parametrize(
    "signature",
    [None, "", "sig1=zup", "sig2=:VN5e:", "sig1=::", "sig1=:%:", "sig1=:VN5e:,sig2=:VN5e:"],
)
def test_signature_of_another_form(signature: str | None) -> None:
    with pytest.raises(Unauthorised, match="Signature is not of the form"):
        check(having(SECOND, signature=signature))


def test_a_signature_whose_parameters_were_left_out() -> None:
    with pytest.raises(Unauthorised, match="Signature-Input is not of the form"):
        check(having(SECOND, signature_input=None))


def test_a_header_that_comes_twice() -> None:
    twice = replace(SECOND, headers={**SECOND.headers, "x-api-key": KEY})
    with pytest.raises(Unauthorised, match="twice"):
        check(twice)


def test_an_unknown_key_is_refused_as_a_wrong_signature_is() -> None:
    """Nobody learns which keys there are, or anything of a secret."""
    words = set()
    for upgrade, secrets in (
        (SECOND, {}),
        (SECOND, {KEY: b"another"}),
        (SECOND, {KEY: b""}),
        (having(SECOND, signature="sig1=:VN5e:"), SECRETS),
    ):
        with pytest.raises(Unauthorised) as raised:
            check(upgrade, secrets=secrets)
        words.add(raised.value.message)
    [only] = words
    assert KEY not in only
    assert SECRET_TEXT not in only


def test_unsigned() -> None:
    """Only a key whose secret is empty needs no signature."""
    unsigned = having(SECOND, signature=None, signature_input=None)
    check(having(unsigned, x_api_key="open"))
    for key in (KEY, "unknown", "", None):
        with pytest.raises(Unauthorised):
            check(having(unsigned, x_api_key=key))


PARTS = ("target", "host", *IDS, "x-api-key", "signature-input", "signature")


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(PARTS), st.data())
def test_a_flipped_character_anywhere(part: str, data: st.DataObject) -> None:
    upgrade = having(SECOND)
    text = upgrade.target if part == "target" else upgrade.headers[part]
    at = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.characters(exclude_characters=text[at]) | st.sampled_from("aA0?;, "))
    flipped = text[:at] + letter + text[at + 1 :]
    changed = (
        replace(upgrade, target=flipped)
        if part == "target"
        else having(upgrade, **{part.replace("-", "_"): flipped})
    )
    if flipped != text:
        with pytest.raises(Unauthorised):
            check(changed)


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(st.sampled_from(PARTS), st.text() | st.text('()=;:"sig1-hmac0 @'), max_size=4)
)
def test_whatever_is_sent_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(Unauthorised):
        check(replace(SECOND, headers={**having(SECOND).headers, "host": "x", **headers}))


def test_a_replayed_request() -> None:
    nonces = Nonces()
    check_audiohook(SECOND, SECRETS, nonces, NOW)
    with pytest.raises(Unauthorised, match="came before"):
        check_audiohook(SECOND, SECRETS, nonces, NOW + 1)


def test_a_refused_request_spends_no_nonce() -> None:
    nonces = Nonces()
    with pytest.raises(Unauthorised):
        check_audiohook(having(SECOND, host="x"), SECRETS, nonces, NOW)
    check_audiohook(SECOND, SECRETS, nonces, NOW)


def test_nonces_are_forgotten_when_they_no_longer_matter() -> None:
    nonces = Nonces(most=2)
    nonces.spend("one", 0.0)
    nonces.spend("two", 4.0)
    with pytest.raises(Overloaded):
        nonces.spend("three", NONCE_SECONDS)
    with pytest.raises(Unauthorised):
        nonces.spend("one", NONCE_SECONDS)
    nonces.spend("three", NONCE_SECONDS + 0.1)
    with pytest.raises(Unauthorised):
        nonces.spend("two", NONCE_SECONDS + 4.0)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("abcdef"), st.floats(0, 6)), max_size=40),
    st.integers(1, 6),
)
def test_a_nonce_is_good_once_in_its_time(steps: list[tuple[str, float]], most: int) -> None:
    nonces, now = Nonces(most=most), 0.0
    taken: dict[str, float] = {}
    for nonce, later in steps:
        now += later
        lately = {each for each, at in taken.items() if now <= at + NONCE_SECONDS}
        if nonce in lately or len(lately) == most:
            with pytest.raises(Unauthorised if nonce in lately else Overloaded):
                nonces.spend(nonce, now)
        else:
            nonces.spend(nonce, now)
            taken[nonce] = now


@pytest.mark.parametrize("text", ["=", "a", "ä===", "TXlT\n", "TXlT TXlT"])
def test_a_secret_that_is_no_base64(text: str) -> None:
    with pytest.raises(ValueError, match="no base64"):
        audiohook_secret(text)
    assert audiohook_secret("") == b""


# -- Twilio ----------------------------------------------------------------------------------

TOKEN = "12345"
URL = "wss://coach.example.com/v1/media/twilio"
TWILIO = Upgrade({"X-Twilio-Signature": twilio_signature(TOKEN, URL)})


def test_twilio_signs_the_whole_url() -> None:
    made = hmac.new(TOKEN.encode(), URL.encode(), hashlib.sha1).digest()
    assert twilio_signature(TOKEN, URL) == base64.b64encode(made).decode()
    check_twilio(TWILIO, TOKEN, URL)


URLS = st.builds(
    "wss://{}/{}?{}".format,
    st.from_regex(r"[a-z0-9-]{1,20}(\.[a-z]{2,8}){1,3}(:[0-9]{2,5})?", fullmatch=True),
    st.from_regex(r"[A-Za-z0-9._~%/-]{0,40}", fullmatch=True),
    st.from_regex(r"([a-z]{1,8}=[A-Za-z0-9%+._-]{0,12}&?){0,4}", fullmatch=True),
)


@settings(max_examples=1000, deadline=None)
@given(url=URLS, token=st.text("0123456789abcdef", min_size=32, max_size=32))
def test_twilio_agrees_with_the_vendors_own(url: str, token: str) -> None:
    made = twilio_signature(token, url)
    assert RequestValidator(token).compute_signature(url, {}) == made
    check_twilio(Upgrade({"X-Twilio-Signature": made}), token, url)


def test_twilio_unsigned() -> None:
    with pytest.raises(Unauthorised, match="X-Twilio-Signature is missing"):
        check_twilio(Upgrade(), TOKEN, URL)


def test_an_empty_token_proves_nothing() -> None:
    with pytest.raises(ValueError, match="empty auth token"):
        check_twilio(TWILIO, "", URL)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([0, 1, 2]), st.data())
def test_twilio_with_a_flipped_character(which: int, data: st.DataObject) -> None:
    parts = [TWILIO.headers["X-Twilio-Signature"], TOKEN, URL]
    text = parts[which]
    at = data.draw(st.integers(0, len(text) - 1))
    parts[which] = (
        text[:at] + data.draw(st.characters(exclude_characters=text[at])) + text[at + 1 :]
    )
    with pytest.raises(Unauthorised) as raised:
        check_twilio(Upgrade({"x-twilio-signature": parts[0]}), parts[1], parts[2])
    assert TOKEN not in raised.value.message
