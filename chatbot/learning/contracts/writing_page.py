"""The page of a trial of writing: what the gate decided and why, and replies side by side. Decides nothing itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatbot.learning.reports.page import customer, framed, reply, text
from chatbot.learning.reports.pieces import percent, style, tiles

if TYPE_CHECKING:
    from collections.abc import Mapping

_TITLE = "May GPT-2 write?"
_LEAD = (
    "Past questions were asked again with the model writing: past answers with this customer's facts in them, or a "
    "reply of its own. What it wrote was judged beside what the agent said then, as every reply is. The model is "
)
_SHOWN = (
    "The newest questions on which it wrote what passed all checks, not selected: the best past answer, what the model "
    "wrote, and what the agent then said. Whichever is likelier right stands for the question."
)
_COUNTED = {
    "cases": "newest questions",
    "answered": "answered alone",
    "right": "right",
    "wrong": "wrong",
    "written": "by GPT-2",
}
_VERDICTS = {
    True: '<p class="checks"><span class="good">says what the agent said</span></p>',
    False: '<p class="checks"><span>says something else</span></p>',
    None: '<p class="quiet">Nothing tells whether it is right.</p>',
}


def page(told: Mapping[str, Any]) -> str:
    """The page, whole, from what also stands in the contract's report (``writing.Tried.told``)."""
    body = (
        f'<h1>{text(_TITLE)}</h1><p class="lead">{text(told["verdict"])}</p>'
        f'<p class="quiet">{text(_LEAD)}{text(told["replies_by"])}.</p>'
        f'<div class="tiles">{_tiles(told)}</div>{_table(told)}'
        f'<h2>Side by side</h2><p class="quiet">{text(_SHOWN)}</p>'
        f'<div class="samples">{"".join(map(_card, told["side_by_side"]))}</div>'
    )
    return framed(_TITLE, body, style=style())


def _tiles(told: Mapping[str, Any]) -> str:
    return tiles(
        [
            (f"{told['asked']:,}", "questions asked again"),
            (percent(told["wrote"], told["asked"]), "on which it wrote what passed all checks"),
            (percent(told["right"], told["judged"]), f"right of the {told['judged']:,} that could be judged"),
        ]
    )


def _table(told: Mapping[str, Any]) -> str:
    """What would be answered alone of the newest questions, without and with writing; nothing where none was fitted."""
    if "with" not in told:
        return ""
    heads = "".join(f'<th scope="col">{text(words)}</th>' for words in ("", "without", "with GPT-2 writing"))
    rows = "".join(
        f'<tr><th scope="row">{text(words)}</th><td>{told["without"][name]:,}</td><td>{told["with"][name]:,}</td></tr>'
        for name, words in _COUNTED.items()
    )
    table = f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    return f'<h2>The newest questions</h2><div class="card">{table}</div>'


def _card(one: Mapping[str, Any]) -> str:
    said = "".join(
        reply(
            f"{who}, {one[kind]['probability']:.0%} sure",
            text(one[kind]["text"]),
            _VERDICTS[one[kind]["right"]],
        )
        for kind, who in (("past", "Past answer"), ("written", "GPT-2"))
    )
    return (
        f'<article class="card">{customer(one["question"])}'
        f'<div class="answers three">{said}{reply("The agent", text(one["theirs"]))}</div></article>'
    )
