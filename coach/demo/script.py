"""A call written down: who says what, how fast, and which nudge is due after which word.

A script is a TOML file:

    title = "…"
    may = ["rule", …]      nudges that fit as well, at a moment which the script does not fix
    [voices]               agent, customer: a voice of flite, or joe of piper
    [context]              the call's context, as in the API
    [[turn]]               speaker, pause, rate, text, and an id where a due names the turn
    [[due]]                rule, turn, word

pause: seconds of silence before the turn, after the one before it ended. rate: 1.0 is the
voice's own habit, 2.0 twice as fast. A nudge is due after the last word of its turn, which
`word` repeats, so that a change of the text cannot move it unseen.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, get_args

Speaker = Literal["agent", "customer"]

AFTER_DUE = 2.5
"""Least seconds of silence after a due: a nudge comes at a pause, and is read in it."""
BETWEEN_DUES = 25.0
"""Least seconds from one due to the next: more than the attention budget's 20 s, so that no
nudge has to wait for the one before it."""


class ScriptError(ValueError):
    """A script that cannot be used. The message names the file, the place and the mend."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What one speaker says in one go. `pause` in seconds, `rate` in times the voice's own."""

    speaker: Speaker
    pause: float
    rate: float
    text: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """The nudge of `rule` is due once `word`, the last of the turn with that id, was said."""

    rule: str
    turn: str
    word: str


@dataclass(frozen=True, slots=True)
class Script:
    """A whole script. `voices`: of each speaker, by name."""

    title: str
    turns: tuple[Turn, ...]
    dues: tuple[Due, ...] = ()
    voices: dict[str, str] = field(default_factory=dict)
    context: dict[str, Any] = field(default_factory=dict)
    may: tuple[str, ...] = ()


def load_script(path: Path) -> Script:
    """Reads a script. Raises ScriptError."""
    try:
        body = tomllib.loads(path.read_text("utf-8"))
        turns = tuple(Turn(**turn) for turn in body.pop("turn"))
        dues = tuple(Due(**due) for due in body.pop("due", ()))
        may = tuple(body.pop("may", ()))
        script = Script(body.pop("title"), turns, dues, may=may, **body)
        check(script)
    except KeyError as fault:
        raise ScriptError(f"{path.name} has no {fault}: see the head of script.py") from fault
    except (OSError, TypeError, ValueError) as fault:
        raise ScriptError(f"{path.name}: {fault}") from fault
    return script


def check(script: Script) -> None:
    """Raises ScriptError for a speaker without a channel, or a due that cannot be kept."""
    for turn in script.turns:
        if turn.speaker not in get_args(Speaker):
            raise ScriptError(f"speaker {turn.speaker!r}: write agent or customer")
    if extra := set(script.voices) - set(get_args(Speaker)):
        raise ScriptError(f"a voice of {', '.join(sorted(extra))}: give agent and customer one")
    ids = [turn.id for turn in script.turns if turn.id]
    if len(ids) != len(set(ids)):
        raise ScriptError("two turns have one id: give each its own")
    for due in script.dues:
        if due.turn not in ids:
            raise ScriptError(f"{due.rule} is due after turn {due.turn!r}: give a turn that id")
        last = last_word(script.turns[_index(script, due.turn)].text)
        if last != due.word:
            raise ScriptError(
                f"{due.rule}: turn {due.turn!r} ends with {last!r}, not {due.word!r}; write that"
            )
    due_turns = {due.turn for due in script.dues}
    for turn, after in pairwise(script.turns):
        if turn.id in due_turns and after.pause < AFTER_DUE:
            raise ScriptError(
                f"the pause after turn {turn.id!r} is {after.pause:g} s; a due needs {AFTER_DUE:g}"
            )


def last_word(text: str) -> str:
    """The last word of a text, without the punctuation around it."""
    words = re.findall(r"[\w'’-]+", text)
    return words[-1] if words else ""


def _index(script: Script, turn: str) -> int:
    return next(i for i, each in enumerate(script.turns) if each.id == turn)
