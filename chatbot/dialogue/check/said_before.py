"""Checks that a text was not sent in this conversation before, be it in other words or in another order.

Who asks again needs something else, or a person. Compares sentences by the words that say what they are about and by
their facts; knows no vectors, so a sentence told in wholly other words, and without facts, is taken for a new one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatbot.dialogue.answer import CheckResult
from chatbot.dialogue.check.evidence import grounds_of, vouches
from chatbot.dialogue.check.negation import is_denial, meaning_words
from chatbot.dialogue.text.greetings import is_only_greeting
from chatbot.dialogue.text.normalise import comparable, normalised
from chatbot.dialogue.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from chatbot.dialogue.text.facts import Fact

OLD = 0.5
"""Share of a text, by words, that was said before: from here on it is not sent."""
SAME = 0.6
"""Share of a sentence's words that one sentence has to hold to have said it."""
SAME_FACTS = 0.4
"""The same where the sentence states facts, and all of them were stated together."""


def check_new(text: str, said: Iterable[str]) -> CheckResult:
    """The text was not sent in this conversation before: most of it says what none of the turns ``said`` says.

    A sentence was said where one that affirms or denies alike holds most of its words and every fact of it. Politeness
    counts neither way.
    """
    turns = list(said)
    words = comparable(text)
    if any(words in comparable(turn) for turn in turns):
        return CheckResult("new", passed=False, detail="said before in this conversation")
    old = said_share(text, turns)
    return CheckResult("new", old < OLD, "" if old < OLD else f"{old:.0%} of it said before, in other words")


def check_not_repeated(text: str, said: Iterable[str]) -> CheckResult:
    """The very text was not sent before; a part of what was said may answer what is asked next ("and how long?")."""
    again = comparable(text) in map(comparable, said)
    return CheckResult("new", not again, "said before in this conversation" if again else "")


def said_share(text: str, turns: Sequence[str]) -> float:
    """The share of a text, by its words, that was said in these turns, 0 to 1."""
    before = [sentence for turn in turns for sentence in sentences(normalised(turn))]
    stated = [fact for turn in turns for fact in grounds_of(turn)]
    old = whole = 0
    for sentence in sentences(normalised(text)):
        size = len(meaning_words(sentence)) + len(grounds_of(sentence))
        if not size or is_only_greeting(sentence):
            continue
        whole += size
        old += size if _was_said(sentence, before, stated) else 0
    return old / whole if whole else 0.0


def _was_said(sentence: str, before: Sequence[str], stated: Sequence[Fact]) -> bool:
    words, facts, denies = meaning_words(sentence), grounds_of(sentence), is_denial(sentence)
    if any(not any(vouches(ground, fact) for ground in stated) for fact in facts):
        return False
    for other in before:
        if is_denial(other) is not denies:
            continue
        shared = len(words & meaning_words(other)) / max(len(words), 1)
        theirs = grounds_of(other)
        together = bool(facts) and all(any(vouches(each, fact) for each in theirs) for fact in facts)
        if shared >= (SAME_FACTS if together else SAME):
            return True
    return False
