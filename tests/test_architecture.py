"""The house rules that a machine can hold: who imports whom, pure codecs, plain files."""

from __future__ import annotations

import ast
import subprocess
import tomllib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MAY_IMPORT: dict[str, set[str]] = {
    "stream": {"stream"},
    "models": {"stream", "models"},
    "coach": {"stream", "models", "coach"},
    "web": {"stream", "models", "coach", "web"},
    "benchmarks": {"stream", "models", "coach", "web", "benchmarks"},
    "tests": {"stream", "models", "coach", "web", "benchmarks", "tests"},
}
OURS = set(MAY_IMPORT)
COMPOSES = {Path("coach/__main__.py"), Path("coach/app.py"), Path("coach/bench.py")}
"""The composition root and the command line put the parts together, so they may import all."""

PURE = {
    "__future__",
    "abc",
    "base64",
    "binascii",
    "collections",
    "dataclasses",
    "enum",
    "functools",
    "hashlib",
    "hmac",
    "itertools",
    "json",
    "math",
    "re",
    "reprlib",
    "string",
    "struct",
    "types",
    "typing",
    "urllib.parse",
    "uuid",
}
"""What a codec may import: nothing here reads a clock, a socket, a file or chance."""
IMPURE_CALLS = {"open", "print", "input", "exec", "eval", "__import__", "uuid1", "uuid4", "now"}

MOST_LINES = 400
"""Of one file. About 300 is the aim; beyond 400 a file holds more than one noun."""


def modules(*packages: str) -> list[Path]:
    """Python files below the packages, relative to the root."""
    found = (path for package in packages for path in (ROOT / package).rglob("*.py"))
    return sorted(path.relative_to(ROOT) for path in found)


def tree(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"), str(path))


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Line and absolute dotted name of everything a file imports, lazily or not."""
    package = path.parent.parts
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*base, *filter(None, [node.module])))
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


@pytest.mark.parametrize("package", sorted(MAY_IMPORT))
def test_imports_point_back_along_the_way_of_the_data(package: str) -> None:
    wrong = [
        f"{path}:{line} imports {name}"
        for path in modules(package)
        if path not in COMPOSES
        for line, name in imported(path)
        if name.partition(".")[0] in OURS - MAY_IMPORT[package]
    ]
    assert not wrong, f"{package} may import {sorted(MAY_IMPORT[package])} of ours only"


def pure_closure() -> set[Path]:
    """The codecs and every module of ours that they reach."""
    due, seen = modules("stream/protocols"), set[Path]()
    while due:
        path = due.pop()
        if path not in seen:
            seen.add(path)
            due += [ours for _, name in imported(path) if (ours := source_of(name)) is not None]
    return seen


def source_of(name: str) -> Path | None:
    """The file of a module of ours, or of the module that a name comes from."""
    steps = name.split(".")
    for end in range(len(steps), 0, -1):
        stem = Path(*steps[:end])
        for path in (stem.with_suffix(".py"), stem / "__init__.py"):
            if steps[0] in OURS and (ROOT / path).is_file():
                return path
    return None


def test_codecs_and_all_they_reach_are_pure() -> None:
    wrong = []
    for path in pure_closure():
        allowed = PURE if "protocols" in path.parts else PURE | {"numpy"}
        for line, name in imported(path):
            steps = name.split(".")
            heads = {".".join(steps[:n]) for n in range(1, len(steps) + 1)}
            if not heads & allowed and source_of(name) is None:
                wrong.append(f"{path}:{line} imports {name}")
    assert not wrong, "a codec takes a message and gives events; I/O belongs to the shells"


def test_codecs_call_nothing_impure() -> None:
    wrong = []
    for path in sorted(pure_closure()):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith):
                wrong.append(f"{path}:{node.lineno} is asynchronous")
            if isinstance(node, ast.Call) and called(node) in IMPURE_CALLS:
                wrong.append(f"{path}:{node.lineno} calls {called(node)}")
    assert not wrong


def called(node: ast.Call) -> str:
    """The last name of what is called: `now` of `datetime.now()`."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def test_the_rules_see_what_they_are_to_see() -> None:
    """A test that finds nothing must be able to find something."""
    names = {name for _, name in imported(Path("tests/test_architecture.py"))}
    assert {"ast", "subprocess", "collections.abc.Iterator", "pytest"} <= names
    assert len(modules("stream", "models", "coach", "web")) > 10
    assert [called(node) for node in ast.walk(ast.parse("a.b.now()")) if isinstance(node, ast.Call)]


def test_every_module_says_what_it_is() -> None:
    silent = [
        str(path)
        for path in modules("stream", "models", "coach", "web", "benchmarks")
        if not path.name.startswith("_") or path.name in {"__init__.py", "__main__.py"}
        if not ast.get_docstring(tree(path))
    ]
    assert not silent, "write what the module is for as its first line"


def test_no_file_grows_beyond_one_noun() -> None:
    lines = {
        str(path): (ROOT / path).read_bytes().count(b"\n")
        for path in modules("stream", "models", "coach", "web", "benchmarks", "tests")
    }
    long = {path: count for path, count in lines.items() if count > MOST_LINES}
    assert not long, f"files hold one noun and at most {MOST_LINES} lines"


def test_locks_pin_by_hash_and_name_no_index() -> None:
    locks = sorted(ROOT.glob("requirements*.lock"))
    assert ROOT / "requirements.lock" in locks
    for lock in locks:
        lines = lock.read_text(encoding="utf-8").splitlines()
        assert not [line for line in lines if "://" in line or line.startswith("-")]
        pinned = [line for line in lines if line and line[0] not in " #"]
        assert all("==" in line and line.endswith("\\") for line in pinned), lock.name


def test_the_locks_hold_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = dict(project["optional-dependencies"])
    asked = {"requirements-training.lock": extras.pop("train")}
    asked["requirements.lock"] = [*project["dependencies"], *chain(*extras.values())]
    for lock, requirements in asked.items():
        pinned = (ROOT / lock).read_text(encoding="utf-8")
        for requirement in requirements:
            name = requirement.split(">=")[0].split("==")[0].split("[")[0].strip().lower()
            assert f"\n{name}==" in f"\n{pinned}", f"{name} is not locked; run: make lock"


def test_the_tree_names_no_machine() -> None:
    """No path of anyone's machine: what is committed runs anywhere."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False, text=True
    ).stdout
    suffixes = {".py", ".toml", ".md", ".sh", ".yaml", ".yml", ".txt", ".lock", ".ts", ".js"}
    texts = [Path(name) for name in listed.split("\0") if Path(name).suffix in suffixes]
    signs = ["/" + "work/main", "/" + "tmp/lab", "/" + "root/"]
    named = [
        f"{path}: {sign}"
        for path in texts
        if (ROOT / path).is_file()
        for sign in signs
        if sign in (ROOT / path).read_text(encoding="utf-8", errors="replace")
    ]
    assert not named
