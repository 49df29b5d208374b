"""The command line: results on stdout, one line on stderr for a fault, and the exit status."""

from __future__ import annotations

import io
import json
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import structlog

from coach import cli
from coach.__main__ import app, main
from coach.demo import CALL
from coach.demo.make_call import RATE, write_flac
from stream.files import read_audio
from tests.benchmarks.small_set import write_set
from tests.conftest import RunningServer
from web.auth import Authenticator, new_key

SECONDS = 6


class Done(NamedTuple):
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


Coach = Callable[..., Done]


@pytest.fixture
def coach(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Coach]:
    """Runs a command in this process, in an empty folder, without settings of its surroundings."""
    root, kept = logging.getLogger(), structlog.get_config()
    handlers, level = list(root.handlers), root.level
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    for name in [name for name in os.environ if name.startswith("COACH_")]:
        if name not in ("COACH_MODELS_DIR", "COACH_TEST_DATA"):
            monkeypatch.delenv(name)

    def run(*arguments: str | Path, stdin: bytes = b"") -> Done:
        monkeypatch.setattr(cli, "DEBUG", False)
        monkeypatch.setattr(sys, "argv", ["coach", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        code = ended.value.code
        assert isinstance(code, int)
        return Done(code, *capsys.readouterr())

    yield run
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.configure(**kept)


def fault(done: Done, status: int) -> str:
    """The one line of a command that failed."""
    (line,) = done.err.splitlines()
    assert done.status == status, line
    assert done.out == ""
    assert line.startswith("coach: ")
    return line


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The beginning of the sample call."""
    samples = read_audio(CALL, RATE)[0][:, : SECONDS * RATE]
    file = tmp_path_factory.mktemp("cut") / "cut.flac"
    write_flac(file, np.ascontiguousarray((samples.T * 32_767).astype(np.int16)))
    return file


# -- wrong use -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--nope"], "No such option: --nope"),
        (["serve", "--nope"], "No such option: --nope"),
        (["token", "--debug"], "No such option: --debug"),
        (["nosuch"], "No such command 'nosuch'"),
        (["serve", "--port", "eight"], "Invalid value for '--port'"),
        (["serve", "--port", "65536"], "Invalid value for '--port'"),
        (["demo", "--port", "-1"], "Invalid value for '--port'"),
        (["serve", "extra"], "unexpected extra argument"),
        (["token"], "needs --role and --subject"),
        (["token", "--role", "boss", "--subject", "a"], "'boss' is not one of"),
        (["token", "--role", "agent", "--subject", "a"], "COACH_AUTH_KEYS (`coach token"),
        (["analyze"], "give --agent, --customer or --stereo"),
        (["analyze", "--agent", "none.flac"], "none.flac does not exist"),
        (["analyze", "--text", "none.txt"], "none.txt (No such file or directory): name"),
        (["analyze", "--text", "-", "--agent", "a.flac"], "--text or audio files, not both"),
        (["analyze", "--dialogue"], "give both"),
        (["analyze", "--text", "-", "--party", "martian"], "--party takes agent, customer"),
        (["analyze", "--text", "-", "--context", "none.json"], "none.json"),
        (["analyze", "--text", "-", "--config", "none.toml"], "settings file none.toml"),
        (["replay", "--stereo", "none.flac"], "none.flac does not exist"),
        (["replay", "--protocol", "asterisk", "--agent", "a.flac"], "a.flac does not exist"),
        (["replay", "--protocol", "audiosocket", "--agent", "a.flac"], "a.flac does not exist"),
        (["bench", "latency", "--peer", "nobody=ws://a:9090"], "no peer is called 'nobody'"),
        (["bench", "capacity", "--peer", "whisperlive=9090"], "'9090' is no websocket address"),
        (["bench", "latency", "--peer-model", "base"], "of --peer: give that too"),
    ],
)  # fmt: skip
def test_wrong_use_is_one_line_and_status_2(coach: Coach, arguments: list[str], said: str) -> None:
    assert said in fault(coach(*arguments), 2)


def test_without_a_command_there_is_help_and_status_2(coach: Coach) -> None:
    done = coach()
    assert (done.status, done.err) == (2, "")
    assert "serve" in done.out


@pytest.mark.parametrize("arguments", [["--help"], ["serve", "--help"], ["models", "--help"]])
def test_help_is_status_0(coach: Coach, arguments: list[str]) -> None:
    done = coach(*arguments)
    assert (done.status, done.err) == (0, "")
    assert "Usage: coach" in done.out


def test_a_wrong_setting_is_wrong_use(coach: Coach, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACH_CALL_LIMITS", "4")
    assert "COACH_CALL_LIMIT" in fault(coach("analyze", "--text", "-"), 2)


# -- failures --------------------------------------------------------------------------------


def test_missing_models_are_one_line_with_the_mend(
    coach: Coach, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COACH_MODELS_DIR", str(tmp_path))
    assert "coach models pull" in fault(coach("analyze", "--text", "-", stdin=b"x"), 1)
    done = coach("models", "verify")
    assert done.status == 1
    assert all("coach models pull" in line for line in done.err.splitlines())


def test_a_bad_playbook_is_one_line_with_its_place(
    coach: Coach, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.yaml").write_text("version: '1'\nrules: none\n")
    monkeypatch.setenv("COACH_PLAYBOOK_FILE", "mine.yaml")
    said = fault(coach("analyze", "--text", "-", stdin=b"x"), 1)
    assert "mine.yaml, line 2, rules" in said


def test_a_file_that_cannot_be_written_is_named(coach: Coach) -> None:
    said = fault(coach("analyze", "--text", "-", "--jsonl", "no/such/out.jsonl"), 1)
    assert "no/such/out.jsonl: No such file or directory; check" in said


def test_an_input_that_is_not_there_leaves_the_output_as_it_was(
    coach: Coach, tmp_path: Path
) -> None:
    kept = tmp_path / "out.jsonl"
    kept.write_text("of the last run\n")
    for source in ("--text", "--stereo"):
        said = fault(coach("analyze", source, "no-such-file", "--jsonl", "out.jsonl"), 2)
        assert "no-such-file" in said
        assert kept.read_text() == "of the last run\n"


def test_a_server_that_is_not_there_is_named(coach: Coach, cut: Path) -> None:
    done = coach("replay", "--stereo", cut, "--url", "http://127.0.0.1:9", "--speed", "0")
    assert (done.status, done.out) == (1, "")
    assert done.err.splitlines()[-1].startswith("coach: unreachable: no server answers at")
    assert "Traceback" not in done.err


def test_refusing_an_open_address_is_one_line(coach: Coach) -> None:
    said = fault(coach("serve", "--host", "0.0.0.0", "--port", "0"), 1)
    assert "refusing to listen on 0.0.0.0 without access control: set COACH_AUTH_KEYS" in said


def test_debug_stands_before_the_command_and_adds_the_traceback(coach: Coach) -> None:
    for arguments, status in ((["token"], 2), (["serve", "--host", "0.0.0.0"], 1)):
        done = coach("--debug", *arguments)
        assert done.status == status
        assert done.err.startswith("Traceback (most recent call last)")
        assert done.err.splitlines()[-1].startswith("coach: ")
        assert "Traceback" not in coach(*arguments).err


def test_a_fault_of_ours_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert "KeyError: 'x'; `coach --debug`" in cli._said(KeyError("x"))
    assert cli._said(TimeoutError("no call.ended")) == "no call.ended"
    assert cli._said(RuntimeError("the lane is closed")) == "the lane is closed"


# -- analyze ---------------------------------------------------------------------------------


def test_lines_are_analyzed_alike_from_a_file_and_from_stdin(coach: Coach, tmp_path: Path) -> None:
    text = "I got a rash after the injector\n\nall’s  well\u2028here\r\n".encode()
    (tmp_path / "lines.txt").write_bytes(b"\xef\xbb\xbf" + text)
    done = coach("analyze", "--text", "lines.txt", "--jsonl", "out.jsonl")
    assert done == Done(0, "", "")
    rows = [
        json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").split("\n")[:-1]
    ]
    assert [row["text"] for row in rows] == [
        "I got a rash after the injector", "", "all’s  well\u2028here"
    ]  # fmt: skip
    assert [row["line"] for row in rows] == [1, 2, 3]
    assert rows[0]["adverse"]["score"] >= 0.6
    assert [
        json.loads(line)
        for line in coach("analyze", "--text", "-", stdin=text).out.split("\n")[:-1]
    ] == rows


def test_no_lines_give_no_rows(coach: Coach) -> None:
    assert coach("analyze", "--text", "-") == Done(0, "", "")


def test_an_agents_lines_are_reviewed_at_most(coach: Coach) -> None:
    told = b"I got a rash after the injector\n"
    tiers = {}
    for party in ("agent", "customer"):
        (row,) = coach("analyze", "--text", "-", "--party", party, stdin=told).rows
        found = [each["tier"] for each in row["signals"] if each["kind"] == "adverse_event"]
        tiers[party] = found
    assert tiers["customer"] == ["live"]
    assert "live" not in tiers["agent"]


def test_bytes_that_are_no_text_are_named_with_their_line(coach: Coach) -> None:
    said = fault(coach("analyze", "--text", "-", stdin=b"hello\n\xff\xfe\n"), 2)
    assert "stdin, line 2: no text in UTF-8" in said


def test_a_dialogue_gives_a_calls_events(coach: Coach, tmp_path: Path) -> None:
    (tmp_path / "context.json").write_text('{"product": "Injecta", "language": "en"}')
    told = b"agent: how are you\ncustomer[2.0-4.0]: I got a rash, call 555 123 4567\n"
    arguments = ("analyze", "--text", "-", "--dialogue", "--context", "context.json")
    rows = coach(*arguments, stdin=told).rows
    assert [row["n"] for row in rows] == list(range(1, len(rows) + 1))
    assert all(set(row) == {"v", "call", "type", "n", "at", "ts", "data"} for row in rows)
    assert {"call.started", "transcript.final", "signal", "nudge", "call.ended"} <= {
        row["type"] for row in rows
    }
    assert rows[0]["data"]["context"]["product"] == "Injecta"
    assert any("555 123 4567" in row["data"].get("text", "") for row in rows), "entitled"


def test_a_dialogue_in_a_language_nobody_measured_gets_no_signals(
    coach: Coach, tmp_path: Path
) -> None:
    (tmp_path / "context.json").write_text('{"language": "de"}')
    told = b"customer: I got a rash after the injector\n"
    arguments = ("analyze", "--text", "-", "--dialogue", "--context", "context.json")
    rows = coach(*arguments, stdin=told).rows
    assert [row["data"]["language"] for row in rows if row["type"] == "transcript.final"] == ["de"]
    assert not any(row["type"] == "signal" for row in rows)
    said = [row["data"] for row in rows if row["type"] == "quality"]
    assert said[1] == {"kind": "safety_detection_off", "reason": "de"}


def test_a_bad_line_of_a_dialogue_is_named(coach: Coach) -> None:
    done = coach("analyze", "--text", "-", "--dialogue", stdin=b"agent: hi\nwell then\n")
    assert "line 2: begin it with `agent:` or `customer:`" in fault(done, 2)


def test_sound_is_analyzed(coach: Coach, cut: Path) -> None:
    done = coach("analyze", "--stereo", cut)
    assert done.status == 0
    kinds = [row["type"] for row in done.rows]
    assert (kinds[0], kinds[-1]) == ("call.started", "call.ended")
    texts = [row["data"]["text"] for row in done.rows if row["type"] == "transcript.final"]
    assert len(" ".join(texts).split()) > 5
    assert done.rows[-1]["at"] == pytest.approx(SECONDS, abs=0.1)


# -- the other commands ----------------------------------------------------------------------


def test_a_token_is_signed_with_the_first_key(
    coach: Coach, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, old = coach("token", "--new-key").out.strip(), new_key()
    monkeypatch.setenv("COACH_AUTH_KEYS", f"{key},{old}")
    asked = ["token", "--role", "agent", "--subject", "ana", "--call", "c1", "--team", "north"]
    done = coach(*asked, "--ttl", "60")
    assert (done.status, done.err) == (0, "")
    who = Authenticator([key]).authenticate({"authorization": f"Bearer {done.out.strip()}"}, {})
    assert (who.subject, who.roles, who.call, who.team) == (
        "ana",
        frozenset({"agent"}),
        "c1",
        "north",
    )
    assert "ttl needs" in fault(coach(*asked, "--ttl", "0"), 2)
    monkeypatch.setenv("COACH_AUTH_KEYS", "short")
    assert "key 1 is shorter than 32 bytes: make one with" in fault(coach(*asked), 2)


def test_models_are_listed_verified_and_in_place(coach: Coach) -> None:
    listed = coach("models", "list")
    assert (listed.status, listed.err) == (0, "")
    assert "silero-vad" in listed.out
    if "no" in listed.out.split():
        pytest.skip("not every model is here")
    pulled = coach("models", "pull")
    assert (pulled.status, pulled.out) == (0, "")
    assert "(0 fetched)" in pulled.err
    verified = coach("models", "verify")
    assert (verified.status, verified.out) == (0, "")
    assert "every model is as published" in verified.err


def test_a_call_is_replayed_and_followed(coach: Coach, cut: Path, server: RunningServer) -> None:
    done = coach("replay", "--stereo", cut, "--url", server.url, "--speed", "0", "--follow")
    assert done.status == 0, done.err
    assert done.rows[-1]["type"] == "call.ended"


@pytest.mark.parametrize("what", ["latency", "accuracy"])
def test_a_benchmark_without_its_data_says_so(
    coach: Coach, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setenv("COACH_TEST_DATA", str(tmp_path))
    assert "set COACH_TEST_DATA" in fault(coach("bench", what), 1)


@pytest.mark.parametrize("what", ["latency", "capacity"])
def test_a_peer_that_is_not_there_is_one_line_with_the_mend(
    coach: Coach, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    write_set(tmp_path)
    monkeypatch.setenv("COACH_TEST_DATA", str(tmp_path))
    done = coach("bench", what, "--peer", "whisperlive=ws://127.0.0.1:9")
    assert "start one, as docs/performance.md says" in fault(done, 1)


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_server_tells_its_address_and_ends_by_sigterm(
    coach: Coach, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    def ready(address: str) -> None:
        told(address)
        signal.raise_signal(signal.SIGTERM)  # once it listens, end it

    told = cli.say_ready
    monkeypatch.setattr(cli, "say_ready", ready)
    done = coach(command, "--port", "0")
    assert done.status == 0, done.err
    assert done.out.startswith("ready http://127.0.0.1:")
    assert done.out.count("\n") == 1
    assert ("/agent?call=demo-" in done.err) == (command == "demo")
    assert "Traceback" not in done.err


def test_the_app_has_the_commands_of_the_api() -> None:
    names = {
        command.name or command.callback.__name__
        for command in app.registered_commands
        if command.callback
    }
    assert {"serve", "demo", "replay", "analyze", "token"} <= names
