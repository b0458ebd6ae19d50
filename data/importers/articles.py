"""Help articles as Markdown: a folder (with its sub-folders) or a single file.

A file may open with front matter, ``---`` lines around ``key: value`` pairs (title, slug, language, url,
updated, questions; others are kept). ``questions`` stand in one line with ``|`` between them, or as a list below.
Without a title there, the first heading is the title; without a slug, the file's name is the slug. The marks of
Markdown are taken off the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from data.importers.front_matter import OWN_KEYS, front_matter
from data.importers.importer import Broken, Found, ImportOptions, OnBytes, ignore
from data.importers.line_marks import LineMarks
from data.importers.markdown_text import plain_text
from data.importers.streams import decode, lines
from data.importers.visibility import OPTIONS
from data.transcripts import Article

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MARKDOWN = (".md", ".markdown")

_HEADING = re.compile(r"#{1,6}\s+(.+?)\s*#*\s*")
_NOT_SLUG = re.compile(r"[^\w]+")
_FOLDER_PAGES = frozenset({"index", "readme"})


def markdown_files(path: Path) -> list[Path]:
    """The Markdown files of a folder, in the order of their paths; hidden ones are left out."""
    found = [file for file in path.rglob("*") if file.suffix.lower() in MARKDOWN and file.is_file()]
    return sorted(file for file in found if not any(part.startswith(".") for part in file.relative_to(path).parts))


@dataclass(frozen=True, slots=True)
class MarkdownArticles:
    """The importer of Markdown help centres."""

    suffixes: tuple[str, ...] = MARKDOWN
    expects: str = "a folder of Markdown files, or one such file"

    def read(self, path: Path, options: ImportOptions, on_bytes: OnBytes = ignore) -> Iterator[Found | Broken]:
        """One article a file. A slug that is already taken gets its folder's name in front."""
        files = markdown_files(path) if path.is_dir() else [path]
        if not files:
            yield Broken(path, None, "the folder holds no articles; expected Markdown files (*.md) in it.")
        slugs: set[str] = set()
        for file in files:
            *wrong, found = _read(file, options, on_bytes)
            yield from wrong
            if isinstance(found, Broken):
                yield found
                continue
            page = cast("Article", found.item)
            if page.slug in slugs:
                page = replace(page, slug=_slug(f"{file.parent.name}-{page.slug}"))
            if page.slug in slugs:
                yield Broken(file, 1, f"the slug {page.slug!r} is taken by another file; set another in front matter.")
                continue
            slugs.add(page.slug)
            yield replace(found, item=page)


def _read(path: Path, options: ImportOptions, on_bytes: OnBytes) -> list[Found | Broken]:
    """What is wrong in the front matter, and last the article or why there is none."""
    texts: list[str] = []
    size = 0
    for line in lines(path, on_bytes, options.limits):
        text = line if isinstance(line, Broken) else decode(path, line)
        if isinstance(text, Broken):
            return [text]
        size += len(text)
        if size > options.limits.article_characters:
            most = options.limits.article_characters
            return [
                Broken(
                    path,
                    None,
                    f"the article is longer than {most:,} characters; it should be a page, not a book. Split it at its "
                    "headings into files of their own, or raise UNDERSTUDY_IMPORT_ARTICLE_CHARACTERS.",
                )
            ]
        texts.append(text.replace("\x00", ""))
    front, body = front_matter(texts)
    values = front.values
    heading = _first_heading(body)
    name = path.parent.name if path.stem.lower() in _FOLDER_PAGES and path.parent.name else path.stem
    title = values.get("title")
    if heading is not None and title in (None, _heading_text(body[heading])):
        title = _heading_text(body.pop(heading))
    text = plain_text("\n".join(body))
    if not text:
        return [Broken(path, None, "the article has no text below its title.")]
    article = Article(
        slug=values.get("slug") or _slug(name),
        title=title or name,
        text=text,
        language=values.get("language") or options.language,
        url=values.get("url"),
        updated=values.get("updated"),
        questions=tuple(front.questions),
        extras={key: value for key, value in values.items() if key not in OWN_KEYS},
    )
    # Of this page alone: pages need not have the same keys.
    marks = LineMarks({name: text for name, text in options.columns.items() if name in OPTIONS})
    marks.add(article)
    questions, _ = marks.decide()
    wrong = [Broken(path, line, message) for line, message in front.wrong]
    return [*wrong, Broken(path, 1, questions[0]) if questions else marks.applied(Found(1, article))]


def _first_heading(body: list[str]) -> int | None:
    """Where the first heading stands, code blocks aside."""
    code = False
    for number, text in enumerate(body):
        if text.lstrip().startswith(("```", "~~~")):
            code = not code
        elif not code and _HEADING.fullmatch(text):
            return number
    return None


def _heading_text(line: str) -> str:
    match = _HEADING.fullmatch(line)
    return match[1] if match else ""


def _slug(name: str) -> str:
    return _NOT_SLUG.sub("-", name.lower()).strip("-") or "article"
