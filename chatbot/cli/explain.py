"""What `understudy explain` prints: one decision, from what was asked to what was done, for people.

Knows the shape of a trace (``dialogue/pipeline.py``) and no work. What an older trace lacks is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from chatbot.cli.printing import excerpt
from chatbot.dialogue.decide.error_budget import Promise, what_is_needed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_DONE = {
    "answer": "answered",
    "ask_back": "asked back",
    "suggest": "left to an agent, with a suggestion",
    "hand_over": "handed over to a person",
}
_REASONS_SHOWN = 8
_TEXT = 160


def print_trace(trace: Mapping[str, Any], wanted: Promise) -> None:
    """The question, the decision, what speaks for the reply, the threshold, the evidence, all candidates, versions.

    Where nothing is promised it says what would be needed for the promise that is ``wanted``.
    """
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, text in _rows(trace, wanted):
        table.add_row(name, escape(text))
    console = Console()
    console.print(table, highlight=False)
    if trace.get("evidence"):
        console.print("\n[bold]Evidence[/]", highlight=False)
        for number, item in enumerate(trace["evidence"], start=1):
            title = f"{item['title']}: " if item.get("title") else ""
            console.print(f"  {number}. [dim]{item['score']:.3f} {escape(item['id'])}[/]", highlight=False)
            console.print(f"     {excerpt(title + item['text'], _TEXT)}", markup=False, highlight=False)
    for number, part in enumerate(trace.get("parts", ()), start=1):
        console.print(f"\n[bold]Question {number} of this message[/]", highlight=False)
        print_trace(part, wanted)
    if trace.get("candidates"):
        console.print("\n[bold]Candidates[/], the best first", highlight=False)
        console.print(_candidates(trace["candidates"]), highlight=False)


def _rows(trace: Mapping[str, Any], wanted: Promise) -> Iterator[tuple[str, str]]:
    decision = trace.get("decision")
    if not decision:  # the dialogue broke before it decided
        yield "Trace", ", ".join(f"{name}: {value}" for name, value in trace.items())
        return
    yield "Question", excerpt(trace.get("question", ""), 3 * _TEXT)
    about = [trace.get("language"), f"topic {trace['topic']}" if trace.get("topic") else None]
    yield "", ", ".join(part for part in about if part)
    done = _DONE.get(decision["decision"], decision["decision"])
    mode = "" if decision["mode"] == "hand_over" else f", {decision['mode']}"
    yield "Decision", f"{done}{mode} ({decision['reason']})"
    yield "", decision["detail"]
    if asking := trace.get("asking"):
        yield "Asking", f"{asking['share']:.0%} of agents asked in such cases: {excerpt(asking['text'], _TEXT)}"
    if probability := trace.get("probability"):
        yield from _probability(probability, _values(trace))
    if isinstance(trace.get("threshold"), dict):
        yield "Threshold", _threshold(trace["threshold"])
        if trace["threshold"].get("promise") is None or trace["threshold"]["answer"] is None:
            yield "", what_is_needed(wanted)
    versions = {name: version for name, version in trace.get("versions", {}).items() if version}
    yield "Versions", ", ".join(f"{name} {version}" for name, version in versions.items()) or "none told"


def _probability(probability: Mapping[str, Any], values: Mapping[str, float]) -> Iterator[tuple[str, str]]:
    cases = probability["calibrated_on"]
    told = f"fitted on {cases:,} past questions" if cases else "not calibrated: this desk has no contract yet"
    yield "Probability", f"{probability['value']:.2f} that your agents would send the best reply ({told})"
    for name, added in list(probability["adds"].items())[:_REASONS_SHOWN]:
        value = f" {values[name]:.2f}" if name in values else ", not known"
        yield "", f"{added:+.2f} for {name.replace('_', ' ')}{value}"
    if (more := len(probability["adds"]) - _REASONS_SHOWN) > 0:
        yield "", f"and {more} smaller ones, from a start of {probability['start']:+.2f} (log-odds)"
    else:
        yield "", f"from a start of {probability['start']:+.2f} (log-odds)"


def _values(trace: Mapping[str, Any]) -> Mapping[str, float]:
    """The features of the best candidate that passed."""
    passed = [each for each in trace.get("candidates", ()) if not each["failed"]]
    wanted = (trace.get("probability") or {}).get("value")
    best = next((each for each in passed if each.get("probability") == wanted), passed[0] if passed else None)
    return best["features"] if best else {}


def _threshold(threshold: Mapping[str, Any]) -> str:
    promise = threshold.get("promise")
    where = f"topic {threshold['topic']}" if threshold.get("topic") else "this desk"
    if promise is None:
        return f"{threshold['answer']:.2f}, the setting of this desk; nothing is promised with it"
    promised = f"at most {promise['risk']:.0%} wrong, {promise['sure']:.0%} sure"
    if threshold["answer"] is None:
        return (
            f"none for {where}: {threshold['cases']:,} past questions do not show {promised}, so nothing is sent alone"
        )
    return (
        f"{threshold['answer']:.2f} for {where}: {threshold['wrong']:,} of {threshold['cases']:,} past replies as sure "
        f"were wrong, so at most {threshold['bound']:.1%} (promised: {promised})"
    )


def _candidates(candidates: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1))
    for heading, side in (
        ("", "right"),
        ("score", "right"),
        ("probability", "right"),
        ("from", "left"),
        ("text", "left"),
    ):
        table.add_column(heading, justify=side, header_style="dim")  # type: ignore[arg-type]
    for number, each in enumerate(candidates, start=1):
        probability = f"{each['probability']:.2f}" if "probability" in each else ""
        source = f"{each['origin']} {', '.join(each['evidence'])}"
        failed = "; ".join(f"{check['name']}: {check['detail']}" for check in each["failed"])
        text = escape(excerpt(each["text"], _TEXT)) + (f"\n[red]failed {escape(failed)}[/]" if failed else "")
        table.add_row(str(number), f"{each['score']:.2f}", probability, escape(source), text)
    return table
