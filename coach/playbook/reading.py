"""Reads a playbook file: a fault is told with its file, its line and the mend."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from coach.playbook import DEFAULT
from coach.playbook.schema import Playbook

MOST_BYTES = 1_000_000
"""Of a playbook file: some thousand rules. What is larger is another file."""


class PlaybookError(Exception):
    """A playbook that cannot be used; the message names the file, the place and the mend."""


def load(file: Path = DEFAULT) -> Playbook:
    """Read and validate `file`. Raises PlaybookError."""
    text = _read(file)
    try:
        # Two passes: values by the safe loader, and their places for what is wrong with them.
        top, values = yaml.compose(text, yaml.SafeLoader), yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as fault:  # ValueError: 2026-13-01
        mark, what = getattr(fault, "problem_mark", None), getattr(fault, "problem", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise PlaybookError(
            f"playbook {file}{line}: no YAML ({what or 'not readable'}); mend its form"
        ) from fault
    if (twice := _key_twice(top)) is not None:
        key, at = twice
        raise PlaybookError(
            f"playbook {file}, line {at}: {key} stands here a second time; leave one of them out"
        )
    if (twice := _id_twice(top, values)) is not None:
        name, at = twice
        raise PlaybookError(
            f"playbook {file}, line {at}: two are called {name}; rename one of them"
        )
    try:
        return Playbook.model_validate(values)
    except ValidationError as fault:
        raise PlaybookError(f"playbook {file}, {_told(fault, top)}; mend it there") from fault


def places(file: Path, wanted: Sequence[Sequence[str | int]]) -> list[int]:
    """The lines, counted from 1, at which parts of a playbook stand: ("rules", 3, "title")."""
    top = yaml.compose(_read(file), yaml.SafeLoader)
    return [_line(top, place) for place in wanted]


def _told(fault: ValidationError, top: yaml.Node | None) -> str:
    first = fault.errors()[0]
    place = ".".join(str(part) for part in first["loc"]) or "the top"
    return f"line {_line(top, first['loc'])}, {place}: {first['msg'].removeprefix('Value error, ')}"


def _read(file: Path) -> str:
    try:
        if file.stat().st_size > MOST_BYTES:
            raise PlaybookError(
                f"playbook {file} has more than {MOST_BYTES} bytes: is it the right file?"
            )
        return file.read_text(encoding="utf-8")
    except OSError as fault:
        raise PlaybookError(
            f"cannot read playbook {file} ({fault.strerror}): mend the setting playbook.file"
        ) from fault
    except ValueError as fault:
        raise PlaybookError(f"playbook {file} is not text in UTF-8: save it as such") from fault


def _line(node: yaml.Node | None, place: Sequence[str | int]) -> int:
    """The line, counted from 1, of the deepest part of `place` that is there."""
    line = 1 if node is None else node.start_mark.line + 1
    for step in place:
        if isinstance(node, yaml.MappingNode):
            found = next((pair for pair in node.value if pair[0].value == step), None)
            if found is not None:  # else it is missing, or the name of a union's member
                line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            node = node.value[step]
            line = node.start_mark.line + 1
    return line


def _id_twice(top: yaml.Node | None, values: Any) -> tuple[str, int] | None:
    """The first id that another rule or item has already, and its line."""
    for part in ("rules", "checklist"):
        rows = values.get(part) if isinstance(values, dict) else None
        seen: set[str] = set()
        for i, row in enumerate(rows if isinstance(rows, list) else ()):
            name = row.get("id") if isinstance(row, dict) else None
            if isinstance(name, str) and name in seen:
                return name, _line(top, (part, i, "id"))
            seen.add(str(name))
    return None


def _key_twice(node: yaml.Node | None) -> tuple[str, int] | None:
    """The first key that its mapping already has, and its line: YAML would drop one unsaid."""
    waiting: list[Any] = [node]
    seen: set[int] = set()  # an alias is its anchor's own node, which may hold itself
    while waiting:
        at = waiting.pop()
        if id(at) in seen:
            continue
        seen.add(id(at))
        if isinstance(at, yaml.SequenceNode):
            waiting += at.value
        elif isinstance(at, yaml.MappingNode):
            keys: set[str] = set()
            for key, value in at.value:
                if key.value in keys and isinstance(key, yaml.ScalarNode):
                    return key.value, key.start_mark.line + 1
                keys.add(str(key.value))
                waiting.append(value)
    return None
