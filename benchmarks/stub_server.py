"""A server process with a stand-in for the model: ``python -m benchmarks.stub_server HOME PORT [DATABASE_URL]``.

Everything else is the product: app, database, log, streams. The stand-in answers at once with the customer's last
words. Prints its port when it listens. For ``chaos.py`` and ``load.py``, which count messages and kill processes.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from chatbot import logs
from chatbot.app import create_app
from chatbot.dialogue.answer import Answer, Candidate, Decision
from chatbot.dialogue.complete.completer import NOTHING, Completion
from chatbot.server import run
from chatbot.service.serving.loaded import Loaded
from chatbot.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fastapi import FastAPI

    from chatbot.dialogue.check.drafted import Doubt
    from data.transcripts import Turn


class Echo:
    """Says what the customer said."""

    def answer(
        self,
        turns: Sequence[Turn],
        *,
        on_delta: Callable[[str], None] | None = None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> Answer:
        """The last words again, in one piece."""
        del should_stop
        reply = f"Re: {turns[-1].text}"
        if on_delta:
            on_delta(reply)
        return Answer(reply, Decision.ANSWER, 0.9, "verbatim", "confident")

    def suggest(self, turns: Sequence[Turn], k: int) -> list[Candidate]:
        """The same for people, as often as it is wanted."""
        return [Candidate(f"{at + 1}: {turns[-1].text}", "verbatim", ()) for at in range(k)]

    def complete(self, turns: Sequence[Turn], draft: str) -> Completion:
        """Never sure."""
        del turns, draft
        return NOTHING

    def doubts(self, turns: Sequence[Turn], draft: str) -> list[Doubt]:
        """None."""
        del turns, draft
        return []


class EchoLoader:
    """Loads the stand-in."""

    def wanted(self) -> str:
        """Always the same."""
        return "echo"

    def load(self) -> Loaded:
        """At once."""
        return Loaded(pipeline=Echo())  # type: ignore[arg-type]  # it ranks nothing


def stub(home: Path, database_url: str | None, port: int = 0) -> FastAPI:
    """The app with the stand-in. Requests are not limited by address: all customers of a benchmark have the same."""
    rates = {f"rate_{name}": "" for name in ("address", "starts", "starts_here", "visitor", "conversation", "inbox")}
    endless = {"max_conversation_messages": 10**9, "max_conversation_bytes": 10**12}  # a load is one long conversation
    settings = Settings(home=home, port=port, database_url=database_url, reload_seconds=0.2, **rates, **endless)
    return create_app(settings, pipeline_loader=EchoLoader())


def main(home: str, port: str, database_url: str | None = None) -> None:
    """Serve until a signal comes."""
    logs.configure("ERROR", as_json=True)
    app = stub(Path(home), database_url, int(port))
    run(app, app.state.settings, on_started=lambda port: print(port, flush=True))


if __name__ == "__main__":
    main(*sys.argv[1:])
