"""The real server, whose stand-in suggests with evidence and completes; a file ``blind`` in its home holds back."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from chatbot.dialogue.answer import Candidate, CheckResult
from chatbot.dialogue.complete.completer import NOTHING, Completion
from tests.test_service.doubles import MOMENT
from tests.test_web import real_desk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.transcripts import Turn

SENTENCE = "Thank you for writing to us today."


class Suggesting(real_desk.Unhurried):
    """Three replies of three confidences, and one sentence that it goes on with; after "slow" it takes its time."""

    def suggest(self, turns: Sequence[Turn], k: int) -> list[Candidate]:
        warning = CheckResult("numbers", passed=False, detail="12 is not in the evidence")
        return [
            Candidate("Please send us a photo of it.", "verbatim", (MOMENT.id,), probability=0.9),
            Candidate("It takes 12 days.", "verbatim", (MOMENT.id,), probability=0.5, checks=(warning,)),
            Candidate("Have you switched it off?", "verbatim", (), probability=0.1),
        ][:k]

    def complete(self, turns: Sequence[Turn], draft: str) -> Completion:
        if draft.endswith("slow"):
            time.sleep(1)
            return Completion("ly but surely", 0.9)
        begun = draft[draft.rfind("Thank") :]
        sure = begun and SENTENCE.startswith(begun) and len(begun) < len(SENTENCE)
        return Completion(SENTENCE[len(begun) :], 0.9) if sure else NOTHING


if __name__ == "__main__":
    real_desk.main(*sys.argv[1:3], Suggesting(), held_back=1.0 if (Path(sys.argv[1]) / "blind").exists() else 0)
