"""Texts of Jira: its documents as HTML, which is read as any other; and plain text as wiki markup that says it."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

from chatbot.service.connectors.reading import record, records, text

if TYPE_CHECKING:
    from collections.abc import Mapping

_BLOCKS = {
    "paragraph": "p",
    "heading": "h2",
    "bulletList": "ul",
    "orderedList": "ol",
    "listItem": "li",
    "blockquote": "blockquote",
    "codeBlock": "pre",
    "table": "table",
    "tableRow": "tr",
    "tableCell": "td",
    "tableHeader": "th",
    "panel": "div",
    "taskItem": "div",
    "decisionItem": "div",
}
_SAID_BY = {"mention": "text", "emoji": "text", "status": "text", "inlineCard": "url", "blockCard": "url"}
_DEEPEST = 60
_URL = re.compile(r"(https?://\S+)")
_MARKUP = re.compile(r"[\\{}\[\]*_+^~|!]|\?\?|(?<!\S)-(?=\S)")
_ESCAPED_MARK = re.compile(r"\\([\[\]])")


def as_seen(body: Any) -> str:
    """A body as HTML: a document of Jira's, or wiki markup as it is."""
    if body is None or isinstance(body, str):
        return text(body)
    return f"<div>{_html(record(body), 0)}</div>"


def _html(node: Mapping[str, Any], depth: int, within: str = "") -> str:
    kind = text(node.get("type"))
    if depth > _DEEPEST:
        return ""
    if kind == "text":
        return _marked(_escape(node["text"]), records(node.get("marks")))
    if kind == "hardBreak":
        return "<br>"
    if kind in _SAID_BY:
        attributes = record(node.get("attrs") or {})
        return _escape(attributes.get(_SAID_BY[kind]) or attributes.get("shortName") or "")
    inner = "".join(_html(each, depth + 1, kind) for each in records(node.get("content")))
    tag = "span" if kind == "paragraph" and within == "listItem" else _BLOCKS.get(kind)
    return f"<{tag}>{inner}</{tag}>" if tag else inner


def _escape(words: Any) -> str:
    """As HTML, with the spaces at its ends, which part it from the next words."""
    if not isinstance(words, str):
        raise TypeError
    return html.escape(text(f"|{words}|")[1:-1], quote=False)


def _marked(words: str, marks: list[dict[str, Any]]) -> str:
    """Of what marks say only where links lead is kept."""
    for mark in marks:
        if mark.get("type") == "link":
            href = html.escape(text(record(mark.get("attrs") or {}).get("href")))
            words = f'<a href="{href}">{words}</a>'
    return words


def with_mark(body: str) -> str:
    """A note of ours as it was written, also where its markup is given back as it was sent."""
    return _ESCAPED_MARK.sub(r"\1", body)


def as_wiki(words: str) -> str:
    """A plain text as wiki markup, which else takes brackets for links and braces for macros; links stay such."""
    parts = _URL.split(words)
    for place in range(0, len(parts), 2):
        parts[place] = _MARKUP.sub(_escaped, parts[place])
    return "".join(parts)


def _escaped(found: re.Match[str]) -> str:
    return "".join(f"\\{sign}" for sign in found[0])
