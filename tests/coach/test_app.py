"""The composition root: who may come in, where it listens, and what keeps it from starting."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from fastapi import FastAPI

from coach import app
from coach.app import authenticator, call_limits
from coach.listening import StartError, bound
from coach.playbook import reading
from coach.playbook.reading import PlaybookError
from coach.playbook.schema import Playbook
from coach.room import Room
from coach.settings import Settings
from models.weights import MissingWeights
from tests.coach.scripted_call import lexicon
from web.auth import Authenticator, new_key

OPEN = "0.0.0.0"


def settings(**environment: str) -> Settings:
    return Settings.load(None, environment)


@pytest.fixture
def logged() -> Iterator[list[structlog.typing.EventDict]]:
    kept = structlog.get_config()
    structlog.reset_defaults()
    with structlog.testing.capture_logs() as events:
        yield events
    structlog.configure(**kept)


# -- who may come in -------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_without_keys_loopback_is_development(
    host: str, logged: list[structlog.typing.EventDict]
) -> None:
    assert authenticator(settings(), host).development
    assert any("development mode" in event["event"] for event in logged)


@pytest.mark.parametrize("host", [OPEN, "::", "192.168.0.7", "127.0.0.1.example", ""])
def test_without_keys_no_other_address_is_served(host: str) -> None:
    with pytest.raises(
        StartError, match=r"refusing to listen .*set COACH_AUTH_KEYS .*127\.0\.0\.1"
    ):
        authenticator(settings(), host)


def test_with_keys_nobody_is_a_developer() -> None:
    key = new_key()
    for host in ("127.0.0.1", OPEN):
        made = authenticator(settings(COACH_AUTH_KEYS=key), host)
        assert not made.development
        assert made.issue("admin", "root")


def test_a_key_is_made_where_that_is_asked_for_and_said_once(
    logged: list[structlog.typing.EventDict],
) -> None:
    made = authenticator(settings(COACH_AUTH_GENERATE="true"), OPEN)
    (event,) = logged
    token = Authenticator([event["made"]]).issue("agent", "ana")
    assert made.authenticate({}, {"access_token": token}).subject == "ana"
    again = authenticator(settings(COACH_AUTH_GENERATE="true", COACH_AUTH_KEYS=new_key()), OPEN)
    assert len(logged) == 1, "keys that are set are kept"
    assert not again.development


def test_consent_is_granted_by_default_in_development_only() -> None:
    development = Authenticator([], development=True)
    room = Room(settings(), None)
    assert call_limits(settings(), development, room).consent
    assert not call_limits(settings(), Authenticator([new_key()]), room).consent
    granted = settings(COACH_CONSENT_DEFAULT="granted", COACH_CALL_LIMIT="3")
    limits = call_limits(granted, Authenticator([new_key()]), Room(granted, None))
    assert (limits.consent, limits.calls) == (True, 3)


# -- where it listens ------------------------------------------------------------------------


def test_an_address_is_taken_before_it_is_listened_on() -> None:
    with bound("127.0.0.1", 0) as listener:
        host, port = listener.getsockname()
        assert host == "127.0.0.1"
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((host, port))


def test_a_taken_port_and_a_host_of_others_say_the_mend() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(StartError, match=rf"127\.0\.0\.1:{port} \(Address already in use\)"):
            bound("127.0.0.1", port)
    for host in ("192.0.2.1", "no.name." + "x" * 64):
        with pytest.raises(StartError, match=r"cannot listen on .*--port \(0 picks a free one\)"):
            bound(host, 0)


async def test_a_server_that_ends_before_it_listens_is_no_silence() -> None:
    server = app.QuietServer(app.config(app.Watched(FastAPI()), "127.0.0.1", 0))
    serving = asyncio.create_task(asyncio.sleep(0))
    with pytest.raises(StartError, match=r"cannot serve on 127\.0\.0\.1:7"):
        await app.started(server, serving, "127.0.0.1", 7)


# -- what is loaded --------------------------------------------------------------------------


def test_knowledge_is_what_the_settings_say(tmp_path: Path) -> None:
    lexicon()  # skips where there is none
    (tmp_path / "mine.yaml").write_text("version: mine\nrules: []\n")
    known = app.knowledge(
        settings(
            COACH_PLAYBOOK_FILE=str(tmp_path / "mine.yaml"),
            COACH_LANGUAGE_DEFAULT="de",
            COACH_HEARING_PARTIALS="false",
        )
    )
    assert (known.playbook, known.language) == (Playbook(version="mine", rules=()), "de")
    assert not known.asr.partials
    assert known.detect
    assert not app.knowledge(settings(COACH_LANGUAGE_DETECT="false")).detect
    assert app.knowledge(settings(), partials=True).asr.partials
    assert app.knowledge(settings()).playbook == reading.load()
    with pytest.raises(PlaybookError, match=r"none\.yaml"):
        app.knowledge(settings(COACH_PLAYBOOK_FILE=str(tmp_path / "none.yaml")))


async def test_without_models_nothing_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COACH_MODELS_DIR", str(tmp_path))
    starting = app.service(settings(), Authenticator([], development=True))
    async with contextlib.AsyncExitStack() as stack:
        with pytest.raises(MissingWeights, match="coach models pull"):
            await stack.enter_async_context(starting)
