"""What commands print for people: short tables and sentences. Knows results, not how they came about."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from chatbot.home import Current
    from chatbot.service.corpus.importing import ImportSummary
    from chatbot.service.corpus.masking import MaskSummary
    from retrieval.search.hits import Hit

_EXCERPT = 300


def print_import(summary: ImportSummary, *, indexed: bool) -> None:
    """Kept, dropped by reason and masked by kind; what was decided of the files; what was broken and where."""
    table = Table(box=None, show_header=False, pad_edge=False)
    origin = f"{summary.new:,} new, {summary.changed:,} changed, {summary.unchanged:,} already here"
    table.add_row("kept", f"{summary.kept:,}", origin)
    table.add_row("dropped", f"{summary.dropped.total():,}", _counts(summary.dropped))
    table.add_row("turns dropped", f"{summary.turns_dropped.total():,}", _counts(summary.turns_dropped))
    table.add_row("masked", f"{summary.masked.total():,}", _counts(summary.masked))
    table.add_row("broken rows", f"{summary.broken_count:,}", "")
    console = Console()
    console.print(table)
    for sentence in (*summary.told, *summary.broken):
        console.print(f"  {sentence}", markup=False, highlight=False, soft_wrap=True)
    if summary.broken_count > len(summary.broken):
        console.print(f"  … and {summary.broken_count - len(summary.broken)} more")
    if (summary.new or summary.changed) and not indexed:
        console.print("Next: understudy index makes them searchable.")


def print_masked(summary: MaskSummary) -> None:
    """How many stored conversations changed and what was masked in them, by kind; never a value."""
    console = Console()
    if not summary.looked_at:
        console.print("Every stored transcript was masked by today's rules already.")
        return
    console.print(
        f"{summary.looked_at:,} transcripts looked at, {summary.changed:,} changed, "
        f"{summary.masked.total():,} places masked"
        f"{': ' + _counts(summary.masked) if summary.masked else ''}."
    )
    if summary.changed:
        console.print(
            "A running server finds them in their new words at once. understudy index takes the old words out of the "
            "index files, understudy train makes a model that has not read them."
        )


def print_index(manifest: Mapping[str, Any]) -> None:
    """What is searchable now."""
    counts = manifest["counts"]
    Console().print(
        f"Searchable: {counts.get('moment', 0):,} past answers and {counts.get('article', 0):,} passages of articles "
        f"({manifest['duplicates']:,} repeated ones left out)."
    )


def print_hits(hits: Sequence[Hit], *, explained: bool = False) -> None:
    """Hits, best first, with score, source and the start of the answer; explained: what the score is made of."""
    console = Console()
    for number, hit in enumerate(hits, start=1):
        passage = hit.passage
        where = passage.title or passage.source_id
        console.print(
            f"[bold]{number}. {hit.score:.3f}[/] {passage.kind} [cyan]{escape(where)}[/] [dim]{passage.id}[/]"
            + (" waits for approval" if passage.waits else ""),
            highlight=False,
        )
        if explained:
            console.print(f"   [dim]{escape(_reasons(hit))}[/]", highlight=False)
        console.print(f"   {excerpt(passage.answer, _EXCERPT)}", markup=False, highlight=False)
    if hits and explained:
        console.print(f"[dim]{_LEGEND}[/]", highlight=False)
    if not hits:
        console.print("Nothing found.")


_LEGEND = (
    "meaning: likeness of the questions. added: how much nearer a question is that you added to the article. words: "
    "rare words in common. tuned: what `understudy tune` learnt of question and answer. votes: how often answers to "
    "such questions link this article. outcome: solved, accepted, votes, rating. count: how many past answers said the "
    "same. age: taken off for each year."
)


def _reasons(hit: Hit) -> str:
    """The parts of a score, the largest first, then the facts behind them."""
    parts = sorted(hit.why.items(), key=lambda part: -abs(part[1]))
    facts = [fact for fact in (hit.passage.language, (hit.passage.created or "")[:10]) if fact]
    return " ".join(f"{value:+.3f} {name}" for name, value in parts) + (f"  ({', '.join(facts)})" if facts else "")


def hit_to_json(hit: Hit, *, explained: bool = False) -> dict[str, Any]:
    """One hit as JSON."""
    passage = hit.passage
    why = {"why": {name: round(value, 4) for name, value in hit.why.items()}} if explained else {}
    return {
        "id": passage.id,
        "kind": str(passage.kind),
        "score": round(hit.score, 4),
        "source": passage.source_id,
        "title": passage.title,
        "url": passage.url,
        "text": passage.answer,
        "waits": passage.waits,
        **why,
    }


def print_tuning(outcome: Mapping[str, Any]) -> None:
    """What the encoder learnt, on questions that it did not learn from."""
    if "after" in outcome:
        before, after = outcome["before"], outcome["after"]
        Console().print(
            f"Held-out questions that find their own answer first: {before['hit@1']:.1%} before, "
            f"{after['hit@1']:.1%} after ({outcome['pairs']['judging']:,} questions; mean reciprocal rank "
            f"{before['mrr']:.3f}, {after['mrr']:.3f}).",
            highlight=False,
        )
    Console().print(outcome["verdict"])


def print_training(outcome: Mapping[str, Any]) -> None:
    """Held-out figures before and after, whether the version serves, and where to read on."""
    from chatbot.learning.training.training_page import figure_rows

    console = Console()
    _print_figures(
        console,
        f"{outcome['heldout_examples']:,} held-out answers",
        (str(outcome["before"]["model"]), "the new one"),
        figure_rows(outcome),
        outcome["warnings"],
    )
    _print_search(console, outcome)
    if outcome.get("preferred"):
        from chatbot.learning.training.preferring import sentence

        console.print(sentence(outcome["preferred"]), markup=False, highlight=False)
    console.print(outcome["verdict"], markup=False, highlight=False)
    console.print(f"Report: {outcome['page']}", markup=False, highlight=False, soft_wrap=True)
    if outcome["tracker"] == "tensorboard":
        command = f"tensorboard --logdir {shlex.quote(outcome['tracked'])}"
        console.print(f"Curves: {command}", markup=False, highlight=False, soft_wrap=True)


def print_writer(outcome: Mapping[str, Any]) -> None:
    """A writer's held-out figures before and after, and how to write with it."""
    from chatbot.learning.training.pairs_page import figure_rows

    console = Console()
    _print_figures(
        console,
        f"{outcome['pairs']['measured']:,} held-out texts",
        ("the base", "the writer"),
        figure_rows(outcome),
        outcome["warnings"],
    )
    console.print(f"Report: {outcome['page']}", markup=False, highlight=False, soft_wrap=True)
    command = f'understudy write --from {outcome["writer"]} "…"'
    console.print(f"It answers no customer. Next: {command}", markup=False, highlight=False, soft_wrap=True)


