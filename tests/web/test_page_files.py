"""What holds of the pages' files without a browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import ROOT
from web.pages import PAGES, STATIC, PagesNotBuilt, page

SOURCES = ROOT / "web" / "ui"

TEXT_TOKENS = ("ink", "quiet", "agent", "customer", "amber")
LEAST_CONTRAST = 4.5
"""WCAG 2, level AA, for text of these sizes."""


@pytest.mark.parametrize("name", sorted(PAGES))
def test_development_mode_is_said_and_only_then(name: str) -> None:
    meta = '<meta name="coach-mode" content="development">'
    assert meta in page(name, development=True)
    assert meta not in page(name, development=False)


def test_an_unknown_page_is_named() -> None:
    with pytest.raises(ValueError, match="no page 'nope'"):
        page("nope", development=False)


def test_pages_that_are_not_built_name_the_mend(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("web.pages.STATIC", tmp_path)
    page.cache_clear()
    with pytest.raises(PagesNotBuilt, match="make setup"):
        page("agent", development=False)


@pytest.mark.parametrize("file", sorted(STATIC.glob("*")), ids=lambda file: file.name)
def test_nothing_loads_from_elsewhere(file: Path) -> None:
    elsewhere = re.findall(
        r"""(?:src|href|url|from|import)\s*[=(]?\s*["'(](?:https?:)?//""", file.read_text()
    )
    assert not elsewhere


@pytest.mark.parametrize("file", sorted(SOURCES.glob("src/**/*.ts")), ids=lambda file: file.name)
def test_data_is_never_markup(file: Path) -> None:
    ways = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|unsafe(HTML|SVG|CSS)"
    assert not re.search(ways, file.read_text())


@pytest.mark.parametrize("name", sorted(PAGES))
def test_everything_a_page_names_is_there(name: str) -> None:
    named = re.findall(r'(?:href|src)="/ui/([^"]+)"', page(name, development=False))
    assert named
    assert [file for file in named if not (STATIC / file).is_file()] == []


def test_the_lock_names_no_address() -> None:
    for name in ("package.json", "package-lock.json", ".npmrc"):
        assert "://" not in (SOURCES / name).read_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_on_both_grounds(scheme: str) -> None:
    tokens = _tokens()[scheme]
    pairs = [(ink, ground) for ink in TEXT_TOKENS for ground in ("surface", "ground")]
    pairs.append(("on-red", "red"))
    ratios = {pair: _contrast(tokens[pair[0]], tokens[pair[1]]) for pair in pairs}
    assert {pair: ratio for pair, ratio in ratios.items() if ratio < LEAST_CONTRAST} == {}


def _tokens() -> dict[str, dict[str, str]]:
    """The colours of the two :host blocks: light, then dark."""
    source = (SOURCES / "src" / "style" / "tokens.ts").read_text()
    blocks = re.findall(r":host \{(.*?)\}", source, re.DOTALL)
    found = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block)) for block in blocks]
    return {"light": found[0], "dark": found[1]}


def _contrast(one: str, other: str) -> float:
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
