"""The page of what past answers and articles say against each other: question, reply and article side by side.

One file of HTML in a home's ``reports``. Knows how it looks; ``service/corpus/contradictions.py`` finds it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatbot.learning.reports.page import customer, framed, reply, text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from chatbot.service.corpus.contradictions import Conflict

NAME = "contradictions.html"
_STYLE = "mark { background: var(--bad-ground); color: var(--bad); border-radius: 4px; padding-inline: .2rem; }\n"
_TITLE = "What past answers say otherwise than articles"
_LEAD = (
    "The article is the desk's word: where a question finds it, no such answer is sent. Take one out of use with "
    "understudy retire and its id, or correct the article and import it again."
)


def write(folder: Path, found: Sequence[Conflict]) -> Path:
    """Write the page of these into a folder, in place of an older one."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / NAME
    path.write_text(page(found), encoding="utf-8")
    return path


def page(found: Sequence[Conflict]) -> str:
    """The page, whole."""
    cards = "".join(f'<div class="card">{_card(one)}</div>' for one in found)
    lead = _LEAD if found else "No past answer was found that says otherwise than an article."
    body = f'<h1>{text(_TITLE)}</h1><p class="lead">{text(lead)}</p><div class="samples">{cards}</div>'
    return framed(_TITLE, body, style=_STYLE)


def _card(one: Conflict) -> str:
    passage, found = one.passage, one.found
    times = f", said {passage.count:,} times" if passage.count > 1 else ""
    said = reply(f"Past answer {passage.id}, {(passage.created or '')[:10]}{times}", _marked(found.reply, found.said))
    article = reply(f"Article {found.article.title or found.article.source_id}", _marked(found.sentence, found.instead))
    return f'{customer(passage.question)}<div class="answers">{said}{article}</div>'


def _marked(sentence: str, words: str) -> str:
    """A sentence with what is meant in it."""
    return text(sentence).replace(text(words), f"<mark>{text(words)}</mark>", 1)
