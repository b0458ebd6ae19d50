"""Decides: answer, ask back, suggest to an agent, or hand over, with a reason code and a sentence for the team.

A request for a person, strong anger, a crisis and a third failed turn are handed over at once, and nothing is answered
below the threshold. Customer text is never evidence, so instructions in it change nothing here.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from chatbot.dialogue.answer import Decision, failures
from chatbot.dialogue.decide.error_budget import Threshold
from chatbot.dialogue.text import set_phrases
from chatbot.dialogue.text.danger import Danger, danger_in
from chatbot.dialogue.text.small_talk import SmallTalk, small_talk
from chatbot.dialogue.timing import step
from chatbot.dialogue.understand.cues import QUESTION_MARKS
from chatbot.dialogue.understand.follow_up import goes_on
from data.transcripts import Role

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chatbot.dialogue.answer import Candidate
    from chatbot.dialogue.ask import Question
    from chatbot.dialogue.decide.error_budget import Thresholds
    from chatbot.dialogue.window import Window

ANSWER_THRESHOLD = 0.65
"""For a desk that has measured nothing yet; not a promise, for it says nothing of your desk. Measured by
``benchmarks/default_probability.py`` on cases that the probability was not fitted on: of 154 questions of the sample
shop it lets parts of articles answer 39, 79 % right by every fact that was asked for; of 140 of Thunderbird 11, 55 % of
the very article that the agent linked; of 233 to other businesses 6. No higher bar is more often right. Fitted on the
shop's past as well it knew that shop better and a new desk worse: there the history tells little yet
(docs/results/trust.md). What agents answered was right in 4 of 10 cases whatever the bar, and is left to people."""
SUGGEST_FROM = 0.3
"""Probability from which a reply is worth reading to an agent, where nothing is promised."""
SAME_QUESTION = 0.7
"""Cosine from which two questions are the same in other words: then it does not matter that no topic is near."""
FAILED_TURNS = 2
"""Answers of ours that did not help; at the customer's next word a person takes over."""
HANDING_OVER = ("unsure", "person", "anger", "crisis", "hazard", "others_data")
"""Occasions on which our sentence says that a person will answer."""

_SMALL_TALK = {
    SmallTalk.GREETING: (Decision.ASK_BACK, "A greeting without a question."),
    SmallTalk.THANKS: (Decision.ANSWER, "Thanks or a good-bye; nothing is asked."),
    SmallTalk.ACKNOWLEDGEMENT: (Decision.ANSWER, "The customer has understood; nothing is asked."),
    SmallTalk.PRAISE: (Decision.ANSWER, "Praise; nothing is asked."),
    SmallTalk.UNCLEAR: (Decision.ASK_BACK, "A message in which nothing can be understood."),
}


@dataclass(frozen=True, slots=True)
class PolicyVerdict:
    """A decision, why (a stable code, and a sentence for the team), and what we say on that occasion."""

    decision: Decision
    reason: str
    detail: str
    occasion: str = "unsure"


