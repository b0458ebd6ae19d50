"""Commands about texts made of outlines: write uses a writer, pairs makes what one learns from, and train's --pairs."""

from __future__ import annotations

import re
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chatbot.cli.options import Json
from chatbot.cli.terminal import EXIT_MISSED, EXIT_SKIPPED, attempt, last_line, progress_bars, with_database
from chatbot.errors import InputError
from finetune.pair_prompt import LENGTHS

if TYPE_CHECKING:
    from chatbot.learning.training.pairs import PairSource
    from chatbot.settings import Settings
    from finetune.training_settings import TrainSettings


class PairKind(StrEnum):
    """What pairs are made of; see ``home_pairs.MAKERS``."""

    SECTIONS = "sections"
    TITLES = "titles"
    MACROS = "macros"
    ANSWERS = "answers"


_PANEL = "A writer instead of replies"
_MOST_WORDS, _MOST_VARIANTS = 2_000, 20
_TOLD = 10
"""Broken rows that are told one by one."""

PairsFile = Annotated[
    Path | None,
    typer.Option(
        "--pairs",
        metavar="FILE",
        help='Train a writer on pairs instead: JSON lines or a table with "outline" and "text" (docs/writing.md). It '
        "writes texts from outlines (understudy write) and never answers customers.",
        rich_help_panel=_PANEL,
    ),
]
PairsFrom = Annotated[
    PairKind | None,
    typer.Option(
        "--pairs-from",
        help="The same, on pairs made of what this desk holds: sections of its articles, their titles, its macros or "
        "past answers. understudy pairs shows them.",
        rich_help_panel=_PANEL,
    ),
]
Name = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="What the writer is called. Default: as the pairs.", rich_help_panel=_PANEL),
]


def pairs(
    context: typer.Context,
    kind: Annotated[
        PairKind,
        typer.Argument(help="Sections of articles, titles of articles, the desk's macros, or past answers."),
    ],
    target: Annotated[Path, typer.Argument(metavar="OUT.jsonl", help="Where they go, a pair a line.")],
    as_json: Json = False,
) -> None:
    """Write pairs of outline and text from what this desk holds, to look over and to train a writer on."""
    from chatbot.learning.training.home_pairs import write_pairs

    source = _of_home(context.obj, kind)
    attempt(lambda: write_pairs(source, target))
    typer.echo(f"{len(source.pairs):,} pairs written to {target}. Next: understudy train --pairs {target}")
    last_line({"pairs": len(source.pairs), "file": str(target)}, wanted=as_json)


def write(
    context: typer.Context,
    outline: Annotated[str, typer.Argument(help="What the text is about, in quotes; - reads it from stdin.")],
    writer: Annotated[
        str | None, typer.Option("--from", metavar="NAME", help="Which writer (models list). Default: the newest.")
    ] = None,
    *,
    length: Annotated[
        str | None, typer.Option(metavar="short|medium|long|N", help="How long, or about how many words.")
    ] = None,
    tone: Annotated[str | None, typer.Option(metavar="WORD", help="One of the tones of its pairs.")] = None,
    variants: Annotated[int, typer.Option(min=1, max=_MOST_VARIANTS, help="How many texts, the best first.")] = 1,
    evidence: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="A text whose facts may be used beside the outline's; again for more."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Other seeds give other texts; the same one the same.")] = 0,
    as_json: Json = False,
) -> None:
    """Write a text from an outline with a writer that `understudy train --pairs` made.

    Each is checked: it does not repeat itself, copies no training text, and states no number, name or link that stands
    neither in the outline nor in the evidence. What fails comes last, with the reason; then the exit status is 4.
    """
    from finetune.pair_prompt import Brief

    settings: Settings = context.obj
    asked = _length(length)
    words, name = (asked, None) if isinstance(asked, int) else (None, asked)
    brief = attempt(lambda: Brief(_outline(outline), name, _tone(tone), [_read(path) for path in evidence or ()]))
    _write(settings, brief, writer, {"words": words, "variants": variants, "seed": seed}, as_json=as_json)


