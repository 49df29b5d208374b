"""Bounds on what a sender may ask of us, each with its reason."""

from __future__ import annotations

MAX_MESSAGE_BYTES = 1_000_000
"""A websocket message: 10 s of 48 kHz s16le mono, far above the 20 to 200 ms senders use, and
still small enough that a thousand sockets, each with one message under way, fit in memory."""

MIN_RATE = 8_000
"""Hz. The telephone's own rate; below it the consonants that tell words apart are gone."""

MAX_RATE = 48_000
"""Hz. The rate of Opus and WebRTC; speech has nothing above it that 16 kHz would keep."""

MAX_PARTIES = 2
"""Channels of one socket: the two sides of a call. Further parties join by sockets of their own."""

MAX_CALL_PARTIES = 8
"""Of a call: two sides, an interpreter, a supervisor and a conference of some more. Each may have
sound of its own that is kept."""

MAX_PARTY_NAME = 64
"""Characters. The name is an id in every event of the call and a label on a page."""

MAX_CONTEXT_BYTES = 65_536
"""UTF-8 JSON. A long history and vocabulary fit; it is kept in memory and in every checkpoint."""

MAX_JSON_DEPTH = 32
"""Nested objects and lists: more than any real context has, and far below where Python's own
recursion ends, so that whoever writes the value out again cannot fail on it."""

MAX_CALL_SECONDS = 7 * 24 * 3600.0
"""A media second. No call lasts a week; a greater number is a wall clock or milliseconds."""

MAX_JUMP_SECONDS = 4 * 3600.0
"""How far a timestamp may run ahead of the clock: no hold lasts longer, and an absurd timestamp
must not make hours of silence."""

MAX_JITTER_SECONDS = 0.010
"""How far a timestamp may run ahead and still count as contiguous: half a telephony packet of
20 ms, so that rounding and jitter pass and one lost packet does not."""
