"""The page that a writer's training ends with: its curve, its figures, and what it makes of outlines it never saw.

Every text that comes from a file is escaped. Decides nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatbot.learning.reports.page import filled, framed, reply, text
from chatbot.learning.training.training_page import how_it_ended, loss_chart

if TYPE_CHECKING:
    from collections.abc import Mapping

_TEMPLATE = "pairs_page.html"
_PASSED = '<span class="good">passes the checks</span>'


def page(told: Mapping[str, Any]) -> str:
    """The page of a writer, from what also goes into its JSON file (``pairs_run.py``)."""
    title = f"Writer {told['writer']}"
    heading = '<th scope="col"></th><th scope="col">the base</th><th scope="col">the writer</th>'
    rows = "".join(
        f'<tr><th scope="row">{text(name)}</th><td>{text(before)}</td><td>{text(after)}</td></tr>'
        for name, before, after in figure_rows(told)
    )
    body = filled(
        __package__,
        _TEMPLATE,
        heading=text(title),
        summary=text(_summary(told)),
        warnings="".join(f'<p class="warning">{text(warning)}</p>' for warning in told["warnings"]),
        figures=f"<table><thead><tr>{heading}</tr></thead><tbody>{rows}</tbody></table>",
        figures_note=text(
            f"{told['pairs']['measured']:,} texts whose outlines no run learns from. Bits per byte compare any two "
            "models; perplexity only those of one tokenizer. Neither says whether a text is good: read the samples."
        ),
        chart=loss_chart(told["curve"]),
        samples_note=text(
            "The first of the held-out outlines, not selected, and what each model wrote at the first go."
        ),
        samples="".join(_sample(sample) for sample in told["samples"]),
        settings="".join(f"<div><dt>{text(name)}</dt><dd>{text(value)}</dd></div>" for name, value in _settings(told)),
    )
    return framed(title, body)


def figure_rows(told: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """The figures before and after as (name, before, after), for this page and for the terminal."""
    before, after = told["before"], told["after"]
    return [
        ("Bits per byte", f"{before['bits_per_byte']:.3f}", f"{after['bits_per_byte']:.3f}"),
        ("Perplexity", f"{before['perplexity']:.2f}", f"{after['perplexity']:.2f}"),
    ]


def _summary(told: Mapping[str, Any]) -> str:
    pairs, minutes = told["pairs"], told["training"]["seconds"] / 60
    return (
        f"{told['base']}, {told['method']}, trained on {pairs['learnt']:,} pairs of {told['source']} for {minutes:.1f} "
        f"minutes. It writes texts from outlines and never answers customers. "
        f"{told['created'][:16].replace('T', ' ')} UTC"
    )


def _sample(sample: Mapping[str, Any]) -> str:
    return (
        f'<article class="card"><div class="customer">{reply("Outline", text(sample["outline"]))}</div>'
        f'<div class="answers three">{reply("In the file", text(sample["text"]))}'
        f"{_written('The base', sample['base'])}{_written('The writer', sample['writer'])}</div></article>"
    )


def _written(who: str, written: Mapping[str, Any] | None) -> str:
    if written is None:
        return reply(who, '<span class="quiet">(nothing)</span>')
    failed = "".join(
        f"<span>{text(check['name'])}{text(': ' + check['detail'] if check['detail'] else '')}</span>"
        for check in written["failed"]
    )
    return reply(who, text(written["text"]), f'<p class="checks">{failed or _PASSED}</p>')


def _settings(told: Mapping[str, Any]) -> list[tuple[str, str]]:
    training, pairs = told["training"], told["pairs"]
    rate = told["learning_rate"]
    return [
        ("Base", told["base"]),
        ("Method", told["method"]),
        ("Parameters", f"{training['parameters']:,} ({training['trained_parameters']:,} trained)"),
        ("Pairs learnt from", f"{pairs['learnt']:,}"),
        ("… for early stopping", f"{pairs['stopping']:,}"),
        ("… measured", f"{pairs['measured']:,}"),
        ("Rows left out", f"{pairs['broken']:,} broken, {pairs['doubled']:,} twice"),
        ("Words, short, medium and long", ", ".join(f"{words:.0f}" for words in told["lengths"].values())),
        ("Tones", ", ".join(told["tones"]) or "none"),
        ("Minutes", f"{training['seconds'] / 60:.1f} of {told['minutes']:g}"),
        ("Steps", f"{training['steps']:,}"),
        ("Ended by", how_it_ended(told)),
        ("Epochs at most", f"{told['epochs']}"),
        ("Learning rate", "by the size of the base" if rate is None else f"{rate:g}"),
        ("Tokens an example", f"{told['max_tokens']:,}"),
        ("Seed", f"{told['seed']}"),
    ]
