"""Topics: what a reader can subscribe to, which events belong there, and who reads here.

Entitled and redacted readers have topics of their own, so that verbatim text is never handed,
or sent, to where a redacted reader listens.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from coach.events import Event
from coach.subscription import Subscription
from stream.audio import CallId

FOR_CALLS = frozenset({"nudge.update"})
"""What people do that the call itself must learn of, wherever in the house it lives."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A call's events; with neither call nor team, those of all calls; else a team's."""

    call: CallId | None
    team: str | None
    entitled: bool
    people: bool = False
    """Only what people did of FOR_CALLS, of all calls."""


PEOPLE = Topic(None, None, False, people=True)


def topics(call: CallId, kind: str, team: str | None, *, entitled: bool) -> list[Topic]:
    """Where an event of this type belongs, in one of the two views."""
    found = [Topic(call, None, entitled), Topic(None, None, entitled)]
    if team is not None:
        found.append(Topic(None, team, entitled))
    if kind in FOR_CALLS and entitled == PEOPLE.entitled:
        found.append(PEOPLE)
    return found


class Readers:
    """The subscriptions of this process, by topic."""

    def __init__(self) -> None:
        self._by_topic: dict[Topic, list[Subscription]] = {}

    def add(self, topic: Topic, reader: Subscription) -> None:
        """From now on the reader is offered what belongs to the topic."""
        self._by_topic.setdefault(topic, []).append(reader)

    def remove(self, topic: Topic, reader: Subscription) -> None:
        """The opposite of `add`; nothing where it was not added, or removed already."""
        readers = self._by_topic.get(topic, [])
        if reader in readers:
            readers.remove(reader)
        if not readers:
            self._by_topic.pop(topic, None)

    def of(self, topic: Topic) -> tuple[Subscription, ...]:
        """Who reads the topic now."""
        return tuple(self._by_topic.get(topic, ()))

    def topics(self) -> list[Topic]:
        """Every topic that someone reads."""
        return list(self._by_topic)

    def offer(self, event: Event, team: str | None) -> None:
        """Hand the event to each reader of its topics."""
        for entitled in (True, False):
            if readers := list(self._reading(event, team, entitled)):
                body = event.view(entitled=entitled)
                for reader in readers:
                    reader.offer(body)

    def end(self) -> None:
        """End every subscription."""
        for readers in self._by_topic.values():
            for reader in readers:
                reader.end()
        self._by_topic.clear()

    def _reading(self, event: Event, team: str | None, entitled: bool) -> Iterator[Subscription]:
        for topic in topics(event.call, event.type, team, entitled=entitled):
            yield from self._by_topic.get(topic, ())
