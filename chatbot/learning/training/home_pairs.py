"""Pairs for a writer made of what the home holds, so that nobody has to write a file to begin with.

Sections of articles from their headings, titles from articles, the desk's macros from their names, past answers from
their questions. Each outline ends with the facts of its text: a writer learns to use the facts it is given and to make
none up. Nothing that is retired, and nothing that waits for a person's judgement, is learnt from.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from chatbot.dialogue.text.facts import claims
from chatbot.errors import InputError
from chatbot.home import write_atomically
from chatbot.learning.training.pairs import Pair, PairSource
from chatbot.service.corpus.history import known_moments
from chatbot.service.worklist import macros
from chatbot.storage.queries import corpus, retirements
from data.blocks import is_heading
from retrieval.passages import chunks, question_text

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping
    from pathlib import Path

    from chatbot.storage.database import Database

FEWEST_WORDS = 12
"""A section of an article with fewer shows no style."""
OPENING_WORDS = 150
"""Of an article, what its title is made from."""
_MOST_FACTS = 12
_WHERE = {
    "sections": "no article is imported (understudy import PATH)",
    "titles": "no article is imported (understudy import PATH)",
    "macros": "no macro is shared with the desk (/console/, Macros)",
    "answers": "no transcript is imported (understudy import PATH)",
}


async def pairs_of_home(database: Database, kind: str) -> PairSource:
    """The pairs of a kind: sections, titles, macros or answers. Each is numbered by its place, as if in a file.

    Raises:
        InputError: there is nothing to make them of.

    """
    rows = await MAKERS[kind](database)
    once = dict.fromkeys((outline.strip(), text.strip()) for outline, text in rows if outline.strip() and text.strip())
    if not once:
        raise InputError(f"There is nothing to make pairs of: {_WHERE[kind]}.")
    return PairSource(kind, tuple(Pair(line, *row) for line, row in enumerate(once, start=1)))


def write_pairs(source: PairSource, target: Path) -> None:
    """Write pairs as JSON lines, to be looked over, changed and learnt from.

    Raises:
        InputError: the file exists; it may have been changed by hand.

    """
    if target.exists():
        raise InputError(f"{target} exists already; name another file, or move it away if it is not needed.")
    rows = ({"outline": pair.outline, "text": pair.text} for pair in source.pairs)
    write_atomically(target, "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows))


def with_facts(outline: str, text: str) -> str:
    """An outline, and on a line of its own the numbers, dates, codes and links of its text that it does not hold."""
    facts = (fact.raw.strip(" .,;:") for fact in sorted(claims(text), key=lambda fact: fact.start))
    missing = [fact for fact in dict.fromkeys(facts) if fact and fact not in outline]
    return f"{outline}\nFacts: {'; '.join(missing[:_MOST_FACTS])}" if missing else outline


async def _sections(database: Database) -> Iterable[tuple[str, str]]:
    async with database.read() as session:
        retired = await retirements.ids(session)
        articles = [article async for article in corpus.all_articles(session)]
    rows = []
    for article in articles:
        for number, chunk in enumerate(chunks(article.text)):
            paragraphs = chunk.split("\n\n")
            headings = [paragraph for paragraph in paragraphs if is_heading(paragraph)]
            text = "\n\n".join(paragraph for paragraph in paragraphs if not is_heading(paragraph))
            if f"{article.slug}#{number}" not in retired and len(text.split()) >= FEWEST_WORDS:
                rows.append((with_facts("\n".join([article.title, *headings]), text), text))
    return rows


async def _titles(database: Database) -> Iterable[tuple[str, str]]:
    async with database.read() as session:
        articles = [article async for article in corpus.all_articles(session)]
    return [(" ".join(article.text.split()[:OPENING_WORDS]), article.title) for article in articles]


async def _macros(database: Database) -> Iterable[tuple[str, str]]:
    async with database.read() as session:
        shared = await macros.listed(session, me=None)
    return [(with_facts(macro["name"], macro["text"]), macro["text"]) for macro in shared]


async def _answers(database: Database) -> Iterable[tuple[str, str]]:
    moments = await known_moments(database, waiting=False)
    return [(with_facts(question_text(moment.context), moment.answer), moment.answer) for moment in moments]


MAKERS: Mapping[str, Callable[[Database], Awaitable[Iterable[tuple[str, str]]]]] = {
    "sections": _sections,
    "titles": _titles,
    "macros": _macros,
    "answers": _answers,
}