def _print_figures(
    console: Console,
    title: str,
    models: tuple[str, str],
    rows: Iterable[tuple[str, str, str]],
    warnings: Iterable[str],
) -> None:
    """Figures of two models beside each other, and what is to be kept in mind with them."""
    table = Table(title=title, title_justify="left")
    for heading in ("", *models):
        table.add_column(escape(heading), justify="left" if not heading else "right")
    for row in rows:
        table.add_row(*row)
    console.print(table)
    for warning in warnings:
        console.print(f"[yellow]{escape(warning)}[/]", highlight=False)


def print_time(spent: Mapping[str, Any]) -> None:
    """What each step took of the minutes."""
    told = ", ".join(f"{name} {step['taken']:.0f} s" for name, step in spent["steps"].items() if step["taken"])
    Console().print(f"Taken {spent['taken']:.0f} of {spent['seconds']:.0f} s: {told}.", highlight=False)


def print_serving(current: Current) -> None:
    """What serves now, in one place, after all steps."""
    encoder = f"what the encoder learnt ({current.adapter})" if current.adapter else "the encoder as it is"
    told = [f"index {current.index or 'none'}", encoder, f"model {current.model or 'none'}"]
    contract = f"the contract {current.contract}" if current.contract else "no contract: nothing is promised"
    Console().print(f"Now serves: {', '.join(told)}, {contract}.", style="bold", markup=False, highlight=False)