def _write(settings: Settings, brief: Any, name: str | None, options: dict[str, Any], *, as_json: bool) -> None:
    from chatbot.service.serving import writers

    home = settings.desk()
    chosen = attempt(lambda: writers.chosen(home, name))
    tones = writers.tones(home, chosen)
    if brief.tone and brief.tone not in tones:
        known = f"it knows {', '.join(tones)}" if tones else "none of its pairs had one"
        typer.echo(f"{chosen} has not learnt the tone {brief.tone!r} ({known}); it may not heed it.", err=True)

    def work() -> Any:
        model = writers.load(home, chosen)
        if unread := model.unread(brief):
            typer.echo(
                f"The outline and its evidence are too long for {chosen}: the last {unread:,} words are not read. "
                "Shorten them, or write it in parts.",
                err=True,
            )
        with progress_bars() as report:
            return model.write(brief, **options, report=report)

    found = attempt(work)
    for number, text in enumerate(found, start=1):
        if not as_json:
            _print(text, number if options["variants"] > 1 else None)
    last_line({"writer": chosen, "outline": brief.outline, "texts": [text.to_json() for text in found]}, wanted=as_json)
    if not found:
        typer.echo("understudy: The writer wrote nothing. Another --seed may do, else more pairs or minutes.", err=True)
    if not found or any(text.failed for text in found):
        raise typer.Exit(EXIT_MISSED)


def train_writer(
    context: typer.Context,
    chosen: TrainSettings,
    file: Path | None,
    kind: PairKind | None,
    name: str | None,
    *,
    as_json: bool,
) -> None:
    """Train a writer on a file of pairs, or on those that the desk makes."""
    from chatbot.cli import printing
    from chatbot.learning.training import pairs_run
    from chatbot.learning.training.pairs import read_pairs

    settings: Settings = context.obj
    if file is not None:
        source = attempt(lambda: read_pairs(file))
    else:
        assert kind is not None
        source = _of_home(settings, kind)
    for sentence in source.broken[:_TOLD]:
        typer.echo(sentence, err=True)
    if len(source.broken) > _TOLD:
        typer.echo(f"… and {len(source.broken) - _TOLD:,} more rows that are no pairs.", err=True)
    doubled = f", {source.doubled:,} twice" if source.doubled else ""
    broken = f", {len(source.broken):,} left out" if source.broken else ""
    pairs = f"{len(source.pairs):,} pair{'s' if len(source.pairs) != 1 else ''}"
    typer.echo(f"{source.name}: {pairs}{doubled}{broken}.", err=True)
    called = name or re.sub(r"[^A-Za-z0-9._-]+", "-", source.name.partition(".")[0]).strip("-._") or "writer"
    given = context.get_parameter_source("epochs")
    many = given is None or given.name == "DEFAULT"

    def work() -> dict[str, Any]:
        with progress_bars() as report:
            home = settings.desk().create()
            return pairs_run.train_writer(home, source, called, chosen, many=many, report=report)

    outcome = attempt(work)
    printing.print_writer(outcome)
    last_line(outcome, wanted=as_json)
    if source.broken:
        raise typer.Exit(EXIT_SKIPPED)


def _of_home(settings: Settings, kind: PairKind) -> PairSource:
    from chatbot.learning.training.home_pairs import pairs_of_home

    settings.desk().create()
    return with_database(settings, lambda database: pairs_of_home(database, kind))


def _length(given: str | None) -> str | int | None:
    if given is None or given.casefold() in LENGTHS:
        return given and given.casefold()
    if given.isdecimal() and 0 < int(given[:9]) <= _MOST_WORDS:
        return int(given)
    raise typer.BadParameter(
        f"{given[:40]!r} is neither {', '.join(LENGTHS)} nor a number of words up to {_MOST_WORDS:,}.",
        param_hint="--length",
    )


def _tone(given: str | None) -> str | None:
    return " ".join(given.split()).casefold() or None if given else None


def _outline(given: str) -> str:
    text = (sys.stdin.read() if given == "-" else given).strip()
    if not text:
        raise InputError(
            f"{'stdin' if given == '-' else 'The outline'} is empty: say what the text is about, as in "
            "understudy write 'Ida waters the plants of a neighbour who is away.'"
        )
    return text


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as problem:
        raise InputError(f"{path}: evidence is plain text in UTF-8, and this is not ({problem.reason}).") from problem


def _print(text: Any, number: int | None) -> None:
    """One text; with its number and what failed on stderr, so that a pipe gets the words alone."""
    if number is not None:
        typer.echo(f"--- {number}", err=True)
    typer.echo(text.text)
    for check in text.failed:
        typer.echo(f"    not passed: {check.name}{f' ({check.detail})' if check.detail else ''}", err=True)
