"""Calibration: measured with the real models, made into calls, and kept."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from coach import app, calibrating, calibration_file, demo
from coach.calibrating import measured
from coach.calibration import (
    REFERENCE_CALLS,
    REFERENCE_SPEECH,
    TURNS,
    Busy,
    Calibration,
    calibrate,
)
from coach.calibration_file import NAME, Basis
from coach.demo.timing import read_timing
from coach.room import LEAST, TIMES, Room, call_bytes
from coach.settings import Settings
from models import weights
from models.types import DecodeRequest, DecodeResult
from models.whisper import Whisper
from tests.coach.scripted_call import knowledge
from web.auth import Authenticator

FOUND = Calibration(speech=28.0, hearing=0.02)


# -- calls -----------------------------------------------------------------------------------


def test_the_machine_that_was_measured_carries_what_was_measured() -> None:
    assert Calibration(REFERENCE_SPEECH, 0.026).calls == REFERENCE_CALLS


@given(speech=st.floats(0.01, 1e4), hearing=st.floats(1e-4, 1.0), more=st.floats(1, 10))
def test_more_machine_carries_no_fewer_calls(speech: float, hearing: float, more: float) -> None:
    found = Calibration(speech, hearing)
    assert found.calls >= 1
    assert replace(found, speech=speech * more).calls >= found.calls
    assert replace(found, hearing=hearing / more).calls >= found.calls


def test_cores_without_end_do_not_help_one_loop() -> None:
    assert Calibration(1e6, 0.02).calls == Calibration(1e9, 0.02).calls == 20


# -- the measurement -------------------------------------------------------------------------


class Counting:
    """Whisper; `asked`: what it was asked, `heard`: what it answered."""

    def __init__(self, whisper: Whisper) -> None:
        self._whisper = whisper
        self.asked: list[DecodeRequest] = []
        self.heard: list[DecodeResult] = []

    def decode(self, request: DecodeRequest) -> DecodeResult:
        self.asked.append(request)
        self.heard.append(self._whisper.decode(request))
        return self.heard[-1]


@pytest.fixture(scope="module")
def whisper() -> Whisper:
    try:
        return Whisper(weights.resolve_whisper("tiny.en"))
    except weights.MissingWeights as missing:
        pytest.skip(str(missing))


def test_it_is_measured_on_words_that_are_heard(whisper: Whisper) -> None:
    counting = Counting(whisper)
    vad = app.load_vad(Settings())
    found = calibrate(counting, vad, knowledge(), workers=2, busy=lambda: False)
    assert found.speech > 0
    assert found.hearing > 0
    assert found.calls >= 1
    assert all(len(result.words) >= 3 for result in counting.heard)
    spoken = {round(request.start, 1) for request in counting.asked}
    assert spoken == {start for _, start, _ in TURNS}


def test_what_is_decoded_lies_in_turns_of_the_sample_call() -> None:
    turns = read_timing(demo.TIMES).turns
    for channel, start, end in TURNS:
        speaker = ("agent", "customer")[channel]
        assert any(
            turn.speaker == speaker and turn.start - 0.1 <= start and end <= turn.end + 0.1
            for turn in turns
        )


def test_who_is_needed_stops_between_two_decodings(whisper: Whisper) -> None:
    counting = Counting(whisper)
    vad = app.load_vad(Settings())
    with pytest.raises(Busy):
        calibrate(counting, vad, knowledge(), workers=1, busy=lambda: len(counting.asked) >= 1)
    assert len(counting.asked) == 1


async def test_it_waits_for_a_quiet_moment_and_tries_again() -> None:
    live, tried = [True, False], 0

    def busy() -> bool:
        return live.pop(0) if live else False

    def measure(busy: Any) -> Calibration:
        nonlocal tried
        tried += 1
        if tried == 1:
            raise Busy
        return FOUND

    async with asyncio.timeout(30):
        assert await measured(measure, busy, again=0) is FOUND
    assert tried == 2


# -- what is kept ----------------------------------------------------------------------------


def made(folder: Path, **others: Any) -> Basis:
    how: dict[str, Any] = {"engine": "", "device": "cpu", "compute": "int8", "workers": 2}
    return calibration_file.basis(str(folder), **{**how, **others})


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.bin").write_bytes(b"weights")
    return folder


def test_what_was_measured_is_read_again(tmp_path: Path, model: Path) -> None:
    data = tmp_path / "data"
    assert calibration_file.read(data, made(model)) is None
    calibration_file.write(data, made(model), FOUND)
    assert calibration_file.read(data, made(model)) == FOUND
    assert [path.name for path in data.iterdir()] == [NAME]


def test_another_machine_or_model_is_measured_anew(tmp_path: Path, model: Path) -> None:
    calibration_file.write(tmp_path, made(model), FOUND)
    others = [
        made(model, workers=3),
        made(model, engine="ctranslate2"),
        made(model, device="cuda"),
        made(model, compute="float32"),
        {**made(model), "cpu": "another"},
        {**made(model), "cores": 99},
        {**made(model), "packages": {}},
        calibration_file.basis("small", engine="", device="cpu", compute="int8", workers=2),
    ]
    for other in others:
        assert calibration_file.read(tmp_path, other) is None
    (model / "model.bin").write_bytes(b"others!!")
    assert calibration_file.read(tmp_path, made(model)) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no json",
        "[]",
        "{}",
        '{"basis": 1}',
        '{"speech": "fast", "hearing": 1}',
        '{"speech": -1, "hearing": 1}',
        '{"speech": NaN, "hearing": 1}',
        '{"speech": true, "hearing": 1}',
        '{"speech": 1e999, "hearing": 1}',
        '{"speech": 1}',
    ],
)
def test_a_spoilt_file_is_as_none_and_a_line_in_the_log(
    tmp_path: Path, model: Path, text: str
) -> None:
    basis = made(model)
    if text.startswith('{"speech"'):
        text = text.replace("{", '{"basis": ' + json.dumps(basis) + ", ", 1)
    (tmp_path / NAME).write_text(text)
    with capture_logs() as logs:
        assert calibration_file.read(tmp_path, basis) is None
    spoilt = text != '{"basis": 1}'  # that one is of another machine
    assert [line["event"] for line in logs] == ["calibration.unreadable"] * spoilt
    calibration_file.write(tmp_path, basis, FOUND)
    assert calibration_file.read(tmp_path, basis) == FOUND


def test_a_folder_that_cannot_be_written_to_is_a_line_in_the_log(
    tmp_path: Path, model: Path
) -> None:
    (tmp_path / "taken").write_text("a file, where a folder is wanted")
    with capture_logs() as logs:
        calibration_file.write(tmp_path / "taken", made(model), FOUND)
    assert [line["event"] for line in logs] == ["calibration.not_kept"]


# -- the room --------------------------------------------------------------------------------

GIGABYTE = 1 << 30


def limit(capacity: int, free: int | None = None, **environ: str) -> int:
    room = Room(Settings.load(None, environ), free)
    room.capacity = capacity
    return room.limit


def test_a_set_number_holds_and_none_means_by_the_machine() -> None:
    assert limit(6, GIGABYTE, COACH_CALL_LIMIT="3") == 3
    assert limit(0) == limit(3) == LEAST
    assert limit(6) == 6 * TIMES
    assert Room.here(Settings()).limit >= 1


def test_no_more_calls_than_their_audio_has_room() -> None:
    each = call_bytes(Settings())
    assert limit(6, 40 * each) == 10
    assert limit(6, 0) == 1
    assert limit(6, 1000 * each) == 24
    less = {"COACH_CALL_KEEP_SECONDS": "1", "COACH_CALL_BUFFER_SECONDS": "5"}
    assert limit(6, 40 * each, **less) > 10


# -- in a service ----------------------------------------------------------------------------


async def allowed(environ: dict[str, str]) -> int:
    """What a service allows once it knows its machine."""
    settings = Settings.load(None, {"COACH_MODELS_WHISPER": "tiny.en", **environ})
    async with app.service(settings, Authenticator([], development=True)) as service:
        assert service.calls.limit == LEAST, "calls are taken before anything is known"
        async with asyncio.timeout(60):
            while service.calls.limit == LEAST:  # noqa: ASYNC110
                await asyncio.sleep(0)
        return service.calls.limit


async def test_a_service_gets_to_know_its_machine_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whisper: Whisper
) -> None:
    answers = [FOUND]
    monkeypatch.setattr(calibrating, "calibrate", lambda *what, **how: answers.pop())
    environ = {"COACH_DATA_DIR": str(tmp_path)}
    assert await allowed(environ) == FOUND.calls * TIMES
    assert not answers
    assert await allowed(environ) == FOUND.calls * TIMES, "from the file"


async def test_a_measurement_that_was_disturbed_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whisper: Whisper
) -> None:
    disturbed = replace(FOUND, alone=False)
    monkeypatch.setattr(calibrating, "calibrate", lambda *what, **how: disturbed)
    assert await allowed({"COACH_DATA_DIR": str(tmp_path)}) == FOUND.calls * TIMES
    assert not (tmp_path / NAME).exists()


async def test_a_measurement_that_fails_leaves_the_least_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whisper: Whisper
) -> None:
    def fails(*what: Any, **how: Any) -> Calibration:
        raise RuntimeError("no")

    monkeypatch.setattr(calibrating, "calibrate", fails)
    settings = Settings.load(
        None, {"COACH_MODELS_WHISPER": "tiny.en", "COACH_DATA_DIR": str(tmp_path)}
    )
    with capture_logs() as logs:
        async with app.service(settings, Authenticator([], development=True)) as service:
            async with asyncio.timeout(60):
                while not any(line["event"] == "calibration.failed" for line in logs):  # noqa: ASYNC110
                    await asyncio.sleep(0)
            assert service.calls.limit == LEAST
