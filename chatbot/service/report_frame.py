"""The frame of every report: one file of HTML with its style inside, that needs nothing else and fetches nothing.

Knows how a report looks, not what one says.
"""

from __future__ import annotations

import html
from importlib import resources
from string import Template

_FRAME = "report_frame.html"


def framed(title: str, body: str, *, style: str = "", script: str = "") -> str:
    """A whole page around ``body``, which is HTML already; ``title`` is not. Style and script are added to the page."""
    return filled(
        _FRAME, title=text(title), body=body, style=style, script=f"<script>\n{script}</script>\n" if script else ""
    )


def filled(name: str, **parts: str) -> str:
    """A template beside this file with its places filled; the parts are HTML already."""
    return Template(part(name)).substitute(parts)


def part(name: str) -> str:
    """A file beside this one: a template, a style sheet or a script."""
    return resources.files("chatbot.service").joinpath(name).read_text(encoding="utf-8")


def text(value: object) -> str:
    """Escaped, and without halves of characters that no file can hold."""
    return html.escape(str(value).encode("utf-8", "replace").decode("utf-8"))
