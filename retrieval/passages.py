"""Passages: what retrieval finds. A moment gives one, a help article one for every 150 words or so.

Each question that a lead added to an article gives one more, which is compared like any and leads to the others of its
article; it is never found itself.

``question_text`` is the part of a dialogue that is compared, the same for a past moment when it is
indexed and for a live question when it is asked. Knows texts only: no vectors, no files.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import unquote

from data.blocks import is_heading
from data.moments import moments_of
from data.transcripts import Role, web_address
from retrieval.voices import Voice, voice_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from data.blocks import Block
    from data.moments import Moment
    from data.transcripts import Article, Conversation, Turn

QUESTION_CHARACTERS = 1000
"""Longest question text, in weighted characters; about 256 MiniLM tokens of English prose."""
FIRST_CHARACTERS = 600
"""The part of it that the opening message may take when there are later messages."""
CHUNK_WORDS = 150
"""Longest article chunk; with the title in front it still fits 256 MiniLM tokens."""
CHUNK_CHARACTERS = 1000
"""The same bound for scripts without spaces, and for very long words, in weighted characters."""

_READ_CHARACTERS = 20_000
_TURNS_BEFORE = 24
"""So far back an earlier answer is looked for: one long before says little of where a dialogue stands."""
_WIDE_WEIGHT = 4
_LAST_LATIN = "\u036f"
_SENTENCE_END = re.compile(r"(?<=[.!?\u3002\uff01\uff1f])\s+|(?<=[\u3002\uff01\uff1f])|\n+")
_ADDRESS = re.compile(r"https?://[^\s/<>\"]+(/[^\s?#<>\"'\])]*[^\s?#<>\"'\]).,;:!])")
_PARAGRAPH_END = re.compile(r"\n\s*\n")


class PassageKind(StrEnum):
    """Where a passage comes from."""

    MOMENT = "moment"
    ARTICLE = "article"


@dataclass(frozen=True, slots=True)
class Passage:
    """One thing that can be found.

    ``question`` is what a customer's question is compared with, ``answer`` what would be shown or reworded.
    ``source_id`` is the conversation's id or the article's slug; ``created`` an ISO date or time. ``links`` are the
    last parts of the addresses that the answer points to, which for a help centre are the slugs of its articles; of an
    article's passages only an added question has one, its own article;
    ``outcome`` is how well the answer did (``data.outcome``), ``count`` how many past answers said the same.
    ``voices`` is who gave the answer to whom, of all answers that were merged into it; none for an article. One that
    ``waits`` was harvested from a conversation that nobody has approved yet; one that is ``approved`` was judged by a
    person in these words.
    """

    id: str
    kind: PassageKind
    question: str
    answer: str
    source_id: str
    title: str | None = None
    url: str | None = None
    language: str | None = None
    created: str | None = None
    links: tuple[str, ...] = ()
    outcome: float = 0.0
    count: int = 1
    voices: tuple[Voice, ...] = ()
    waits: bool = False
    approved: bool = False

    @property
    def heard_from(self) -> tuple[Voice, ...]:
        """Its voices; an answer without any was given to one customer of its own."""
        return self.voices or (Voice(words=self.source_id),)


def question_text(turns: Sequence[Turn]) -> str:
    """The question a dialogue asks now: its opening customer message and the latest ones after it.

    The opening says what the problem is, the latest run of customer messages (those after the last answer)
    where it stands, so that "it still does not work" keeps its subject. Both are cut to fit
    ``QUESTION_CHARACTERS``; what the opening does not use, the latest may. White space is collapsed.
    Empty where no customer has said anything.
    """
    customer = [turn for turn in turns if turn.role is Role.CUSTOMER and turn.text.strip()]
    if not customer:
        return ""
    latest = [turn for turn in _latest_run(turns) if turn is not customer[0]]
    later = _squeezed(" ".join(turn.text[-_READ_CHARACTERS:] for turn in latest))
    if not later:
        return cut(_squeezed(customer[0].text), QUESTION_CHARACTERS)
    room_for_first = max(FIRST_CHARACTERS, QUESTION_CHARACTERS - weight(later) - 1)
    first = cut(_squeezed(customer[0].text), room_for_first)
    return f"{first}\n{cut(later, QUESTION_CHARACTERS - weight(first) - 1)}"


def latest_words(question: str) -> str:
    """What the customer had said last, of a ``question_text``: all of it where that was the opening."""
    return question.rpartition("\n")[2]


def ids_before(passage_id: str) -> list[str]:
    """The ids that earlier answers of the same conversation could have, the latest first; none for an article's."""
    source, _, position = passage_id.rpartition(":")
    if not source or not position.isdecimal():
        return []
    return [f"{source}:{earlier}" for earlier in range(int(position) - 1, max(int(position) - _TURNS_BEFORE, 0), -1)]


def passage_of_moment(moment: Moment, voice: Voice | None = None) -> Passage:
    """One moment as a passage; its title is the conversation's, where that has one.

    ``voice`` says who gave the answer to whom; without it, what the moment itself tells of that.
    """
    title, url = moment.labels.get("title"), moment.labels.get("url")
    return Passage(
        id=moment.id,
        kind=PassageKind.MOMENT,
        question=question_text(moment.context),
        answer=moment.answer,
        source_id=moment.conversation_id,
        title=title if isinstance(title, str) and title else None,
        url=web_address(url),
        language=moment.language,
        created=moment.created,
        links=linked_slugs(moment.answer),
        outcome=moment.outcome,
        voices=(voice or voice_of(moment.agents, moment.context),),
    )


