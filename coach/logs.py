"""Logs: one line an event on stderr, and never what anyone said.

Everything goes one way: structlog's events and those of libraries, which use the standard
logging, through one handler and the same processors. stdout is left to the ready line.

What is kept out, whoever logs it:
1. Values under KEPT_OUT keys, at any depth: only their length is shown.
2. Values that are no plain data: an object's repr may hold its words. Its type is shown.
3. Access tokens inside other text, such as the query of a request line.
4. Variables in tracebacks, and anything of libraries below INFO: websockets would log the
   messages themselves, aiosqlite the values of its statements.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, Set, Sized
from datetime import date
from enum import Enum
from math import isfinite
from numbers import Real
from pathlib import PurePath
from typing import Any, Literal, TextIO
from uuid import UUID

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

Level = Literal["debug", "info", "warning", "error"]
Format = Literal["auto", "console", "json"]

OURS = frozenset({"coach", "stream", "models", "web", "benchmarks"})
"""Packages whose debug events are fit to be logged; of others only INFO and above is."""
_NAMES = """text words word w quote phrases payload verbatim evidence spans audio names draft
transcript context token tokens access_token authorization key keys password secret"""
KEPT_OUT = frozenset(_NAMES.split())
"""Keys under which words, sound or secrets travel."""
DEPTH = 6
"""Levels of nested values that are shown: logs are for reading, and data could refer to itself."""
SCRUBBED = "…"

_TOKEN = re.compile(r"(?i)(access_token=|token=|\bbearer[ .])[A-Za-z0-9._~+/=%-]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""What could end a line, or make a terminal do things."""


def configure(
    level: Level = "info",
    format: Format = "auto",
    *,
    debug: bool = False,
    stream: TextIO | None = None,
) -> None:
    """Send all logs of this process to `stream` (None: stderr) from now on.

    `debug` lowers the level to debug and shows tracebacks in lines for people; JSON always has
    them. Hand uvicorn `log_config=None`, so that it leaves its loggers to this.
    """
    stream = stream or sys.stderr
    for_people = format == "console" or (format == "auto" and stream.isatty())
    least = logging.DEBUG if debug else logging.getLevelNamesMapping()[level.upper()]
    handler = logging.StreamHandler(stream)
    handler.addFilter(fit)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_COMMON,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *(_endings(for_people, full=debug, colors=stream.isatty())),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(least)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    # It names its plugins when it is imported, which would be in front of any command's error.
    logging.getLogger("alembic.runtime.plugins").setLevel(logging.WARNING)
    # It tells the address of every sender, several times a session.
    logging.getLogger("aioice").setLevel(logging.WARNING)
    logging.captureWarnings(True)
    structlog.configure(
        processors=[*_COMMON, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def fit(record: logging.LogRecord) -> bool:
    """Whether a record may be logged: libraries' own only from INFO on."""
    return record.levelno >= logging.INFO or record.name.partition(".")[0] in OURS


_COMMON: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def _endings(for_people: bool, *, full: bool, colors: bool) -> list[Processor]:
    """From the event to its line: tracebacks to text, then out with what must not be in it."""
    if not for_people:
        json = structlog.processors.JSONRenderer(ensure_ascii=False)
        return [structlog.processors.format_exc_info, keep_out, json]
    console = structlog.dev.ConsoleRenderer(
        colors=colors, exception_formatter=structlog.dev.plain_traceback
    )
    if full:
        return [structlog.processors.format_exc_info, keep_out, console]
    return [brief_fault, keep_out, console]


def brief_fault(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """An exception as `error`, in place of its traceback: type and message."""
    fault = event.pop("exc_info", None)
    if isinstance(fault, tuple):
        fault = fault[1]
    elif fault and not isinstance(fault, BaseException):
        fault = sys.exc_info()[1]
    if fault:
        event.setdefault("error", f"{type(fault).__name__}: {fault}")
    return event


def keep_out(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """The event without words, sound and secrets: a processor, and the last before the line."""
    kept: EventDict = {key: _shown(key, value, DEPTH) for key, value in event.items()}
    if isinstance(fault := event.get("exception"), str):
        kept["exception"] = _scrubbed(fault)  # a traceback has lines of its own
    return kept


def _shown(key: str, value: Any, depth: int) -> Any:
    """What is shown of a value that stands under that key."""
    if key.lower() in KEPT_OUT and isinstance(value, Sized):
        return f"<{len(value)}>"
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, BaseException):
        value = f"{type(value).__name__}: {value}"
    if isinstance(value, (str, PurePath, UUID, date)):
        return _CONTROL.sub(lambda found: repr(found[0])[1:-1], _scrubbed(str(value)))
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, Real):  # numpy's too; JSON has neither infinity nor NaN
        return float(value) if isfinite(value) else str(value)
    return _collected(value, depth)


def _collected(value: Any, depth: int) -> Any:
    """A collection's values, each as it may be shown; of anything else its type."""
    if depth > 0 and isinstance(value, Mapping):
        return {str(key): _shown(str(key), each, depth - 1) for key, each in value.items()}
    if depth > 0 and isinstance(value, (list, tuple, Set)):
        return [_shown("", each, depth - 1) for each in value]
    return f"<{type(value).__name__}>"


def _scrubbed(text: str) -> str:
    return _TOKEN.sub(lambda found: found[1] + SCRUBBED, text)
