"""Plays the sample call into the running server, once somebody looks."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import sys

import structlog

from coach.app import Service
from coach.client.replay import replay
from coach.demo import CALL, SCRIPT
from coach.demo.script import load_script
from stream.audio import CallId
from stream.files import read_audio

PATIENCE = 10.0
"""Seconds to wait for a page; then the call is played for whoever comes later."""
SETTLE = 1.0
"""Seconds from a page's opening to the first word, so that its socket is there."""
CONTEXT = load_script(SCRIPT).context
"""Of the sample call: consent, who is who, and that she called before."""

log = structlog.get_logger(__name__)


def alongside(address: str, service: Service) -> asyncio.Task[None]:
    """Start playing; prints the links to the pages."""
    call = CallId(f"demo-{secrets.token_hex(3)}")
    print(f"\n  agent       {address}/agent?call={call}", file=sys.stderr)
    print(f"  supervisor  {address}/supervisor", file=sys.stderr)
    print(f"  softphone   {address}/softphone\n", file=sys.stderr, flush=True)
    return asyncio.get_running_loop().create_task(_play(address, call, service))


async def _play(address: str, call: CallId, service: Service) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(service.app.opened.wait(), PATIENCE)
    await asyncio.sleep(SETTLE)
    samples, rate = read_audio(CALL)
    parties = {"agent": samples[0], "customer": samples[1]}
    log.info("playing the sample call", call=call, seconds=round(samples.shape[1] / rate))
    try:
        await replay(address, parties, rate=rate, call=call, context=CONTEXT)
    except Exception:
        log.exception("the sample call could not be played")
    else:
        log.info("the sample call is over; the pages stay; Ctrl-C ends", call=call)
