"""What a process tells Prometheus of itself.

Every `Metrics` has a registry of its own, so that several can live in one process, as they do
in tests. Nothing here names a call or a person: labels come from small closed sets, and a set
that grows all the same is cut off at LABEL_VALUES.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

LABEL_VALUES = 64
"""Values of one label. Each is a series that Prometheus keeps; a sender who chooses one freely,
a reason for an end say, must not fill its memory. Later ones count as "other"."""
OTHER = "other"
LOOP_INTERVAL = 0.1
"""Seconds between two looks at the loop: shorter stalls are no one's trouble, and ten wake-ups
a second cost nothing."""

LAG_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""Seconds: from the millisecond that a step may take to what a listener would call a hang."""
DECODE_BUCKETS = (0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.5, 5.0, 10.0, 30.0)
"""Seconds: a partial takes tenths, a final of 15 s with a second opinion some seconds."""
ANSWER_BUCKETS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)
"""Seconds: an utterance or a window of tone takes some milliseconds, a batch of them on a busy
machine tenths."""
ROW_BUCKETS = (1, 2, 4, 8, 16, 32, 64)


class Metrics:
    """The metrics of one process. Thread-safe."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._labels = _Labels()
        self._lag = self._histogram("loop_lag_seconds", "Event loop's lateness.", LAG_BUCKETS)
        self._live = Gauge("coach_calls_live", "Calls under way.", registry=self.registry)
        self._started = self._counter("calls_started", "Calls begun.")
        self._ended = self._counter("calls_ended", "Calls over.", "reason")
        self._refused = self._counter("calls_refused", "Calls refused for want of room.")
        self._media = self._counter("media_seconds", "Seconds of audio taken.", "source")
        self._decode = self._histogram(
            "decode_seconds", "Time of a decoding.", DECODE_BUCKETS, "kind"
        )
        self._wait = self._histogram(
            "decode_wait_seconds", "Time that a decoding waited.", DECODE_BUCKETS, "kind"
        )
        self._shed = self._counter("partials_shed", "Partials that newer ones made needless.")
        self._failed = self._counter("decode_failures", "Decodings that failed.")
        self._read = self._histogram("read_seconds", "Time of reading a batch.", ANSWER_BUCKETS)
        self._unread = self._counter("read_failures", "Utterances that could not be read.")
        self._tone = self._histogram(
            "tone_seconds", "Time of scoring a window of tone.", ANSWER_BUCKETS
        )
        self._unscored = self._counter("tone_failures", "Windows of tone without scores.")
        self._rows = self._histogram("vad_rows", "Channels of a VAD batch.", ROW_BUCKETS)
        self._events = self._counter("events", "Events by what became of them.", "what")
        self._sockets = Gauge(
            "coach_sockets_open", "Sockets open.", ["kind"], registry=self.registry
        )
        self._accepted = self._counter("sockets", "Sockets accepted.", "kind")
        self._errors = self._counter("errors", "Errors told to clients.", "code")
        self._backlog = Gauge(
            "coach_backlog", "What waits to be worked on.", ["what"], registry=self.registry
        )

    def _counter(self, name: str, what: str, *labels: str) -> Counter:
        return Counter(f"coach_{name}", what, labels, registry=self.registry)

    def _histogram(
        self, name: str, what: str, buckets: tuple[float, ...], *labels: str
    ) -> Histogram:
        return Histogram(f"coach_{name}", what, labels, buckets=buckets, registry=self.registry)

    def render(self) -> bytes:
        """All metrics in Prometheus' text format, which is `content_type`."""
        return generate_latest(self.registry)

    # -- calls and sockets -------------------------------------------------------------------

    def call_started(self) -> None:
        """A call began."""
        self._started.inc()
        self._live.inc()

    def call_refused(self) -> None:
        """A call was refused as overloaded."""
        self._refused.inc()

    def room(self, limit: Callable[[], float], capacity: Callable[[], float]) -> None:
        """Show how many calls may be live at once, and how many are carried in time."""
        for name, what, read in (
            ("limit", "Calls that may be live at once.", limit),
            ("capacity", "Calls heard in time by the calibration; 0: not known.", capacity),
        ):
            gauge = Gauge(f"coach_calls_{name}", what, registry=self.registry)
            gauge.set_function(read)

    def call_ended(self, reason: str) -> None:
        """A call that began is over."""
        self._ended.labels(self._labels("reason", reason)).inc()
        self._live.dec()

    def media(self, source: str, seconds: float) -> None:
        """Audio of that length came in; `source` is the protocol."""
        self._media.labels(self._labels("source", source)).inc(seconds)

    @contextmanager
    def socket(self, kind: str) -> Iterator[None]:
        """A socket of that kind is open within the block."""
        kind = self._labels("kind", kind)
        self._accepted.labels(kind).inc()
        with self._sockets.labels(kind).track_inprogress():
            yield

    def error(self, code: str) -> None:
        """A client was told of an error, by the API's code."""
        self._errors.labels(self._labels("code", code)).inc()

    # -- hooks -------------------------------------------------------------------------------

    def calls(self, what: str, count: float) -> None:
        """The hook of coach.calls: "started", or the reason for which a call ended."""
        for _ in range(round(count)):
            if what == "started":
                self.call_started()
            else:
                self.call_ended(what)

    def journal(self, what: str, count: float) -> None:
        """The journal's `observe`."""
        self._events.labels(self._labels("what", what)).inc(count)

    def lane(self, name: str, value: float) -> None:
        """The lane's `observe`. Raises ValueError for a name that it has not."""
        match name.split("."):
            case ["decode", "seconds", kind]:
                self._decode.labels(kind).observe(value)
            case ["decode", "wait", kind]:
                self._wait.labels(kind).observe(value)
            case ["decode", "shed"]:
                self._shed.inc(value)
            case ["decode", "failed"]:
                self._failed.inc(value)
            case ["read", "seconds"]:
                self._read.observe(value)
            case ["read", "failed"]:
                self._unread.inc(value)
            case ["tone", "seconds"]:
                self._tone.observe(value)
            case ["tone", "failed"]:
                self._unscored.inc(value)
            case ["vad", "rows"]:
                self._rows.observe(value)
            case _:
                raise ValueError(f"the lane tells of nothing called {name!r}")

    def backlog(self, what: str, read: Callable[[], float]) -> None:
        """Show a backlog, asked for with `read` whenever the metrics are."""
        self._backlog.labels(self._labels("backlog", what)).set_function(read)

    def bus(self, up: Callable[[], bool]) -> None:
        """Show whether the bus between processes is there, asked for with `up`."""
        gauge = Gauge("coach_bus_up", "Whether Redis answers: 1 or 0.", registry=self.registry)
        gauge.set_function(lambda: float(up()))

    async def watch_loop(
        self,
        interval: float = LOOP_INTERVAL,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Measure until cancelled how much later than asked for the loop wakes this task."""
        while True:
            asked = now()
            await sleep(interval)
            self._lag.observe(max(0.0, now() - asked - interval))


class _Labels:
    """Lets the first LABEL_VALUES values of each label through."""

    def __init__(self) -> None:
        self._seen: dict[str, set[str]] = {}

    def __call__(self, label: str, value: str) -> str:
        seen = self._seen.setdefault(label, set())
        if value not in seen and len(seen) >= LABEL_VALUES:
            return OTHER
        seen.add(value)
        return value
