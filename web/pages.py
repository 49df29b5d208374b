"""The thin page around each component: HTML as the server sends it, and what it loads.

The components are TypeScript in web/ui/src, built by `make setup` into web/ui/dist, which is
part of the wheel and not of the repository.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

STATIC = Path(__file__).with_name("ui") / "dist"
"""Served under /ui/: the components, the thin pages' style and the icon. No page loads more."""

PAGES = {
    "agent": ("Coach", "agent-coach"),
    "supervisor": ("Live calls · Coach", "supervisor-board"),
    "call": ("Call · Coach", "call-record"),
    "softphone": ("Softphone · Coach", "soft-phone"),
}
"""The title of each page while its element has not set one, and the element that fills it."""

NOT_BUILT = "The pages are not built: run `make setup`, then start the server anew."

_TEMPLATE = "page.html"
_TITLE_SLOT = "<!--coach:title-->"
_ELEMENT_SLOT = "<!--coach:element-->"
_MODE_SLOT = "<!--coach:mode-->"
_DEVELOPMENT = '<meta name="coach-mode" content="development">'


class PagesNotBuilt(RuntimeError):
    """There is nothing in STATIC to send."""

    def __init__(self) -> None:
        super().__init__(NOT_BUILT)


@cache
def page(name: str, *, development: bool) -> str:
    """The HTML of a page of PAGES; in development mode it says that there is no access control.

    Raises ValueError for another name, PagesNotBuilt where `make setup` has not been run.
    """
    if name not in PAGES:
        raise ValueError(f"no page {name!r}: there are {', '.join(sorted(PAGES))}")
    title, element = PAGES[name]
    try:
        html = (STATIC / _TEMPLATE).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise PagesNotBuilt from None
    slots = {
        _TITLE_SLOT: title,
        _ELEMENT_SLOT: f"<{element} page></{element}>",
        _MODE_SLOT: _DEVELOPMENT if development else "",
    }
    for slot, text in slots.items():
        html = html.replace(slot, text)
    return html
