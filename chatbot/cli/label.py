"""`understudy label`: a page on this machine on which people judge replies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from chatbot.cli.options import Json
from chatbot.cli.terminal import attempt, check_port, last_line, with_progress

if TYPE_CHECKING:
    from chatbot.learning.labelling.labelling_session import LabellingSession
    from chatbot.settings import Settings


def label(
    context: typer.Context,
    *,
    count: Annotated[int, typer.Option("-n", "--count", min=1, max=1000, help="How many replies to ask about.")] = 100,
    written: Annotated[
        bool, typer.Option("--written", help="Judge what the model writes (contracts fit --writes), not past answers.")
    ] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 lets the system choose.")] = 0,
    as_json: Json = False,
) -> None:
    """Ask a person to judge replies: good, wrong or unsure, a key each. Ten minutes for a hundred.

    Prints an address for a browser on this machine. Every judgement is kept at once; Ctrl-C ends it, again goes on.
    """
    from chatbot.learning.backtest import verdicts
    from chatbot.learning.labelling.labelling_session import open_session
    from chatbot.service.serving.promise import promise_of

    settings: Settings = context.obj

    labelling = with_progress(
        settings, lambda database, report: open_session(database, settings, count=count, written=written, report=report)
    )
    attempt(lambda: _serve_labelling(settings, labelling, port))
    said = labelling.said(verdicts.verdicts(settings.desk()))
    meaning = verdicts.meaning(labelling.cases, said, sure=promise_of(settings).sure)
    typer.echo(f"\n{meaning}")
    if said:
        following = "understudy contracts fit --writes" if written else "understudy contracts fit (or train)"
        typer.echo(f"Next: {following} puts them under the contract.")
    last_line({"asked": len(labelling.cases), "judged": len(said), "meaning": meaning}, wanted=as_json)


def _serve_labelling(settings: Settings, labelling: LabellingSession, port: int) -> None:
    import secrets

    from chatbot import logs
    from chatbot.api.agent.labelling import create_judging_app
    from chatbot.learning.backtest import verdicts
    from chatbot.server import build

    here = settings.model_copy(update={"host": "127.0.0.1", "port": port})
    check_port(here.host, here.port)
    logs.configure("WARNING", as_json=settings.log_json)
    token = secrets.token_urlsafe(24)
    app = create_judging_app(labelling, token, lambda: verdicts.verdicts(settings.desk()))

    def tell(listening: int) -> None:
        typer.echo(
            f"\n  {len(labelling.cases)} replies to judge: open http://127.0.0.1:{listening}/#{token}"
            "\n\n  The address is good until Ctrl-C, which ends it; every judgement is kept at once.\n"
        )

    try:
        build(app, here, on_started=tell).run()
    except KeyboardInterrupt:  # how uvicorn passes Ctrl-C on once it has stopped
        return
