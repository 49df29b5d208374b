"""Settings of the telephone systems: who speaks on which track, and how each proves who it is.

The text below each setting is its documentation.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from coach.section import PartyName, Secrets, Section
from stream.ice import IceServer


def _pairs(pairs: tuple[str, ...]) -> tuple[str, ...]:
    """A name and a secret each. The fault does not repeat what may be a secret."""
    if not all(pair.partition(":")[0] and ":" in pair for pair in pairs):
        raise ValueError("write each as name:secret")
    return pairs


def _mapping(pairs: tuple[str, ...]) -> dict[str, str]:
    return {name: secret for name, _, secret in (pair.partition(":") for pair in pairs)}


def _apart(one: str, other: str) -> Callable[[Section], Section]:
    """Checks that two settings name two parties."""

    def check(section: Section) -> Section:
        if getattr(section, one) == getattr(section, other):
            raise ValueError(f"{one} and {other} must name two parties")
        return section

    return check


def _passwords(pairs: tuple[str, ...]) -> tuple[str, ...]:
    """None empty: it would let anybody in who knows the name."""
    if not all(pair.partition(":")[2] for pair in _pairs(pairs)):
        raise ValueError("write each as name:password, with a password")
    return pairs


def _ice(servers: tuple[str, ...]) -> tuple[str, ...]:
    """An address each, perhaps with a name and a password, which the fault does not repeat."""
    if not all(re.fullmatch(r"(stuns?:\S+|turns?:\S+( \S+ \S+)?)", server) for server in servers):
        raise ValueError("write each as stun:host:port, or turn:host:port name password")
    return servers


Pairs = Annotated[Secrets, AfterValidator(_pairs)]


class Twilio(Section):
    """Twilio Media Streams."""

    inbound: PartyName = "customer"
    """Party of the inbound track: who speaks on the streamed leg."""
    outbound: PartyName = "agent"
    """Party of the outbound track: what that leg hears. Swap both where the stream is of the
    agent's leg."""
    auth_token: Annotated[str, Field(repr=False)] = ""
    """The account's auth token. Set: a stream with a valid `X-Twilio-Signature` is let in without
    a token of ours, and one with a wrong signature never."""
    public_url: str = ""
    """What Twilio calls this server, such as `wss://coach.example.com`; a signature is over the
    whole address. Empty: as the `Host` header says."""

    _two = model_validator(mode="after")(_apart("inbound", "outbound"))


class AudioHook(Section):
    """Genesys Cloud AudioHook."""

    external: PartyName = "customer"
    """Party of the external channel."""
    internal: PartyName = "agent"
    """Party of the internal channel."""
    keys: Pairs = ()
    """API keys with their client secrets, as `key:secret`, the secret in base64 as Genesys shows
    it. Set: every session must be signed with one of them, but that of a key with an empty
    secret."""
    transcripts: bool = False
    """Tell Genesys what was said, utterance by utterance, with numbers masked, as its `transcript`
    entities."""

    _two = model_validator(mode="after")(_apart("external", "internal"))

    @property
    def pairs(self) -> dict[str, str]:
        """Client secrets by API key."""
        return _mapping(self.keys)


class Jambonz(Section):
    """jambonz `listen`, and FreeSWITCH's mod_audio_fork and mod_audio_stream."""

    caller: PartyName = "customer"
    """Party of the first channel."""
    callee: PartyName = "agent"
    """Party of the second channel."""
    users: Annotated[Secrets, AfterValidator(_passwords)] = ()
    """Names and passwords of HTTP Basic that are let in, as `name:password`."""

    _two = model_validator(mode="after")(_apart("caller", "callee"))

    @property
    def pairs(self) -> dict[str, str]:
        """Passwords by name."""
        return _mapping(self.users)


class Vonage(Section):
    """Vonage's websockets."""

    party: PartyName = "customer"
    """Party of a socket whose headers name none."""


class Asterisk(Section):
    """Asterisk: chan_websocket, and AudioSocket."""

    party: PartyName = "customer"
    """Party of a connection that names none."""
    audiosocket_port: Annotated[int, Field(ge=0, le=65_535)] = 0
    """TCP port of AudioSocket, on the address of the server; 0: it is not spoken. AudioSocket
    knows no passwords: let nobody but Asterisk reach the port."""


class Whip(Section):
    """WebRTC by WHIP."""

    ice_servers: Annotated[Secrets, AfterValidator(_ice)] = ()
    """STUN and TURN servers that senders are told of and we ask too, such as
    `stun:stun.example.com:3478`, or `turn:turn.example.com:3478 name password`."""

    @property
    def servers(self) -> tuple[IceServer, ...]:
        """The same, taken apart."""
        return tuple(IceServer(*server.split()) for server in self.ice_servers)
