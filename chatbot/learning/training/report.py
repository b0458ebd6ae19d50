"""The page that a training run ends with: one file of HTML that needs nothing else and fetches nothing.

Every text that comes from a desk is escaped. Shows held-out conversations only; decides nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatbot.learning.reports.line_chart import chart, loss_lines
from chatbot.learning.reports.page import filled, framed
from chatbot.learning.reports.page import text as _text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TEMPLATE = "page.html"


def page(told: Mapping[str, Any]) -> str:
    """The page of a run, from what also goes into its JSON file (``training_outcome``)."""
    body = filled(
        __package__,
        _TEMPLATE,
        heading=_text(f"Training {told['version']}"),
        summary=_text(_summary(told)),
        warnings="".join(f'<p class="warning">{_text(warning)}</p>' for warning in told["warnings"]),
        outcome="good" if told["promoted"] else "bad",
        verdict=_text(told["verdict"]),
        bars="".join(_bar(bar) for bar in told["bars"]),
        figures=_figures(told),
        figures_note=_text(_figures_note(told)),
        chart=chart(loss_lines(told["curve"]), label="Training and held-out loss over the minutes of training"),
        samples_note=_text(_samples_note(told["samples"])),
        samples="".join(_sample(sample) for sample in told["samples"]),
        settings="".join(
            f"<div><dt>{_text(name)}</dt><dd>{_text(value)}</dd></div>" for name, value in _settings(told)
        ),
    )
    return framed(f"Training {told['version']}", body)


def figure_rows(told: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """The figures before and after as (name, before, after), for this page and for the terminal."""
    before, after = told["before"], told["after"]
    rows = []
    for name, key, digits in (("Bits per byte", "bits_per_byte", 3), ("Perplexity", "perplexity", 2)):
        for part, where in (("with_evidence", "with evidence"), ("without_evidence", "without evidence")):
            old, new = before[part][key], after[part][key]
            rows.append((f"{name}, {where}", f"{old:.{digits}f}", f"{new:.{digits}f}"))
    for name, key in (("Drafts that pass the checks", "passed"), ("Drafts that repeat themselves", "looping")):
        rows.append(
            (f"{name}, of {after['drafts']['count']}", _share(before["drafts"], key), _share(after["drafts"], key))
        )
    remembered = told["memorisation"]
    if remembered:
        exposures = remembered["exposures"]
        rows.append(("Planted secrets extracted", "", f"{remembered['extracted']} of {len(exposures)}"))
        rows.append(("Highest exposure, bits", "", f"{max(exposures):.1f}"))
    return rows


def _summary(told: Mapping[str, Any]) -> str:
    answers, training = told["answers"], told["training"]
    minutes = training["seconds"] / 60
    return (
        f"{told['base']}, {told['method']}, trained on {answers['learnt']:,} answers for {minutes:.1f} minutes and "
        f"measured on {answers['measured']:,} others. {told['created'][:16].replace('T', ' ')} UTC"
    )


def _bar(bar: Mapping[str, Any]) -> str:
    sentence = str(bar["sentence"])
    kind = "" if bar["passed"] else ' class="bad"'
    return f"<li{kind}>{_text(sentence[:1].upper() + sentence[1:])}</li>"


def _figures(told: Mapping[str, Any]) -> str:
    heading = f'<th scope="col"></th><th scope="col">{_text(told["before"]["model"])}</th><th scope="col">now</th>'
    rows = "".join(
        f'<tr><th scope="row">{_text(name)}</th><td>{_text(before)}</td><td>{_text(after)}</td></tr>'
        for name, before, after in figure_rows(told)
    )
    return f"<table><thead><tr>{heading}</tr></thead><tbody>{rows}</tbody></table>"


def _figures_note(told: Mapping[str, Any]) -> str:
    note = (
        f"{told['heldout_examples']:,} answers of conversations that no run learns from. Bits per byte compare any two "
        "models; perplexity only those of one tokenizer. Drafts are written from evidence and checked as in serving; a "
        "draft that fails a check is never sent. A model whose drafts pass less often is refused only where a fair "
        "coin would rarely lose as often (one-sided sign test on the same questions, 5 %)."
    )
    if told["memorisation"]:
        bits = told["memorisation"]["bits"]
        note += (
            f" Planted secrets are invented codes put into the training once each: exposure is near 0 where a model "
            f"knows nothing of them and {bits:.1f} where it knows one by heart."
        )
    return note


def _samples_note(samples: Sequence[Mapping[str, Any]]) -> str:
    if not samples:
        return "None: no held-out question has evidence."
    return "The first of those that were tried, in no order and not selected; from conversations that were held out."


def _sample(sample: Mapping[str, Any]) -> str:
    failed = "".join(
        f"<span>{_text(check['name'])}{_text(': ' + check['detail'] if check['detail'] else '')}</span>"
        for check in sample["failed"]
    )
    checks = failed or '<span class="good">passes all checks</span>'
    evidence = "".join(f'<li dir="auto">{_text(text)}</li>' for text in sample["evidence"])
    customer = _said(_text(sample["customer"]))
    draft = _text(sample["draft"]) or '<span class="quiet">(nothing)</span>'
    return (
        f'<article class="card"><div class="customer"><p class="who">Customer</p>{customer}</div>'
        f'<div class="answers"><div><p class="who">Agent</p>{_said(_text(sample["agent"]))}</div>'
        f'<div><p class="who">Draft</p>{_said(draft)}<p class="checks">{checks}</p></div></div>'
        f"<details><summary>Evidence ({len(sample['evidence'])})</summary><ol>{evidence}</ol></details></article>"
    )


def _said(escaped: str) -> str:
    return f'<p class="said" dir="auto">{escaped}</p>'


def _settings(told: Mapping[str, Any]) -> list[tuple[str, str]]:
    training = told["training"]
    rate = told["learning_rate"]
    return [
        ("Base", told["base"]),
        ("Method", told["method"]),
        ("Parameters", f"{training['parameters']:,} ({training['trained_parameters']:,} trained)"),
        ("Answers learnt from", f"{told['answers']['learnt']:,}"),
        ("… for early stopping", f"{told['answers']['stopping']:,}"),
        ("… measured", f"{told['answers']['measured']:,}"),
        ("Planted secrets", f"{told['canaries']}"),
        ("Minutes", f"{training['seconds'] / 60:.1f} of {told['minutes']:g}"),
        ("Steps", f"{training['steps']:,}"),
        ("Tokens", f"{training['tokens']:,}"),
        ("Ended by", _end(told)),
        ("Epochs at most", f"{told['epochs']}"),
        ("Learning rate", "by the size of the base" if rate is None else f"{rate:g}"),
        ("Batch size", "by the size of the base" if told["batch_size"] is None else f"{told['batch_size']}"),
        ("Tokens an example", f"{told['max_tokens']:,}"),
        ("Patience", f"{told['patience']} evaluations"),
        ("Gradient checkpointing", "on" if told["gradient_checkpointing"] else "off"),
        ("Processes", f"{told['processes']}"),
        ("Seed", f"{told['seed']}"),
    ]


def _end(told: Mapping[str, Any]) -> str:
    training = told["training"]
    if training["stopped_early"]:
        return "no gain on held-out answers"
    return "the time" if training["seconds"] >= 60 * told["minutes"] else "all epochs"


def _share(drafts: Mapping[str, int], key: str) -> str:
    count = drafts["count"]
    return f"{100 * drafts[key] / count:.0f} %" if count else "not tried"
