"""The labelling page with five given cases, as a process: ``python -m tests.test_web.label_desk HOME PORT``.

Prints its port when it listens; its token is "token". The home outlives the process, so that a test can kill it.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from chatbot import logs
from chatbot.api.agent.labelling import create_judging_app
from chatbot.home import Home
from chatbot.learning.backtest.verdicts import FILE, verdicts
from chatbot.learning.labelling.labelling_session import LabellingSession
from chatbot.server import build
from chatbot.settings import Settings
from tests.test_learning.past import a_case


def main(home: str, port: str) -> None:
    logs.configure("WARNING", as_json=True)
    desk = Home(Path(home))
    cases = tuple(
        a_case(number, question=f"<b>Question {number}</b>", ours=f"Reply {number}.\n\nBye.") for number in range(5)
    )
    app = create_judging_app(
        LabellingSession(desk.path / FILE, cases, lambda: datetime.now(UTC)), "token", lambda: verdicts(desk)
    )
    settings = Settings(home=desk.path, port=int(port))
    build(app, settings, on_started=lambda listening: print(listening, flush=True)).run()  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