@dataclass(frozen=True, slots=True)
class Policy:
    """When the bot answers by itself.

    ``thresholds`` are the contract's, which hold a promise. Without one ``answer_threshold``, a confidence of 0 to 1,
    decides, and nothing is promised.
    """

    answer_threshold: float = ANSWER_THRESHOLD
    thresholds: Thresholds | None = None

    @step("decide")
    def decide_at_once(self, window: Window) -> PolicyVerdict | None:
        """What is clear from the customer's words alone; None where the question has to be looked up."""
        at_once = to_a_person(window.latest) or _asked_who(window.latest) or _small_talk(window)
        if at_once is None and not window.has_words:
            detail = "The customer has written no words to answer."
            return PolicyVerdict(Decision.HAND_OVER, "no_customer_words", detail)
        return at_once or _third_failed(window)

    def threshold(self, topic: str | None = None) -> Threshold:
        """What holds for a topic: the contract's threshold, else the setting, which suggests nothing of its own."""
        if self.thresholds is None:
            return Threshold(answer=self.answer_threshold, suggest=min(SUGGEST_FROM, self.answer_threshold))
        return self.thresholds.for_topic(topic)

    def is_confident(self, probability: float, topic: str | None = None) -> bool:
        """Whether a probability is enough to answer."""
        return self.threshold(topic).lets(probability)

    def may_answer(self, best: Candidate, probability: float, topic: str | None = None) -> bool:
        """Whether this may be sent: where nothing is promised, only what an article says, to no case of an order."""
        if self.thresholds is not None:
            return self.is_confident(probability, topic)
        own_case = best.origin != "excerpt" or best.features.get("own_case")
        return not own_case and self.is_confident(probability, topic)

    @step("decide")
    def decide(
        self,
        candidates: Sequence[Candidate],
        best: Candidate | None,
        probability: float,
        *,
        topic: str | None = None,
        out_of_scope: bool = False,
        question: Question | None = None,
    ) -> PolicyVerdict:
        """Decide on what was found.

        ``best`` is the best candidate that passed its checks, if any did; ``question`` what agents asked back in such
        cases, if they did. ``out_of_scope``: the desk has topics and the question is near none of them: whatever
        looks like it then is not answered alone, for nothing was proven of such questions. Where nothing is promised
        an article may: topics are those of the past, and articles answer what nobody asked yet (docs/results/trust.md).
        """
        if not candidates:
            return PolicyVerdict(
                Decision.HAND_OVER, "nothing_found", "Nothing in past answers or articles is near this."
            )
        foreign = out_of_scope and not (self.thresholds is None and best is not None and best.origin == "excerpt")
        if best is not None and self.may_answer(best, probability, topic) and not foreign:
            return PolicyVerdict(Decision.ANSWER, "confident", f"Sure enough: {self._measure(probability, topic)}.")
        if question is not None:
            detail = f"Not sure enough to answer, and in {question.share:.0%} of such cases agents asked back."
            return PolicyVerdict(Decision.ASK_BACK, "agents_ask", detail)
        if best is None:
            failed = sorted({name for candidate in candidates for name in failures(candidate.checks)})
            return PolicyVerdict(
                Decision.HAND_OVER, "checks_failed", f"No candidate passed the checks (failed: {', '.join(failed)})."
            )
        return self._short_of_an_answer(best, probability, topic)

    def _short_of_an_answer(self, best: Candidate, probability: float, topic: str | None) -> PolicyVerdict:
        """For an agent: with the reply as a suggestion where it is worth reading."""
        measure = self._measure(probability, topic)
        if self.is_confident(probability, topic) and self.thresholds is None and best.origin != "excerpt":
            detail = (
                f"{measure.capitalize()}, but what agents answered is sent alone only where a contract promises it."
            )
            return PolicyVerdict(Decision.SUGGEST, "nothing_promised", detail)
        if self.is_confident(probability, topic):
            detail = f"Sure enough ({measure}), but customers of this desk do not ask about this: an agent should look."
            return PolicyVerdict(Decision.SUGGEST, "foreign_subject", detail)
        if probability >= self.threshold(topic).suggest:
            return PolicyVerdict(
                Decision.SUGGEST, "suggestion", f"Good enough to show an agent, not to send: {measure}."
            )
        return PolicyVerdict(Decision.HAND_OVER, "low_confidence", f"Not sure enough: {measure}.")

    def threshold_to_json(self, topic: str | None) -> dict[str, Any]:
        """The threshold that holds for a topic and what is promised with it, for the trace; None is no promise."""
        promise = asdict(self.thresholds.promise) if self.thresholds is not None else None
        return {**asdict(self.threshold(topic)), "promise": promise}

    def _measure(self, probability: float, topic: str | None) -> str:
        answer = self.threshold(topic).answer
        if self.thresholds is None:
            return f"confidence {probability:.2f}, needed {answer:.2f}"
        if answer is None:
            return f"probability {probability:.2f}, and too little was proven here to answer alone"
        promise = self.thresholds.promise
        return (
            f"probability {probability:.2f}, needed {answer:.2f} for at most {promise.risk:.0%} wrong, "
            f"{promise.sure:.0%} sure"
        )


