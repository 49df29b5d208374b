"""`coach replay`: files in, a live call out, with a progress bar and the events if asked for."""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import soxr
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from coach.client.replay import ReplayError, ReplayReport, replay, subscribe
from coach.client.senders.dialling import SendProtocol
from stream.audio import Context, Samples
from stream.files import AudioFileError, read_audio
from stream.limits import MAX_RATE, MIN_RATE

FOLLOW_SECONDS = 60.0
"""How long --follow waits for call.ended after the audio is out: a call whose sender is gone
ends after 15 s, and its last finals may wait for a slow machine."""


def load_parties(
    agent: Path | None = None,
    customer: Path | None = None,
    stereo: Path | None = None,
    *,
    rate: int | None = None,
) -> tuple[dict[str, Samples], int]:
    """Samples of each party, and their rate in Hz: that asked for, or the files' highest.

    `agent` and `customer` are files of one channel; `stereo` holds the agent in its first
    channel and the customer in its second. Raises AudioFileError for a file that does not
    fit, ValueError for files that cannot go together.
    """
    if stereo is not None and (agent or customer):
        raise ValueError("give --stereo, or --agent and --customer, not both")
    if stereo is not None:
        channels, own = read_audio(stereo)
        if len(channels) != 2:
            raise AudioFileError(
                f"{stereo} has {len(channels)} channel(s), not 2; name its speaker by "
                "--agent or --customer"
            )
        found = {"agent": (channels[0], own), "customer": (channels[1], own)}
    else:
        named = {"agent": agent, "customer": customer}
        found = {party: _mono(file, party) for party, file in named.items() if file}
    if not found:
        raise ValueError("nothing to play; give --agent, --customer or --stereo with a file")
    wanted = rate or min(max(*(r for _, r in found.values()), MIN_RATE), MAX_RATE)
    return {party: _at(samples, own, wanted) for party, (samples, own) in found.items()}, wanted


def _mono(file: Path, party: str) -> tuple[Samples, int]:
    channels, rate = read_audio(file)
    if len(channels) != 1:
        raise AudioFileError(
            f"{file} has {len(channels)} channels, --{party} takes one; give it as --stereo, "
            "or cut it into mono files"
        )
    return channels[0], rate


def _at(samples: Samples, own: int, wanted: int) -> Samples:
    if own == wanted:
        return samples
    return np.asarray(soxr.resample(samples, own, wanted, quality="HQ"), dtype=np.float32)


def load_context(file: Path | None) -> Context | None:
    """The JSON object in `file`. Raises ValueError naming the file and the mend."""
    if file is None:
        return None
    try:
        context = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        raise ValueError(f"{file} cannot be read as JSON ({fault}); give a JSON object") from fault
    if not isinstance(context, dict):
        raise ValueError(f"{file} holds no JSON object; write the context as {{…}}")
    return context


def play(
    *,
    url: str,
    agent: Path | None = None,
    customer: Path | None = None,
    stereo: Path | None = None,
    speed: float = 1.0,
    protocol: SendProtocol = "pcm",
    call: str | None = None,
    context: Path | None = None,
    follow: bool = False,
    token: str | None = None,
    out: TextIO | None = None,
) -> ReplayReport:
    """Plays files as a live call into the server at `url`; a call id is made where none is given.

    `follow` writes the call's events to `out` (default stdout), one a line, until it ended.
    Progress goes to stderr. Raises AudioFileError, ValueError, ReplayError.
    """
    parties, rate = load_parties(agent, customer, stereo)
    given = load_context(context)
    name = call or _new_call(protocol)
    if follow and protocol == "audiosocket":
        raise ValueError(
            "audiosocket's port has no events: leave --follow out, and see the call on the "
            f"server's pages (/agent?call={name}), or by its /v1/calls/{name}/events"
        )
    seconds = max(len(samples) for samples in parties.values()) / rate
    with _progress() as bar:
        task = bar.add_task(name, total=seconds)
        feed = partial(
            replay,
            url,
            parties,
            rate=rate,
            call=name,
            protocol=protocol,
            speed=speed,
            context=given,
            token=token,
            on_progress=lambda at: bar.update(task, completed=at),
        )
        if not follow:
            return asyncio.run(feed())
        return asyncio.run(_followed(url, name, token, feed, out or sys.stdout))


def _new_call(protocol: SendProtocol) -> str:
    """An id that nobody has, as the protocol can say it."""
    return str(uuid.uuid4()) if protocol == "audiosocket" else f"replay-{secrets.token_hex(4)}"


async def _followed(
    url: str,
    call: str,
    token: str | None,
    feed: Callable[[], Coroutine[Any, Any, ReplayReport]],
    out: TextIO,
) -> ReplayReport:
    async with subscribe(url, call, token=token) as events:
        show = asyncio.create_task(_print_events(events, out))
        try:
            report = await feed()
            async with asyncio.timeout(FOLLOW_SECONDS):
                await show
        except TimeoutError as fault:
            raise ReplayError(
                "timeout", f"no call.ended within {FOLLOW_SECONDS:g} s of the stop; see the log"
            ) from fault
        finally:
            show.cancel()
            await asyncio.gather(show, return_exceptions=True)
    return report


async def _print_events(events: AsyncIterator[dict[str, Any]], out: TextIO) -> None:
    async for event in events:
        print(json.dumps(event, ensure_ascii=False), file=out, flush=True)
        if event.get("type") == "call.ended":
            return


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f} of {task.total:.0f} s"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
