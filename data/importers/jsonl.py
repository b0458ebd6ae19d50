"""Canonical JSON lines: transcripts and articles, told apart line by line. Plain or gzip.

Read twice: first for what keys of turns that are not ours say (what is internal) and how times are written, both
decided over the whole file, then for the lines themselves.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from data.importers.importer import Broken, Found, ImportOptions, OnBytes, Told, ignore
from data.importers.json_records import no_constant, scrubbed
from data.importers.limits import Limits, clipped, too_intricate, too_many, too_nested
from data.importers.line_marks import LineMarks
from data.importers.streams import Line, decode, lines
from data.transcripts import Article, Conversation, TranscriptError, article_from_json, conversation_from_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_EXPECTED = 'expected {"id", "turns": [{"role", "text"}]} (a transcript) or {"slug", "title", "text"} (an article)'
_FIRST_PASS = 4
"""The first reading does a fourth of the work."""


@dataclass(frozen=True, slots=True)
class JsonLines:
    """The importer of the canonical format (docs/architecture.md)."""

    suffixes: tuple[str, ...] = (".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz")
    expects: str = "one JSON object a line: transcripts or articles"

    def read(self, path: Path, options: ImportOptions, on_bytes: OnBytes = ignore) -> Iterator[Found | Broken | Told]:
        """Every line that is a transcript or an article; a ``Broken`` for each that is neither.

        Nothing but the question where a key has to be explained first.
        """
        if path.is_fifo():
            yield Broken(path, None, "this is a pipe, and it has to be read twice. Save it as a file first.")
            return
        try:
            marks = LineMarks(options.columns)
        except ValueError as error:
            yield Broken(path, None, f"{error}.")
            return
        for found in _lines(path, options, lambda count: on_bytes(count // _FIRST_PASS)):
            if isinstance(found, Found):
                marks.add(found.item)
        stops, sentences = marks.decide()
        if stops:
            yield from (Broken(path, None, sentence) for sentence in stops)
            return
        yield from (Told(path, sentence) for sentence in sentences)
        for found in _lines(path, options, lambda count: on_bytes(count - count // _FIRST_PASS)):
            if isinstance(found, Found):
                yield marks.applied(found)
            else:
                yield found


def _lines(path: Path, options: ImportOptions, on_bytes: OnBytes) -> Iterator[Found | Broken]:
    blank = True
    for line in lines(path, on_bytes, options.limits):
        if isinstance(line, Broken):
            blank = False
            yield line
        elif line.data.strip():
            blank = False
            yield _parsed(path, line, options)
    if blank:
        yield Broken(path, None, f"the file has blank lines only; {_EXPECTED} on each line.")


def _parsed(path: Path, line: Line, options: ImportOptions) -> Found | Broken:
    text = decode(path, line)
    if isinstance(text, Broken):
        return text
    try:
        return Found(line.number, _item(loaded(text, options.limits), options))
    except TranscriptError as error:
        return Broken(path, line.number, f"{error}.")


def loaded(text: str, limits: Limits, expected: str = _EXPECTED) -> object:
    """The value of one JSON line, without what no database can store.

    Raises:
        TranscriptError: it is no JSON, or beyond a limit; the message says what was ``expected``.

    """
    if problem := too_many(text, limits):
        raise TranscriptError(problem)
    try:
        value = json.loads(text, parse_constant=no_constant)
    except json.JSONDecodeError as error:
        raise TranscriptError(f"not JSON at position {error.colno} ({error.msg}); {expected}") from None
    except RecursionError:
        raise TranscriptError(too_nested(limits.depth)) from None
    except ValueError as error:
        raise TranscriptError(f"JSON that cannot be read ({error}); {expected}") from None
    if problem := too_intricate(value, limits):
        raise TranscriptError(problem)
    return scrubbed(value) if "\\u" in text else value


def _item(value: object, options: ImportOptions) -> Conversation | Article:
    if isinstance(value, dict) and "turns" in value:
        conversation = conversation_from_json(value)
        return replace(
            conversation,
            language=conversation.language or options.language,
            source=conversation.source or options.source,
        )
    if isinstance(value, dict) and "slug" in value:
        article = article_from_json(value)
        return replace(article, language=article.language or options.language)
    found = (
        f"the keys {clipped(', '.join(sorted(value)[:8]), 200)}" if isinstance(value, dict) else type(value).__name__
    )
    raise TranscriptError(f"{_EXPECTED}, found {found or 'no keys'}")
