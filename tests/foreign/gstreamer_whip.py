"""A WHIP sender that shares no code with ours: GStreamer's webrtcbin plays a WAV file as one party.

    /usr/bin/python3 gstreamer_whip.py URL TOKEN WAV

It needs Debian's own Python, which has the bindings. The exit status is 0 once all was played and
the session deleted; any fault is a traceback.
"""

from __future__ import annotations

import sys
import threading
from typing import Any
from urllib.parse import urljoin
from urllib.request import ProxyHandler, Request, build_opener

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstSdp", "1.0")
gi.require_version("GstWebRTC", "1.0")
from gi.repository import Gst, GstSdp, GstWebRTC  # noqa: E402

STEP_SECONDS = 30.0
"""For each step before the sound: far more than any takes on one machine."""
PIPELINE = (
    "filesrc name=file ! wavparse ! audioconvert ! audioresample ! clocksync ! opusenc"
    " ! rtpopuspay pt=97 ! webrtcbin name=peer bundle-policy=max-bundle"
)


class Publisher:
    """One session, from its offer to its DELETE."""

    def __init__(self, url: str, token: str, wav: str) -> None:
        self._url, self._token = url, token
        self._pipeline = Gst.parse_launch(PIPELINE)
        self._pipeline.get_by_name("file").set_property("location", wav)
        self._peer = self._pipeline.get_by_name("peer")
        way = GstWebRTC.WebRTCRTPTransceiverDirection.SENDONLY
        self._peer.emit("get-transceiver", 0).set_property("direction", way)
        self._wanted = threading.Event()
        """The first sound is there, and with it the codec's parameters: an offer can be made."""
        self._gathered = threading.Event()
        self._peer.connect("on-negotiation-needed", lambda _: self._wanted.set())
        self._peer.connect("notify::ice-gathering-state", self._gathering)
        event = Gst.PadProbeType.EVENT_DOWNSTREAM
        self._peer.get_static_pad("sink_0").add_probe(event, self._passed)

    def run(self) -> None:
        """Play the whole file. Raises RuntimeError or URLError."""
        self._pipeline.set_state(Gst.State.PLAYING)
        try:
            where, answer = self._ask("POST", self._url, self._offer().encode())
            self._accept(answer)
            self._played()
            self._ask("DELETE", urljoin(self._url, where))
        finally:
            self._pipeline.set_state(Gst.State.NULL)

    def _offer(self) -> str:
        """With all candidates: the server speaks no trickle ICE."""
        _waited(self._wanted)
        promise = Gst.Promise.new()
        self._peer.emit("create-offer", None, promise)
        promise.wait()
        reply = promise.get_reply()  # it owns the offer
        self._peer.emit("set-local-description", reply.get_value("offer"), None)
        _waited(self._gathered)
        return str(self._peer.get_property("local-description").sdp.as_text())

    def _accept(self, answer: str) -> None:
        _, sdp = GstSdp.SDPMessage.new_from_text(answer)
        kind = GstWebRTC.WebRTCSDPType.ANSWER
        description = GstWebRTC.WebRTCSessionDescription.new(kind, sdp)
        self._peer.emit("set-remote-description", description, None)

    def _played(self) -> None:
        ends = Gst.MessageType.EOS | Gst.MessageType.ERROR
        message = self._pipeline.get_bus().timed_pop_filtered(Gst.CLOCK_TIME_NONE, ends)
        if message.type == Gst.MessageType.ERROR:
            raise RuntimeError(str(message.parse_error()))

    def _passed(self, _: Any, info: Any) -> Any:
        """Tell of the file's end, which the peer itself keeps to itself."""
        if info.get_event().type == Gst.EventType.EOS:
            self._pipeline.post_message(Gst.Message.new_eos(self._pipeline))
        return Gst.PadProbeReturn.OK

    def _gathering(self, peer: Any, _: Any) -> None:
        complete = GstWebRTC.WebRTCICEGatheringState.COMPLETE
        if peer.get_property("ice-gathering-state") == complete:
            self._gathered.set()

    def _ask(self, method: str, url: str, body: bytes | None = None) -> tuple[str, str]:
        """The answer's Location and its body."""
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/sdp"}
        request = Request(url, body, headers, method=method)
        with build_opener(ProxyHandler({})).open(request, timeout=STEP_SECONDS) as answer:
            return answer.headers.get("Location", ""), answer.read().decode()


def _waited(event: threading.Event) -> None:
    if not event.wait(STEP_SECONDS):
        raise RuntimeError("GStreamer has not come to an offer with candidates")


if __name__ == "__main__":
    Gst.init(None)
    Publisher(*sys.argv[1:]).run()
