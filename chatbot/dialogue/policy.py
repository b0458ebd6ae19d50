"""Decides: answer, ask back, or hand over to a person, with a reason code and a sentence for the team.

Refusing is code: a request for a person and strong anger go over at once, and nothing is answered below the
threshold. Customer text is never evidence, so instructions in it change nothing here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatbot.dialogue import phrases
from chatbot.dialogue.answer import Decision
from chatbot.dialogue.checks import failures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatbot.dialogue.answer import Candidate
    from chatbot.dialogue.window import Window

ANSWER_THRESHOLD = 0.5
"""Measured on the sample desk with retrieval only (`benchmarks/first_light_decisions.py`, seed 0): of 28 written
questions it knows, 43% are answered, 92% of them from the right article; of 12 that are for a person, none; of 200
questions of its own transcripts (without their conversations) 40%, 84% right; of another desk's 200 (banking77) 9.5%,
among them refunds and declined cards, which this desk knows as well; of 200 on anything (clinc150) 3%. At 0.7: 25%, 0%,
22%, 4.5%, 2%. A default for a desk that has measured nothing yet, not a promise: it says nothing of your desk."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision, why (a stable code, and a sentence for the team), and what we say on that occasion."""

    decision: Decision
    reason: str
    detail: str
    occasion: str = "unsure"


@dataclass(frozen=True, slots=True)
class Policy:
    """When the bot answers by itself. ``answer_threshold`` is a confidence, 0 to 1."""

    answer_threshold: float = ANSWER_THRESHOLD

    def at_once(self, window: Window) -> Verdict | None:
        """What is clear from the customer's words alone; None where the question has to be looked up."""
        if not window.has_words:
            return Verdict(Decision.HAND_OVER, "no_customer_words", "The customer has written no words to answer.")
        if phrases.wants_person(window.latest):
            return Verdict(Decision.HAND_OVER, "wants_person", "The customer asks for a person.", "person")
        if phrases.is_angry(window.latest):
            return Verdict(Decision.HAND_OVER, "anger", "The customer is angry; a person should write.", "anger")
        match phrases.small_talk(window.latest):
            case phrases.SmallTalk.GREETING:
                return Verdict(Decision.ASK_BACK, "greeting", "A greeting without a question.", "greeting")
            case phrases.SmallTalk.THANKS:
                return Verdict(Decision.ANSWER, "thanks", "Thanks or a good-bye; nothing is asked.", "thanks")
        return None

    def sure(self, confidence: float) -> bool:
        """Whether a confidence is enough to answer."""
        return confidence >= self.answer_threshold

    def on(self, candidates: Sequence[Candidate], best: Candidate | None, confidence: float) -> Verdict:
        """Judge what was found: ``best`` is the best candidate that passed its checks, if any did."""
        if not candidates:
            return Verdict(Decision.HAND_OVER, "nothing_found", "Nothing in past answers or articles is near this.")
        if best is None:
            failed = sorted({name for candidate in candidates for name in failures(candidate.checks)})
            return Verdict(
                Decision.HAND_OVER, "checks_failed", f"No candidate passed the checks (failed: {', '.join(failed)})."
            )
        measure = f"confidence {confidence:.2f}, needed {self.answer_threshold:.2f}"
        if not self.sure(confidence):
            return Verdict(Decision.HAND_OVER, "low_confidence", f"Not sure enough: {measure}.")
        return Verdict(Decision.ANSWER, "confident", f"Sure enough: {measure}.")
