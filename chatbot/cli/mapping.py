"""Finds out how a table or JSON of no known kind is read: by a saved mapping, else by asking."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from chatbot.cli.mapping_questions import Questions
from chatbot.cli.preview import plain, print_preview
from chatbot.cli.terminal import attempt, progress_bars
from chatbot.errors import InputError
from data.importers import UnknownFormatError, detect
from data.importers.mapped.looking import is_json, is_strange, look
from data.importers.mapped.mapping import FORMATS, MappingError, Saved, check_fit, load
from data.importers.mapped.proposal import proposed

if TYPE_CHECKING:
    from chatbot.settings import Settings
    from data.importers.importer import ImportOptions
    from data.importers.mapped.looking import Look

_NONE = "-"


@dataclass(frozen=True, slots=True)
class Mappings:
    """Files named on the command line: one to use, one to write."""

    use: Path | None
    save: Path | None


def mapped(
    settings: Settings,
    paths: list[Path],
    format_name: str | None,
    choices: ImportOptions,
    keep: tuple[str, ...],
    files: Mappings,
    *,
    context: typer.Context,
) -> tuple[str | None, ImportOptions]:
    """The format and options with what a mapping says; asks on a terminal where a file is of no known kind.

    Elsewhere the proposal is printed behind the error that the import ends with.
    """
    if files.use is not None:
        saved = attempt(lambda: _loaded(files.use or Path(), paths, format_name, choices))
        return saved.format, replace(choices, columns={**saved.columns, **choices.columns})
    strange = {path: name for path in paths if (name := _strange(path, format_name, choices))}
    if not strange:
        if files.save is not None:
            attempt(lambda: _keep(Saved(format_name or _format(paths[0]) or "", choices.columns), files.save))
        return format_name, choices
    path, name = next(iter(strange.items()))
    seen = look(path, name, choices.limits, choices.columns)
    if not seen.columns:
        return format_name, choices
    proposal = Saved(name, {**proposed(seen), **choices.columns})
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        context.call_on_close(lambda: _tell(path, proposal, files.save))
        return format_name, choices
    if len(paths) > 1:
        typer.echo(f"understudy: {path} is of no known kind; import it alone, to be asked what is what.", err=True)
        raise typer.Exit(1)
    saved = _asked(settings, path, seen, choices, keep)
    _offer(saved, path, files.save)
    return saved.format, replace(choices, columns=dict(saved.columns))


def _loaded(file: Path, paths: list[Path], format_name: str | None, choices: ImportOptions) -> Saved:
    try:
        saved = load(file)
        if format_name is not None and format_name != saved.format:
            raise InputError(f"{file}: format: expected {format_name} as --format says, found {saved.format}.")
        for path in paths:
            if path.is_file() and saved.format != "parquet":
                seen = look(path, saved.format, choices.limits, {**saved.columns, **choices.columns})
                check_fit(saved, file, path, seen.columns, whole=seen.whole)
    except MappingError as error:
        raise InputError(str(error)) from None
    return saved


def _strange(path: Path, format_name: str | None, choices: ImportOptions) -> str | None:
    """The format as which a file of no known kind can be mapped."""
    if not path.is_file():
        return None
    name = format_name or _format(path) or ("json" if is_json(path) else None)
    if name is None or not is_strange(path, name, choices.limits, choices.columns):
        return None
    return "json" if name == "jsonl" else name


def _format(path: Path) -> str | None:
    try:
        return detect(path)
    except (UnknownFormatError, OSError):
        return None


def _tell(path: Path, proposal: Saved, save: Path | None) -> None:
    """What to do, and the proposal; written where the user wants it kept."""
    needed = ("question", "answer") if "question" in proposal.columns else ("text", "role", "id")
    missing = [field for field in needed if field not in proposal.columns]
    add = f" Nothing in it looks like {', '.join(missing)}: add that." if missing else ""
    where = save or Path("mapping.toml")
    typer.echo(
        f"understudy: nobody has said what stands where in {path}. Run the same command in a terminal to be asked, or "
        f"check this proposal, {'which is in' if save else 'save it as'} {where}, and say --mapping {where}.{add}\n",
        err=True,
    )
    typer.echo(_plain_lines(proposal.to_toml()), err=True)
    if save is not None:
        attempt(lambda: _keep(proposal, save))


def _keep(saved: Saved, path: Path | None) -> None:
    if path is None:
        return
    if saved.format not in FORMATS or not saved.columns:
        raise InputError(
            f"There is nothing to save in {path}: this is read without a mapping. Leave --save-mapping out."
        )
    try:
        saved.save(path)
    except MappingError as error:
        raise InputError(str(error)) from None


def _offer(saved: Saved, path: Path, save: Path | None) -> None:
    if save is None:
        default = f"{path.name.split('.')[0]}.mapping.toml"
        said: str = typer.prompt(
            f"Save the mapping for next time as (Enter: {default}, - for not)", default, show_default=False
        )
        if said.strip() == _NONE:
            return
        save = Path(said.strip())
    kept = save
    attempt(lambda: _keep(saved, kept))
    typer.echo(f"Saved. Next time: understudy import FILE --mapping {kept}")


def _asked(settings: Settings, path: Path, seen: Look, choices: ImportOptions, keep: tuple[str, ...]) -> Saved:
    """Ask until what would be learnt is right."""
    from chatbot.service.corpus.preview import preview

    guess = proposed(seen)
    while True:
        saved = Saved(seen.format, {**choices.columns, **Questions(seen, guess).ask()})
        options = replace(choices, columns=dict(saved.columns))
        with progress_bars() as report:
            found = attempt(
                lambda options=options, report=report: preview(  # type: ignore[misc]
                    [path],
                    format_name=seen.format,
                    options=options,
                    keep=keep,
                    countries=settings.country,
                    report=report,
                )
            )
        print_preview(found, "Nothing is stored yet.")
        if typer.confirm("Is this right?", default=bool(found.kept)):
            return saved
        if not typer.confirm("Ask again, with your answers as the proposal?", default=True):
            raise typer.Exit(1)
        guess = dict(saved.columns)


def _plain_lines(text: str) -> str:
    """Lines without what a terminal would obey."""
    return "\n".join(map(plain, text.split("\n")))
