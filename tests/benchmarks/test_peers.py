"""Which peer is meant, and whose process it is."""

from __future__ import annotations

import os
import socket

import pytest

from benchmarks.peer.address import parse_peer
from benchmarks.server import listener


def test_a_peer_is_a_name_and_an_address() -> None:
    peer = parse_peer("whisperlive=wss://far.example:9090", model="tiny.en", pid=os.getpid())
    assert (peer.name, peer.title, peer.model) == ("whisperlive", "WhisperLive", "tiny.en")
    server = peer.server()
    assert (server.url, server.pid) == ("wss://far.example:9090", os.getpid())
    assert server.rss()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("whisperflow=ws://127.0.0.1:9090", "no peer is called 'whisperflow', only whisperlive"),
        ("ws://127.0.0.1:9090", "no peer is called"),
        ("whisperlive", "'' is no websocket address"),
        ("whisperlive=http://127.0.0.1:9090", "is no websocket address"),
        ("whisperlive=ws://:9090", "is no websocket address"),
        ("whisperlive=ws://127.0.0.1:nine", "is no websocket address"),
        ("whisperlive=ws://[::1", "is no websocket address"),
    ],
)
def test_what_is_no_peer_is_wrong_use_and_says_the_mend(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as fault:
        parse_peer(text)
    assert "whisperlive=ws://127.0.0.1:9090" in str(fault.value)


def test_a_process_that_is_not_there_is_wrong_use() -> None:
    with pytest.raises(ValueError, match="no process has the id"):
        parse_peer("whisperlive=ws://127.0.0.1:9090", pid=2**31 - 1)


def test_who_listens_on_loopback_is_found() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
        assert listener(f"ws://127.0.0.1:{port}") == os.getpid()
        assert parse_peer(f"whisperlive=ws://localhost:{port}").server().pid == os.getpid()
        assert listener(f"ws://192.0.2.1:{port}") is None
    assert listener(f"ws://127.0.0.1:{port}") is None
