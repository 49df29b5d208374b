"""What a codec makes of a protocol's messages: a closed union of frozen events.

`at` is in media seconds of the sender's own clock, `None` where the protocol has none:
then the audio follows on from what came before. A shell dispatches over `StreamEvent`
and ends in `assert_never`, so that a new event cannot be forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from stream.audio import AudioFormat, CallId, Context, PartyId


@dataclass(frozen=True, slots=True)
class CallStarted:
    """A socket names its call, who speaks on it and in which format."""

    call: CallId
    format: AudioFormat
    source: str
    at: float | None = None
    resume: bool = False
    context: Context = field(default_factory=dict)
    token: str = field(default="", repr=False)
    """An access token that travelled inside the protocol; '' where it came with the upgrade."""
    waits: bool = True
    """Whether the sender waits where it is not read. A telephone system does not: its audio is
    kept while the call is behind (stream/keep.py)."""


@dataclass(frozen=True, slots=True)
class Media:
    """Encoded audio. `party` None: all channels of the format, interleaved.

    `at` None: contiguous with the last of that party. A greater `at` than the clock of the
    party is a hole, which becomes silence; a smaller one is an overlap, which is dropped.
    """

    payload: bytes
    party: PartyId | None = None
    at: float | None = None


@dataclass(frozen=True, slots=True)
class Dtmf:
    """A key was pressed. The digit itself is never carried: it may be a card number."""

    party: PartyId | None = None


@dataclass(frozen=True, slots=True)
class Paused:
    """The sender paused: the media clocks of its parties stand still."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """The sender resumed; `at` advances the clocks to that second, with silence. It is of the
    call's clock, or where `own` of the sender's, as the `at` of its Media is."""

    at: float | None = None
    own: bool = False


@dataclass(frozen=True, slots=True)
class ContextChanged:
    """What is known of the call changed; keys replace those before."""

    context: Context


@dataclass(frozen=True, slots=True)
class Reply:
    """What the protocol wants answered at once, whatever becomes of the call."""

    text: str


@dataclass(frozen=True, slots=True)
class CallEnded:
    """The sender says that its parties are done."""

    reason: str = "stopped"


StreamEvent = CallStarted | Media | Dtmf | Paused | Resumed | ContextChanged | Reply | CallEnded
