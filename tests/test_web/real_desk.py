"""The real application with a stand-in pipeline, as a process: ``python -m tests.test_web.real_desk HOME PORT``.

Prints its port when it listens. The home folder outlives the process, so that a test can kill it and start it again.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from chatbot import logs
from chatbot.app import create_app
from chatbot.dialogue.answer import Answer, Candidate, Decision, Evidence
from chatbot.dialogue.check.drafted import Doubt
from chatbot.server import build
from chatbot.settings import Settings
from tests.test_service.doubles import StandInLoader

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from data.transcripts import Turn


class Unhurried:
    """Says back what it was told, a word every 40 ms and then half a second of thought; "person" hands over.

    Told "slowly" it thinks for four seconds, so that a browser on a busy machine sees it write.
    """

    def answer(
        self,
        turns: Sequence[Turn],
        *,
        on_delta: Callable[[str], None] | None = None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> Answer:
        words = turns[-1].text
        if "person" in words:
            return Answer("A colleague will answer.", Decision.HAND_OVER, 0.1, "hand_over", "wants_person")
        reply = f"You said: {words}"
        for piece in [*reply.split(" "), *[""] * (100 if "slowly" in words.lower() else 12)]:
            if should_stop():
                break
            if on_delta and piece:
                on_delta(piece + " ")
            time.sleep(0.04)
        evidence = (
            Evidence("t1:1", "moment", 0.9, "somebody else's words"),
            Evidence("help#0", "article", 0.8, "text", "How to return", "https://help.example/return"),
            Evidence("help#1", "article", 0.7, "more text", "How to return", "https://help.example/return"),
        )
        return Answer(reply, Decision.ANSWER, 0.9, "verbatim", "confident", evidence=evidence)

    def suggest(self, turns: Sequence[Turn], k: int) -> list[Candidate]:
        return [Candidate(f"Idea {at + 1} for: {turns[-1].text}", "verbatim", ()) for at in range(min(k, 2))]

    def doubts(self, turns: Sequence[Turn], draft: str) -> list[Doubt]:
        at = draft.find("40 days")
        return [Doubt(at, at + 7, "quantity", ("14 days",))] if at >= 0 else []


def main(home: str, port: str, pipeline: Unhurried | None = None, held_back: float = 0) -> None:
    logs.configure("WARNING", as_json=True)
    settings = Settings(home=Path(home), port=int(port), reload_seconds=0.05, demo=True, held_back=held_back)
    app = create_app(settings, pipeline_loader=StandInLoader(pipeline or Unhurried()))
    build(app, settings, on_started=lambda listening: print(listening, flush=True)).run()  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
