"""What the base model reads: public dialogues, whole or one answer with made-up evidence, drawn reproducibly.

A whole conversation teaches the most for its tokens: none of them is read twice. As for evidence, no encoder is at hand
here (retrieval lives beside, not below), and what matters for a small model is to learn that evidence is worth copying
from. So the evidence of a moment is, by lot: a noised version of the true answer; an honest guess (the article a helper
linked, the gold knowledge of the set, the past answer to the lexically nearest question); something wrong; or nothing.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import math
import random
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from data.moments import Moment, moments_of
from data.transcripts import Article, Conversation, Role, article_from_json, conversation_from_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_WORD = re.compile(r"\w{3,}")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")


@dataclass(frozen=True, slots=True)
class Source:
    """One data set. ``share`` is its part of the examples; ``left_out`` the part kept for measuring, by hash of id.

    ``only_last``: only the last answer of a dialogue is grounded in the set's knowledge, so only that one is taken.
    """

    name: str
    path: str
    licence: str
    share: float
    left_out: float = 0.0
    only_last: bool = False


WHOLE = 0.5
"""Share of the draws that are whole conversations."""

# Never here: firefox, thunderbird dev, and the dev and test parts of the others. They are what we measure on.
SOURCES: tuple[Source, ...] = (
    Source("thunderbird", "thunderbird/train.jsonl.gz", "CC BY-SA 3.0 or later", 0.59),
    Source("sgd", "sgd/train.jsonl.gz", "CC BY-SA 4.0", 0.13),
    Source("star", "star/dialogues.jsonl.gz", "MIT", 0.10, left_out=0.1),
    Source("taskmaster4", "taskmaster4/dialogues.jsonl.gz", "CC BY 4.0", 0.03, left_out=0.1),
    Source("bcontrast_tm1", "bcontrast_tm1/train.jsonl.gz", "CC BY-SA 4.0", 0.03),
    Source("irc_techsupport", "irc_techsupport/train.jsonl.gz", "CC BY 4.0", 0.06),
    Source("dstc11_track5", "dstc11_track5/dev.jsonl.gz", "CDLA-Sharing-1.0", 0.06, only_last=True),
)


@dataclass(frozen=True, slots=True)
class Sample:
    """A moment with evidence, best first."""

    moment: Moment
    evidence: tuple[str, ...]


def hash_share(identifier: str) -> float:
    """A stable number in [0, 1) from an id."""
    return int.from_bytes(hashlib.sha256(identifier.encode()).digest()[:8], "big") / 2**64


def read_conversations(datasets: Path, source: Source) -> list[Conversation]:
    """All conversations of a source that may be learnt from."""
    found = map(conversation_from_json, _rows(datasets / source.path))
    return [each for each in found if hash_share(each.id) >= source.left_out]


def _moments(conversations: Sequence[Conversation], source: Source) -> list[Moment]:
    moments: list[Moment] = []
    for conversation in conversations:
        found = [moment for moment in moments_of(conversation) if moment.answer.strip()]
        moments.extend(found[-1:] if source.only_last else found)
    return moments


class Sampler:
    """Draws samples from all sources by their shares."""

    def __init__(self, datasets: Path, *, seed: int, limit: int = 40_000) -> None:
        self._random = random.Random(seed)
        self.conversations: dict[str, list[Conversation]] = {}
        self.moments: dict[str, list[Moment]] = {}
        for source in SOURCES:
            whole = read_conversations(datasets, source)
            found = _moments(whole, source)
            for each in (whole, found):
                self._random.shuffle(each)
            self.conversations[source.name], self.moments[source.name] = whole, found[:limit]
        self._neighbours = {name: Neighbours(moments) for name, moments in self.moments.items()}
        self._chunks = _article_chunks(datasets / "thunderbird/articles.jsonl.gz")
        self._knowledge = _knowledge(datasets / "dstc11_track5/knowledge.jsonl.gz")

    def draw(self, count: int) -> Iterator[Sample | Conversation]:
        """``count`` samples and whole conversations; each source is gone through in order and then again."""
        names = [source.name for source in SOURCES]
        shares = [source.share for source in SOURCES]
        place: Counter[tuple[str, bool]] = Counter()
        for _ in range(count):
            name = self._random.choices(names, shares)[0]
            whole = self._random.random() < WHOLE
            number = place[name, whole]
            place[name, whole] += 1
            if whole:
                yield self.conversations[name][number % len(self.conversations[name])]
            else:
                number %= len(self.moments[name])
                yield Sample(self.moments[name][number], self._evidence(name, number))

    def texts(self, share: float) -> Iterator[str]:
        """Texts to train the tokenizer on: contexts' last turns and answers, plus the articles."""
        for name, moments in self.moments.items():
            for moment in moments[: max(1, int(len(moments) * share))] if name != "thunderbird" else moments:
                if moment.language in (None, "en") and self._random.random() > share:
                    continue
                yield moment.context[-1].text
                yield moment.answer
        for chunks in self._chunks.values():
            yield from chunks

    def _evidence(self, name: str, number: int) -> tuple[str, ...]:
        moments, lot = self.moments[name], self._random.random()
        moment = moments[number]
        other = moments[self._random.randrange(len(moments))].answer
        if lot < 0.2:  # noqa: PLR2004
            copy = noised(moment.answer, self._random, spare=other)
            return (copy, other) if self._random.random() < 0.3 else (copy,)  # noqa: PLR2004
        if lot < 0.75:  # noqa: PLR2004
            honest = [*self._known(moment), *self._neighbours[name].answers(number, 2)]
            return tuple(honest[: self._random.randint(1, 2)])
        return (other,) if lot < 0.85 else ()  # noqa: PLR2004

    def _known(self, moment: Moment) -> list[str]:
        """The gold knowledge of a moment: its set's own, or the best part of an article its helper linked."""
        entries = moment.labels.get("knowledge") or []
        texts = [self._knowledge.get(_knowledge_key(entry), "") for entry in entries]
        if any(texts):
            return [" ".join(dict.fromkeys(text for text in texts if text))]
        wanted = set(_words(moment.answer)) | set(_words(moment.context[-1].text))
        chunks = [chunk for slug in moment.labels.get("kb_links") or [] for chunk in self._chunks.get(slug, [])]
        return sorted(chunks, key=lambda chunk: -len(wanted & set(_words(chunk))))[:1]


