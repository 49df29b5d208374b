"""When everything in a made call is said: the sidecar `call.toml` beside `call.flac`."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

from coach.demo.script import BETWEEN_DUES, Script, ScriptError

HEAD = """# Made by make_call.py together with call.flac: do not edit.
# Times in media seconds. A due's `at` is the end of its word.
"""


@dataclass(frozen=True, slots=True)
class TurnTime:
    """When a turn is spoken."""

    speaker: str
    start: float
    end: float
    id: str = ""


@dataclass(frozen=True, slots=True)
class DueTime:
    """A nudge that is due at media second `at`, the end of `word`."""

    rule: str
    turn: str
    word: str
    at: float


@dataclass(frozen=True, slots=True)
class Timing:
    """A call's length, turns and dues, in media seconds."""

    seconds: float
    turns: tuple[TurnTime, ...]
    dues: tuple[DueTime, ...]


def timing(script: Script, spans: Sequence[tuple[float, float]], seconds: float) -> Timing:
    """The times of `script`, whose turns are spoken at `spans` (start, end).

    Raises ScriptError where two dues lie too close to each other.
    """
    turns = tuple(
        TurnTime(turn.speaker, round(start, 3), round(end, 3), turn.id)
        for turn, (start, end) in zip(script.turns, spans, strict=True)
    )
    ends = {turn.id: turn.end for turn in turns}
    dues = sorted(
        (DueTime(due.rule, due.turn, due.word, ends[due.turn]) for due in script.dues),
        key=lambda due: due.at,
    )
    for one, other in pairwise(dues):
        if other.at - one.at < BETWEEN_DUES:
            raise ScriptError(
                f"{script.title}: {other.rule} is due {other.at - one.at:.1f} s after {one.rule}; "
                f"put more between them, {BETWEEN_DUES:g} s at least"
            )
    return Timing(round(seconds, 3), turns, tuple(dues))


def write_timing(path: Path, times: Timing) -> None:
    """Writes `times` as TOML."""
    rows = [HEAD, f"seconds = {times.seconds}"]
    for name, entries in (("turn", times.turns), ("due", times.dues)):
        for entry in entries:
            rows.append(f"\n[[{name}]]")
            known = {key: value for key, value in asdict(entry).items() if value != ""}
            rows += [f"{key} = {_toml(value)}" for key, value in known.items()]
    path.write_text("\n".join(rows) + "\n", "utf-8")


def _toml(value: str | float) -> str:
    """A JSON string or number is a TOML one as well, but for JSON's pairs of surrogates."""
    return json.dumps(value, ensure_ascii=False)


def read_timing(path: Path) -> Timing:
    """Reads what `write_timing` wrote. Raises ScriptError."""
    try:
        body = tomllib.loads(path.read_text("utf-8"))
        turns = tuple(TurnTime(**turn) for turn in body.get("turn", ()))
        dues = tuple(DueTime(**due) for due in body.get("due", ()))
        return Timing(body["seconds"], turns, dues)
    except (KeyError, OSError, TypeError, ValueError) as fault:
        raise ScriptError(f"{path.name} ({fault}): make the call again") from fault
