"""`coach demo`: the sample call is played into the running server once a page is open."""

from __future__ import annotations

import asyncio
import gc
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import structlog

from coach import app
from coach.client.replay import subscribe
from coach.demo import CALL, play
from coach.demo.make_call import RATE, write_flac
from coach.settings import Settings
from stream.files import read_audio

SECONDS = 2


@pytest.fixture
def frozen() -> Iterator[list[int]]:
    """How many objects a server that gets ready leaves out of the search for garbage; the tests
    after this one shall not."""
    yield []
    gc.unfreeze()


async def test_the_sample_call_is_played_once_somebody_looks(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    frozen: list[int],
) -> None:
    """The beginning of it: it is played in real time."""
    samples = read_audio(CALL, RATE)[0][:, : SECONDS * RATE]
    write_flac(tmp_path / "cut.flac", np.ascontiguousarray((samples.T * 32_767).astype(np.int16)))
    monkeypatch.setattr(play, "CALL", tmp_path / "cut.flac")
    monkeypatch.setattr(play, "PATIENCE", 300.0)
    loop = asyncio.get_running_loop()
    up: asyncio.Future[tuple[str, app.Service, asyncio.Task[None]]] = loop.create_future()

    def alongside(address: str, service: app.Service) -> asyncio.Task[None]:
        task = play.alongside(address, service)
        up.set_result((address, service, task))
        return task

    settings = Settings.load(None, {"COACH_DATA_DIR": str(tmp_path)})

    def ready(address: str) -> None:
        frozen.append(gc.get_freeze_count())

    serving = asyncio.create_task(
        app.serve(settings, host="127.0.0.1", port=0, ready=ready, alongside=alongside)
    )
    address, service, task = await up
    assert frozen[0] > 0, "what is loaded is not looked through for garbage"
    links = capsys.readouterr().err
    assert f"{address}/supervisor" in links
    (call,) = re.findall(rf"{re.escape(address)}/agent\?call=(demo-[0-9a-f]+)", links)
    assert not task.done()

    events = []
    async with subscribe(address, call) as heard:
        async for event in heard:
            events.append(event)
            if event["type"] == "call.ended":
                break
    await task
    assert events[0]["data"]["context"]["customer"]["name"] == "Maria"
    assert events[-1]["data"]["reason"] == "stopped"
    assert events[-1]["at"] == pytest.approx(SECONDS, abs=0.1)

    # Nobody looks, and the call cannot be played: that is said, and the server goes on.
    monkeypatch.setattr(play, "PATIENCE", 0.0)
    monkeypatch.setattr(play, "SETTLE", 0.0)
    service.app.opened.clear()
    with structlog.testing.capture_logs() as logged:
        await play.alongside("http://127.0.0.1:9", service)
    assert [event["event"] for event in logged][-1] == "the sample call could not be played"
    assert not serving.done()
    signal.raise_signal(signal.SIGTERM)
    await serving
