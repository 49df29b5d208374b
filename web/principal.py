"""Who makes a request, and the table of what each role may do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

Role = Literal["media", "agent", "supervisor", "safety", "integrator", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
Reach = Literal["none", "own", "team", "any"]
COMMANDS = frozenset({"nudge.update", "message", "note", "flag"})
"""What a person may say on the events socket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Powers:
    """One row of the role table. A token's `call` narrows `any` and `team` to that call.

    `reads`: whose calls it may read; `records`: lists and reports over calls; `verbatim`: text
    as it was said, else redacted.
    """

    reads: Reach = "none"
    verbatim: bool = False
    media: bool = False
    board: bool = False
    commands: bool = False
    context: bool = False
    records: bool = False
    cases: bool = False


POWERS: dict[Role, Powers] = {
    "media": Powers(media=True),
    "agent": Powers(reads="own", verbatim=True, commands=True),
    "supervisor": Powers(reads="team", board=True, commands=True, records=True),
    "safety": Powers(reads="any", verbatim=True, records=True, cases=True),
    "integrator": Powers(reads="any", context=True, records=True),
    "admin": Powers(
        reads="any",
        verbatim=True,
        media=True,
        board=True,
        commands=True,
        context=True,
        records=True,
        cases=True,
    ),
}
"""The roles of the API. What a row does not say is not allowed."""


@dataclass(frozen=True, slots=True)
class Principal:
    """A person or system. `call`, `team`: what its token is narrowed to; None: not narrowed."""

    subject: str
    roles: frozenset[Role]
    call: str | None = None
    team: str | None = None
    development: bool = False

    def may_send_media(self, call: str) -> bool:
        """Audio of that call. A token that names no call is a telephone system's: any call."""
        return any(row.media for row in self._rows()) and self._within(call)

    def may_read_call(self, call: str, context: Mapping[str, Any]) -> bool:
        """That call's events, transcript, summary and scorecard; `context` is the call's."""
        return any(self._reads(row.reads, call, context) for row in self._rows())

    def may_see_board(self) -> bool:
        """The board; which calls are on it, `may_read_call` says."""
        return any(row.board for row in self._rows())

    def may_command(self, kind: str, call: str, context: Mapping[str, Any]) -> bool:
        """A command of that kind to a call; false for kinds that are no command."""
        return kind in COMMANDS and any(
            row.commands and self._reads(row.reads, call, context) for row in self._rows()
        )

    def may_put_context(self, call: str) -> bool:
        """What is known of that call, before or during it."""
        return any(row.context for row in self._rows()) and self._within(call)

    @property
    def entitled_to_verbatim(self) -> bool:
        """Text as it was said, of whatever it may read."""
        return self.development or any(row.verbatim for row in self._rows())

    @property
    def may_read_records(self) -> bool:
        """Lists and insights over calls; which calls are in them, `may_read_call` says."""
        return any(row.records for row in self._rows())

    @property
    def may_work_cases(self) -> bool:
        """Open, change and close safety cases, and read their verbatim."""
        return any(row.cases for row in self._rows())

    def _rows(self) -> Iterator[Powers]:
        return (POWERS[role] for role in self.roles)

    def _within(self, call: str) -> bool:
        return self.call is None or self.call == call

    def _reads(self, reach: Reach, call: str, context: Mapping[str, Any]) -> bool:
        agent = context.get("agent")
        known: Mapping[str, Any] = agent if isinstance(agent, Mapping) else {}
        if reach == "own":
            return self.call == call or known.get("id") == self.subject
        if reach == "team":
            return self._within(call) and (self.team is None or known.get("team") == self.team)
        return reach == "any" and self._within(call)


DEVELOPER = Principal("developer", frozenset(ROLES), development=True)
"""Everyone in development mode."""
