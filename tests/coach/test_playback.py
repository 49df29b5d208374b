"""Files for a call: which party each channel is, and errors that name the option to use."""

from __future__ import annotations

import uuid
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coach.client.playback import load_context, load_parties, play
from stream.files import AudioFileError
from tests.conftest import RunningServer


def write(path: Path, *channels: float, rate: int = 8000, samples: int = 800) -> Path:
    """A wav whose channels hold one value each."""
    values = np.tile(np.array(channels), (samples, 1))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((values * 32768).astype("<i2").tobytes())
    return path


def test_stereo_is_the_agent_and_then_the_customer(tmp_path: Path) -> None:
    parties, rate = load_parties(stereo=write(tmp_path / "a.wav", 0.25, -0.5))
    assert rate == 8000
    assert {party: samples[0] for party, samples in parties.items()} == {
        "agent": 0.25,
        "customer": -0.5,
    }


def test_files_of_different_rates_go_together_at_the_higher(tmp_path: Path) -> None:
    agent = write(tmp_path / "a.wav", 0.25)
    customer = write(tmp_path / "c.wav", 0.25, rate=16_000, samples=1600)
    parties, rate = load_parties(agent, customer)
    assert rate == 16_000
    assert {party: len(samples) for party, samples in parties.items()} == {
        "agent": 1600,
        "customer": 1600,
    }


@pytest.mark.parametrize(("own", "sent"), [(4000, 8000), (96_000, 48_000)])
def test_rates_no_server_takes_are_brought_into_range(tmp_path: Path, own: int, sent: int) -> None:
    _, rate = load_parties(write(tmp_path / "a.wav", 0.25, rate=own))
    assert rate == sent


def test_files_that_do_not_fit_name_the_option(tmp_path: Path) -> None:
    one, two = write(tmp_path / "1.wav", 0.25), write(tmp_path / "2.wav", 0.25, 0.25)
    with pytest.raises(AudioFileError, match="--stereo"):
        load_parties(customer=two)
    with pytest.raises(AudioFileError, match="--customer"):
        load_parties(stereo=one)
    with pytest.raises(ValueError, match="not both"):
        load_parties(agent=one, stereo=two)
    with pytest.raises(ValueError, match="nothing to play"):
        load_parties()


@pytest.mark.parametrize("content", ["[1]", "{", None])
def test_a_context_that_is_no_object_is_named(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "context.json"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=r"context\.json"):
        load_context(file)


def test_a_context_may_be_absent_or_an_object(tmp_path: Path) -> None:
    file = tmp_path / "context.json"
    file.write_text('{"product": "X"}', encoding="utf-8")
    assert load_context(None) is None
    assert load_context(file) == {"product": "X"}


def test_a_side_over_audiosocket_has_an_id_that_it_can_say(
    server: RunningServer, tmp_path: Path
) -> None:
    side = write(tmp_path / "c.wav", 0.25)
    report = play(url=server.audiosocket, customer=side, protocol="audiosocket", speed=0)
    assert str(uuid.UUID(report.call)) == report.call
    assert report.sent_seconds == {"customer": 0.1}


@pytest.mark.parametrize(
    ("more", "mend"),
    [
        ({"follow": True}, "leave --follow out, and see the call on the server's pages"),
        ({"call": "mine"}, "give a UUID"),
        ({"url": "http://127.0.0.1:8080"}, "like tcp://127.0.0.1:9092"),
        ({"agent": Path("a.wav")}, "use the protocol asterisk"),
        ({"context": Path("context.json")}, r"PUT it to /v1/calls/.*/context"),
    ],
)
def test_what_audiosocket_cannot_do_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: dict[str, Any], mend: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("context.json").write_text('{"product": "X"}', encoding="utf-8")
    arguments = {"url": "tcp://127.0.0.1:9", "customer": write(Path("c.wav"), 0.25), **more}
    write(Path("a.wav"), 0.25)
    with pytest.raises(ValueError, match=mend):
        play(protocol="audiosocket", speed=0, **arguments)
