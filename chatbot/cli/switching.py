"""What `models` and `contracts` share: another version serves, or the one before; recorded as an act of a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from chatbot.cli.terminal import in_session

if TYPE_CHECKING:
    from chatbot.settings import Settings


def let_serve(settings: Settings, kind: str, name: str) -> None:
    """Let a version serve, and say so."""
    from chatbot.clock import real_clock
    from chatbot.service.audit import COMMAND_LINE
    from chatbot.service.serving.switching import Kind, promote

    home = settings.desk()
    in_session(
        settings, lambda session: promote(session, real_clock(), COMMAND_LINE, home, Kind(kind), name), write=True
    )
    typer.echo(f"{name} serves now.")


def go_back(settings: Settings, kind: str) -> None:
    """Let the version before the current one serve again, and say which."""
    from chatbot.clock import real_clock
    from chatbot.service.audit import COMMAND_LINE
    from chatbot.service.serving.switching import Kind, roll_back

    home = settings.desk()
    name = in_session(
        settings, lambda session: roll_back(session, real_clock(), COMMAND_LINE, home, Kind(kind)), write=True
    )
    typer.echo(f"{name} serves now.")
