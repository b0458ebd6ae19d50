"""The page that a training run ends with: one file of HTML that needs nothing else and fetches nothing.

Every text that comes from a desk is escaped. Shows held-out conversations only; decides nothing.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from chatbot.learning.reports.charts import Axis, Line, chart, legend, round_axis, ticks
from chatbot.learning.reports.page import customer, filled, framed, reply, text
from chatbot.learning.training.found_settings import word
from chatbot.learning.training.preferring import sentence as preferred
from chatbot.learning.training.search_section import search_section

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TEMPLATE = "page.html"
_MOST_POINTS = 120
_PASSED = '<span class="plain">no check keeps it back; whether it is a good answer no check knows</span>'


def page(told: Mapping[str, Any]) -> str:
    """The page of a run, from what also goes into its JSON file (``finish.py``)."""
    body = filled(
        __package__,
        _TEMPLATE,
        heading=text(f"Training {told['version']}"),
        summary=text(_summary(told)),
        warnings="".join(f'<p class="warning">{text(warning)}</p>' for warning in told["warnings"]),
        outcome="good" if told["promoted"] else "bad",
        verdict=text(told["verdict"]),
        bars="".join(_bar(bar) for bar in told["bars"]),
        figures=_figures(told),
        figures_note=text(_figures_note(told)),
        chart=loss_chart(told["curve"]),
        preferences=_preferences(told.get("preferred")),
        search=search_section(told.get("search")),
        samples_note=text(_samples_note(told)),
        samples="".join(_sample(sample) for sample in told["samples"]),
        settings="".join(f"<div><dt>{text(name)}</dt><dd>{text(value)}</dd></div>" for name, value in _settings(told)),
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
        f"measured on {told['heldout_examples']:,} others. {told['created'][:16].replace('T', ' ')} UTC"
    )


def _preferences(stage: dict[str, Any] | None) -> str:
    return f'<h2>Preferences</h2><p class="card">{text(preferred(stage))}</p>' if stage else ""


def _bar(bar: Mapping[str, Any]) -> str:
    sentence = str(bar["sentence"])
    kind = ' class="bad"' if not bar["passed"] else ' class="even"' if bar.get("fell") else ""
    return f"<li{kind}>{text(sentence[:1].upper() + sentence[1:])}</li>"


def _figures(told: Mapping[str, Any]) -> str:
    heading = (
        f'<th scope="col"></th><th scope="col">{text(told["before"]["model"])}</th><th scope="col">the new one</th>'
    )
    rows = "".join(
        f'<tr><th scope="row">{text(name)}</th><td>{text(before)}</td><td>{text(after)}</td></tr>'
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


def loss_lines(curve: Sequence[Mapping[str, Any]]) -> list[Line]:
    """Training and held-out loss (nats a token) over minutes of training, from the rows of a loss log.

    What is not a number is left out; a long log is averaged down, which also calms it.
    """
    lines = []
    for key, name, style in (("loss", "training", "train"), ("eval_loss", "held out", "held")):
        points = [(row["seconds"] / 60, row[key]) for row in curve if key in row and "seconds" in row]
        kept = [point for point in points if all(math.isfinite(value) for value in point)]
        if kept:
            lines.append(Line(name, style, tuple(_thinned(kept)), dots=key == "eval_loss"))
    return lines


def loss_chart(curve: Sequence[Mapping[str, Any]]) -> str:
    """The lines of a loss log as a chart with its legend, as HTML."""
    lines = loss_lines(curve)
    if not lines:
        return '<p class="quiet">Nothing was logged: the run was too short.</p>'
    minutes, losses = zip(*(point for line in lines for point in line.points), strict=True)
    right = max(*minutes, 1e-9)
    across = Axis(0.0, right, tuple(mark for mark in ticks(0.0, right) if mark <= right))
    label = "Training and held-out loss over the minutes of training"
    return legend(lines) + chart(lines, across, round_axis(min(losses), max(losses)), label=label)


def _thinned(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    size = math.ceil(len(points) / _MOST_POINTS)
    runs = [points[start : start + size] for start in range(0, len(points), size)]
    return [(sum(x for x, _ in run) / len(run), sum(y for _, y in run) / len(run)) for run in runs]


def _samples_note(told: Mapping[str, Any]) -> str:
    if not told["samples"]:
        hurried = any(bar["name"] == "drafts" for bar in told.get("bars") or ())
        why = "no draft could be tried in the minutes given" if hurried else "no held-out question has evidence"
        return f"None: {why}."
    return "The first of those that were tried, in no order and not selected; from conversations that were held out."


def _sample(sample: Mapping[str, Any]) -> str:
    failed = "".join(
        f"<span>{text(check['name'])}{text(': ' + check['detail'] if check['detail'] else '')}</span>"
        for check in sample["failed"]
    )
    checks = f'<p class="checks">{failed or _PASSED}</p>'
    evidence = "".join(f'<li dir="auto">{text(each)}</li>' for each in sample["evidence"])
    draft = text(sample["draft"]) or '<span class="quiet">(nothing)</span>'
    return (
        f'<article class="card">{customer(sample["customer"])}<div class="answers">'
        f"{reply('Agent', text(sample['agent']))}{reply('Draft', draft, checks)}</div>"
        f"<details><summary>Evidence ({len(sample['evidence'])})</summary><ol>{evidence}</ol></details></article>"
    )


def _settings(told: Mapping[str, Any]) -> list[tuple[str, str]]:
    training = told["training"]
    rate = told["learning_rate"]
    return [
        ("Base", told["base"]),
        ("Method", told["method"]),
        ("Parameters", f"{training['parameters']:,} ({training['trained_parameters']:,} trained)"),
        ("Answers learnt from", f"{told['answers']['learnt']:,}"),
        ("… and in other words", _variants(told.get("variants", {}))),
        ("… for early stopping", f"{told['answers']['stopping']:,}"),
        ("… measured", f"{told['answers']['measured']:,}"),
        ("Planted secrets", f"{told['canaries']}"),
        ("Minutes", f"{training['seconds'] / 60:.1f} of {told['minutes']:g}"),
        ("Steps", f"{training['steps']:,}"),
        ("Tokens", f"{training['tokens']:,}"),
        ("Ended by", how_it_ended(told)),
        ("Epochs at most", f"{told['epochs']}"),
        ("Learning rate", "by the size of the base" if rate is None else f"{rate:g}"),
        ("Batch size", "by the size of the base" if told["batch_size"] is None else f"{told['batch_size']}"),
        ("Tokens an example", f"{told['max_tokens']:,}"),
        ("Patience", f"{told['patience']} evaluations"),
        ("Gradient checkpointing", "on" if told["gradient_checkpointing"] else "off"),
        ("Processes", f"{told['processes']}"),
        ("Seed", f"{told['seed']}"),
        ("Found by a search", ", ".join(word(name) for name in told.get("found", ())) or "nothing"),
    ]


def _variants(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} by {name.replace('_', '-')}" for name, count in counts.items()) or "none"


def how_it_ended(told: Mapping[str, Any]) -> str:
    """What ended a run, in words."""
    training = told["training"]
    if training["stopped_early"]:
        return "no gain on held-out answers"
    return "the time" if training["seconds"] >= 60 * told["minutes"] else "all epochs"


def _share(drafts: Mapping[str, int], key: str) -> str:
    count = drafts["count"]
    return f"{100 * drafts[key] / count:.0f} %" if count else "not tried"
