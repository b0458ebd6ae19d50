"""Removes from files what a deleted conversation or article leaves behind there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from chatbot.home import write_atomically

if TYPE_CHECKING:
    from collections.abc import Collection

    from chatbot.home import Home


def erase(home: Home, names: Collection[str]) -> None:
    """Take the words of deleted conversations and articles out of replayed cases and out of topics' examples.

    Raises:
        NotReadyError: the topics cannot be read.

    """
    from chatbot.service.corpus import topics

    forget(home, names)
    topics.forget(home, names)


def forget(home: Home, source_ids: Collection[str]) -> None:
    """Take out of all files the cases of these conversations, and those whose reply came from one of them."""
    gone = frozenset(source_ids)
    for path in sorted(home.practice.glob("*.jsonl")):
        header, *lines = path.read_text(encoding="utf-8", errors="surrogatepass").splitlines(keepends=True) or [""]
        kept = [line for line in lines if not _names(line) & gone]
        if len(kept) < len(lines):
            write_atomically(path, header + "".join(kept))


def _names(line: str) -> frozenset[str]:
    """The conversations and articles whose words a line holds; none for a torn line, which the next backtest drops."""
    try:
        case = json.loads(line)["case"]
        sources = {name.rpartition(mark)[0] for name in case["evidence_ids"] for mark in (":", "#")}
        return frozenset({case.get("conversation_id", ""), *sources})
    except (ValueError, KeyError, TypeError, AttributeError):
        return frozenset()
