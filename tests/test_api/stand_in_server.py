"""A server process: ``python -m tests.test_api.stand_in_server HOME answers|waits|searches|promises``.

"waits" never ends an answer; "promises" serves under a contract; "searches" has a live index and suggests what it
finds. Prints its port when it listens. Only for the tests that kill it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from chatbot import logs
from chatbot.app import create_app
from chatbot.server import build
from chatbot.settings import Settings
from tests.test_service.doubles import Promising, RulePipeline, StandInLoader
from tests.test_service.live_desk import LiveLoader

if TYPE_CHECKING:
    from chatbot.service.serving.loaded import PipelineLoader


def main(home: str, way: str) -> None:
    logs.configure("WARNING", as_json=True)
    settings = Settings(home=Path(home), port=0, reload_seconds=0.05)
    if way == "searches":
        loader: PipelineLoader = LiveLoader(settings.desk())
    else:
        kind = Promising if way == "promises" else StandInLoader
        loader = kind(RulePipeline() if way == "waits" else RulePipeline.at_once())
    app = create_app(settings, pipeline_loader=loader)
    build(app, settings, on_started=lambda port: print(port, flush=True)).run()  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