class Neighbours:
    """The lexically nearest other questions, by the idf of their rare words (an inverted list, nothing more)."""

    def __init__(self, moments: Sequence[Moment]) -> None:
        self._moments = moments
        self._words = [set(_words(_question(moment))) for moment in moments]
        counts = Counter(word for words in self._words for word in words)
        top = max(50, len(moments) // 40)
        self._idf = {word: math.log(len(moments) / n) for word, n in counts.items() if 1 < n <= top}
        postings: dict[str, list[int]] = defaultdict(list)
        for number, words in enumerate(self._words):
            for word in words & self._idf.keys():
                postings[word].append(number)
        self._postings = {word: np.array(numbers, dtype=np.int32) for word, numbers in postings.items()}

    def answers(self, number: int, count: int) -> list[str]:
        """Past answers to the nearest questions of other conversations, best first."""
        rare = sorted(self._words[number] & self._idf.keys(), key=lambda word: (-self._idf[word], word))[:12]
        if not rare:
            return []
        hits = np.concatenate([self._postings[word] for word in rare])
        weights = np.concatenate([np.full(len(self._postings[word]), self._idf[word]) for word in rare])
        found, place = np.unique(hits, return_inverse=True)
        order = np.argsort(-np.bincount(place, weights=weights), kind="stable")
        own = self._moments[number].conversation_id
        near = (self._moments[int(found[rank])] for rank in order[: count + 12])
        return [moment.answer for moment in near if moment.conversation_id != own][:count]


def noised(text: str, rng: random.Random, *, spare: str = "") -> str:
    """A text like ``text`` but not it: words dropped, sentences shuffled, a sentence of another text put in."""
    sentences = [part for part in _SENTENCE.split(text) if part.strip()]
    if len(sentences) > 1 and rng.random() < 0.4:  # noqa: PLR2004
        place = rng.randrange(len(sentences) - 1)
        sentences[place], sentences[place + 1] = sentences[place + 1], sentences[place]
    rate = rng.choice((0.0, 0.05, 0.15, 0.3))
    kept = [" ".join(word for word in part.split(" ") if rng.random() >= rate) for part in sentences]
    if spare and rng.random() < 0.35:  # noqa: PLR2004
        others = [part for part in _SENTENCE.split(spare) if part.strip()]
        if others:
            kept.insert(rng.choice((0, len(kept))), rng.choice(others))
    return " ".join(part for part in kept if part.strip()) or text


def _question(moment: Moment) -> str:
    asked = [turn.text for turn in moment.context if turn.role is Role.CUSTOMER]
    return asked[-1] if len(asked) == 1 else f"{asked[0][:600]} {asked[-1]}"


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text[:3000])]


def _article_chunks(path: Path) -> dict[str, list[str]]:
    chunks: dict[str, list[str]] = {}
    for row in _rows(path):
        article: Article = article_from_json(row)
        words = article.text.split(" ")
        parts = [" ".join(words[start : start + 110]) for start in range(0, len(words), 110)]
        chunks[article.slug] = [f"{article.title}\n{part.strip()}" for part in parts]
    return chunks


def _knowledge(path: Path) -> dict[tuple[str, ...], str]:
    """Text by (domain, entity, kind, document, sentence); a FAQ has no sentence."""
    texts: dict[tuple[str, ...], str] = {}
    for row in _rows(path):
        entity = (str(row["domain"]), str(row["entity_id"]))
        for number, review in (row.get("reviews") or {}).items():
            for sentence, text in review["sentences"].items():
                texts[*entity, "review", str(number), str(sentence)] = text
        for number, faq in (row.get("faqs") or {}).items():
            texts[*entity, "faq", str(number), ""] = f"{faq['question']} {faq['answer']}"
    return texts


def _knowledge_key(entry: dict[str, Any]) -> tuple[str, ...]:
    sentence = "" if entry["doc_type"] == "faq" else str(entry.get("sent_id", ""))
    return (str(entry["domain"]), str(entry["entity_id"]), entry["doc_type"], str(entry["doc_id"]), sentence)


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)
