"""Takes a message that asks several things apart, and joins the answers to one.

What is sure is said, each text once; what is not goes to a person by name, and the customer reads which it is. Answers
no question itself, and lets a message be answered whole where none of its parts is sure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Any

from chatbot.dialogue.answer import Answer, Decision, shortened
from chatbot.dialogue.text import set_phrases
from chatbot.dialogue.text.language import language_of
from chatbot.dialogue.text.normalise import comparable
from chatbot.dialogue.understand.questions import questions_in
from data.transcripts import Role

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from chatbot.dialogue.window import Window
    from data.transcripts import Turn

_ANSWERS = frozenset({Role.AGENT, Role.BOT})
_WORD = re.compile(r"\w+")
_STAYS = re.compile(r"\s*\d{1,2}[.)]\s|.*[:\uff1a]$")
_QUOTED = 160
"""Characters of a question that is passed on, as they are said back."""


@dataclass(frozen=True, slots=True)
class Part:
    """One question of a message: as it was written, and the dialogue as if it alone had been asked."""

    words: str
    turns: tuple[Turn, ...]


def parts_of(turns: Sequence[Turn]) -> list[Part]:
    """The questions that the customer has asked since the last answer; none where it is only one, or nothing."""
    last = next((place for place in range(len(turns), 0, -1) if turns[place - 1].role in _ANSWERS), 0)
    asked = [turn for turn in turns[last:] if turn.role is Role.CUSTOMER]
    found = questions_in("\n".join(turn.text for turn in asked))
    if len(found) == 1:
        return []
    return [Part(each.words, (*turns[:last], replace(asked[-1], text=each.text))) for each in found]


def joined(window: Window, parts: Sequence[Part], answers: Sequence[Answer]) -> Answer | None:
    """One answer of the answers to the parts of a message, in their order; None where none of them is sure.

    All sure: an answer, as sure as the least sure. Where one asks back, its question follows. Where one is for a
    person, the conversation is handed over with what is sure, and with the best draft for that part as the suggestion.
    """
    sure = [each for each in answers if each.decision is Decision.ANSWER]
    if not sure:
        return None
    asking = [each for each in answers if each.decision is Decision.ASK_BACK]
    passed = [part.words for part, each in zip(parts, answers, strict=True) if each not in (*sure, *asking)]
    said = [each.reply for each in sure]
    if passed:
        language = language_of(*window.spoken)
        said.append(set_phrases.sentence("passed_on", language, question=_quoted(passed)))
        decision, reason = Decision.HAND_OVER, "partly_answered"
    else:
        said += [each.reply for each in asking[:1]]
        decision, reason = (Decision.ASK_BACK if asking else Decision.ANSWER), "answered_in_parts"
    weakest = min(answers, key=lambda each: (each.decision is Decision.ANSWER, each.confidence))
    detail = f"{len(answers)} questions in one message: {len(sure)} answered, {len(passed)} for a person."
    modes = {each.mode for each in sure}
    mode = "hand_over" if passed else modes.pop() if len(modes) == 1 else "refined"
    whole = replace(
        weakest,
        decision=decision,
        reason=reason,
        detail=detail,
        mode=mode,
        reply="\n\n".join(_distinct(said)),
        evidence=tuple({each.id: each for each in chain.from_iterable(each.evidence for each in sure)}.values()),
        suggestion=weakest.suggestion if passed else None,
    )
    return replace(whole, trace=_trace(window, whole, answers))


def _quoted(questions: Iterable[str]) -> str:
    return "; ".join(shortened(" ".join(each.split()), _QUOTED) for each in questions)


def _distinct(texts: Sequence[str]) -> list[str]:
    """The texts without those that another says already, and without the lines that one before has said."""
    whole = {_key(text): text for text in reversed(texts)}
    kept = [whole[key] for key in reversed(whole) if not any(key in other for other in whole if other != key)]
    said: set[str] = set()
    left = []
    for text in kept:
        new = "\n\n".join(filter(None, (_unsaid(each, said) for each in text.split("\n\n"))))
        said.update(map(_key, text.splitlines()))
        left += [new] if new else []
    return left


def _unsaid(paragraph: str, said: Collection[str]) -> str:
    """A paragraph without the lines that were said. What leads to others stays with these, and steps stay whole."""
    lines = paragraph.splitlines()
    new = [line for line in lines if _key(line) not in said]
    return "\n".join(line for line in lines if line in new or _STAYS.match(line)) if new else ""


def _key(text: str) -> str:
    """The words of a text between spaces."""
    return f" {' '.join(_WORD.findall(comparable(text)))} "


def _trace(window: Window, whole: Answer, answers: Sequence[Answer]) -> dict[str, Any]:
    """The trace of each part under that of the whole; ``explain`` prints one after the other."""
    kept = {name: whole.trace[name] for name in ("language", "threshold", "versions") if name in whole.trace}
    decided = {name: getattr(whole, name) for name in ("decision", "reason", "detail", "mode")}
    return {
        "question": shortened(window.question, 1000),
        **kept,
        "decision": {**decided, "confidence": round(whole.confidence, 4)},
        "parts": [dict(each.trace) for each in answers],
    }
