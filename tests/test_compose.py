"""compose.yaml: no secret in it, nothing reachable that need not be, settings that exist."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from coach.setting_names import NOT_SETTINGS, known, variable
from coach.settings import Settings

ROOT = Path(__file__).parents[1]
Service = dict[str, Any]


@pytest.fixture(scope="module")
def services() -> dict[str, Service]:
    found: dict[str, Service] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    return found


def test_coach_alone_is_reached_and_from_this_machine_alone(services: dict[str, Service]) -> None:
    ports = {name: service.get("ports", []) for name, service in services.items()}
    assert {name for name, published in ports.items() if published} == {"coach"}
    assert all(port.startswith("127.0.0.1:") for port in ports["coach"])


def test_every_secret_must_be_given(services: dict[str, Service]) -> None:
    for service in services.values():
        for name, value in service["environment"].items():
            if re.search("PASSWORD|KEYS|URL", name):
                assert re.search(r"\$\{[A-Z_]+:\?", value), f"{name} has a value of its own"


def test_its_settings_are_settings(services: dict[str, Service]) -> None:
    ours = {variable(name) for name in known(Settings)} | set(NOT_SETTINGS)
    given: dict[str, str] = services["coach"]["environment"]
    assert set(given) <= ours
    filled = {name: re.sub(r"\$\{[^}]*\}", "denied", value) for name, value in given.items()}
    settings = Settings.load(None, filled)
    assert settings.bus.url == "redis://:denied@redis:6379/0"
    assert settings.store_url == "postgresql://coach:denied@postgres/coach"


def test_what_people_said_stays_off_the_disk_of_redis(services: dict[str, Service]) -> None:
    (command,) = services["redis"]["command"]
    assert 'save ""' in command
    assert "appendonly no" in command
