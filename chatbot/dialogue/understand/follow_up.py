"""Rewrites the latest question of a dialogue so that it can be looked up alone.

Four cases, told by words alone. A message that leans on what was said ("for how long", "and if it is opened?") keeps
the questions it leans on before it, and the answer, which often says what "it" is. One that only names another thing
("and the wren?", "sorry, I meant the wren") puts that in the place of the old one. One that asks something whole of
its own stands alone, so that the old subject does not draw the search away. In a dialogue that begins with a long
account, or is in a language without cues, it stays ``question_text``. Whatever is not certain leans.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from chatbot.dialogue.text.places import places_in
from chatbot.dialogue.text.sentences import sentences
from chatbot.dialogue.text.set_phrases import disagrees, is_set_phrase
from chatbot.dialogue.text.small_talk import small_talk
from chatbot.dialogue.understand.cues import CHINESE, QUESTION_MARKS, asks, cues_of, han, tokens_of, words_of
from data.transcripts import Role
from retrieval.passages import QUESTION_CHARACTERS, cut, question_text, weight
from retrieval.terms import terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatbot.dialogue.understand.cues import Cues, Token
    from data.transcripts import Turn

ACCOUNT = 240
"""Weighted characters from which an opening message is an account of a problem, on which all that follows is about."""
OWN_WORDS = 3
"""Words that name something, from which a question can be whole."""
RESOLVED = 2
"""The same before "it" or "that", from which these mean what stands in the message itself."""
MESSAGES = 3
"""Messages of the customer that are looked up, the first of the subject and the latest ones."""
ANSWER_CHARACTERS = 160
"""Weighted characters of the answer before a message that leans on it: what "it" is often stands there."""
FRAGMENT_WORDS = 4
_WHOLE_HAN = 8
_NO = frozenset({"no", "not", "nein", "nicht", "non", "nee", "niet"})


def standalone(turns: Sequence[Turn], *, answered: bool = True) -> str:
    """What to look up for a dialogue (oldest turn first, as masked): its latest question, with what it leans on.

    ``answered``: with the answer before it, which often says what "it" is; else in the customer's words alone. At most
    ``QUESTION_CHARACTERS`` weighted characters as ``question_text``, and empty where no customer has spoken.
    """
    said = _said(turns)
    cues = cues_of(*(text for text, _ in reversed(said)))
    if not said or cues is None or weight(said[0][0]) > ACCOUNT:
        return question_text(turns)
    standing: list[str] = []
    for text, goes_on in said:
        if swapped := _swapped_in(standing, text, cues):
            standing = swapped
        elif goes_on:
            standing[-1] = f"{standing[-1]} {text}"
        elif is_whole(text, cues):
            standing = [text]
        else:
            standing.append(text)
    kept = standing if len(standing) <= MESSAGES else [standing[0], *standing[1 - MESSAGES :]]
    return _fitting(kept, _answered(turns) if answered else "")


def goes_on(text: str, said: Sequence[str], reply: str) -> bool:
    """Whether a message, after our ``reply``, asks something else than the customer ``said`` before."""
    if reply.rstrip().endswith(QUESTION_MARKS) or disagrees(text) or small_talk(text) is not None:
        return False
    before = {word for one in said for word in terms(one)}
    return asks(text, *reversed(said)) and not before.issuperset(terms(text))


def is_whole(text: str, cues: Cues) -> bool:
    """Whether a message asks something that can be understood alone."""
    return any(_asks_alone(sentence, cues) for sentence in sentences(text))


def _asks_alone(sentence: str, cues: Cues) -> bool:
    if cues.language == CHINESE:
        opens = sentence.startswith(tuple(cues.words["opens"]))
        return han(sentence) >= _WHOLE_HAN and not opens and not any(word in sentence for word in cues.words["leans"])
    said = words_of(sentence)
    said = said[_leading(said, cues) :]
    another = cues.opening("adds", said)
    said = said[another:]
    said = said[_leading(said, cues) :]
    named = cues.content(said)
    if cues.opening("opens", said) or not cues.opening("starts", said) or len(named) < (1 if another else OWN_WORDS):
        return False
    leaning = next((place for place, word in enumerate(said) if cues.is_in("leans", word)), None)
    return leaning is None or len(cues.content(said[:leaning])) >= RESOLVED


def _leading(said: Sequence[str], cues: Cues) -> int:
    """How many of the first words only lead to the question: "thanks, how …"."""
    return next((place for place, word in enumerate(said) if not cues.is_in("leads", word)), len(said))


def _swapped_in(standing: Sequence[str], text: str, cues: Cues) -> list[str]:
    """What stands after a message that only names another thing; empty where it says more, or stands for nothing."""
    if (thing := _fragment(text, cues)) is None:
        return []
    for place in range(len(standing) - 1, -1, -1):
        if (swapped := _swapped(standing[place], thing, cues)) is not None:
            return [*standing[:place], swapped]
    return []


def _fragment(text: str, cues: Cues) -> str | None:
    """The thing a message names and nothing else ("and to the wren?" gives "to the wren"); None where it says more."""
    tokens = tokens_of(text)
    rest = tokens
    while rest and (led := _led(rest, cues)):
        rest = rest[led:]
    if (
        not rest
        or len(rest) > FRAGMENT_WORDS
        or (len(rest) == len(tokens) and not cues.is_in("articles", rest[0].word))
    ):
        return None
    heads = [each for each in rest if not any(cues.is_in(name, each.word) for name in ("articles", "places"))]
    # "Otter One": what begins with a capital behind its first word is part of a name.
    named = [each.word for place, each in enumerate(heads) if not (place and text[each.start].isupper())]
    if not named or any(_is_no_thing(word, cues) for word in named):
        return None
    return text[rest[0].start : rest[-1].end].rpartition(", ")[2]  # "not the heron, the wren"


def _led(tokens: Sequence[Token], cues: Cues) -> int:
    """How many of the first words lead to the thing that is meant: "sorry, I meant", "and", "what about", "no"."""
    said = [each.word for each in tokens]
    phrase = cues.opening("wrong", said) or cues.opening("opens", said)
    return phrase or int(cues.is_in("leads", said[0]) or said[0] in _NO)


def _is_no_thing(word: str, cues: Cues) -> bool:
    """Whether a word names no thing that another could stand for: an aspect, a verb form, a word that leans."""
    names = ("starts", "leans", "aspects", "empty", "helpers")
    return any(cues.is_in(name, word) for name in names) or (cues.language == "en" and word.endswith("ing"))


def _swapped(question: str, thing: str, cues: Cues) -> str | None:
    """The question asked of another thing; None where it is not clear what the thing stands for."""
    first, *others = tokens_of(thing)
    things = _things(question, cues)
    if cues.is_in("places", first.word):
        if not others:
            return None
        placed = [each for each in things if each.place is not None and each.place.word == first.word]
        thing = thing[others[0].start :]
        if places_in(thing):  # "in France", then "and to Ireland"
            placed = placed or [each for each in things if each.place and places_in(question[each.start : each.end])]
        elif not placed and not cues.is_in("articles", others[0].word):
            return None
        things = placed or things
        if not placed and places_in(thing):
            return f"{question.rstrip(' ?.!')} {first.word} {thing}?"
    return f"{question[: things[-1].start]}{thing}{question[things[-1].end :]}" if things else None


class _Thing(NamedTuple):
    """Where a thing is named, its article included, and the word of place before it."""

    start: int
    end: int
    place: Token | None
    article: bool


def _things(question: str, cues: Cues) -> list[_Thing]:
    """The things that a question names, in order; where some have an article or a place, only those."""
    found: list[_Thing] = []
    tokens = tokens_of(question)
    at = 0
    while at < len(tokens):
        first = at
        while at < len(tokens) and cues.content([tokens[at].word]) and _together(question, tokens[first : at + 1]):
            at += 1
        if at > first and not all(cues.is_in("aspects", each.word) for each in tokens[first:at]):
            before = tokens[:first]
            article = bool(before) and cues.is_in("articles", before[-1].word)
            start = before.pop().start if article else tokens[first].start
            place = before[-1] if before and cues.is_in("places", before[-1].word) else None
            found.append(_Thing(start, tokens[at - 1].end, place, article))
        at = max(at, first + 1)
    return [each for each in found if each.article or each.place] if any(each.article for each in found) else found


def _together(question: str, tokens: Sequence[Token]) -> bool:
    """Whether nothing but space stands between the last two words."""
    return len(tokens) == 1 or question[tokens[-2].end : tokens[-1].start].isspace()


def _fitting(standing: Sequence[str], answered: str) -> str:
    """The latest message, and before it what it leans on, as far as there is room."""
    latest = cut(standing[-1], QUESTION_CHARACTERS)
    if len(standing) == 1:
        return latest
    before = [*standing[:-1], *([cut(answered, ANSWER_CHARACTERS)] if answered else [])]
    return f"{cut(chr(10).join(before), QUESTION_CHARACTERS - weight(latest) - 1)}\n{latest}".strip()


def _answered(turns: Sequence[Turn]) -> str:
    """The answer before the customer's latest messages, white space collapsed; none where we only handed over."""
    earlier = [turn for turn in turns if turn.role is not Role.NOTE]
    while earlier and earlier[-1].role is Role.CUSTOMER:
        earlier.pop()
    said = " ".join(earlier[-1].text.split()) if earlier else ""
    return "" if is_set_phrase(said) else said


def _said(turns: Sequence[Turn]) -> list[tuple[str, bool]]:
    """The customer's messages, white space collapsed, without what asks nothing, and whether each goes on in a run."""
    said: list[tuple[str, bool]] = []
    goes_on = False
    for turn in turns:
        if turn.role is Role.CUSTOMER:
            if turn.text.strip() and small_talk(turn.text) is None:
                said.append((" ".join(turn.text.split()), goes_on))
                goes_on = True
        elif turn.role is not Role.NOTE:
            goes_on = False
    return said
