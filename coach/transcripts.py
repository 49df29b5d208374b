"""What a call's own sender is told of what was said: closed utterances, as anyone may read them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from coach.bus import Body, Bus
from coach.follow import follow
from coach.store import Store
from stream.intake import Leg
from stream.protocols import SpokenWord, Transcript


async def transcripts(store: Store, bus: Bus, leg: Leg) -> AsyncGenerator[Transcript]:
    """What the leg's parties have said since it came, by its sender's own clock; ends with the
    call. An utterance that had begun before is among it: nobody was told of that. Empty finals, and
    those without consent to record, are left out."""
    async with aclosing(follow(store, bus, leg.call, entitled=False)) as bodies:
        async for body in bodies:
            if body["type"] == "call.ended":
                return
            said = body["data"]
            own = body["type"] == "transcript.final" and said["party"] in leg.parties
            if own and said["text"] and said["end"] > leg.origin:
                yield _transcript(body, leg.origin)


def _transcript(body: Body, origin: float) -> Transcript:
    said = body["data"]
    words = tuple(
        SpokenWord(word["w"], word["start"] - origin, word["end"] - origin, word["p"])
        for word in said["words"]
    )
    return Transcript(
        said["party"],
        said["utterance"],
        said["text"],
        said["start"] - origin,
        said["end"] - origin,
        words,
    )
