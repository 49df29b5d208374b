"""Logs: one line an event, on one stream, without words or secrets."""

from __future__ import annotations

import io
import json
import logging
import math
import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from coach.logs import KEPT_OUT, configure, keep_out
from models.types import Word

SAID = "my arms have been itching"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Where the logs go; afterwards all is as it was."""
    root, kept = logging.getLogger(), structlog.get_config()
    handlers, level = list(root.handlers), root.level
    yield io.StringIO()
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.configure(**kept)


def log() -> Any:
    return structlog.get_logger("coach.somewhere")


def events(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_line_of_json(stream: io.StringIO) -> None:
    configure(format="json", stream=stream)
    log().info("call.started", call="one", parties=["agent", "customer"], at=1.5)
    (event,) = events(stream)
    assert event.pop("timestamp").endswith("Z")
    assert event == {
        "event": "call.started",
        "level": "info",
        "logger": "coach.somewhere",
        "call": "one",
        "parties": ["agent", "customer"],
        "at": 1.5,
    }


def test_lines_for_people_where_it_is_asked_for_or_on_a_terminal(stream: io.StringIO) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    configure(format="console", stream=stream)
    log().info("call.started", call="one")
    assert "call.started" in stream.getvalue()
    assert "call=one" in stream.getvalue()
    configure(stream=(terminal := Terminal()))
    log().info("call.started")
    assert not terminal.getvalue().startswith("{")
    configure(stream=(pipe := io.StringIO()))
    log().info("call.started")
    assert len(events(pipe)) == 1


@pytest.mark.parametrize(
    ("level", "debug", "expected"),
    [
        ("info", False, ["info", "warning"]),
        ("warning", False, ["warning"]),
        ("error", True, ["debug", "info", "warning"]),
    ],
)
def test_the_level_holds_for_structlog_and_for_the_standard_library(
    stream: io.StringIO, level: Any, debug: bool, expected: list[str]
) -> None:
    configure(level, "json", debug=debug, stream=stream)
    for logger in (log(), logging.getLogger("coach.elsewhere")):
        logger.debug("d")
        logger.info("i")
        logger.warning("w")
    assert [event["level"] for event in events(stream)] == expected * 2


def test_words_and_secrets_are_shown_by_their_length_only(stream: io.StringIO) -> None:
    configure(format="json", stream=stream)
    log().info(
        "final",
        text=SAID,
        words=[SAID] * 3,
        data={"quote": SAID, "evidence": {"text": SAID}, "list": [{"Authorization": SAID}]},
        payload=SAID.encode(),
        token=SAID,
    )
    (event,) = events(stream)
    assert event["text"] == f"<{len(SAID)}>"
    assert event["words"] == "<3>"
    assert event["data"] == {
        "quote": "<25>",
        "evidence": "<1>",
        "list": [{"Authorization": "<25>"}],
    }
    assert (event["payload"], event["token"]) == ("<25>", "<25>")


def test_numbers_under_those_keys_are_only_numbers(stream: io.StringIO) -> None:
    configure(format="json", stream=stream)
    log().info("final", words=12, tokens=None)
    assert (events(stream)[0]["words"], events(stream)[0]["tokens"]) == (12, None)


def test_objects_are_shown_by_their_type(stream: io.StringIO) -> None:
    class State(Enum):
        OPEN = "before anything"

    configure(format="json", stream=stream)
    log().info(
        "odd",
        word_=Word(SAID, 0, 1, 1.0),
        nested=[Word(SAID, 0, 1, 1.0)],
        sound=np.zeros(4),
        raw=SAID.encode(),
        state=State.OPEN,
        path=Path("a/b"),
        fault=ValueError("too long"),
        rate=np.float32(0.5),
        never=math.inf,
    )
    (event,) = events(stream)
    assert {key: event[key] for key in ("word_", "nested", "sound", "raw")} == {
        "word_": "<Word>",
        "nested": ["<Word>"],
        "sound": "<ndarray>",
        "raw": "<bytes>",
    }
    assert (event["state"], event["path"]) == ("OPEN", "a/b")
    assert (event["fault"], event["rate"], event["never"]) == ("ValueError: too long", 0.5, "inf")


def test_data_that_refers_to_itself_ends(stream: io.StringIO) -> None:
    configure(format="json", stream=stream)
    endless: dict[str, Any] = {}
    endless["again"] = endless
    log().info("odd", data=endless)
    assert "<dict>" in stream.getvalue()


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("format", ["json", "console"])
def test_tracebacks_show_no_variables(stream: io.StringIO, format: Any, debug: bool) -> None:
    def decode(draft: str) -> None:
        @dataclass
        class Request:
            draft: str

        request = Request(draft)
        raise RuntimeError(f"cannot decode {len(request.draft)} characters")

    configure(format=format, debug=debug, stream=stream)
    try:
        decode(SAID)
    except RuntimeError as error:
        log().exception("decode.failed")
        log().error("decode.failed", exc_info=error)
        logging.getLogger("uvicorn.error").exception("decode.failed")
    said = stream.getvalue()
    assert said.count("RuntimeError: cannot decode 25 characters") == 3
    assert SAID not in said
    if format == "json" or not debug:
        assert len(said.splitlines()) == 3
    else:
        assert said.count("Traceback") == 3


def test_tokens_in_request_lines_are_scrubbed(stream: io.StringIO) -> None:
    configure(format="json", stream=stream)
    token = "eyJhbGciOi.eyJpc3Mi-.SflKxw_5c"
    logging.getLogger("uvicorn.access").info(
        '%s - "WebSocket %s" [accepted]',
        "198.51.100.7",
        f"/v1/board?after=3&access_token={token}&x=1",
    )
    log().info("refused", header=f"Bearer {token}", offered=[f"bearer.{token}"])
    log().error("failed", exc_info=ValueError(f"no such page: /agent?access_token={token}"))
    assert "eyJ" not in stream.getvalue()
    first, second, third = events(stream)
    assert "after=3&access_token=…&x=1" in first["event"]
    assert (second["header"], second["offered"]) == ("Bearer …", ["bearer.…"])
    assert "access_token=…" in third["exception"]


def test_libraries_never_log_their_debug_events(stream: io.StringIO) -> None:
    """websockets would write the messages themselves, and those hold words."""
    configure(debug=True, format="json", stream=stream)
    for name in ("websockets.server", "uvicorn.error", "aiosqlite", "coachwork"):
        logging.getLogger(name).debug("< TEXT %r", SAID)
    logging.getLogger("coach.client.link").debug("ours")
    assert [event["event"] for event in events(stream)] == ["ours"]


def test_uvicorn_and_warnings_come_the_same_way(stream: io.StringIO) -> None:
    stray = logging.StreamHandler(io.StringIO())
    uvicorn = logging.getLogger("uvicorn")
    uvicorn.addHandler(stray)
    uvicorn.propagate = False
    configure(format="json", stream=stream)
    logging.getLogger("uvicorn.error").info("Started server process [%d]", 7)
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        warnings.warn("no CUDA here", RuntimeWarning, stacklevel=1)
    first, second = events(stream)
    assert (first["event"], first["logger"]) == ("Started server process [7]", "uvicorn.error")
    assert "no CUDA here" in second["event"]


@pytest.mark.parametrize("format", ["json", "console"])
def test_nobody_can_begin_a_line_or_steer_a_terminal(stream: io.StringIO, format: Any) -> None:
    configure(format=format, stream=stream)
    forged = "one\n2026-11-22 [info] all is well\r\x1b[2J\x85\u2028"
    log().warning("refused", call=forged)
    logging.getLogger("uvicorn.error").warning("refused %s", forged)
    said = stream.getvalue()
    assert len(said.splitlines()) == 2
    assert "\x1b" not in said


@given(
    st.recursive(
        st.just(SAID),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.tuples(inner, inner)
            | st.dictionaries(st.sampled_from(["a", "data", "Text"]), inner, max_size=3)
        ),
        max_leaves=10,
    ),
    st.sampled_from(sorted(KEPT_OUT)),
)
def test_words_are_kept_out_however_deep(value: Any, key: str) -> None:
    event = {"event": "e", "outer": [{"inner": {key: value}}], key.upper(): value}
    assert SAID not in repr(keep_out(None, "info", event))


def test_logs_go_to_stderr_and_leave_stdout_alone() -> None:
    code = (
        "import logging, structlog; from coach.logs import configure; configure();"
        "structlog.get_logger('coach').info('a'); logging.getLogger('uvicorn').info('b');"
        "print('ready')"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "ready\n"
    assert [json.loads(line)["event"] for line in ran.stderr.splitlines()] == ["a", "b"]
