"""Another WebRTC stack calls the real service: GStreamer's, from processes of its own."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from coach.client.link import subscribe
from tests.coach.caller import (
    HANG,
    PARTIES,
    Event,
    clip,
    clip_files,
    heard,
    of_type,
    whole_call,
)
from tests.coach.test_every_protocol import roles, same_words, words
from tests.conftest import RunningServer

PYTHON = "/usr/bin/python3"
"""Debian's own, which its bindings are for."""
SENDER = Path(__file__).parent / "gstreamer_whip.py"
NEEDED = ("webrtcbin", "nicesink", "dtlssrtpenc", "rtpopuspay", "opusenc", "wavparse")
LOOK = f"""
import gi
gi.require_version("GstWebRTC", "1.0")
from gi.repository import Gst, GstWebRTC
Gst.init(None)
assert all(map(Gst.ElementFactory.find, {NEEDED}))
"""


@pytest.fixture(scope="module", autouse=True)
def gstreamer() -> None:
    """Skips where it is absent."""
    look = [PYTHON, "-I", "-c", LOOK]
    here = Path(PYTHON).exists()
    if not here or subprocess.run(look, capture_output=True, check=False).returncode:
        pytest.skip("GStreamer's webrtcbin is absent: install Debian's packages of packages.txt")


@pytest.fixture(scope="module")
def reference(server: RunningServer) -> list[Event]:
    """The same sound by our own protocol."""
    return asyncio.run(whole_call(server, "for-gstreamer", clip()))


@contextmanager
def sending(
    server: RunningServer, call: str, folder: Path
) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """A process for each party, which plays its file into the call; it finds nothing of ours."""
    with ExitStack() as stack:
        senders = {}
        for party, file in clip_files(folder).items():
            where = f"{server.url}/v1/media/whip/{call}/{party}"
            command = [PYTHON, "-I", str(SENDER), where, "any-token", str(file)]
            senders[party] = stack.enter_context(subprocess.Popen(command))
            stack.callback(senders[party].kill)
        yield senders


async def test_two_processes_make_one_call(
    server: RunningServer, reference: list[Event], tmp_path: Path
) -> None:
    with sending(server, "gstreamer", tmp_path) as senders:
        events = await heard(server, "gstreamer")
        ends = [await asyncio.to_thread(sender.wait, HANG) for sender in senders.values()]
    assert ends == [0, 0], "each has played its file and deleted its session"
    (started,) = of_type(events, "call.started")
    assert started["data"]["source"] == "whip"
    assert roles(events) == {party: party for party in PARTIES}
    same_words(reference, events)
    assert of_type(events, "gap") == []
    assert {event["data"]["party"] for event in of_type(events, "party.left")} == set(PARTIES)
    assert events[-1]["data"]["reason"] == "stopped"


async def test_who_is_killed_is_lost_and_the_other_goes_on(
    server: RunningServer, reference: list[Event], tmp_path: Path
) -> None:
    """The kill is found out by ICE alone, which asks for so long that the other is done by then."""
    events: list[Event] = []
    with sending(server, "killed", tmp_path) as senders:
        async with asyncio.timeout(HANG), subscribe(server.url, "killed") as following:
            async for event in following:
                events.append(event)
                if event["type"] == "transcript.partial" and event["data"]["party"] == "agent":
                    senders["agent"].kill()
                if event["type"] == "call.ended":
                    break
        ends = {party: sender.wait(HANG) for party, sender in senders.items()}
    assert ends == {"agent": -signal.SIGKILL, "customer": 0}
    assert roles(events) == {party: party for party in PARTIES}
    assert words(events, "customer") == words(reference, "customer")
    left = [event["data"]["party"] for event in of_type(events, "party.left")]
    assert left == ["customer", "agent"]
    assert events[-1]["data"]["reason"] == "lost"
