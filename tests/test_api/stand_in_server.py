"""A server process: ``python -m tests.test_api.stand_in_server HOME answers|waits``; "waits" never ends an answer.

Prints its port when it listens. Only for the test that kills it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from chatbot import logs
from chatbot.app import create_app
from chatbot.server import build
from chatbot.settings import Settings
from tests.test_service.doubles import RulePipeline, StandInLoader


def main(home: str, way: str) -> None:
    logs.configure("WARNING", as_json=True)
    settings = Settings(home=Path(home), port=0, reload_seconds=0.05)
    pipeline = RulePipeline() if way == "waits" else RulePipeline.at_once()
    app = create_app(settings, pipeline_loader=StandInLoader(pipeline))
    build(app, settings, on_started=lambda port: print(port, flush=True)).run()  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
