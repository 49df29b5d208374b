"""Reading: what the text model is asked of an utterance, and when.

Theory. A turn is read with the turns before it, which are known only when judgement has come to it.
So judgement asks for the one that is next, waits for the answer as it waits for words, and goes on.
The same audio leads to the same questions in the same order. Where the model gives no answer, the
lists of words judge alone: no utterance is lost to a fault.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from models.lines import english
from models.text import Read
from models.text_input import TURNS, Said, Turn
from models.types import Utterance
from stream.audio import CallId, PartyId

ReadAll = Callable[[Sequence[Said]], list[Read]]
"""What models.text.TextModel.read does: blocks, and is thread-safe."""


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """An utterance to read, with the turns before it."""

    call: CallId
    party: PartyId
    utterance: int
    said: Said

    def answer(self, read: Read | None) -> ReadResult:
        """The answer to it."""
        return ReadResult(self.party, self.utterance, read)

    def answered(self, read: ReadAll | None) -> ReadResult:
        """The answer, read here and now; without `read` none."""
        return self.answer(read([self.said])[0] if read else None)


@dataclass(frozen=True, slots=True)
class ReadResult:
    """What an utterance tells; `read` is None where it could not be read."""

    party: PartyId
    utterance: int
    read: Read | None


class Reads:
    """One call's reading. Synchronous; sees utterances in the order of judgement.

    `on`: whether there is a model; without one nothing is asked.
    """

    def __init__(self, *, on: bool) -> None:
        self._on = on
        self._turns: tuple[Turn, ...] = ()
        self._next: tuple[PartyId, int] | None = None
        self._due: Said | None = None
        self._answer: ReadResult | None = None

    @property
    def waiting(self) -> bool:
        """Whether an answer is still to come."""
        return self._next is not None and self._answer is None

    def ready(self, said: Utterance) -> bool:
        """Whether this one, whose turn has come, can be judged; if not, it is asked for."""
        if not (self._on and said.words and english(said)):
            return True
        if self._next != (said.party, said.number):
            self._next, self._answer = (said.party, said.number), None
            self._due = Said(Turn(said.role, said.text), self._turns)
        return self._answer is not None

    def asking(self, call: CallId) -> list[ReadRequest]:
        """What is to be read now; each is told once."""
        if self._next is None or self._due is None:
            return []
        said, self._due = self._due, None
        return [ReadRequest(call, *self._next, said)]

    def read(self, result: ReadResult) -> None:
        """The answer to what was asked; one that nobody waits for any more is dropped."""
        if self._next == (result.party, result.utterance):
            self._answer = result

    def take(self, said: Utterance) -> Read | None:
        """What the utterance tells, now that it is judged; it becomes a turn before the next."""
        if said.words:
            self._turns = (*self._turns, Turn(said.role, said.text))[-TURNS:]
        answer, self._answer, self._next = self._answer, None, None
        return answer.read if answer is not None else None

    def state(self) -> dict[str, Any]:
        """The turns before the next utterance, JSON-able; what is asked is asked again."""
        return {"turns": [asdict(turn) for turn in self._turns]}

    def restore(self, state: dict[str, Any]) -> None:
        """Take up the state of `state()`."""
        self._turns = tuple(Turn(**turn) for turn in state["turns"])
