"""An AudioHook client in messages alone: the other side of the codec's tests."""

from __future__ import annotations

import json
from typing import Any

from stream.audio import PartyId
from stream.events import Reply, StreamEvent
from stream.protocols import Codec, News, Ready
from stream.protocols.audiohook import AudioHookCodec
from stream.upgrade import Upgrade

SESSION = "224a89a8-5e38-44ef-b4b6-5a8d7f5bbcba"
ORGANIZATION = "239ab1d0-bffe-4aae-9579-81e045dbedc8"
CONVERSATION = "3f1c4a52-7a0e-4c1b-9a55-0d6f1b2c3d4e"
STEREO = {"type": "audio", "format": "PCMU", "channels": ["external", "internal"], "rate": 8000}
UPGRADE = Upgrade(
    {"audiohook-session-id": SESSION, "Audiohook-Organization-Id": ORGANIZATION.upper()}
)
NAMES = (PartyId("customer"), PartyId("agent"))


class Client:
    """The sender's side: numbers its messages and keeps count of ours."""

    def __init__(self, codec: Codec | None = None) -> None:
        self.codec = codec or AudioHookCodec(UPGRADE)
        self.seq = 0
        self.serverseq = 0

    def text(self, kind: str, **parameters: Any) -> str:
        body = {"version": "2", "type": kind, "id": SESSION, "seq": self.seq + 1}
        rest = {"serverseq": self.serverseq, "position": "PT0S", "parameters": parameters}
        return json.dumps({**body, **rest})

    def send(self, kind: str, **parameters: Any) -> list[StreamEvent]:
        """A message that is taken; what is answered is checked and taken note of."""
        message = self.text(kind, **parameters)
        self.seq += 1
        events = self.codec.receive(message)
        for event in events:
            if isinstance(event, Reply):
                self.take(event.text)
        return events

    def open(self, **parameters: Any) -> list[StreamEvent]:
        usual = {
            "organizationId": ORGANIZATION,
            "conversationId": CONVERSATION,
            "participant": {"id": CONVERSATION, "ani": "+15550100"},
            "media": [STEREO],
        }
        return self.send("open", **{**usual, **parameters})

    def tell(self, news: News) -> list[dict[str, Any]]:
        return [self.take(text) for text in self.codec.tell(news)]

    def take(self, text: str) -> dict[str, Any]:
        """A message of ours is whole, numbered, and names the last one heard."""
        said: dict[str, Any] = json.loads(text)
        self.serverseq += 1
        assert list(said) == ["version", "type", "id", "seq", "clientseq", "parameters"]
        assert (said["version"], said["id"]) == ("2", SESSION)
        assert (said["seq"], said["clientseq"]) == (self.serverseq, self.seq)
        return {"type": said["type"], **said["parameters"]}


def opened() -> Client:
    client = Client()
    client.open()
    client.tell(Ready())
    return client
