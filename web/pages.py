"""The plain pages: HTML as the server sends it, and the folder of what they load."""

from __future__ import annotations

from functools import cache
from pathlib import Path

STATIC = Path(__file__).with_name("pages")
"""Served under /ui/: scripts, styles and the icon. Nothing else is loaded by any page."""

PAGES = frozenset({"agent", "supervisor", "call"})

_MODE_SLOT = "<!--coach:mode-->"
_DEVELOPMENT = '<meta name="coach-mode" content="development">'


@cache
def page(name: str, *, development: bool) -> str:
    """The HTML of a page of PAGES; in development mode it says that there is no access control.

    Raises ValueError for another name.
    """
    if name not in PAGES:
        raise ValueError(f"no page {name!r}: there are {', '.join(sorted(PAGES))}")
    html = (STATIC / f"{name}.html").read_text(encoding="utf-8")
    return html.replace(_MODE_SLOT, _DEVELOPMENT if development else "")
