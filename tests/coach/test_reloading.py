"""A playbook is taken up while the service runs; one with a fault is refused."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import structlog

from coach.playbook.schema import Playbook
from coach.reloading import reread
from tests.coach.caller import RATE, calling, heard, of_type, whole_call
from tests.coach.scripted_call import lexicon
from tests.conftest import RunningServer

ITEM = "{id: notice, text: %s, done: [{event: phrase, says: [is recorded]}]}"
QUIET = {party: np.zeros(RATE, np.float32) for party in ("agent", "customer")}


def book(version: str, item: str) -> str:
    return f"version: {version}\nchecklist:\n  - {ITEM % item}\nrules: []\n"


FAULTY = book("three", "A third text").replace("text:", "texts:")


async def test_what_is_refused_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    taken: list[Playbook] = []
    kept = structlog.get_config()
    structlog.reset_defaults()
    with structlog.testing.capture_logs() as logged:
        for text in (book("one", "A text"), FAULTY, "[" * 5000, "", book("two", "Another")):
            file.write_text(text)
            await reread(file, taken.append)
        await reread(tmp_path / "none.yaml", taken.append)
    structlog.configure(**kept)
    assert [each.version for each in taken] == ["one", "two"]
    levels = [event["log_level"] for event in logged]
    assert levels == ["info", "error", "error", "error", "info", "error"]
    assert f"{file}, line 3, checklist.0.text" in logged[1]["fault"]
    assert "mend it there" in logged[1]["fault"]


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], RunningServer, Path]]:
    """`coach serve` as a process of its own, with a playbook of ours."""
    lexicon()  # skips where there is none
    file = tmp_path / "mine.yaml"
    file.write_text(book("one", "The first text"))
    environment = {name: v for name, v in os.environ.items() if not name.startswith("COACH_")}
    if models := os.environ.get("COACH_MODELS_DIR"):
        environment["COACH_MODELS_DIR"] = models
    environment |= {
        "COACH_PLAYBOOK_FILE": str(file),
        "COACH_DATA_DIR": str(tmp_path),
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "coach", "serve", "--port", "0"],
        env=environment,
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().removeprefix("ready ").strip()
        # Its service is in the other process.
        yield process, RunningServer(url, cast(Any, None)), file
    finally:
        process.terminate()
        process.communicate(timeout=60)


def said(process: subprocess.Popen[str], what: str) -> str:
    """The next line of its log that says `what`."""
    assert process.stderr is not None
    return next(line for line in process.stderr if what in line)


def items(events: list[dict[str, Any]]) -> list[str]:
    checklists = of_type(events, "checklist")
    return [item["text"] for item in checklists[0]["data"]["items"]]


async def test_new_calls_of_a_running_service_use_the_new_one(
    serving: tuple[subprocess.Popen[str], RunningServer, Path],
) -> None:
    process, server, file = serving
    async with calling(server, "before") as caller:
        file.write_text(book("two", "The second text"))
        process.send_signal(signal.SIGHUP)
        assert "two" in said(process, "playbook taken up by new calls")
        await caller.speak(QUIET)
        await caller.stop()
    assert items(await heard(server, "before")) == ["The first text"], "it had begun already"
    assert items(await whole_call(server, "after", QUIET)) == ["The second text"]

    file.write_text(FAULTY)
    process.send_signal(signal.SIGHUP)
    line = said(process, "playbook refused, the old one stays")
    assert "line 3, checklist.0.text" in line
    assert "mend it there" in line
    assert items(await whole_call(server, "still", QUIET)) == ["The second text"]
