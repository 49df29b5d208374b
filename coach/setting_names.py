"""Names of settings: in the file, in the environment, in errors and in the documentation."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

PREFIX = "COACH_"
CONFIG = "COACH_CONFIG"
NOT_SETTINGS = {
    CONFIG: "the settings file, where `--config` names none",
    "COACH_MODELS_DIR": "folder of the models; by default inside the Python environment",
    "COACH_TEST_DATA": "folder of recordings, for tests and benchmarks alone",
}
"""Variables of ours that are no settings: they are read before there are any, or by others."""
DOCUMENT = "docs/settings.md"


class SettingsError(Exception):
    """A setting is wrong. The message is one line: what, where, and the mend."""


def known(tree: type[BaseModel]) -> dict[str, FieldInfo]:
    """Every setting of the tree by its dotted name, in order."""
    found: dict[str, FieldInfo] = {}
    for name, field in tree.model_fields.items():
        if (section := _section(field)) is None:
            found[name] = field
        else:
            found |= {f"{name}.{key}": each for key, each in section.model_fields.items()}
    return found


def variable(name: str) -> str:
    """The environment variable of a setting: call.limit is COACH_CALL_LIMIT."""
    return PREFIX + name.replace(".", "_").upper()


def read_file(path: Path, settings: Mapping[str, FieldInfo]) -> dict[str, Any]:
    """What a settings file says, by section. Raises SettingsError."""
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(
            f"cannot read the settings file {path} ({error.strerror}): mend {CONFIG} or --config"
        ) from None
    except ValueError as error:
        fault = " ".join(str(error).split())
        raise SettingsError(f"the settings file {path} is not TOML in UTF-8: {fault}") from None
    sections = {name.partition(".")[0] for name in settings if "." in name}
    for name, value in given.items():
        if name not in sections:
            top = [*sections, *(each for each in settings if "." not in each)]
            _check(name, top, f"{path}: ")
        elif not isinstance(value, dict):
            raise SettingsError(f"{path}: {name} is a section: write [{name}] and its keys below")
        else:
            for key in value:
                _check(f"{name}.{key}", settings, f"{path}: ")
    return given


def read_environment(
    environ: Mapping[str, str], settings: Mapping[str, FieldInfo]
) -> dict[str, str | None]:
    """The settings among the variables, as pydantic-settings names them. Raises SettingsError."""
    variables = {variable(name) for name in settings}
    ours = [name for name in environ if name.startswith(PREFIX) and name not in NOT_SETTINGS]
    for name in ours:
        _check(name, [*variables, *NOT_SETTINGS])
    return {name.lower(): environ[name] for name in ours if environ[name]}


def _check(name: str, among: Collection[str], where: str = "") -> None:
    if name not in among:
        closest = difflib.get_close_matches(name, sorted(among), n=1, cutoff=0.0)[0]
        raise SettingsError(
            f"{where}{name} is no setting; the closest is {closest}: "
            f"mend or remove it (see {DOCUMENT})"
        )


def fault(error: ValidationError) -> tuple[str, str]:
    """The name of what is wrong first, and what is wrong with it.

    The value is not repeated: it may be a key or a password.
    """
    first, *more = error.errors(include_url=False, include_input=False, include_context=False)
    name = ".".join(str(step) for step in first["loc"][:2])
    said = first["msg"].removeprefix("Value error, ")
    rest = f", and {len(more)} more" if more else ""
    return name, f"{said[0].lower()}{said[1:]}{rest}"


def located(
    found: tuple[str, str],
    environ: Mapping[str, str],
    file: Mapping[str, Any],
    config: Path | None,
) -> str:
    """A fault as one line, with the place to mend it: a variable, or a key of the file."""
    name, said = found
    section, _, key = name.partition(".")
    if environ.get(variable(name)):
        name = variable(name)
    elif section in file and (not key or key in file[section]):
        name = f"{config}: {name}"
    return f"{name}: {said} (see {DOCUMENT})"


# -- documentation ---------------------------------------------------------------------------

_HEAD = f"""# Settings

Written by `python -m coach.settings`: change `coach/sections.py` instead of this file.

Settings come from, lowest to highest: the defaults; a TOML file, named by `--config` or
`{CONFIG}`; the environment. An empty variable counts as not set. A name that is not known, in
the file or as a variable that begins with `{PREFIX}`, stops the start with an error that names
the closest one. Relative paths start at the folder that Coach is started in.

```toml
# coach.toml
data_dir = "/var/lib/coach"

[server]
host = "0.0.0.0"

[call]
limit = 8
```
"""
_COLUMNS = "| setting | variable | values | default | what it does |\n|---|---|---|---|---|\n"


def document(tree: type[BaseModel]) -> str:
    """The page of all settings, as Markdown."""
    return "\n".join(_parts(tree))


def _parts(tree: type[BaseModel]) -> Iterator[str]:
    yield _HEAD
    top = [(name, field) for name, field in tree.model_fields.items() if _section(field) is None]
    yield "## General\n\n" + _COLUMNS + "".join(_row(name, field) for name, field in top)
    for name, field in tree.model_fields.items():
        if (section := _section(field)) is not None:
            rows = (_row(f"{name}.{key}", each) for key, each in section.model_fields.items())
            yield f"## {name}\n{section.__doc__}\n\n{_COLUMNS}{''.join(rows)}"
    others = "".join(f"| `{name}` | {what} |\n" for name, what in NOT_SETTINGS.items())
    yield f"## Variables that are no settings\n| variable | what it names |\n|---|---|\n{others}"


def _row(name: str, field: FieldInfo) -> str:
    cells = (f"`{name}`", f"`{variable(name)}`", _values(field), _default(field))
    return f"| {' | '.join(cells)} | {' '.join((field.description or '').split())} |\n"


def _default(field: FieldInfo) -> str:
    value = field.default
    if value in (None, ""):
        return "empty" if value == "" else "not set"
    if value == ():
        return "none"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _values(field: FieldInfo) -> str:
    kind: Any = field.annotation
    if get_origin(kind) in (Union, UnionType):
        kind = next(each for each in get_args(kind) if each is not NoneType)
    if get_origin(kind) is Literal:
        return ", ".join(f"`{value}`" for value in get_args(kind) if value)
    words = {bool: "`true`, `false`", int: "whole number", float: "number", str: "text"}
    return words.get(kind, "list, or text with commas" if get_origin(kind) is tuple else "path")


def _section(field: FieldInfo) -> type[BaseModel] | None:
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None
