"""Everything that can be wrong with what arrives, as one tree.

    MediaError                 a fault that ends one socket, with a code and a close code
    +-- BadRequest             bad_request         1007   the sender broke the protocol
    +-- UnsupportedFormat      unsupported_format  1003   audio we cannot decode
    +-- TooBig                 too_big             1009   a message above the limit
    +-- Unauthorised           unauthorised        1008   no token, or not a valid one
    +-- NotAllowed             not_allowed         4004   a valid token for something else
    +-- CallFinished           call_ended          4001   the id belongs to a finished call
    +-- PartyTaken             party_taken         4002   someone is already that party
    +-- Idle                   idle                4003   nothing came for too long
    +-- Overloaded             overloaded          1013   no room; `retry_after` seconds
    +-- Internal               internal            1011   our fault

Every message names the fault and the mend.
"""

from __future__ import annotations

from typing import ClassVar


class MediaError(Exception):
    """Ends one socket. `code` and `close` are the public ones of the API."""

    code: ClassVar[str]
    close: ClassVar[int]
    status: ClassVar[int]

    def __init__(self, message: str, *, ref: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.ref = ref

    def payload(self) -> dict[str, object]:
        """The error as the JSON message of the API."""
        body: dict[str, object] = {"type": "error", "code": self.code, "message": self.message}
        if self.ref is not None:
            body["ref"] = self.ref
        return body


class BadRequest(MediaError):
    code, close, status = "bad_request", 1007, 400


class UnsupportedFormat(MediaError):
    code, close, status = "unsupported_format", 1003, 415


class TooBig(MediaError):
    code, close, status = "too_big", 1009, 413


class Unauthorised(MediaError):
    code, close, status = "unauthorised", 1008, 401


class NotAllowed(MediaError):
    code, close, status = "not_allowed", 4004, 403


class CallFinished(MediaError):
    code, close, status = "call_ended", 4001, 409


class PartyTaken(MediaError):
    code, close, status = "party_taken", 4002, 409


class Idle(MediaError):
    code, close, status = "idle", 4003, 408


class Overloaded(MediaError):
    code, close, status = "overloaded", 1013, 503

    def __init__(self, message: str, *, retry_after: float, ref: str | None = None) -> None:
        super().__init__(message, ref=ref)
        self.retry_after = retry_after

    def payload(self) -> dict[str, object]:
        return {**super().payload(), "retry_after": self.retry_after}


class Internal(MediaError):
    code, close, status = "internal", 1011, 500
