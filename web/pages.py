"""The thin pages around the components: HTML as the server sends it, and what it loads.

The components are TypeScript in web/ui/src, built by `make setup` into web/ui/dist, which is
part of the wheel and not of the repository.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

STATIC = Path(__file__).with_name("ui") / "dist"
"""Served under /ui/: the components, the thin pages' style and the icon. No page loads more."""

PAGES = frozenset({"agent", "supervisor", "call", "softphone"})

NOT_BUILT = "The pages are not built: run `make setup`, then start the server anew."

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
    try:
        html = (STATIC / f"{name}.html").read_text(encoding="utf-8")
    except FileNotFoundError:
        raise PagesNotBuilt from None
    return html.replace(_MODE_SLOT, _DEVELOPMENT if development else "")