def is_out_of_scope(topic: str | None, features: Mapping[str, float]) -> bool:
    """Whether a question that a desk with topics finds near none of them is not nearly a past question either."""
    return topic is None and features.get("similarity", 0.0) < SAME_QUESTION


def to_a_person(latest: str) -> PolicyVerdict | None:
    """What no bot should answer, whatever it knows."""
    danger = danger_in(latest)
    if danger is Danger.BODY:
        detail = "The customer writes of harm to themselves or somebody; a person has to look now."
        return PolicyVerdict(Decision.HAND_OVER, "crisis", detail, "crisis")
    if danger is Danger.THING:
        detail = "What the customer has may be dangerous to go on using; a person has to look now."
        return PolicyVerdict(Decision.HAND_OVER, "hazard", detail, "hazard")
    if set_phrases.asks_of_others(latest):
        detail = "The customer asks for what is somebody else's; only a person may look."
        return PolicyVerdict(Decision.HAND_OVER, "others_data", detail, "others_data")
    if set_phrases.wants_person(latest):
        return PolicyVerdict(Decision.HAND_OVER, "wants_person", "The customer asks for a person.", "person")
    if set_phrases.is_angry(latest):
        return PolicyVerdict(Decision.HAND_OVER, "anger", "The customer is angry; a person should write.", "anger")
    return None


def _asked_who(latest: str) -> PolicyVerdict | None:
    if not set_phrases.asks_who(latest):
        return None
    return PolicyVerdict(Decision.ANSWER, "who", "The customer asks whether a bot answers.", "who")


def _small_talk(window: Window) -> PolicyVerdict | None:
    kind = small_talk(window.latest)
    if kind is None or (kind is SmallTalk.ACKNOWLEDGEMENT and _was_asked(window)):
        return None
    if kind is SmallTalk.GREETING and set_phrases.is_set_phrase(_said_last(window), HANDING_OVER):
        return None  # "hello??" of somebody who waits
    decision, detail = _SMALL_TALK[kind]
    return PolicyVerdict(decision, kind.value, detail, kind.value)


def _was_asked(window: Window) -> bool:
    """Whether our last words end in a question, to which "ok" is an answer; that of our greeting is none."""
    ours = _said_last(window).rstrip()
    greetings = (set_phrases.sentence("greeting", language) for language in set_phrases.languages())
    return ours.endswith(QUESTION_MARKS) and ours not in greetings


def _said_last(window: Window) -> str:
    return next((turn.text for turn in reversed(window.turns) if turn.role is not Role.CUSTOMER), "")


def _third_failed(window: Window) -> PolicyVerdict | None:
    failed = failed_turns(window)
    if failed < FAILED_TURNS:
        return None
    detail = f"{failed} replies of the bot did not settle it, and the customer writes again."
    return PolicyVerdict(Decision.HAND_OVER, "third_failed_turn", detail)


def failed_turns(window: Window) -> int:
    """How many replies of the bot in this episode did not settle what they were about, since the customer last thanked.

    One is settled where the customer goes on to ask something else. It is not where they disagree, ask the same again
    or tell more of it, nor where the bot asked back. A reply to a greeting is none, nor is a hand-over.
    """
    failed = 0
    said: list[str] = []
    reply = ""
    for role, turns in groupby(window.turns, key=lambda turn: turn.role):
        text = "\n".join(turn.text for turn in turns)
        if role is not Role.CUSTOMER:
            replied = role is Role.BOT and said and small_talk(said[-1]) is None
            reply = text if replied and not set_phrases.is_set_phrase(text, HANDING_OVER) else ""
            continue
        if _thanks(text):
            failed = 0
        elif reply and not goes_on(text, said, reply):
            failed += 1
        said.append(text)
    return failed


def _thanks(text: str) -> bool:
    """Whether a message is thanks or begins with them ("Thanks! One more thing: …")."""
    opening = text.replace("\n", ".").replace("!", ".").replace(",", ".").partition(".")[0]
    return SmallTalk.THANKS in {small_talk(text), small_talk(opening)}
