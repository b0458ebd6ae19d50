"""The frame of every report: one file of HTML with its style inside, that needs nothing else and fetches nothing.

Knows how a report looks, not what one says.
"""

from __future__ import annotations

import html
from importlib import resources
from string import Template

_FRAME = "page.html"


def framed(title: str, body: str, *, style: str = "", script: str = "") -> str:
    """A whole page around ``body``, which is HTML already; ``title`` is not. Style and script are added to the page."""
    return filled(
        __package__,
        _FRAME,
        title=text(title),
        body=body,
        style=style,
        script=f"<script>\n{script}</script>\n" if script else "",
    )


def filled(package: str, name: str, **parts: str) -> str:
    """A template of a package with its places filled; the parts are HTML already."""
    return Template(part(package, name)).substitute(parts)


def part(package: str, name: str) -> str:
    """A file of a package: a template, a style sheet or a script."""
    return resources.files(package).joinpath(name).read_text(encoding="utf-8")


def customer(words: str) -> str:
    """What a customer wrote."""
    return f'<div class="customer">{_turn("Customer", text(words))}</div>'


def reply(who: str, escaped: str, more: str = "") -> str:
    """One of the replies that stand side by side, and ``more`` HTML below it."""
    return f"<div>{_turn(who, escaped)}{more}</div>"


def _turn(who: str, escaped: str) -> str:
    return f'<p class="who">{text(who)}</p><p class="said" dir="auto">{escaped}</p>'


def text(value: object) -> str:
    """Escaped, and without halves of characters that no file can hold."""
    return html.escape(str(value).encode("utf-8", "replace").decode("utf-8"))