def print_base(outcome: Mapping[str, Any]) -> None:
    """What was pre-trained, and how to train a desk on it."""
    console = Console()
    _print_search(console, outcome)
    if outcome.get("heldout_loss") is not None:
        console.print(f"Held-out loss: {outcome['heldout_loss']:.3f} nats a token.", highlight=False)
    console.print(f"The base is in {outcome['base']}", markup=False, highlight=False, soft_wrap=True)
    command = f"understudy train --base {shlex.quote(outcome['base'])}"
    console.print(f"Next: {command}", markup=False, highlight=False, soft_wrap=True)


def _print_search(console: Console, outcome: Mapping[str, Any]) -> None:
    if outcome.get("search"):
        from chatbot.learning.training.settings_search import result_sentence

        console.print(result_sentence(outcome["search"]), markup=False, highlight=False)


def print_contract(outcome: Mapping[str, Any]) -> None:
    """What was measured on the newest questions, then the verdict."""
    console = Console()
    told = outcome.get("figures")
    if told:
        cases = told["cases"]
        judges = ", ".join(f"{count:,} by {name}" for name, count in sorted(told["judged_by"].items()))
        console.print(
            f"Of {cases['measured']:,} newest questions {told['answered']:,} would be answered alone "
            f"({told['coverage']:.0%}), {told['wrong']:,} of these otherwise than the team did. Judged {judges}. "
            f"The probability is off by {told['ece']:.1%} on average; area under the risk-coverage curve "
            f"{told['area']:.3f}, by similarity alone {told['area_by_similarity']:.3f}. Fitted on "
            f"{cases['fitted']:,} older questions, thresholds chosen on {cases['chosen']:,}.",
            highlight=False,
        )
    if outcome.get("writing"):
        console.print(outcome["writing"]["verdict"], markup=False, highlight=False)
        console.print(f"Side by side: {outcome['writing']['page']}", markup=False, highlight=False, soft_wrap=True)
    console.print(outcome["verdict"], markup=False, highlight=False)
    if not outcome["promoted"] and told and "encoder" in told["judged_by"]:
        written = "; of what the model wrote: understudy label --written" if outcome.get("writing") else ""
        console.print(
            "Where agents say one thing in many words the encoder judges too strictly; what you judge yourself counts "
            f"instead: understudy label{written}.",
            markup=False,
            highlight=False,
        )


def print_replay(outcome: Mapping[str, Any]) -> None:
    """The answer first, then what became of the questions, and where to read on."""
    console = Console()
    console.print(outcome["headline"], style="bold", markup=False, highlight=False)
    console.print(outcome["promise"], markup=False, highlight=False)
    total, saved = outcome["total"], outcome["saved"]
    table = Table(show_header=False)
    for words, name in (
        ("answered alone", "answered"),
        ("asked back", "asked_back"),
        ("suggested to an agent", "suggested"),
        ("handed over", "handed_over"),
    ):
        table.add_row(words, f"{total[name]:,}", f"{total[name] / max(1, total['cases']):.0%}")
    console.print(table)
    kind = "measured" if saved["measured"] else "assumed"
    console.print(
        f"Saved: {saved['minutes']:.0f} minutes of agents' time ({saved['low']:.0f} to {saved['high']:.0f}, "
        f"{saved['sure']:.0%} sure), at {saved['an_answer']:.1f} minutes an answer ({kind}).",
        highlight=False,
    )
    for warning in outcome["warnings"]:
        console.print(warning, style="yellow", markup=False, highlight=False)
    console.print(f"Page: {outcome['page']}", markup=False, highlight=False, soft_wrap=True)


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in sorted(counts.items(), key=lambda pair: -pair[1]))


def excerpt(text: str, characters: int) -> str:
    """The beginning of a text, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= characters else line[: characters - 1] + "…"
