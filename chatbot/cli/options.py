"""Options that several commands share, and options made from the described fields of a dataclass."""

from __future__ import annotations

import functools
import inspect
from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from dataclasses import Field

Json = Annotated[bool, typer.Option("--json", help="Print one JSON line last.")]


def options_of(
    kind: type[Any], *, but: Collection[str] = ()
) -> Callable[[Callable[..., None]], Callable[[typer.Context], None]]:
    """Give a command an option for each field of ``kind`` that has a help, before its own ones.

    The command gets the filled dataclass as ``chosen``. ``but`` are fields for which it has options of its own.
    """
    described = [each for each in fields(kind) if each.metadata and each.name not in but]
    hints = get_type_hints(kind)

    def decorate(command: Callable[..., None]) -> Callable[[typer.Context], None]:
        @functools.wraps(command)
        def run(context: typer.Context, **options: Any) -> None:
            chosen = kind(**{each.name: options.pop(each.name) for each in described})
            command(context, chosen, **options)

        context, _, *own = inspect.signature(command, eval_str=True).parameters.values()
        made = [
            inspect.Parameter(
                each.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=each.default,
                annotation=Annotated[hints[each.name], _option(each, hints[each.name])],
            )
            for each in described
        ]
        signature = inspect.Signature([context, *made, *own])
        vars(run).update(
            __signature__=signature,
            __annotations__={name: each.annotation for name, each in signature.parameters.items()},
        )
        return run

    return decorate


def _option(each: Field[Any], kind: Any) -> Any:
    """A field's description as typer takes it; a flag has no opposite."""
    told = dict(each.metadata)
    flag = (f"--{each.name.replace('_', '-')}",) if kind is bool else ()
    return typer.Option(*flag, rich_help_panel=told.pop("group"), **told)
