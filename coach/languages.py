"""The languages of a call: which one it is given, and what is said of those that are heard.

How well safety is detected was measured in English alone. In any other language the page must
say that it is off: a quiet page would be taken for a calm call.

Rules.
1. The language that a context names holds, and ends detection in this call: should a later
   context name none, the service's own holds. Where none was ever named, each party's is detected
   (models/language.py), unless the setting forbids it.
2. That safety detection is off is said once: of the whole call (no party) where its language is
   given, of one party where it was detected. It is off for whoever it was said of, and is said to
   be on again: of a party before the first of its utterances in a measured language.
3. What is said of a party follows from its finals in their order, what is said of the call from
   its contexts in theirs. Neither knows of the other, so that no delay mixes them.
"""

from __future__ import annotations

from typing import Any

from coach.events import Draft
from models.asr import Heard
from models.language import Switch, code, measured
from stream.audio import Context, PartyId

OFF = ("language_unsupported", "safety_detection_off")
ON = ("safety_detection_on",)


class Languages:
    """One call's. `default`: the service's language; `detect`: whether others may be heard."""

    def __init__(self, default: str, *, detect: bool) -> None:
        self.default = default
        self.given = "" if detect else default
        """The call's language; '' where each party's is detected."""
        self._since = 0.0
        self._call = ""
        self._parties: dict[PartyId, str] = {}
        """Languages for which it was said that safety detection is off."""
        self._changes = 0

    def know(self, context: Context, at: float) -> None:
        """The context as it is from media second `at` on."""
        given = code(context.get("language")) or (self.given and self.default)
        if given != self.given:
            self.given, self._since = given, at

    def tell(self) -> list[Draft]:
        """What is still to be said of the language that the call is given."""
        told, self._call = self._call, "" if measured(self.given) else self.given
        if told == self._call:
            return []
        self._changes += 1
        data, cause = {"reason": self.given}, f":{self._changes}"
        return [_quality(kind, data, self._since, cause) for kind in (OFF if self._call else ON)]

    def switched(self, party: PartyId, switch: Switch) -> Draft:
        """A party was heard to speak another language."""
        data = {"party": party, "from": switch.before, "to": switch.after, "p": switch.p}
        return Draft("language.changed", switch.at, data, f"language:{party}:{switch.utterance}")

    def said(self, heard: Heard) -> list[Draft]:
        """A party's next final, before it is said itself."""
        party, language = heard.party, heard.language
        kinds: tuple[str, ...] = ()
        if measured(language):
            kinds = ON if self._parties.pop(party, "") else ()
        elif heard.detected and self._parties.get(party) != language:
            self._parties[party], kinds = language, OFF
        data, cause = {"party": party, "reason": language}, f"{party}:{heard.utterance}"
        return [_quality(kind, data, heard.start, cause) for kind in kinds]

    def state(self) -> dict[str, Any]:
        """All that is said later depends on, JSON-able."""
        return {
            "given": self.given,
            "since": self._since,
            "call": self._call,
            "parties": dict(self._parties),
            "changes": self._changes,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take up the state of `state()`."""
        self.given, self._since = state["given"], state["since"]
        self._call, self._changes = state["call"], state["changes"]
        self._parties = {PartyId(party): told for party, told in state["parties"].items()}


def _quality(kind: str, data: dict[str, Any], at: float, cause: str) -> Draft:
    return Draft("quality", round(at, 3), {"kind": kind, **data}, f"quality:{kind}:{cause}")
