"""The page of what a connector would write for the tickets that came last, beside what people answered there.

One file of HTML in a home's ``reports``. Knows how it looks; ``service/connectors/rehearsing.py`` finds it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatbot.home import write_atomically
from chatbot.learning.reports import pieces
from chatbot.learning.reports.page import customer, framed, reply, text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from chatbot.service.connectors.rehearsing import Rehearsed

_EVIDENCE = 300  # characters of one passage
_STYLE = """
.answer-ground { background: var(--good); } .suggest-ground { background: var(--train); }
.hand_over-ground { background: var(--line); }
.samples { margin-block-start: 1.6rem; }
.card > .facts { margin-block-end: .6rem; } .card h2 { font-size: 1.05rem; margin: 0 0 .5rem; }
"""


def write(path: Path, title: str, found: Sequence[Rehearsed]) -> Path:
    """Write the page, in place of an older one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, page(title, found))
    return path


def page(title: str, found: Sequence[Rehearsed]) -> str:
    """The page, whole. ``title`` is the help desk's."""
    alone = sum(each.alone for each in found)
    suggested = sum(each.words is not None for each in found) - alone
    heading = f"What would be written in {title}"
    parts = [
        pieces.Part("answer", "answered alone", alone),
        pieces.Part("suggest", "suggested to an agent", suggested),
        pieces.Part("hand_over", "left to people", len(found) - alone - suggested),
    ]
    lead = (
        f"For the newest {len(found):,} tickets in which a customer asked something: nothing was written there. "
        "Answered alone would be, at the level answer, what the desk's contract allows; the rest is suggested, as a "
        "draft or a note. A ticket that was imported here before may be answered by its own answer."
    )
    cards = "".join(f'<div class="card">{_card(each)}</div>' for each in found)
    bar = pieces.share(parts) if found else ""
    body = f'<h1>{text(heading)}</h1><p class="lead">{text(lead)}</p>{bar}<div class="samples">{cards}</div>'
    return framed(heading, body, style=pieces.style() + _STYLE)


def _card(each: Rehearsed) -> str:
    if each.words is None:
        chip, ours = _chip("plain", "left to people"), "(nothing would be written)"
    else:
        word = "answered alone" if each.alone else "suggested"
        chip, ours = _chip("right" if each.alone else "plain", f"{word}, {each.confidence:.0%} sure"), each.words
    warnings = "".join(f'<p class="quiet">Look at: {text(warning)}</p>' for warning in each.warnings)
    evidence = "".join(_evidence(passage.title, passage.url, passage.answer) for passage in each.evidence)
    given = each.answered if each.answered is not None else "(not answered yet)"
    answers = reply("Would be written", text(ours), warnings + evidence) + reply("Was answered there", text(given))
    return (
        f'<h2>{text(each.subject or "(no subject)")}</h2><p class="facts">{chip}'
        f'<span class="quiet">{_link(each)}</span></p>{customer(each.question)}'
        f'<div class="answers">{answers}</div>'
    )


def _link(each: Rehearsed) -> str:
    called = f"ticket {text(each.ticket)}"
    is_web = each.url.startswith(("https://", "http://"))
    return f'<a href="{text(each.url)}" rel="noreferrer">{called}</a>' if is_web else called


def _chip(style: str, words: str) -> str:
    return f'<span class="chip {style}">{text(words)}</span>'


def _evidence(title: str | None, url: str | None, said: str) -> str:
    said = " ".join(said.split())
    said = said if len(said) <= _EVIDENCE else f"{said[:_EVIDENCE]}…"
    return f'<p class="quiet">From {text(title or "a past answer")}{f" ({text(url)})" if url else ""}: {text(said)}</p>'
