"""The real application with a stand-in pipeline, as a process: ``python -m tests.test_web.real_desk HOME PORT``.

Prints its port when it listens. The home folder outlives the process, so that a test can kill it and start it again.
"""

from __future__ import annotations

import sys
from pathlib import Path

from chatbot import logs
from chatbot.app import create_app
from chatbot.server import build
from chatbot.settings import Settings
from tests.test_service.doubles import RulePipeline, StandInLoader


def main(home: str, port: str) -> None:
    logs.configure("WARNING", as_json=True)
    settings = Settings(home=Path(home), port=int(port), reload_seconds=0.05, demo=True)
    app = create_app(settings, pipeline_loader=StandInLoader(RulePipeline(seconds=0.4)))
    build(app, settings, on_started=lambda listening: print(listening, flush=True)).run()  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
