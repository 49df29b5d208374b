"""Scripted calls: spoken by synthetic voices, fed in real time, watched on the agent's page."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Browser

from benchmarks.nudges import Delays, match, on_media_clock
from benchmarks.screen import browsing, showing
from benchmarks.server import serving
from coach import demo
from coach.client.replay import replay, subscribe
from coach.demo.make_call import RATE, flite, make
from coach.demo.script import ScriptError, load_script
from coach.demo.timing import DueTime, read_timing
from stream.audio import Context, Samples
from stream.files import read_audio

SCRIPTS = Path(__file__).with_name("scripts")
"""The test set: short calls that no detector or playbook was written from."""
SAMPLE = "sample"
"""The name of the sample call among the scripts."""
LAST_EVENTS_SECONDS = 60.0
"""After the server said that all events are out they are only on their way."""

Progress = Callable[[str, float], None]
"""Called with a call's name and the media seconds sent."""


@dataclass(frozen=True, slots=True)
class ScriptedCall:
    """A call to feed: mono samples at `rate` by party, and what is due when."""

    name: str
    title: str
    parties: Mapping[str, Samples]
    rate: int
    context: Context
    dues: tuple[DueTime, ...]
    may: tuple[str, ...]

    @property
    def seconds(self) -> float:
        """Length of the call."""
        return max(len(samples) for samples in self.parties.values()) / self.rate


@dataclass(frozen=True, slots=True)
class Seen:
    """One call as it went. `max_late`: worst lateness of the feeder, seconds; `finals`: who
    said what by the server, to see why a due was missed."""

    call: str
    delays: Delays
    max_late: float
    finals: tuple[str, ...]


def names() -> list[str]:
    """The sample call and every script."""
    return [SAMPLE, *sorted(path.stem for path in SCRIPTS.glob("*.toml"))]


def load_calls(only: Iterable[str] = ()) -> list[ScriptedCall]:
    """The calls named in `only`, or all; the scripts are spoken now.

    Raises ScriptError for an unknown name or a broken script, RuntimeError where flite is absent.
    """
    wanted = list(only) or names()
    if unknown := sorted(set(wanted) - set(names())):
        raise ScriptError(f"no script {', '.join(unknown)}: there are {', '.join(names())}")
    return [_sample() if name == SAMPLE else speak(SCRIPTS / f"{name}.toml") for name in wanted]


def speak(path: Path) -> ScriptedCall:
    """A script as flite speaks it. Errors as for `load_calls`."""
    if shutil.which("flite") is None:
        raise RuntimeError("flite is absent: install Debian's flite, whose voices speak the calls")
    script = load_script(path)
    samples, times = make(script, {name: flite(name) for name in script.voices.values()})
    left, right = samples.T.astype("float32") / 32_768
    parties = {"agent": left, "customer": right}
    return ScriptedCall(
        path.stem, script.title, parties, RATE, script.context, times.dues, script.may
    )


def _sample() -> ScriptedCall:
    script = load_script(demo.SCRIPT)
    (left, right), rate = read_audio(demo.CALL)
    parties = {"agent": left, "customer": right}
    dues = read_timing(demo.TIMES).dues
    return ScriptedCall(SAMPLE, script.title, parties, rate, script.context, dues, script.may)


async def watch_all(
    calls: Sequence[ScriptedCall],
    *,
    url: str | None = None,
    on_progress: Progress | None = None,
) -> list[Seen]:
    """The calls one at a time in real time over one server, which is started here unless `url`
    names a running one in development mode.

    Raises ServerFailed, ReplayError, RuntimeError.
    """
    async with serving(url) as server, browsing() as browser:
        return [await watch(server.url, browser, call, on_progress=on_progress) for call in calls]


async def watch(
    url: str,
    browser: Browser,
    call: ScriptedCall,
    *,
    on_progress: Progress | None = None,
) -> Seen:
    """Feeds one call while the agent's page is open. Errors as for `watch_all`."""
    # A name of its own each time: a finished call's id is never taken again.
    name = f"bench-{call.name}-{secrets.token_hex(4)}"
    page = f"{url}/agent?call={name}"
    async with showing(browser, page) as screen, subscribe(url, name) as events:
        listener = asyncio.create_task(_collect(events))
        try:
            report = await replay(
                url,
                call.parties,
                rate=call.rate,
                call=name,
                context=call.context,
                on_progress=(lambda at: on_progress(call.name, at)) if on_progress else None,
            )
            async with asyncio.timeout(LAST_EVENTS_SECONDS):
                arrivals, finals = await listener
        finally:
            listener.cancel()
            await asyncio.gather(listener, return_exceptions=True)
        seen = await screen.painted()
    painted = on_media_clock(seen, min(report.started.values()), screen.offset, arrivals)
    return Seen(call.name, match(call.name, call.dues, painted, call.may), report.max_late, finals)


async def _collect(events: Any) -> tuple[dict[str, float], tuple[str, ...]]:
    """When each nudge's event came, and the finals, up to the call's end."""
    arrivals: dict[str, float] = {}
    finals: list[str] = []
    async for event in events:
        data = event.get("data", {})
        if event["type"] == "nudge":
            arrivals.setdefault(str(data["id"]), time.monotonic())
        elif event["type"] == "transcript.final" and data["text"]:
            finals.append(f"{data['start']:.1f}-{data['end']:.1f} {data['party']}: {data['text']}")
        elif event["type"] == "call.ended":
            return arrivals, tuple(finals)
    raise ConnectionError("the server closed the events before call.ended; see its log")
