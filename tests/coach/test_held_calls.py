"""A telephone system that holds a call, also while the call is behind."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed

from stream.limits import MAX_CALL_PARTIES
from tests.coach.caller import CHUNK, RATE, calling, clip, heard, of_type
from tests.coach.hooked import hooked
from tests.coach.stalled import Stalled, kept, serving
from tests.conftest import RunningServer

HELD = 3.0
"""Seconds on hold."""
BEFORE = 1.0
"""Seconds that the call has gone on when the telephone system joins it."""


@pytest.fixture(scope="module")
def roomy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stalled]:
    yield from serving(tmp_path_factory.mktemp("held"), 60.0)


async def test_a_hold_while_the_call_is_behind(roomy: Stalled) -> None:
    """The system is answered all the while, and the hold stands where it was."""
    audio = clip()
    length, step = len(audio["agent"]) / RATE, round(CHUNK * RATE)
    async with calling(roomy.server, "held", ("interpreter",)) as other:
        await other.speak({"interpreter": np.zeros(round(BEFORE * RATE), np.float32)})
        await other.until("ack", BEFORE)
        roomy.opened.clear()
        async with hooked(roomy.server, "held") as hook:
            for first in range(0, len(audio["agent"]), step):
                rows = [audio[party][first : first + step] for party in hook.sender.parties]
                sound, *pings = hook.sender.audio(np.stack(rows))
                await hook.send(sound, *pings)
                assert [await hook.told() for _ in pings] == ["pong" for _ in pings]
            await kept(roomy, "held", 1.0)
            await hook.ask("paused")
            await hook.ask("ping")
            assert await hook.told() == "pong"
            await hook.ask("update", language="en-GB")
            assert await hook.told() == "updated"
            await hook.ask("resumed", start=f"PT{length}S", discarded=f"PT{HELD}S")
            await hook.ask("ping")
            assert await hook.told() == "pong"
            roomy.opened.set()
            await hook.send(*hook.sender.stop())
            assert await hook.told() == "closed"
        await other.stop()
    events = await heard(roomy.server, "held")
    for party in ("agent", "customer"):
        (gap,) = [e["data"] for e in of_type(events, "gap") if e["data"]["party"] == party]
        assert gap["reason"] == "paused"
        assert gap["start"] == pytest.approx(BEFORE + length, abs=1e-3)
        assert gap["seconds"] == pytest.approx(HELD, abs=1e-3)
    (paused, _), (resumed, _) = (of_type(events, f"call.{kind}") for kind in ("paused", "resumed"))
    assert paused["at"] == pytest.approx(BEFORE + length, abs=1e-3)
    assert resumed["at"] == pytest.approx(BEFORE + length + HELD, abs=1e-3)


async def test_a_call_has_a_most_of_parties(server: RunningServer) -> None:
    names = [f"guest-{number}" for number in range(MAX_CALL_PARTIES + 1)]
    async with calling(server, "crowded", (names[0],)) as first:
        for name in names[1:-1]:
            async with calling(server, "crowded", (name,)):
                pass  # who has left was there, and may come back
        with pytest.raises(ConnectionClosed, match="8 are the most"):
            async with calling(server, "crowded", (names[-1],)):
                pass
        await first.stop()