def linked_slugs(text: str) -> tuple[str, ...]:
    """The last path parts of the web addresses in a text, each once, in order."""
    slugs = (path.rstrip("/").rpartition("/")[2] for path in _ADDRESS.findall(text))
    return tuple(dict.fromkeys(unquote(slug) for slug in slugs if slug))


def passages_of_conversation(conversation: Conversation) -> list[Passage]:
    """The answered questions of one conversation; those whose question is empty are left out."""
    passages = (
        passage_of_moment(moment, voice_of(moment.agents, conversation.turns)) for moment in moments_of(conversation)
    )
    return [passage for passage in passages if passage.question]


def passages_of_article(article: Article) -> list[Passage]:
    """The chunks of one article, in order, each found by title and text together, then the questions added to it."""
    texts = [(f"{_squeezed(article.title)}\n{_squeezed(chunk)}", chunk, ()) for chunk in chunks(article.text)]
    added = [(cut(_squeezed(each), QUESTION_CHARACTERS), article.title, (article.slug,)) for each in article.questions]
    return [
        Passage(
            id=f"{article.slug}#{number}",
            kind=PassageKind.ARTICLE,
            question=question,
            answer=answer,
            source_id=article.slug,
            title=article.title,
            url=web_address(article.url),
            language=article.language,
            created=article.updated,
            links=links,
        )
        for number, (question, answer, links) in enumerate([*texts, *added])
    ]


def chunks(text: str) -> list[str]:
    """Cut a text into chunks of at most ``CHUNK_WORDS`` words, along paragraphs where they fit.

    A longer paragraph is cut at its sentences, a longer sentence between words, a longer word anywhere. No
    character other than white space is lost or repeated. A paragraph of a few words without a full stop is
    taken for a heading and never ends a chunk while text follows it.
    """
    done: list[str] = []
    open_: list[str] = []
    for paragraph in _PARAGRAPH_END.split(text):
        for piece in _pieces(paragraph.strip()):
            if open_ and not _fits("\n\n".join([*open_, piece])):
                kept = _without_headings(open_)
                done.append("\n\n".join(open_[:kept]))
                open_ = open_[kept:]
                if open_ and not _fits("\n\n".join([*open_, piece])):
                    done.append("\n\n".join(open_))
                    open_ = []
            open_.append(piece)
    return [*done, "\n\n".join(open_)] if open_ else done


def weight(text: str) -> int:
    """Length of a text in weighted characters: a letter beyond Latin costs the encoder about four times as much."""
    if text.isascii():
        return len(text)
    return sum(1 if character <= _LAST_LATIN else _WIDE_WEIGHT for character in text)


def as_read(passage: Passage, block: Block) -> str:
    """A block of an article's passage as the encoder reads it: alone, and yet with what it is about."""
    return f"{passage.title or ''}\n{block.whole}"


def cut(text: str, room: int) -> str:
    """The start of a text that weighs at most ``room``; ends at a word where one ends near the border."""
    if weight(text) <= room:
        return text
    end, left = 0, room
    for character in text:
        left -= 1 if character <= _LAST_LATIN else _WIDE_WEIGHT
        if left < 0:
            break
        end += 1
    border = text.rfind(" ", 0, end + 1)
    return text[: border if border > end * 0.8 else end].rstrip()


def _latest_run(turns: Sequence[Turn]) -> list[Turn]:
    """The customer's messages since the last answer, or the last run of them where an answer comes last."""
    run: list[Turn] = []
    for turn in reversed(turns):
        if turn.role is Role.CUSTOMER:
            run.append(turn)
        elif run and turn.role in {Role.AGENT, Role.BOT}:
            break
    return run[::-1]


def _squeezed(text: str) -> str:
    return " ".join(text[:_READ_CHARACTERS].split())


def _fits(text: str) -> bool:
    return len(text.split()) <= CHUNK_WORDS and weight(text) <= CHUNK_CHARACTERS


def _without_headings(paragraphs: list[str]) -> int:
    """How many of the paragraphs stay when headings at their end move on; at least one does."""
    kept = len(paragraphs)
    while kept > 1 and is_heading(paragraphs[kept - 1]):
        kept -= 1
    return kept


def _pieces(paragraph: str) -> Iterator[str]:
    """Cut one paragraph into pieces that fit, whole where it does."""
    if not paragraph or _fits(paragraph):
        yield from [paragraph] if paragraph else []
        return
    open_ = ""
    for unit in _units(paragraph):
        longer = f"{open_} {unit}" if open_ else unit
        if open_ and not _fits(longer):
            yield open_
            longer = unit
        open_ = longer
    yield open_


def _units(paragraph: str) -> Iterator[str]:
    """Sentences that fit; else words that fit; else slices of a word."""
    for sentence in filter(None, (part.strip() for part in _SENTENCE_END.split(paragraph))):
        if _fits(sentence):
            yield sentence
            continue
        for word in sentence.split():
            rest = word
            while rest:
                head = cut(rest, CHUNK_CHARACTERS)
                yield head
                rest = rest[len(head) :]
