"""Settings: where they come from, what is refused, and that each is documented."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from pydantic import ValidationError

from coach import machine
from coach.setting_names import DOCUMENT, NOT_SETTINGS, document, known, variable
from coach.settings import Settings, SettingsError
from models.asr import AsrSettings
from models.endpoint import EndpointSettings

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "coach.toml"


def test_defaults_need_no_file_and_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings.load(None, {})
    assert (settings.server.host, settings.server.port) == ("127.0.0.1", 8080)
    assert settings.data_dir == Path(".coach")
    assert settings.store_url == "sqlite+aiosqlite:///.coach/coach.db"
    assert settings.auth.keys == ()
    assert settings.models.compute == "int8"
    assert settings.models.worker_count == machine.cores()
    assert settings.hearing.asr == AsrSettings()
    for name in ("COACH_SERVER_PORT", "SERVER", "CALL", "DATA_DIR"):
        monkeypatch.setenv(name, "1")
    assert Settings() == settings, "only what is handed over counts"


def test_the_environment_goes_before_the_file_and_the_file_before_the_defaults(
    file: Path,
) -> None:
    file.write_text(
        'data_dir = "from-file"\n[server]\nhost = "0.0.0.0"\nport = 1\n[call]\nlimit = 3\n',
        encoding="utf-8",
    )
    environ = {"COACH_SERVER_PORT": "2", "COACH_HEARING_PARTIALS": "false", "HOME": "/nowhere"}
    settings = Settings.load(file, environ)
    assert (settings.server.host, settings.server.port) == ("0.0.0.0", 2)
    assert (settings.data_dir, settings.call.limit) == (Path("from-file"), 3)
    assert not settings.hearing.partials
    assert settings.call.idle_seconds == 60


def test_the_environment_may_name_the_file(file: Path) -> None:
    file.write_text("[call]\nlimit = 3\n", encoding="utf-8")
    assert Settings.load(None, {"COACH_CONFIG": str(file)}).call.limit == 3
    other = file.with_name("other.toml")
    other.write_text("[call]\nlimit = 4\n", encoding="utf-8")
    assert Settings.load(other, {"COACH_CONFIG": str(file)}).call.limit == 4


def test_values_of_every_shape_come_from_the_environment() -> None:
    settings = Settings.load(
        None,
        {
            "COACH_DATA_DIR": "/data",
            "COACH_AUTH_KEYS": "first, second,",
            "COACH_AUTH_GENERATE": "1",
            "COACH_MODELS_COMPUTE_TYPE": "float32",
            "COACH_CALL_FIRST_MESSAGE_SECONDS": "2.5",
            "COACH_CONSENT_DEFAULT": "granted",
            "COACH_PLAYBOOK_FILE": "rules.yaml",
            "COACH_STORE_URL": "",
            "COACH_MODELS_DIR": "/models",
            "COACH_TEST_DATA": "/tests",
        },
    )
    assert settings.auth.keys == ("first", "second")
    assert settings.auth.generate
    assert settings.models.compute == "float32"
    assert settings.call.first_message_seconds == 2.5
    assert settings.playbook.file == Path("rules.yaml")
    assert settings.store_url == "sqlite+aiosqlite:////data/coach.db"


def test_keys_come_from_the_file_as_a_list(file: Path) -> None:
    file.write_text('[auth]\nkeys = ["first", "second"]\n', encoding="utf-8")
    assert Settings.load(file, {}).auth.keys == ("first", "second")


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"COACH_MODEL_WHISPER": "x"}, "COACH_MODEL_WHISPER .* closest is COACH_MODELS_WHISPER"),
        ({"COACH_DATADIR": "x"}, "COACH_DATADIR .* closest is COACH_DATA_DIR"),
        ({"COACH_CONFG": "x"}, "COACH_CONFG .* closest is COACH_CONFIG"),
        ({"COACH_CALL": "{}"}, "COACH_CALL is no setting"),
        ({"COACH_SERVER_PORT": "http"}, "^COACH_SERVER_PORT: .*integer"),
        ({"COACH_SERVER_PORT": "70000"}, "^COACH_SERVER_PORT: .*65535"),
        ({"COACH_CALL_LIMIT": "-1"}, "^COACH_CALL_LIMIT: "),
        ({"COACH_CALL_IDLE_SECONDS": "nan"}, "^COACH_CALL_IDLE_SECONDS: "),
        ({"COACH_MODELS_DEVICE": "tpu"}, "'cpu' or 'cuda'"),
        ({"COACH_BUS_URL": "kafka://somewhere"}, "^COACH_BUS_URL: give redis://host"),
        ({"COACH_BUS_URL": "somewhere:6379"}, "^COACH_BUS_URL: give redis://host"),
        ({"COACH_LANGUAGE_DEFAULT": "English"}, "^COACH_LANGUAGE_DEFAULT: "),
        ({"COACH_LANGUAGE_DEFAULT": "tlh"}, "^COACH_LANGUAGE_DEFAULT: .*called tlh"),
        ({"COACH_TWILIO_INBOUND": "agent"}, "^twilio: .* two parties"),
        ({"COACH_HEARING_OLD": "2"}, "^hearing: .* young < old"),
        ({"COACH_HEARING_OFFSET": "0.9"}, "^hearing: offset"),
        ({"COACH_HEARING_SEARCH": "15"}, "^hearing: search"),
        ({"COACH_CONFIG": "/nowhere/coach.toml"}, "/nowhere/coach.toml .*mend COACH_CONFIG"),
    ],
)
def test_a_wrong_variable_is_named_with_the_mend(environ: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsError, match=message) as caught:
        Settings.load(None, environ)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[serve]\nport = 1", "coach.toml: serve is no setting; the closest is server:"),
        ("[server]\nprot = 1", "coach.toml: server.prot .* closest is server.port:"),
        ("datadir = 1", "coach.toml: datadir .* closest is data_dir:"),
        ("server = 1", r"coach.toml: server is a section: write \[server\]"),
        ("[[server]]\nport = 1", "coach.toml: server is a section"),
        ("[data_dir]\nx = 1", "coach.toml: data_dir: "),
        ("[server]\nport = -1\nhost = 5", "coach.toml: server.host: .* and 1 more"),
        ("[consent]\ndefault = true", "coach.toml: consent.default: .*'granted' or 'denied'"),
        ("[hearing]\nold = 3.0", "coach.toml: hearing: "),
        ("port", "coach.toml is not TOML"),
    ],
)
def test_a_wrong_file_is_named_with_the_mend(file: Path, text: str, message: str) -> None:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=message) as caught:
        Settings.load(file, {})
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_text_is_refused(file: Path) -> None:
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="not TOML in UTF-8"):
        Settings.load(file, {})


def test_secrets_are_in_no_error_and_no_repr(file: Path) -> None:
    file.write_text('[auth]\nkeys = ["hush-hush", 3]\n', encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        Settings.load(file, {})
    assert "hush" not in str(caught.value)
    secret = {
        "COACH_AUTH_KEYS": "hush-hush",
        "COACH_STORE_URL": "postgresql://coach:hush@db/c",
        "COACH_BUS_URL": "redis://:hush@bus/0",
    }
    assert "hush" not in repr(Settings.load(None, secret))


def test_settings_do_not_change() -> None:
    settings = Settings()
    with pytest.raises(ValidationError):
        settings.call.limit = 3
    with pytest.raises(ValidationError):
        settings.data_dir = Path("elsewhere")


@pytest.mark.parametrize(
    ("given", "development", "expected"),
    [
        ("", True, True),
        ("", False, False),
        ("granted", False, True),
        ("denied", True, False),
    ],
)
def test_consent_is_granted_by_the_operator_or_in_development(
    given: str, development: bool, expected: bool
) -> None:
    settings = Settings.load(None, {"COACH_CONSENT_DEFAULT": given})
    assert settings.consent_default(development) is expected


def test_cuda_and_workers_choose_what_fits() -> None:
    models = Settings.load(
        None, {"COACH_MODELS_DEVICE": "cuda", "COACH_MODELS_WORKERS": "3"}
    ).models
    assert (models.compute, models.worker_count) == ("float16", 3)


def test_an_engine_that_the_device_does_not_have_is_refused() -> None:
    given = {"COACH_MODELS_DEVICE": "cuda", "COACH_MODELS_ENGINE": "onnxruntime"}
    with pytest.raises(SettingsError, match="decodes on a CPU: set device to cpu"):
        Settings.load(None, given)


def test_every_setting_of_the_hearing_can_be_set() -> None:
    own = {name.partition(".")[2] for name in known(Settings) if name.startswith("hearing.")}
    theirs = {each.name for kind in (EndpointSettings, AsrSettings) for each in fields(kind)}
    assert own == theirs - {"endpoint"}
    environ = {"COACH_HEARING_LEAST": "5", "COACH_HEARING_FINAL_SLACK": "2"}
    asr = Settings.load(None, environ).hearing.asr
    assert (asr.endpoint.least, asr.final_slack, asr.partial_slack) == (5, 2, 0.5)


def test_no_two_settings_share_a_variable() -> None:
    variables = [variable(name) for name in known(Settings)]
    assert len(variables) == len(set(variables))
    assert not set(variables) & set(NOT_SETTINGS)


def test_every_setting_is_documented() -> None:
    silent = [name for name, field in known(Settings).items() if not field.description]
    assert not silent, "write below each setting what it does, with unit and reason"
    vague = [
        name
        for name, field in known(Settings).items()
        if field.annotation is float
        and not re.search("[Ss]econds|[Pp]robab", str(field.description))
    ]
    assert not vague, "a number without its unit"


def test_the_page_of_settings_is_up_to_date() -> None:
    page = (ROOT / DOCUMENT).read_text(encoding="utf-8")
    assert page == document(Settings), f"run: python -m coach.settings > {DOCUMENT}"
    for name in known(Settings):
        assert f"| `{name}` | `{variable(name)}` |" in page


def test_the_command_writes_the_page() -> None:
    written = subprocess.run(
        [sys.executable, "-m", "coach.settings"], cwd=ROOT, capture_output=True, check=True
    )
    assert written.stdout.decode() == document(Settings)
