"""A browser for the pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.web.scripted import ORIGIN, Script, serve_files
from web.pages import NOT_BUILT, STATIC

CHROMIUM = Path("/usr/bin/chromium")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "browser: drives the pages in Chromium")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser a module: while it runs its event loop counts as running in this thread,
    so it must be gone before asynchronous tests of the next module start."""
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is absent: install Debian's chromium to test the pages")
    if not STATIC.is_dir():
        pytest.fail(NOT_BUILT)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


@pytest.fixture
def browser_page(chromium: Browser) -> Iterator[Page]:
    """A page of its own context; an error thrown in it fails the test."""
    context = chromium.new_context(viewport={"width": 400, "height": 800})
    browser_page = context.new_page()
    errors: list[str] = []
    browser_page.on("pageerror", lambda error: errors.append(str(error)))
    yield browser_page
    context.close()
    assert not errors, errors


@pytest.fixture
def script(browser_page: Page) -> Script:
    """The pages' files and sockets at ORIGIN, answered by the test instead of a server."""
    answer = Script()
    browser_page.route(f"{ORIGIN}/**", serve_files)
    browser_page.route_web_socket(lambda url: "/v1/" in url, answer.accept)
    return answer
